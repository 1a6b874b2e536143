"""A world as the corpus draws it: 400 x 100 pixels, three boxes of light grey, darker gaps between them."""

from __future__ import annotations

from functools import cache

import numpy as np

from .world import SIDE, Shape, World

WIDTH, GAP = 400, 50
BOX_GREY, GAP_GREY = 211, 128
RGB = {"black": (0, 0, 0), "blue": (0, 153, 255), "yellow": (255, 255, 0)}
INSET = {10: 0.035, 20: 0.09, 30: 0.04}  # the corpus draws circles as curves that lie this much inside
FINE = 4  # samples of a pixel in either direction: the corpus shows sixteen levels of coverage


@cache
def coverage(kind: str, size: int) -> np.ndarray:
    """[size, size] float: which share of each pixel the shape covers."""
    if kind == "square":
        return np.ones((size, size))
    at = (np.arange(size * FINE) + 0.5) / FINE
    x, y = at[None, :], at[:, None]
    half = size / 2
    inside = (x - half) ** 2 + (y - half) ** 2 <= (half - INSET[size]) ** 2 if kind == "circle" else np.abs(x - half) * 2 <= y
    return inside.reshape(size, FINE, size, FINE).mean((1, 3))


def paint(box: np.ndarray, thing: Shape) -> None:
    """Lay a shape over a box [100, 100, 3], in place."""
    share = coverage(thing.kind, thing.size)[..., None]
    under = box[thing.y : thing.y + thing.size, thing.x : thing.x + thing.size]
    under[:] = np.floor(under * (1 - share) + np.array(RGB[thing.colour]) * share + 0.5).astype(np.uint8)


def picture(world: World, order: tuple[int, int, int] = (0, 1, 2)) -> np.ndarray:
    """[100, 400, 3] uint8, the boxes in this order from left to right."""
    out = np.full((SIDE, WIDTH, 3), GAP_GREY, np.uint8)
    for place, index in enumerate(order):
        left = place * (SIDE + GAP)
        box = out[:, left : left + SIDE]
        box[:] = BOX_GREY
        for thing in world.boxes[index]:
            paint(box, thing)
    return out

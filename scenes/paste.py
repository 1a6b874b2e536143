"""Scene graph -> pixels by pasting small renders: fast, and good enough to train on.

render.py draws what is published, from SVG. This needs numpy and Pillow only, and makes a scene in about a
millisecond. Sprites are premultiplied RGBA, [96, 96, 4] uint8.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw

from .graph import Scene, Thing
from .render import OUTLINE, box
from .vocabulary import BACKGROUNDS, COLOURS

SPRITE = 96
FINE = 4  # shapes are drawn this much larger, then averaged
STROKE = 0.035  # of a shape's width, half of it outside; as in render.py

Sprite = np.ndarray
Points = list[tuple[float, float]]


def _turned(corners: int, inner: float = 1.0) -> Points:
    steps = corners * 2 if inner < 1 else corners
    radii = [0.5 * (inner if inner < 1 and step % 2 else 1.0) for step in range(steps)]
    angles = [2 * pi * step / steps - pi / 2 for step in range(steps)]
    return [(0.5 + r * cos(a), 0.5 + r * sin(a)) for r, a in zip(radii, angles, strict=False)]


def _bezier(start: tuple[float, float], *bends: tuple[float, float, float, float, float, float]) -> Points:
    """Cubic Bézier curves end to end, as points."""
    out, (x0, y0) = [], start
    for x1, y1, x2, y2, x3, y3 in bends:
        for step in range(12):
            t = step / 12
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            out.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
        x0, y0 = x3, y3
    return out


# The outlines of render.SHAPE_ART; a test holds the two together.
OUTLINES: dict[str, Points] = {
    "circle": [(0.5 + 0.47 * cos(2 * pi * k / 72), 0.5 + 0.47 * sin(2 * pi * k / 72)) for k in range(72)],
    "square": [(0.06, 0.06), (0.94, 0.06), (0.94, 0.94), (0.06, 0.94)],
    "triangle": [(0.5, 0.06), (0.97, 0.92), (0.03, 0.92)],
    "star": _turned(5, 0.42),
    "heart": _bezier(
        (0.5, 0.95),
        (0.16, 0.68, 0.02, 0.5, 0.02, 0.31),
        (0.02, 0.15, 0.13, 0.06, 0.26, 0.06),
        (0.37, 0.06, 0.46, 0.13, 0.5, 0.24),
        (0.54, 0.13, 0.63, 0.06, 0.74, 0.06),
        (0.87, 0.06, 0.98, 0.15, 0.98, 0.31),
        (0.98, 0.5, 0.84, 0.68, 0.5, 0.95),
    ),
    "hexagon": _turned(6),
}


@cache
def shape_sprite(kind: str, colour: str) -> Sprite:
    """A shape in a colour with its dark outline."""
    return outlined(OUTLINES[kind], rgb(COLOURS[colour]))


def outlined(outline: Points, colour: tuple[int, int, int]) -> Sprite:
    """A filled outline of the unit square with a dark line around."""
    side = SPRITE * FINE
    points = [(x * side, y * side) for x, y in outline]
    ring = [*points, points[0], points[1]]
    image = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(image)
    pen.polygon(points, fill=colour)
    pen.line(ring, fill=OUTLINE, width=round(STROKE * side), joint="curve")
    pixels = np.asarray(image).reshape(SPRITE, FINE, SPRITE, FINE, 4).astype(np.uint32)
    alpha = pixels[..., 3:]
    total = np.concatenate([pixels[..., :3] * alpha // 255, alpha], axis=-1).sum((1, 3))
    return ((total + FINE * FINE // 2) // (FINE * FINE)).astype(np.uint8)


def resized(sprite: Sprite, side: int, turn: float = 0.0) -> Sprite:
    """A sprite at another size (averaged, so small ones keep their lines), turned by some degrees about its centre."""
    # CMYK: Pillow then treats four bands alike, which is right for premultiplied alpha.
    image = Image.frombuffer("CMYK", sprite.shape[1::-1], np.ascontiguousarray(sprite), "raw", "CMYK", 0, 1)
    if turn:
        image = image.rotate(turn, Image.Resampling.BILINEAR, fillcolor=(0, 0, 0, 0))
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


def paste(canvas: np.ndarray, sprite: Sprite, left: int, top: int) -> None:
    """Lay a premultiplied sprite over an opaque picture, in place; both must fit."""
    height, width = sprite.shape[:2]
    under = canvas[top : top + height, left : left + width]
    through = 255 - sprite[..., 3:].astype(np.uint16)
    under[:] = np.minimum(sprite[..., :3] + (under * through + 127) // 255, 255)


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#a9d3f5" -> (169, 211, 245)."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def scene_pixels(scene: Scene, side: int, sprite_of: Callable[[Thing, int], Sprite]) -> np.ndarray:
    """The picture, [side, side, 3] uint8. ``sprite_of`` gives a thing's drawing, so many pixels wide; shapes need none."""
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = rgb(BACKGROUNDS[scene.background])
    for thing in scene.things:
        x, y, width = box(thing)
        across = round(width * side)
        sprite = resized(shape_sprite(thing.kind, thing.colour), across) if thing.colour else sprite_of(thing, across)
        left = min(max(round(x * side - across / 2), 0), side - across)
        top = min(max(round(y * side - across / 2), 0), side - across)
        paste(canvas, sprite, left, top)
    return canvas

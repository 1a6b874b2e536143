"""Sizes and places for scenes whose things fill the room they have: 20 to 45 % of the side.

Where few things leave room they are larger and may lean out of their cell towards the middle; where the cells are
full they shrink towards what always fits. Big things stay at least 1.25 times as wide as small ones.
"""

from __future__ import annotations

from dataclasses import replace

from .draw import Stream
from .graph import Scene, Thing

SMALL, BIG = (200, 260), (340, 450)  # thousandths of the side, drawn once a scene
FITS = {"small": 200, "big": 295}  # without overlap in any two neighbouring cells
STEPS = 8
GAP = 4


def roomy(stream: Stream, scene: Scene) -> Scene:
    """The scene with every thing's width and shift set; nothing overlaps or leaves the picture."""
    things: tuple[Thing, ...] = scene.things
    drawn = {"small": stream.between(*SMALL), "big": stream.between(*BIG)}
    for step in range(STEPS + 1):
        widths = {size: drawn[size] + (FITS[size] - drawn[size]) * step // STEPS for size in drawn}
        things = tuple(_fitted(thing, widths[thing.size]) for thing in scene.things)
        if not overlap(things):
            break
    return replace(scene, things=things)


def _fitted(thing: Thing, width: int) -> Thing:
    """The thing with a width, moved inside the picture."""
    half = (width + 1) // 2

    def shift(cell: int, by: int) -> int:
        home = (2 * cell + 1) * 1000 // 6
        return min(max(home + by, half), 1000 - half) - home

    return replace(thing, width=width, dx=shift(thing.column, thing.dx), dy=shift(thing.row, thing.dy))


def overlap(things: tuple[Thing, ...]) -> bool:
    """Whether two boxes come closer than the gap."""
    boxes = [(t.column * 1000 // 3 + t.dx, t.row * 1000 // 3 + t.dy, t.width) for t in things]
    for index, (x, y, width) in enumerate(boxes):
        for other_x, other_y, other_width in boxes[:index]:
            if 2 * max(abs(x - other_x), abs(y - other_y)) < width + other_width + 2 * GAP:
                return True
    return False

"""Shapes of any color and outlines without a name, so that the detector learns form and color apart.

Of each shape two colors are held out (scenes/splits.py): a detector that only sees the others calls a pink hexagon a
circle. Here some shapes of a training scene get a color that no name fits, which teaches their form alone, and some give
way to another outline of their color, which teaches the color alone. No shape comes near a color that is held out of it.
"""

from __future__ import annotations

import random
from dataclasses import replace
from math import cos, pi, sin

from scenes.graph import Scene, Thing
from scenes.paste import OUTLINES, Points, Sprite, outlined, rgb
from scenes.splits import is_held_out
from scenes.vocabulary import COLOURS

ANY_COLOUR, ANY_OUTLINE = 0.35, 0.2  # of the shapes
UNNAMED = -1  # kind or color of a thing that costs nothing

Cell = tuple[int, int]
Varied = dict[Cell, tuple[Sprite, bool, bool]]  # drawing; whether its kind, and its color, are as the scene says


def varied(scene: Scene, rng: random.Random) -> tuple[Scene, Varied]:
    """The scene, in which some shapes are drawn by the sprites of their cells instead."""
    others: Varied = {}
    things = []
    for thing in scene.things:
        drawn = rng.random()
        if thing.colour is None or drawn >= ANY_COLOUR + ANY_OUTLINE:
            things.append(thing)
            continue
        cell = (thing.row, thing.column)
        if drawn < ANY_COLOUR:
            others[cell] = outlined(OUTLINES[thing.kind], any_colour(thing, rng)), True, False
        else:
            others[cell] = outlined(any_outline(rng), rgb(COLOURS[thing.colour])), False, True
        things.append(replace(thing, colour=None))
    return replace(scene, things=tuple(things)), others


def any_colour(thing: Thing, rng: random.Random) -> tuple[int, int, int]:
    """A color whose nearest name is not held out of the thing's shape."""
    while True:
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        nearest = min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(colour, rgb(COLOURS[name]), strict=True)))
        if not is_held_out((thing.kind, "is", nearest)):
            return colour


def any_outline(rng: random.Random) -> Points:
    """A polygon, a star or an ellipse that is none of the named shapes, within the unit square."""
    sort, turn = rng.random(), rng.random() * 2 * pi
    if sort < 0.3:
        flat = rng.uniform(0.45, 0.72)
        points = [(cos(2 * pi * k / 48), flat * sin(2 * pi * k / 48)) for k in range(48)]
    elif sort < 0.65:
        corners = rng.choice((5, 7, 8, 9))
        points = [(cos(2 * pi * k / corners), sin(2 * pi * k / corners)) for k in range(corners)]
    else:
        tips, inner = rng.choice((4, 6, 7, 8)), rng.uniform(0.3, 0.75)
        radii = [1.0, inner] * tips
        points = [(r * cos(pi * k / tips), r * sin(pi * k / tips)) for k, r in enumerate(radii)]
    turned = [(x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)) for x, y in points]
    most = max(max(abs(x), abs(y)) for x, y in turned) / 0.47
    return [(0.5 + x / most, 0.5 + y / most) for x, y in turned]

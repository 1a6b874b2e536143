"""Worlds of three grey boxes: towers of blocks, or shapes scattered about.

Positions, sizes and counts follow the ranges of the published structured representations (Suhr et al., ACL 2017). No
world is copied. Coordinates are pixels inside a box of 100 x 100, from the top left corner.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

SIDE = 100
COLOURS = ("black", "blue", "yellow")
SHAPES = ("circle", "square", "triangle")
SIZES = (10, 20, 30)
BLOCK, TOWER_LEFT, STEP, TALLEST = 20, 40, 21, 4
MOST = 8  # things of a scattered box
WALL_SHARE = 0.28  # of the scattered things, pushed against a wall
TRIES = 60


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing: its bounding box's left top corner and side."""

    kind: str
    colour: str
    x: int
    y: int
    size: int

    @property
    def walls(self) -> tuple[bool, bool, bool, bool]:
        """Whether it touches the left, top, right and bottom wall."""
        return self.x == 0, self.y == 0, self.x + self.size == SIDE, self.y + self.size == SIDE

    @property
    def touches(self) -> bool:
        return any(self.walls)

    @property
    def in_corner(self) -> bool:
        left, top, right, bottom = self.walls
        return (left or right) and (top or bottom)


Box = tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Three boxes. In a world of towers each box holds one, listed from its base."""

    boxes: tuple[Box, Box, Box]
    has_towers: bool

    @property
    def things(self) -> list[Shape]:
        return [thing for box in self.boxes for thing in box]


def from_official(boxes: list[list[dict]]) -> World:
    """A structured representation of the published JSON."""
    names = {"black": "black", "yellow": "yellow", "#0099ff": "blue"}
    read = tuple(
        tuple(Shape(o["type"], names[o["color"].lower()], o["x_loc"], o["y_loc"], o["size"]) for o in box) for box in boxes
    )
    towers = all(o.kind == "square" and o.size == BLOCK and o.x == TOWER_LEFT for box in read for o in box)
    return World(read, towers)  # type: ignore[arg-type]


def tower(colours: list[str]) -> Box:
    """Blocks of these colors from the base up, a pixel apart."""
    return tuple(Shape("square", c, TOWER_LEFT, SIDE - BLOCK - STEP * k, BLOCK) for k, c in enumerate(colours))


def draw_world(rng: random.Random) -> World:
    """A world: towers two times in three, as in the corpus."""
    if rng.random() < 0.62:
        boxes = [tower([rng.choice(COLOURS) for _ in range(rng.randint(1, TALLEST))]) for _ in range(3)]
        return World(tuple(boxes), True)  # type: ignore[arg-type]
    colours, kinds = _palette(rng, COLOURS), _palette(rng, SHAPES)
    boxes = [scattered(rng, rng.randint(1, MOST - 1), colours, kinds) for _ in range(3)]
    return World(tuple(boxes), False)  # type: ignore[arg-type]


def _palette(rng: random.Random, of: tuple[str, ...]) -> tuple[str, ...]:
    """Mostly all, now and then only some, so that "only black items" can be true."""
    return of if rng.random() < 0.7 else tuple(rng.sample(of, rng.randint(1, 2)))


def scattered(rng: random.Random, count: int, colours: tuple[str, ...], kinds: tuple[str, ...]) -> Box:
    """Shapes at random places, none nearer than a pixel to another."""
    if rng.random() < 0.2:
        colours = tuple(rng.sample(colours, rng.randint(1, len(colours))))
    box: list[Shape] = []
    for _ in range(count):
        placed = place(rng, box, rng.choice(kinds), rng.choice(colours))
        if placed is not None:
            box.append(placed)
    return tuple(box)


def place(rng: random.Random, box: list[Shape], kind: str, colour: str) -> Shape | None:
    """A shape with room around it, or None where none was found."""
    for _ in range(TRIES):
        size = rng.choice(SIZES)
        free = SIDE - size
        x, y = rng.randint(0, free), rng.randint(0, free)
        if rng.random() < WALL_SHARE:
            side = rng.randrange(4)
            x, y = ((0, y), (x, 0), (free, y), (x, free))[side]
            if rng.random() < 0.12:
                x, y = rng.choice((0, free)), rng.choice((0, free))
        elif rng.random() < 0.2:  # near a wall and not at it, which must not count as touching
            gap = rng.randint(1, 4)
            x, y = ((gap, y), (x, gap), (free - gap, y), (x, free - gap))[rng.randrange(4)]
        new = Shape(kind, colour, x, y, size)
        if all(apart(new, other) for other in box):
            return new
    return None


def apart(one: Shape, other: Shape) -> bool:
    """Whether at least one pixel lies between them."""
    return (
        one.x + one.size < other.x or other.x + other.size < one.x
        or one.y + one.size < other.y or other.y + other.size < one.y
    )


def edited(rng: random.Random, world: World) -> World:
    """A world that differs a little: a thing recolored, replaced, moved, added or removed."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        world = _edited_once(rng, world)
    return world


def _edited_once(rng: random.Random, world: World) -> World:
    index = rng.randrange(3)
    box = list(world.boxes[index])
    what = rng.random()
    if world.has_towers:
        colours = [block.colour for block in box]
        if what < 0.55:
            colours[rng.randrange(len(colours))] = rng.choice(COLOURS)
        elif what < 0.75 and len(colours) < TALLEST:
            colours.insert(rng.randint(0, len(colours)), rng.choice(COLOURS))
        elif what < 0.9 and len(colours) > 1:
            colours.pop(rng.randrange(len(colours)))
        else:
            rng.shuffle(colours)
        new: Box = tower(colours)
    else:
        at = rng.randrange(len(box)) if box else -1
        if at >= 0 and what < 0.3:
            box[at] = replace(box[at], colour=rng.choice(COLOURS))
        elif at >= 0 and what < 0.5:
            box[at] = replace(box[at], kind=rng.choice(SHAPES))
        elif at >= 0 and what < 0.7:
            old = box.pop(at)
            box.append(place(rng, box, old.kind, old.colour) or old)
        elif at >= 0 and what < 0.85 and len(box) > 1:
            box.pop(at)
        elif len(box) < MOST:
            added = place(rng, box, rng.choice(SHAPES), rng.choice(COLOURS))
            box += [added] if added else []
        new = tuple(box)
    boxes = list(world.boxes)
    boxes[index] = new
    return World(tuple(boxes), world.has_towers)  # type: ignore[arg-type]

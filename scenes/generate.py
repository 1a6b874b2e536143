"""Seeded scenes, in complementary pairs.

VQA v2 was balanced by collecting, for a question about one picture, a similar picture with another answer. We do
the same by construction: a scene and its complement speak of the same kinds of things, but the complement moves,
recounts, recolours, resizes and replaces them. questions.py then asks the same question of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .draw import Stream
from .graph import Group, Scene, Thing, content, groups
from .spacing import roomy
from .splits import split_of
from .vocabulary import BACKGROUNDS, COLOURS, DRAWINGS, NOUNS, SHAPES, WIDE_DRAWINGS, Noun

MOST_THINGS = 6
MOST_ALIKE = 4
SIDES = (112, 128, 144)
JITTER = {"small": 45, "big": 15}  # thousandths of the side; big things fill their cell


@dataclass(frozen=True)
class World:
    """What scenes may be: which drawings, whether things fill the room they have, and of which split they are."""

    drawings: tuple[Noun, ...]
    is_roomy: bool = False
    split: str | None = None  # None: any


CLASSIC = World(DRAWINGS)


def wide(split: str) -> World:
    """All drawings, things of 20 to 45 % of the side, and nothing but scenes of one split."""
    return World(WIDE_DRAWINGS, is_roomy=True, split=split)


def pairs_of_scenes(seed: int, world: World = CLASSIC, start: int = 0) -> Iterator[tuple[Scene, Scene]]:
    """Pair after pair without end, from pair ``start`` on; the two of a pair differ in content.

    A pair depends on (seed, world, its number) alone.
    """
    pair = start
    while True:
        attempt = 0
        while (drawn := _pair(seed, world, pair, attempt)) is None:
            attempt += 1
        yield drawn
        pair += 1


def make_scenes(seed: int, pairs: int, world: World = CLASSIC) -> list[Scene]:
    """``2 * pairs`` scenes, numbered from 1; each odd one and the next are complements. All differ in content."""
    scenes: list[Scene] = []
    taken: set[tuple[tuple[str, str, int], ...]] = set()
    for pair in range(pairs):
        attempt = 0
        while True:
            drawn = _pair(seed, world, pair, attempt)
            contents = {content(scene) for scene in drawn or ()}
            if drawn and not contents & taken:
                break
            attempt += 1
        taken |= contents
        scenes += drawn
    return scenes


def _pair(seed: int, world: World, pair: int, attempt: int) -> tuple[Scene, Scene] | None:
    """One attempt at a pair; None where its scenes tell the same or are of another split."""
    first = first_scene(Stream(seed, "scene", pair, attempt), 2 * pair + 1, pair, world)
    if world.split and split_of(first) != world.split:
        return None
    second = complement(Stream(seed, "complement", pair, attempt), first, world)
    if content(first) == content(second) or (world.split and split_of(second) != world.split):
        return None
    if world.is_roomy:
        first, second = (roomy(Stream(seed, "spacing", scene.number), scene) for scene in (first, second))
    return first, second


def _colour(stream: Stream, background: str, avoid: set[str | None]) -> str:
    """A colour that is neither the background's nor one to avoid."""
    return stream.pick([colour for colour in COLOURS if colour != background and colour not in avoid])


def first_scene(stream: Stream, number: int, pair: int, world: World) -> Scene:
    """A scene of one to six things in one to four groups."""
    background = stream.pick(list(BACKGROUNDS))
    total = stream.weighted([(1, 1), (2, 3), (3, 3), (4, 3), (5, 3), (6, 3)])
    counts = [1] * min(total, stream.weighted([(1, 2), (2, 5), (3, 5), (4, 3)]))
    while sum(counts) < total:
        room = [index for index, count in enumerate(counts) if count < MOST_ALIKE]
        if not room:
            break
        counts[stream.pick(room)] += 1
    parts: list[Group] = []
    for count in counts:
        parts.append(_group(stream, background, parts, count, world))
    return _placed(stream, number, pair, stream.pick(SIDES), background, parts)


def _group(stream: Stream, background: str, beside: list[Group], count: int, world: World) -> Group:
    """A new group: a drawing, or a shape; now and then a second colour of a shape that is there already."""
    size = stream.pick(("small", "big"))
    shapes = [group.kind for group in beside if group.colour]
    if shapes and stream.chance(0.2):
        kind = stream.pick(shapes)
        colour: str | None = _colour(stream, background, {group.colour for group in beside})
        size = next(group.size for group in beside if group.kind == kind)
    else:
        table = SHAPES if stream.chance(0.5) else world.drawings
        noun = stream.pick([noun for noun in table if noun.one not in {group.kind for group in beside}])
        kind = noun.one
        colour = _colour(stream, background, {group.colour for group in beside}) if noun.is_shape else None
    return Group(kind, colour, tuple(Thing(kind, colour, size, 0, 0, 0, 0) for _ in range(count)))


def _placed(stream: Stream, number: int, pair: int, side: int, background: str, parts: list[Group]) -> Scene:
    """Give every thing a cell of its own."""
    cells = iter(stream.shuffled([(row, column) for row in range(3) for column in range(3)]))
    things = [_in_cell(stream, thing, *next(cells)) for part in parts for thing in part.things]
    return Scene(number, pair, side, background, tuple(things))


def _in_cell(stream: Stream, thing: Thing, row: int, column: int) -> Thing:
    """The thing, moved to a cell, a little off its centre."""
    reach = JITTER[thing.size]
    dx, dy = stream.between(-reach, reach), stream.between(-reach, reach)
    return replace(thing, row=row, column=column, dx=dx, dy=dy)


def complement(stream: Stream, scene: Scene, world: World) -> Scene:
    """The same kinds of things, otherwise arranged: every edit makes some question's answer change."""
    background = stream.pick([name for name in BACKGROUNDS if name != scene.background])
    parts = groups(scene)
    if stream.chance(0.5):  # one kind gives way to another: "is there a ..." changes its answer
        index = stream.below(len(parts))
        parts[index] = _replaced(stream, parts, index, world)
    parts = _recounted(stream, _recoloured(stream, parts, background), {part.key for part in groups(scene)})
    if stream.chance(0.7):  # what was bigger becomes smaller
        parts = [_with(part, size="small" if part.size == "big" else "big") for part in parts]
    return _rearranged(stream, scene, background, parts)


def _with(part: Group, kind: str | None = None, colour: str | None = None, size: str | None = None) -> Group:
    """The group with every thing changed alike."""
    things = tuple(
        replace(thing, kind=kind or thing.kind, colour=colour or thing.colour, size=size or thing.size)
        for thing in part.things
    )
    return Group(things[0].kind, things[0].colour, things)


def _replaced(stream: Stream, parts: list[Group], index: int, world: World) -> Group:
    """Another kind in the place of one; shapes stay shapes and drawings drawings."""
    table = SHAPES if NOUNS[parts[index].kind].is_shape else world.drawings
    fresh = [noun.one for noun in table if noun.one not in {part.kind for part in parts}]
    return _with(parts[index], kind=stream.pick(fresh))


def _recoloured(stream: Stream, parts: list[Group], background: str) -> list[Group]:
    """Most shapes in a colour that they did not have; all colours differ, also from the background."""
    out: list[Group] = []
    for part in parts:
        if part.colour:
            avoid = {other.colour for other in out}
            if part.colour == background or part.colour in avoid or stream.chance(0.6):
                part = _with(part, colour=_colour(stream, background, avoid | {part.colour}))
        out.append(part)
    return out


def _recounted(stream: Stream, parts: list[Group], before: set[tuple[str, str | None]]) -> list[Group]:
    """Mostly one group and every shape that kept its colour get another count; the total stays within bounds."""
    chosen = stream.below(len(parts)) if stream.chance(0.7) else None
    out: list[Group] = []
    for index, part in enumerate(parts):
        count = len(part.things)
        if index == chosen or (part.colour and part.key in before) or stream.chance(0.15):
            others = sum(len(p.things) for p in out) + sum(len(p.things) for p in parts[index + 1 :])
            free = [n for n in range(1, MOST_ALIKE + 1) if n != count and n + others <= MOST_THINGS]
            count = stream.pick(free) if free else count
        out.append(Group(part.kind, part.colour, (part.things[0],) * count))
    return out


def _rearranged(stream: Stream, scene: Scene, background: str, parts: list[Group]) -> Scene:
    """Mirror the cells in both directions, so that left, right, above and below all turn round."""
    homes = [[(2 - thing.row, 2 - thing.column) for thing in part.things] for part in groups(scene)]
    used = {cell for cells in homes for cell in cells}
    spare = stream.shuffled([(r, c) for r in range(3) for c in range(3) if (r, c) not in used])
    things: list[Thing] = []
    for part, cells in zip(parts, homes, strict=False):  # the parts kept their order
        for thing in part.things:
            things.append(_in_cell(stream, thing, *(cells.pop(0) if cells else spare.pop(0))))
    number = scene.number + 1
    return Scene(number, scene.pair, stream.pick(SIDES), background, tuple(things))

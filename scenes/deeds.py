"""Things that happen in a scene: one deed turns a scene into the next, and frames lie between the two.

Clips (one deed) and procedures (several) are both made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .draw import Stream
from .graph import Scene, Thing, lone_things
from .spacing import BIG, FITS, SMALL, overlap
from .splits import Composition, compositions
from .vocabulary import BACKGROUNDS, CATEGORIES, COLOURS, NOUNS, SHAPES, WIDE_DRAWINGS

FRAMES = 8
SHARED = 6  # a picture holds no more things than this
SHAPE_OR_DRAWING = SHAPES + WIDE_DRAWINGS


@dataclass(frozen=True)
class Deed:
    """``verb`` of VERBS; ``subject`` as it was before (as it is after where it appears), None for the background."""

    verb: str
    subject: Thing | None
    before: Scene
    after: Scene

    @property
    def changed(self) -> Thing:
        """The subject afterwards, where there is one on both sides."""
        assert self.subject
        return self.after.things[self.before.things.index(self.subject)]


def centre(thing: Thing) -> tuple[int, int]:
    """(x, y) in thousandths of the side."""
    return (2 * thing.column + 1) * 1000 // 6 + thing.dx, (2 * thing.row + 1) * 1000 // 6 + thing.dy


def put_at(thing: Thing, x: int, y: int) -> Thing:
    """The thing with its centre there; it belongs to the cell that the centre lies in."""
    column, row = min(x * 3 // 1000, 2), min(y * 3 // 1000, 2)
    return replace(
        thing, row=row, column=column, dx=x - (2 * column + 1) * 1000 // 6, dy=y - (2 * row + 1) * 1000 // 6
    )


def frames(deed: Deed, count: int = FRAMES) -> list[Scene]:
    """From before to after: moves and sizes by equal steps, all else at once in the middle."""
    out: list[Scene] = []
    for index in range(count):
        if deed.verb in ("moves", "grows", "shrinks"):
            assert deed.subject
            things = list(deed.before.things)
            things[things.index(deed.subject)] = _between(deed.subject, deed.changed, index, count - 1)
            out.append(replace(deed.before, things=tuple(things)))
        else:
            out.append(deed.before if index < count // 2 else deed.after)
    return out


def _between(one: Thing, other: Thing, step: int, steps: int) -> Thing:
    """``step`` of ``steps`` of the way; the size word changes half way."""

    def mixed(a: int, b: int) -> int:
        return a + (b - a) * step // steps

    (x0, y0), (x1, y1) = centre(one), centre(other)
    nearer = other if 2 * step >= steps else one
    return put_at(replace(nearer, width=mixed(one.width, other.width)), mixed(x0, x1), mixed(y0, y1))


def combined(deed: Deed) -> set[Composition]:
    """What all its frames combine, and who does what."""
    out: set[Composition] = set()
    for scene in frames(deed):
        out |= compositions(scene)
    if deed.subject:
        out.add((deed.subject.kind, "does", deed.verb))
    return out


def _fits(scene: Scene) -> bool:
    """Whether all things are inside and apart."""
    inside = all(
        thing.width <= 2 * min(x, y, 1000 - x, 1000 - y) for thing in scene.things for x, y in [centre(thing)]
    )
    return inside and not overlap(scene.things)


def _changed(scene: Scene, thing: Thing, to: Thing) -> Scene:
    return replace(scene, things=tuple(to if other is thing else other for other in scene.things))


def _may(category: str | None, thing: Thing) -> bool:
    return category is None or CATEGORIES[thing.kind] == category


def _moves(stream: Stream, scene: Scene, category: str | None) -> Iterator[Deed]:
    for thing in stream.shuffled(lone_things(scene)):
        cells = [(r, c) for r in range(3) for c in range(3) if (r, c) != (thing.row, thing.column)]
        for row, column in stream.shuffled(cells):
            half = (thing.width + 1) // 2
            x, y = (min(max((2 * cell + 1) * 1000 // 6, half), 1000 - half) for cell in (column, row))
            if _may(category, thing):
                yield Deed("moves", thing, scene, _changed(scene, thing, put_at(thing, x, y)))


def _resizes(verb: str, size: str) -> Callable[[Stream, Scene, str | None], Iterator[Deed]]:
    def offer(stream: Stream, scene: Scene, category: str | None) -> Iterator[Deed]:
        for thing in stream.shuffled(lone_things(scene)):
            if thing.size != size and _may(category, thing):
                for width in (stream.between(*(BIG if size == "big" else SMALL)), FITS[size] + 10):
                    half = (width + 1) // 2
                    x, y = (min(max(value, half), 1000 - half) for value in centre(thing))
                    to = put_at(replace(thing, size=size, width=width), x, y)
                    yield Deed(verb, thing, scene, _changed(scene, thing, to))

    return offer


def _appears(stream: Stream, scene: Scene, category: str | None) -> Iterator[Deed]:
    if len(scene.things) >= SHARED:
        return
    there = {thing.kind for thing in scene.things}
    nouns = [n for n in SHAPE_OR_DRAWING if n.one not in there and category in (None, CATEGORIES[n.one])]
    used = {(thing.row, thing.column) for thing in scene.things}
    taken = {thing.colour for thing in scene.things}
    # Shapes are a few of many kinds: by turns, so that they come up as often as drawings.
    for is_shape in stream.shuffled([True, False]):
        for noun in stream.shuffled([n for n in nouns if n.is_shape == is_shape])[:3]:
            colours = [c for c in COLOURS if c != scene.background and c not in taken]
            colour = stream.pick(colours) if noun.is_shape else None
            size = stream.pick(("small", "big"))
            width = stream.between(*SMALL) if size == "small" else FITS["big"] + stream.between(0, 60)
            for row, column in stream.shuffled([(r, c) for r in range(3) for c in range(3) if (r, c) not in used])[:3]:
                half = (width + 1) // 2
                x, y = (min(max((2 * cell + 1) * 1000 // 6, half), 1000 - half) for cell in (column, row))
                thing = put_at(Thing(noun.one, colour, size, row, column, 0, 0, width), x, y)
                yield Deed("appears", thing, scene, replace(scene, things=(*scene.things, thing)))


def _disappears(stream: Stream, scene: Scene, category: str | None) -> Iterator[Deed]:
    for thing in stream.shuffled(lone_things(scene)):
        if len(scene.things) > 1 and _may(category, thing):
            rest = tuple(other for other in scene.things if other is not thing)
            yield Deed("disappears", thing, scene, replace(scene, things=rest))


def _turns(stream: Stream, scene: Scene, category: str | None) -> Iterator[Deed]:
    taken = {thing.colour for thing in scene.things} | {scene.background}
    for thing in stream.shuffled(lone_things(scene)):
        if thing.colour and _may(category, thing):
            colour = stream.pick([name for name in COLOURS if name not in taken])
            yield Deed("turns", thing, scene, _changed(scene, thing, replace(thing, colour=colour)))


def _background(stream: Stream, scene: Scene, _: str | None) -> Iterator[Deed]:
    taken = {thing.colour for thing in scene.things} | {scene.background}
    colours = [name for name in BACKGROUNDS if name not in taken]
    if colours:
        yield Deed("background", None, scene, replace(scene, background=stream.pick(colours)))


VERBS: dict[str, Callable[[Stream, Scene, str | None], Iterator[Deed]]] = {
    "moves": _moves,
    "grows": _resizes("grows", "big"),
    "shrinks": _resizes("shrinks", "small"),
    "appears": _appears,
    "disappears": _disappears,
    "turns": _turns,
    "background": _background,
}


def happens(
    stream: Stream,
    scene: Scene,
    verb: str,
    category: str | None = None,
    allowed: Callable[[Deed], bool] = lambda _: True,
) -> Deed | None:
    """A deed of the verb whose every frame fits, by a thing of the category; None where the scene allows none."""
    for deed in VERBS[verb](stream, scene, category):
        if all(map(_fits, frames(deed))) and allowed(deed):
            return deed
    return None


def subject_words(thing: Thing) -> str:
    """ "red circle", "dog"."""
    return " ".join(filter(None, [thing.colour, NOUNS[thing.kind].one]))

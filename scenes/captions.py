"""Captions of a scene, all true by the graph and all different."""

from __future__ import annotations

from collections.abc import Iterator

from .draw import Stream
from .graph import Group, Scene, groups
from .templates import RELATIONS
from .vocabulary import NOUNS, NUMBERS, listed, place_name, with_article

FEWEST = 5


def group_words(group: Group, sized: bool = False) -> str:
    """ "two red circles", "a dog", "three small blue stars"."""
    count = len(group.things)
    noun = NOUNS[group.kind].one if count == 1 else NOUNS[group.kind].many
    adjectives = ([group.size] if sized else []) + ([group.colour] if group.colour else [])
    words = " ".join([*adjectives, noun])
    return with_article(words) if count == 1 else f"{NUMBERS[count]} {words}"


def at_place(row: int, column: int) -> str:
    """ "at the top left", "in the center", "on the left"."""
    place = place_name(row, column)
    return f"{'in' if place == 'center' else 'on' if row == 1 else 'at'} the {place}"


def _placed(scene: Scene) -> Iterator[str]:
    """Captions that say where a group of one is, and what else is there."""
    parts = groups(scene)
    for part in parts:
        if len(part.things) == 1:
            thing = part.things[0]
            rest = [group_words(other) for other in parts if other is not part]
            beside = f" with {listed(rest)}" if rest else f" of a {scene.background} picture"
            yield f"{group_words(part)} {at_place(thing.row, thing.column)}{beside}"


def _related(scene: Scene) -> Iterator[str]:
    """Captions that say how two groups of one stand to each other, and what else is there."""
    parts = groups(scene)
    single = [part for part in parts if len(part.things) == 1]
    for one in single:
        for other in single:
            rest = [group_words(part) for part in parts if part not in (one, other)]
            beside = f", with {listed(rest)}" if rest else f" on a {scene.background} background"
            for words, holds in RELATIONS.items():
                if holds(one.things[0], other.things[0]):
                    yield f"{group_words(one)} {words} {group_words(other)}{beside}"


def candidates(stream: Stream, scene: Scene) -> Iterator[str]:
    """Captions in the order of preference; each names every group of the scene."""
    parts = groups(scene)
    plain = [group_words(part) for part in parts]
    total = len(scene.things)
    is_one = len(parts[0].things) == 1
    yield f"{listed(plain)} on a {scene.background} background"
    yield f"{stream.pick(('a picture of', 'a simple drawing of', 'an image with'))} {listed(plain)}"
    yield from stream.shuffled(list(_related(scene)))[:1]
    yield from stream.shuffled(list(_placed(scene)))[:1]
    yield f"{listed([group_words(part, sized=True) for part in parts])}"
    objects = f"{NUMBERS[total]} object{'s' if total > 1 else ''}"
    if len(parts) > 1:
        yield f"{objects} on {scene.background}: {listed(plain[::-1])}"
    yield f"there {'is' if is_one else 'are'} {listed(plain)} against a {scene.background} background"
    yield f"a {scene.background} picture showing {listed([group_words(part, sized=True) for part in parts])}"
    yield f"a {scene.background} background and on it {listed(plain)}"


def captions(seed: int, scene: Scene) -> list[str]:
    """Five captions; every eighth scene has six or seven, since readers must use the first five only."""
    stream = Stream(seed, "captions", scene.number)
    wanted = FEWEST + (stream.between(1, 2) if scene.number % 8 == 0 else 0)
    return list(dict.fromkeys(candidates(stream, scene)))[:wanted]

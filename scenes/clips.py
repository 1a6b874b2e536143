"""Clips: eight frames in which one thing happens, with sentences as MSVD's people wrote them.

Lower case and without punctuation, as in the files that S2VT made of the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from .captions import at_place, group_words
from .deeds import VERBS, Deed, centre, combined, happens, subject_words
from .draw import Stream
from .generate import World, first_scene, wide
from .graph import Thing, groups
from .spacing import roomy
from .splits import TEST, is_held_out, split_of
from .templates import RELATIONS
from .vocabulary import listed, place_name, with_article

MOST_THINGS = 4  # to leave room to move
SENTENCES = (5, 8)  # between so many a clip


@dataclass(frozen=True)
class Clip:
    """``number`` from 1, as in ``vid1``."""

    number: int
    deed: Deed

    @property
    def name(self) -> str:
        """The id in the S2VT files."""
        return f"vid{self.number}"


def split_of_deed(deed: Deed) -> str:
    """The split of what happens: that of the scenes, and held out too where a kind does what training never shows."""
    return TEST if any(map(is_held_out, combined(deed))) else split_of(deed.before)


def clips(seed: int, world: World) -> Iterator[Clip]:
    """Clip after clip, the verbs by turns."""
    verbs = list(VERBS)
    number = 1
    while True:
        verb = verbs[(number - 1) % len(verbs)]
        attempt = 0
        while (deed := _deed(seed, world, number, verb, attempt)) is None:
            attempt += 1
        yield Clip(number, deed)
        number += 1


def _deed(seed: int, world: World, number: int, verb: str, attempt: int) -> Deed | None:
    stream = Stream(seed, "clip", number, attempt)
    scene = first_scene(stream, number, number, world)
    if len(scene.things) > MOST_THINGS:
        return None
    scene = roomy(stream, scene)
    return happens(stream, scene, verb, allowed=lambda deed: split_of_deed(deed) == world.split)


def clips_of_split(split: str, seed: int, count: int) -> list[Clip]:
    """So many clips of a split of the wide world."""
    return list(islice(clips(seed, wide(split)), count))


def _way(one: Thing, other: Thing) -> str:
    """ "to the right", "up", "down and to the left" between two places."""
    (x0, y0), (x1, y1) = centre(one), centre(other)
    across = "" if abs(x1 - x0) < 150 else "to the right" if x1 > x0 else "to the left"
    along = "" if abs(y1 - y0) < 150 else "down" if y1 > y0 else "up"
    return " and ".join(filter(None, [along, across]))


def _place(thing: Thing) -> str:
    return f"the {place_name(thing.row, thing.column)}"


def _cores(deed: Deed) -> list[str]:
    """Ways to say what happens, the plainest first."""
    if deed.subject is None:
        old, new = deed.before.background, deed.after.background
        return [
            f"the background turns from {old} to {new}",
            f"a {old} background becomes {new}",
            f"the picture changes its color from {old} to {new}",
        ]
    thing = deed.subject
    name, noun = with_article(subject_words(thing)), thing.noun.one
    if deed.verb == "moves":
        way, to = _way(thing, deed.changed), deed.changed
        out = [
            f"{name} moves {way}",
            f"{name} is moving from {_place(thing)} to {_place(to)}",
            f"{name} goes {way}",
            f"{with_article(noun)} travels across the picture to {_place(to)}",
        ]
        for other in deed.after.things:
            if other is not to and sum(t.kind == other.kind for t in deed.after.things) == 1:
                for words, holds in RELATIONS.items():
                    if holds(to, other) and not holds(thing, other):
                        out.append(f"{name} ends up {words} {with_article(subject_words(other))}")
        return out
    if deed.verb == "turns":
        new = deed.changed.colour
        return [
            f"{name} turns {new}",
            f"{with_article(noun)} changes its color from {thing.colour} to {new}",
            f"{name} becomes {new}",
        ]
    where = at_place(thing.row, thing.column)
    return {
        "grows": [f"a small {subject_words(thing)} grows", f"{name} gets bigger", f"{name} {where} is growing"],
        "shrinks": [f"a big {subject_words(thing)} shrinks", f"{name} gets smaller", f"{name} {where} is shrinking"],
        "appears": [f"{name} appears", f"{name} shows up {where}", f"{name} comes into the picture"],
        "disappears": [f"{name} disappears", f"{name} {where} vanishes", f"{name} leaves the picture"],
    }[deed.verb]


def _company(deed: Deed) -> list[str]:
    """What else is there, group by group."""
    things = tuple(thing for thing in deed.before.things if thing is not deed.subject)
    return [group_words(group) for group in groups(replace(deed.before, things=things))]


def sentences(seed: int, clip: Clip) -> list[str]:
    """Five to eight, all different and all true; the first says plainly what happens."""
    stream = Stream(seed, "sentences", clip.number)
    deed = clip.deed
    plainest, *more = _cores(deed)
    company = _company(deed)
    near = f"{'next to' if deed.subject else 'behind'} {listed(company).replace(',', '')}" if company else ""
    for core in (plainest, *more[:2]):
        if deed.subject:
            more.append(f"{core} on a {deed.before.background} background")
        if company:
            more.append(f"{core} {near}")
        if company and company[0].startswith(("a ", "an ")):
            more.append(f"there is {listed(company).replace(',', '')} and {core}")
    more += [f"in a short cartoon {plainest}", f"an animation where {plainest}"]
    wanted = stream.between(*SENTENCES)
    return [plainest, *stream.shuffled(list(dict.fromkeys(more)))[: wanted - 1]]

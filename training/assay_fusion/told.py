"""What decides a statement about two scenes, read from its words: which things, which picture, which number.

The first gates of a fusion model are taught it (``ends.Heads``), as they are for boxes: one bit a statement says little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scenes.captions import at_place
from scenes.graph import Scene, Thing
from scenes.templates import RELATIONS

from .vocabulary import MANY

Topic = tuple[str, str | None]  # kind, color
Mask = list[bool]  # of the things of the left picture, then of the right one's


@dataclass(frozen=True)
class Told:
    """``marks``: two kinds of deciding things, each over both pictures; ``panels``: which pictures are as said."""

    count: int
    marks: tuple[bytes, ...] = ()
    panels: bytes = b""


def mentioned(text: str, topics: Iterable[Topic]) -> list[Topic]:
    """The topics that a text names, in the order of its words; of "red star" and "star" the longer one."""
    spans = [
        (found.start(), found.end(), topic)
        for topic in topics
        for noun in {topic[0], MANY[topic[0]]}
        for found in re.finditer(rf"\b{re.escape(' '.join(filter(None, [topic[1], noun])))}\b", text)
    ]
    longest = [one for one in spans if not any(o[:2] != one[:2] and o[0] <= one[0] and one[1] <= o[1] for o in spans)]
    return [topic for _, _, topic in sorted(longest, key=lambda one: one[:2])]


def told(form: str, sentence: str, topics: Iterable[Topic], left: Scene, right: Scene, holds: bool) -> Told:
    """What decides ``sentence``, of the form of this name (``scenes.statements.FORMS``). ``topics`` of all it may name."""
    text = sentence.lower()
    things = (*left.things, *right.things)
    of_left = [True] * len(left.things) + [False] * len(right.things)
    of_right, everywhere = [not one for one in of_left], [True] * len(things)
    named = mentioned(text, topics)
    side = of_left if re.match(r"(in )?the left image", text) else of_right

    def where(topic: int, sides: Mask) -> Mask:
        kind, colour = named[topic]
        return [is_here and t.kind == kind and t.colour == colour for t, is_here in zip(things, sides, strict=True)]

    match form:
        case "one-side":
            return on_sides(where(0, side), of_left)
        case "place":
            return on_sides(at_the_place(text, things, where(0, side)), of_left)
        case "relation":
            return related(text, things, where(0, side), where(1, side))
        case "neither":
            return on_sides(where(0, everywhere if text.startswith("neither") else of_left), of_left)
        case "together":
            return on_sides(where(0, everywhere), of_left)
        case "both" | "only-one":
            one = on_sides(where(0, everywhere), of_left)
            return Told(sum(one.panels), one.marks, one.panels)
        case "each-its-own":
            one, other = where(0, of_left), where(1, of_right)
            return Told(any(one) + any(other), (bytes(one), bytes(other)), bytes([any(one), any(other), 0]))
        case "more-of-kind":
            return Told(int(holds), (bytes(where(0, of_left)), bytes(where(0, of_right))))
        case "more-in-all":
            return Told(int(holds), (bytes(of_left), bytes(of_right)))
        case "total":
            most = max(len(left.things), len(right.things))
            return Told(len(things) if "together" in text else most, (bytes(everywhere),))
        case _:
            return Told(int(holds))


def on_sides(marks: Mask, of_left: Mask) -> Told:
    """The number of the marked things, and the pictures that have one."""
    panels = [any(m and here is is_left for m, is_left in zip(marks, of_left, strict=True)) for here in (True, False)]
    return Told(sum(marks), (bytes(marks),), bytes([*panels, False]))


def at_the_place(text: str, things: tuple[Thing, ...], marks: Mask) -> Mask:
    cells = {(row, column): at_place(row, column) for row in range(3) for column in range(3)}
    said = max((cell for cell, words in cells.items() if words in text), key=lambda cell: len(cells[cell]))
    return [m and (t.row, t.column) == said for t, m in zip(things, marks, strict=True)]


def related(text: str, things: tuple[Thing, ...], ones: Mask, others: Mask) -> Told:
    """The first things that stand as said to one of the others, and the others."""
    holds: Callable[[Thing, Thing], bool] = next(rule for words, rule in RELATIONS.items() if f" {words} " in text)
    second = [t for t, m in zip(things, others, strict=True) if m]
    first = [m and any(holds(t, other) for other in second) for t, m in zip(things, ones, strict=True)]
    return Told(sum(first), (bytes(first), bytes(others)))

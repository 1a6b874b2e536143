"""The table of question templates: what is asked, in which official category, and the answer by the graph.

A template yields every question that has one clear answer. ``topics`` are the groups that the scene or its
complement holds, so that what is absent here but present there can be asked too.
A new kind of question is one function and one row of ``TEMPLATES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations

from .graph import Group, Scene, Thing, groups, lone, lone_things, of_kind
from .vocabulary import BACKGROUNDS, COLOURS, NOUNS, PLACES, SHAPES, WIDE_DRAWINGS, place_name, with_article

Asked = Iterator[tuple[str, str]]  # (question, answer)
Topics = tuple[tuple[str, str | None], ...]  # (kind, colour)

CORNERS_AND_CENTER = ("top left", "top right", "bottom left", "bottom right", "center")


@dataclass(frozen=True)
class Template:
    """``question_type`` is one of VQA v2's 65 types; ``answer_type`` one of its three.

    ``domain`` holds the answers that it can have: guessing among them is its chance level.
    """

    name: str
    question_type: str
    answer_type: str
    ask: Callable[[Scene, Topics], Asked]
    domain: tuple[str, ...]

    @property
    def chance(self) -> float:
        """The share that a guess from the domain hits, in [0, 1]."""
        return 1 / len(self.domain)


def topics_of(scenes: Iterable[Scene]) -> Topics:
    """The groups of several scenes, each once, in order of appearance."""
    return tuple(dict.fromkeys(group.key for scene in scenes for group in groups(scene)))


def _kinds(topics: Topics) -> list[str]:
    return list(dict.fromkeys(kind for kind, _ in topics))


def _truth(value: bool) -> str:
    return "yes" if value else "no"


def _count_all(scene: Scene, _: Topics) -> Asked:
    yield "How many objects are there?", str(len(scene.things))


def _count_kind(scene: Scene, topics: Topics) -> Asked:
    for kind in _kinds(topics):
        yield f"How many {NOUNS[kind].many} are there?", str(len(of_kind(scene, kind)))


def _count_coloured(scene: Scene, topics: Topics) -> Asked:
    for kind, colour in topics:
        if colour:
            count = len(of_kind(scene, kind, colour))
            yield f"How many {colour} {NOUNS[kind].many} are in the picture?", str(count)


def _colour_of_one(scene: Scene, _: Topics) -> Asked:
    for thing in lone_things(scene):
        if thing.colour:
            yield f"What color is the {thing.kind}?", thing.colour


def _colour_of_many(scene: Scene, _: Topics) -> Asked:
    for group in groups(scene):
        if group.colour and len(group.things) == len(of_kind(scene, group.kind)) > 1:
            yield f"What color are the {NOUNS[group.kind].many}?", group.colour


def _background(scene: Scene, _: Topics) -> Asked:
    yield "What color is the background?", scene.background


def _where(scene: Scene, _: Topics) -> Asked:
    for thing in lone_things(scene):
        yield f"Where is the {thing.kind}?", place_name(thing.row, thing.column)


def _what_in(scene: Scene, _: Topics) -> Asked:
    for thing in scene.things:
        place = place_name(thing.row, thing.column)
        if place in CORNERS_AND_CENTER:
            yield f"What is in the {place}?", thing.kind


def _what_beside(scene: Scene, _: Topics) -> Asked:
    for thing in lone_things(scene):
        for words, is_beside in RELATIONS.items():
            found = {other.kind for other in scene.things if is_beside(other, thing)}
            if len(found) == 1:
                yield f"What is {words} the {thing.kind}?", found.pop()


def _what_shape(scene: Scene, _: Topics) -> Asked:
    for group in groups(scene):
        others: list[Group] = [g for g in groups(scene) if g.colour == group.colour and g != group]
        if group.colour and not others:
            yield f"What shape is {group.colour}?", group.kind


def _is_there(article: str) -> Callable[[Scene, Topics], Asked]:
    def ask(scene: Scene, topics: Topics) -> Asked:
        for kind in _kinds(topics):
            if with_article(kind) == f"{article} {kind}":
                yield f"Is there {article} {kind}?", _truth(bool(of_kind(scene, kind)))

    return ask


def _are_there_any(scene: Scene, topics: Topics) -> Asked:
    for kind, colour in topics:
        if colour:
            asked = f"Are there any {colour} {NOUNS[kind].many}?"
            yield asked, _truth(bool(of_kind(scene, kind, colour)))


def _is_coloured(scene: Scene, topics: Topics) -> Asked:
    for kind, colour in topics:
        thing = lone(scene, kind)
        if colour and thing:
            yield f"Is the {kind} {colour}?", _truth(thing.colour == colour)


def _is_beside(scene: Scene, _: Topics) -> Asked:
    for one, other in permutations(lone_things(scene), 2):
        for words, is_beside in RELATIONS.items():
            if is_beside(one, other) or is_beside(other, one):  # in one row "above" has no clear answer
                yield f"Is the {one.kind} {words} the {other.kind}?", _truth(is_beside(one, other))


def _is_bigger(scene: Scene, _: Topics) -> Asked:
    for one, other in permutations(lone_things(scene), 2):
        if one.size != other.size:
            yield f"Is the {one.kind} bigger than the {other.kind}?", _truth(one.size == "big")


def _are_more(scene: Scene, topics: Topics) -> Asked:
    for one, other in permutations(_kinds(topics), 2):
        ours, theirs = len(of_kind(scene, one)), len(of_kind(scene, other))
        if ours != theirs:
            asked = f"Are there more {NOUNS[one].many} than {NOUNS[other].many}?"
            yield asked, _truth(ours > theirs)


RELATIONS: dict[str, Callable[[Thing, Thing], bool]] = {
    "to the left of": lambda one, other: one.column < other.column,
    "to the right of": lambda one, other: one.column > other.column,
    "above": lambda one, other: one.row < other.row,
    "below": lambda one, other: one.row > other.row,
}

YES_NO = ("yes", "no")
TOTALS = tuple(str(count) for count in range(1, 7))
COUNTS = tuple(str(count) for count in range(5))  # generate.MOST_ALIKE of a kind
KINDS = tuple(noun.one for noun in SHAPES + WIDE_DRAWINGS)

TEMPLATES: tuple[Template, ...] = (
    Template("count-all", "how many", "number", _count_all, TOTALS),
    Template("count-kind", "how many", "number", _count_kind, COUNTS),
    Template("count-coloured", "how many", "number", _count_coloured, COUNTS),
    Template("colour-of-one", "what color is the", "other", _colour_of_one, tuple(COLOURS)),
    Template("colour-of-many", "what color are the", "other", _colour_of_many, tuple(COLOURS)),
    Template("background", "what color is the", "other", _background, tuple(BACKGROUNDS)),
    Template("where", "where is the", "other", _where, PLACES),
    Template("what-in", "what is in the", "other", _what_in, KINDS),
    Template("what-beside", "what is", "other", _what_beside, KINDS),
    Template("what-shape", "what", "other", _what_shape, tuple(noun.one for noun in SHAPES)),
    Template("is-there-a", "is there a", "yes/no", _is_there("a"), YES_NO),
    Template("is-there-an", "is there", "yes/no", _is_there("an"), YES_NO),
    Template("are-there-any", "are there any", "yes/no", _are_there_any, YES_NO),
    Template("is-coloured", "is the", "yes/no", _is_coloured, YES_NO),
    Template("is-beside", "is the", "yes/no", _is_beside, YES_NO),
    Template("is-bigger", "is the", "yes/no", _is_bigger, YES_NO),
    Template("are-more", "are there", "yes/no", _are_more, YES_NO),
)

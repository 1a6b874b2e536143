"""Answers and captions against the committed graphs, by a reader that shares no code with the templates.

The reader parses the English and counts in the plain JSON; a mistake in a template or a caption shows here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from scenes.vocabulary import NOUNS, NUMBERS

from .conftest import FOLDER, load

Graph = dict[str, Any]
SINGULAR = {noun.many: noun.one for noun in NOUNS.values()} | {noun: noun for noun in NOUNS}
SIDES: dict[str, Callable[[Graph, Graph], bool]] = {
    "to the left of": lambda a, b: a["column"] < b["column"],
    "to the right of": lambda a, b: a["column"] > b["column"],
    "above": lambda a, b: a["row"] < b["row"],
    "below": lambda a, b: a["row"] > b["row"],
}
CELLS = {
    "top left": (0, 0), "top": (0, 1), "top right": (0, 2),
    "left": (1, 0), "center": (1, 1), "right": (1, 2),
    "bottom left": (2, 0), "bottom": (2, 1), "bottom right": (2, 2),
}  # fmt: skip


def find(graph: Graph, words: str) -> list[Graph]:
    """The things that words such as "dogs" or "red star" mean."""
    *adjectives, noun = words.split(" ")
    found = [thing for thing in graph["things"] if thing["kind"] == SINGULAR[noun]]
    for word in adjectives:
        found = [thing for thing in found if word in (thing["colour"], thing["size"])]
    return found


def only(graph: Graph, words: str) -> Graph:
    """The thing that "the ..." means: there must be exactly one."""
    (thing,) = find(graph, words)
    return thing


def say(value: bool) -> str:
    return "yes" if value else "no"


def sole(values: set[str]) -> str:
    (value,) = values
    return value


def bigger(graph: Graph, one: str, other: str) -> str:
    sizes = only(graph, one)["size"], only(graph, other)["size"]
    assert set(sizes) == {"small", "big"}
    return say(sizes == ("big", "small"))


def beside(graph: Graph, one: str, side: str, other: str) -> str:
    a, b = only(graph, one), only(graph, other)
    assert SIDES[side](a, b) or SIDES[side](b, a), "neither is: the question has no clear answer"
    return say(SIDES[side](a, b))


def more(graph: Graph, one: str, other: str) -> str:
    ours, theirs = len(find(graph, one)), len(find(graph, other))
    assert ours != theirs
    return say(ours > theirs)


def place(thing: Graph) -> str:
    return sole({name for name, cell in CELLS.items() if cell == (thing["row"], thing["column"])})


def kinds_where(graph: Graph, holds: Callable[[Graph], bool]) -> str:
    """The one kind of the things that a condition holds for."""
    return sole({thing["kind"] for thing in graph["things"] if holds(thing)})


SIDE = "to the left of|to the right of|above|below"
READINGS: list[tuple[str, Callable[..., str]]] = [
    (r"How many objects are there\?", lambda g: str(len(g["things"]))),
    (r"How many (.+) are (?:there|in the picture)\?", lambda g, what: str(len(find(g, what)))),
    (r"What color is the background\?", lambda g: g["background"]),
    (r"What color is the (.+)\?", lambda g, what: only(g, what)["colour"]),
    (r"What color are the (.+)\?", lambda g, what: sole({thing["colour"] for thing in find(g, what)})),
    (r"Where is the (.+)\?", lambda g, what: place(only(g, what))),
    (r"What is in the (.+)\?", lambda g, where: kinds_where(g, lambda t: place(t) == where)),
    (rf"What is ({SIDE}) the (.+)\?", lambda g, s, what: kinds_where(g, lambda t: SIDES[s](t, only(g, what)))),
    (r"What shape is (.+)\?", lambda g, colour: kinds_where(g, lambda t: t["colour"] == colour)),
    (r"Is there an? (.+)\?", lambda g, what: say(bool(find(g, what)))),
    (r"Are there any (.+)\?", lambda g, what: say(bool(find(g, what)))),
    (rf"Is the (.+) ({SIDE}) the (.+)\?", beside),
    (r"Is the (.+) bigger than the (.+)\?", bigger),
    (r"Is the (.+) (\w+)\?", lambda g, what, colour: say(only(g, what)["colour"] == colour)),
    (r"Are there more (.+) than (.+)\?", more),
]


def read(question: str, graph: Graph) -> str:
    """The answer by the first reading that fits the words."""
    for pattern, answer in READINGS:
        match = re.fullmatch(pattern, question)
        if match:
            return answer(graph, *match.groups())
    raise AssertionError(f"no reading for {question!r}")


def test_every_answer_follows_from_the_graph(
    asked: list[Any], annotations: list[Any], graphs: dict[int, Graph]
) -> None:
    answers = {annotation["question_id"]: annotation["multiple_choice_answer"] for annotation in annotations}
    for question in asked:
        graph = graphs[question["image_id"]]
        assert read(question["question"], graph) == answers[question["question_id"]], (question, graph)


def test_the_reader_notices_a_wrong_answer(
    asked: list[Any], annotations: list[Any], graphs: dict[int, Graph]
) -> None:
    # The same question about the complement has another answer, so swapped pictures must not pass.
    answers = {annotation["question_id"]: annotation["multiple_choice_answer"] for annotation in annotations}
    for question in asked:
        complement = graphs[(question["image_id"] - 1 ^ 1) + 1]
        assert read(question["question"], complement) != answers[question["question_id"]]


NOUN = "|".join(sorted(SINGULAR, key=len, reverse=True))
ADJECTIVES = r"(?:(?!picture|simple|image|drawing)\w+ ){0,2}?"
GROUP = re.compile(rf"\b(an?|{'|'.join(NUMBERS[1:])}) ({ADJECTIVES})({NOUN})\b")
BACKGROUND = re.compile(r"(\w+) background|^an? (\w+) picture showing|objects on (\w+):|of a (\w+) picture")


def groups_said(caption: str) -> list[tuple[int, str]]:
    """ "two red circles and a dog" -> [(2, "red circles"), (1, "dog")]."""
    return [
        (1 if count in ("a", "an") else NUMBERS.index(count), f"{adjectives}{noun}")
        for count, adjectives, noun in GROUP.findall(caption)
    ]


def test_every_caption_names_every_group_with_its_count(graphs: dict[int, Graph]) -> None:
    for image in load(FOLDER / "dataset.json")["images"]:
        graph = graphs[image["cocoid"]]
        kinds = {(thing["kind"], thing["colour"]) for thing in graph["things"]}
        for sentence in image["sentences"]:
            said = groups_said(sentence["raw"])
            assert len(said) == len(kinds), sentence["raw"]
            for count, words in said:
                assert len(find(graph, words)) == count, (sentence["raw"], words)
            assert sum(count for count, _ in said) == len(graph["things"]), sentence["raw"]


def test_captions_tell_places_relations_totals_and_backgrounds_truly(graphs: dict[int, Graph]) -> None:
    seen = {"place": 0, "relation": 0, "total": 0, "background": 0}
    for image in load(FOLDER / "dataset.json")["images"]:
        graph = graphs[image["cocoid"]]
        for caption in (sentence["raw"] for sentence in image["sentences"]):
            if match := re.match(r"an? ([\w ]+?) (?:in|on|at) the ([\w ]+?)(?: with| of|$)", caption):
                thing = only(graph, match[1])
                assert (thing["row"], thing["column"]) == CELLS[match[2]], caption
                seen["place"] += 1
            if match := re.match(rf"an? ([\w ]+?) ({SIDE}) an? ([\w ]+?)(?:,| on )", caption):
                assert SIDES[match[2]](only(graph, match[1]), only(graph, match[3])), caption
                seen["relation"] += 1
            if match := re.match(r"(\w+) objects? on", caption):
                assert NUMBERS.index(match[1]) == len(graph["things"]), caption
                seen["total"] += 1
            if match := re.search(
                r"(\w+) background|^an? (\w+) picture showing|objects on (\w+):|of a (\w+) picture", caption
            ):
                assert graph["background"] in match.groups(), caption
                seen["background"] += 1
    assert min(seen.values()) > 20, seen


@pytest.mark.parametrize("name", ["scenes", "twemoji-retrieval"])
def test_no_caption_is_said_twice(name: str) -> None:
    images = load(FOLDER.parent / name / "dataset.json")["images"]
    captions = [sentence["raw"] for image in images for sentence in image["sentences"]]
    assert len(set(captions)) == len(captions)
    assert sum(len(image["sentences"]) > 5 for image in images) >= 5

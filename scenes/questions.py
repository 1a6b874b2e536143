"""Which questions are asked of which scene, and what ten people answered.

Every question is asked of both scenes of a pair and has another answer in each, so a guess from the question alone
is right at most half the time; among such twins those are taken that keep each template's answers even.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .draw import Stream
from .graph import Scene
from .templates import TEMPLATES, Template, topics_of
from .vocabulary import (
    BACKGROUNDS,
    COLOUR_OTHERS,
    COLOURS,
    DRAWINGS,
    NOUNS,
    NUMBERS,
    PLACE_OTHERS,
    PLACES,
    SHAPES,
    WIDE_DRAWINGS,
    with_article,
)

FEWEST, MOST = 3, 5  # questions of a scene
ANSWERS = 10
CROWDED = 0.2  # a share of a template's questions; yes and no are even by construction
CONFIDENCES = ("yes", "maybe", "no")


@dataclass(frozen=True)
class Question:
    """One question of one scene with the graph's answer; ``number`` is VQA's question_id."""

    number: int
    scene: int
    text: str
    answer: str
    template: Template


@dataclass(frozen=True)
class Twin:
    """One question with its two different answers in the scenes of a pair."""

    template: Template
    text: str
    answers: tuple[str, str]
    pair: int


def twins(first: Scene, second: Scene) -> list[Twin]:
    """Every question that both scenes answer, differently."""
    topics = topics_of((first, second))
    out: list[Twin] = []
    for template in TEMPLATES:
        here, there = dict(template.ask(first, topics)), dict(template.ask(second, topics))
        for text in here:
            if text in there and here[text] != there[text]:
                out.append(Twin(template, text, (here[text], there[text]), first.pair))
    return out


def choose(seed: int, scenes: list[Scene]) -> list[Question]:
    """Three to five questions a scene (fewer only where a pair offers fewer), in the order of their numbers."""
    pairs = [(scenes[index], scenes[index + 1]) for index in range(0, len(scenes), 2)]
    offers = Stream(seed, "offers").shuffled([twin for pair in pairs for twin in twins(*pair)])
    room = {first.pair: Stream(seed, "room", first.pair).between(FEWEST, MOST) for first, _ in pairs}
    taken: list[Twin] = []
    templates: Counter[str] = Counter()
    answers: Counter[tuple[str, str]] = Counter()
    texts: Counter[str] = Counter()
    in_pair: Counter[tuple[int, str]] = Counter()

    def unevenness(twin: Twin) -> tuple[int, ...]:
        """What to avoid, the gravest first: an answer that fills its template, a template twice in a scene."""
        name = twin.template.name
        spent = [answers[name, answer] for answer in twin.answers]
        crowded = twin.template.answer_type != "yes/no" and max(spent) > 3 + CROWDED * 2 * templates[name]
        return crowded, in_pair[twin.pair, name], templates[name], sum(spent), texts[twin.text]

    while offers:
        twin = min(offers, key=unevenness)
        taken.append(twin)
        room[twin.pair] -= 1
        templates[twin.template.name] += 1
        in_pair[twin.pair, twin.template.name] += 1
        texts[twin.text] += 1
        answers.update((twin.template.name, answer) for answer in twin.answers)
        offers = [other for other in offers if other is not twin and room[other.pair] > 0]
    return [
        Question(scene.number * 1000 + index, scene.number, twin.text, twin.answers[side], twin.template)
        for pair in pairs
        for side, scene in enumerate(pair)
        for index, twin in enumerate(twin for twin in taken if twin.pair == scene.pair)
    ]


def domain(answer: str) -> tuple[str, ...]:
    """The answers that the same kind of question could have had."""
    tables = (
        ("yes", "no"),
        tuple(str(number) for number in range(len(NUMBERS))),
        tuple(COLOURS) + tuple(name for name in BACKGROUNDS if name not in COLOURS),
        PLACES,
        tuple(noun.one for noun in SHAPES),
        tuple(noun.one for noun in DRAWINGS),
        tuple(noun.one for noun in WIDE_DRAWINGS),
    )
    return next(table for table in tables if answer in table)


def spellings(answer: str) -> tuple[str, ...]:
    """Other ways to write the same answer that VQA's normalisation makes equal."""
    if answer.isdigit():
        return (NUMBERS[int(answer)], NUMBERS[int(answer)].capitalize())
    if answer in NOUNS:
        return (with_article(answer), f"the {answer}", answer.capitalize())
    if answer in PLACES:
        return (f"the {answer}", answer.capitalize())
    return (answer.capitalize(), f"{answer}.")


def near_names(answer: str) -> tuple[str, ...]:
    """Other true names, which VQA's normalisation keeps apart ("puppy" for "dog")."""
    if answer in NOUNS:
        return NOUNS[answer].others
    return COLOUR_OTHERS.get(answer, ()) + PLACE_OTHERS.get(answer, ())


def mistake(stream: Stream, answer: str) -> str:
    """A wrong answer of the right kind; a number is miscounted by one."""
    if answer.isdigit():
        return str(int(answer) + (1 if answer == "0" or stream.chance(0.5) else -1))
    return stream.pick([other for other in domain(answer) if other != answer])


def ten_answers(seed: int, question: Question) -> list[tuple[str, str]]:
    """Ten (answer, confidence) pairs: mostly agreeing, some spelt or named otherwise, a few mistaken.

    Four in ten questions are unanimous to the letter; in the others at least six people write the graph's answer
    as it stands, so that it scores 1 under the official rule.
    """
    stream = Stream(seed, "answers", question.number)
    true = question.answer
    others: list[str] = []
    if not stream.chance(0.4):
        for _ in range(stream.between(1, 4)):
            ways = [(lambda: stream.pick(spellings(true)), 4.0), (lambda: mistake(stream, true), 2.0)]
            if near_names(true):
                ways.append((lambda: stream.pick(near_names(true)), 3.0))
            others.append(stream.weighted(ways)())
    out: list[tuple[str, str]] = []
    for answer in stream.shuffled([true] * (ANSWERS - len(others)) + others):
        sure = answer == true or answer in spellings(true)
        weights = (8.5, 1.3, 0.2) if sure else (4.0, 4.5, 1.5)
        out.append((answer, stream.weighted(list(zip(CONFIDENCES, weights, strict=False)))))
    return out

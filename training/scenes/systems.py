"""Two made-up systems that answer the questions, one good and one poor, to have results to score and compare.

Both also err as real systems do: they spell a right answer otherwise, or say what a minority of people said. So the
two official scorers, which normalise differently, disagree on them a little.
"""

from __future__ import annotations

from dataclasses import dataclass

from .draw import Stream
from .questions import Question, mistake, near_names, spellings


@dataclass(frozen=True)
class System:
    """Shares of the questions that get the true answer, another spelling of it, a near name; the rest is wrong."""

    name: str
    exact: float
    respelt: float
    near: float


STRONG = System("strong", exact=0.735, respelt=0.06, near=0.04)
WEAK = System("weak", exact=0.36, respelt=0.05, near=0.03)


def predictions(seed: int, system: System, questions: list[Question]) -> list[tuple[int, str]]:
    """(question id, answer) for every question. The weak system answers in an order of its own."""
    out: list[tuple[int, str]] = []
    for question in questions:
        # One mark a question for all systems: what the weak one gets right the strong one mostly does too.
        mark = Stream(seed, "difficulty", question.number).unit()
        stream = Stream(seed, "system", system.name, question.number)
        if stream.chance(0.4):
            mark = stream.unit()
        out.append((question.number, _answer(stream, system, mark, question.answer)))
    return out if system is STRONG else Stream(seed, "order", system.name).shuffled(out)


def _answer(stream: Stream, system: System, mark: float, true: str) -> str:
    if mark < system.exact:
        return true
    if mark < system.exact + system.respelt:
        return stream.pick(spellings(true))
    if mark < system.exact + system.respelt + system.near and near_names(true):
        return stream.pick(near_names(true))
    return mistake(stream, true)

"""Two made-up systems that answer the questions, one good and one poor, to have results to score and compare.

The same two judge statements, describe clips and find steps.

Both also err as real systems do: they spell a right answer otherwise, or say what a minority of people said. So the
two official scorers, which normalise differently, disagree on them a little.
"""

from __future__ import annotations

from dataclasses import dataclass

from .clips import Clip, sentences
from .draw import Stream
from .procedures import STEP_NUMBERS, Procedure
from .questions import Question, mistake, near_names, spellings
from .statements import Statement
from .writers.coin import Proposal


@dataclass(frozen=True)
class System:
    """Shares of the questions that get the true answer, another spelling of it, a near name; the rest is wrong."""

    name: str
    exact: float
    respelt: float
    near: float
    judges: float  # share of the statements judged rightly
    tells: float  # share of the clips told rightly
    finds: float  # share of the steps found
    strays: float  # how far a found step's ends lie off, in shares of its length


STRONG = System("strong", exact=0.735, respelt=0.06, near=0.04, judges=0.86, tells=0.85, finds=0.85, strays=0.12)
WEAK = System("weak", exact=0.36, respelt=0.05, near=0.03, judges=0.62, tells=0.4, finds=0.5, strays=0.35)


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


def judgements(seed: int, system: System, statements: list[Statement]) -> list[tuple[Statement, bool]]:
    """(statement, answer) for every statement; what is hard about a sentence is hard in all its pairs."""
    out: list[tuple[Statement, bool]] = []
    for statement in statements:
        mark = Stream(seed, "difficulty", statement.set, statement.sentence_number).unit()
        stream = Stream(seed, "judge", system.name, statement.identifier)
        if stream.chance(0.6):
            mark = stream.unit()
        out.append((statement, statement.is_true == (mark < system.judges)))
    return out


def told(seed: int, system: System, clips: list[Clip]) -> list[tuple[str, str]]:
    """(clip, sentence) for every clip: in words of the system's own, now and then about another clip."""
    out: list[tuple[str, str]] = []
    for clip in clips:
        stream = Stream(seed, "teller", system.name, clip.number)
        seen = clip if stream.chance(system.tells) else stream.pick(clips)
        out.append((clip.name, stream.pick(sentences(seed + 1, seen)[:4])))
    return out


def proposals(seed: int, system: System, videos: list[Procedure]) -> list[tuple[str, list[Proposal]]]:
    """(video, proposed segments) for every video: steps found with their ends a little off, and false alarms."""
    return [(v.name, _proposed(Stream(seed, "finder", system.name, v.number), system, v)) for v in videos]


def _proposed(stream: Stream, system: System, video: Procedure) -> list[Proposal]:
    out: list[Proposal] = []

    def about(step: int, start: float, end: float, sure: float) -> None:
        reach = (end - start) * system.strays
        ends = (start + (2 * stream.unit() - 1) * reach, end + (2 * stream.unit() - 1) * reach)
        score = sure * (0.7 + 0.3 * stream.unit())
        out.append((round(score, 4), round(max(ends[0], 0) / 10, 2), round(ends[1] / 10, 2), step))

    for one in video.done:
        found = stream.chance(system.finds)
        step = STEP_NUMBERS[one.step] if found else stream.between(1, len(STEP_NUMBERS))
        about(step, one.start, one.end, 1.0 if found else 0.7)
        if stream.chance(0.5):  # the same once more, less surely: non-maximum suppression has work
            about(step, one.start, one.end, 0.5)
        if not stream.chance(system.finds):
            start = stream.between(0, video.duration - 50)
            about(stream.between(1, len(STEP_NUMBERS)), start, start + stream.between(30, 50), 0.6)
    return out

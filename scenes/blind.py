"""How far one gets without looking: rules that know the training split's answers, on a test split's questions.

    python -m scenes.blind                 # 3,000 training pairs against 1,000 test pairs, VQA v2 and NLVR2
    python -m scenes.blind --templates     # every template on a row of its own

| rule | answers with |
| --- | --- |
| majority | the commonest answer of all |
| majority by template | the commonest answer of the template |
| text only | naive Bayes over the words, word pairs and positions of the text, within the template |
| text only, same set | the same, fitted on four fifths of the test split itself and tried on the last, by turns |

Chance of a template is one of the answers it can have. What a rule scores on a set whose templates are perfectly even
is the chance level of that rule there: for majority, the best single answer's; for the others, each template's own.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

FOLDS = 5


@dataclass(frozen=True)
class Asked:
    """A text with its true answer. ``unit`` joins what must not be on both sides of a fit (a pair, a set)."""

    template: str
    kind: str  # VQA's answer type, "statement" for NLVR2
    text: str
    answer: str
    unit: int
    domain: tuple[str, ...]


Rule = Callable[[Asked], str]


def commonest(answers: Counter[str]) -> str:
    """The commonest answer; of equals the first in the alphabet."""
    return min(answers, key=lambda answer: (-answers[answer], answer))


def majority(train: Sequence[Asked]) -> Rule:
    """One answer for everything."""
    best = commonest(Counter(asked.answer for asked in train))
    return lambda _: best


def majority_by_template(train: Sequence[Asked]) -> Rule:
    """One answer a template."""
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for asked in train:
        answers[asked.template][asked.answer] += 1
    best = {template: commonest(own) for template, own in answers.items()}
    return lambda asked: best.get(asked.template, asked.domain[0])


def features(text: str) -> list[str]:
    """Words, neighbouring words, and words with their position."""
    words = text.lower().rstrip("?.").split()
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(words)]
    return [*words, *pairs, *(f"{word}@{index}" for index, word in enumerate(words))]


def text_only(train: Sequence[Asked]) -> Rule:
    """Naive Bayes with add-one smoothing, one model a template."""
    priors: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seen: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    words: defaultdict[str, set[str]] = defaultdict(set)
    for asked in train:
        own = features(asked.text)
        priors[asked.template][asked.answer] += 1
        seen[asked.template, asked.answer].update(own)
        words[asked.template].update(own)
    totals = {key: sum(counts.values()) for key, counts in seen.items()}

    def rule(asked: Asked) -> str:
        prior = priors.get(asked.template)
        if not prior:
            return asked.domain[0]
        known = [word for word in features(asked.text) if word in words[asked.template]]
        size = len(words[asked.template])

        def score(answer: str) -> float:
            counts, total = seen[asked.template, answer], totals[asked.template, answer]
            return math.log(prior[answer]) + sum(math.log((counts[word] + 1) / (total + size)) for word in known)

        return min(prior, key=lambda answer: (-score(answer), answer))

    return rule


def accuracy(rule: Rule, test: Iterable[Asked]) -> float:
    """Percent."""
    hits = [rule(asked) == asked.answer for asked in test]
    return 100 * sum(hits) / len(hits)


def cross_fitted(test: Sequence[Asked]) -> Rule:
    """``text_only`` fitted on the other folds; a unit lies in one fold."""
    folds = [text_only([a for a in test if a.unit % FOLDS != fold]) for fold in range(FOLDS)]
    return lambda asked: folds[asked.unit % FOLDS](asked)


def chance(test: Sequence[Asked]) -> float:
    """Percent that a guess from each template's domain hits."""
    return 100 * sum(1 / len(asked.domain) for asked in test) / len(test)


def chance_of_majority(test: Sequence[Asked]) -> float:
    """Percent that the best single answer would hit if every template were even."""
    shares: defaultdict[str, float] = defaultdict(float)
    for asked in test:
        for answer in asked.domain:
            shares[answer] += 1 / len(asked.domain)
    return 100 * max(shares.values()) / len(test)


@dataclass(frozen=True)
class Row:
    """A rule's accuracy beside its chance level, percent."""

    group: str
    rule: str
    n: int
    accuracy: float
    chance: float

    @property
    def above(self) -> float:
        """Points above chance."""
        return self.accuracy - self.chance


def table(train: Sequence[Asked], test: Sequence[Asked], by_template: bool = False) -> list[Row]:
    """Every rule on the whole, on each kind of answer and, if asked, on each template."""
    fitted = {
        "majority by template": majority_by_template(train),
        "text only": text_only(train),
        "text only, same set": cross_fitted(test),
    }
    rows = [Row("all", "majority", len(test), accuracy(majority(train), test), chance_of_majority(test))]
    parts: dict[str, list[Asked]] = {"all": list(test)}
    for asked in test:
        parts.setdefault(asked.kind, []).append(asked)
    if by_template:
        for asked in test:
            parts.setdefault(f"{asked.kind}: {asked.template}", []).append(asked)
    for name, own in parts.items():
        if name != "statement":
            rows += [Row(name, rule, len(own), accuracy(fit, own), chance(own)) for rule, fit in fitted.items()]
    return rows


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a table."""
    heads = ("group", "rule", "n", "accuracy, %", "chance, %", "above, points")
    lines = [f"| {' | '.join(heads)} |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    lines += [f"| {r.group} | {r.rule} | {r.n} | {r.accuracy:.1f} | {r.chance:.1f} | {r.above:+.1f} |" for r in rows]
    return "\n".join(lines)


def vqa_asked(split: str, seed: int, pairs: int) -> list[Asked]:
    """The questions of a split of the wide world."""
    from itertools import islice

    from .evenly import choose_evenly
    from .generate import pairs_of_scenes, wide

    questions = choose_evenly(seed, islice(pairs_of_scenes(seed, wide(split)), pairs))
    return [
        Asked(q.template.name, q.template.answer_type, q.text, q.answer, (q.scene - 1) // 2, q.template.domain)
        for q in questions
    ]


def nlvr2_asked(split: str, seed: int, sets: int) -> list[Asked]:
    """The statements of a split of the wide world."""
    from .statements import statements_of_split

    return [
        Asked(s.template, "statement", s.sentence, str(s.is_true), s.set, ("False", "True"))
        for s in statements_of_split(split, seed, sets)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--train", type=int, default=3000, help="pairs of scenes, and sets of statements, to fit on")
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--templates", action="store_true")
    arguments = parser.parse_args()
    for title, asked in (("VQA v2", vqa_asked), ("NLVR2", nlvr2_asked)):
        train, test = asked("train", 1, arguments.train), asked("test", 2, arguments.test)
        print(f"{title}: fitted on {len(train)}, tried on {len(test)}\n")
        print(markdown(table(train, test, arguments.templates)), end="\n\n")


if __name__ == "__main__":
    main()

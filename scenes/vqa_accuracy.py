"""The official VQA accuracy, to state what the results files score, independently of the product's metric.

A port of GT-Vision-Lab/VQA at a013f00 ("vqa-2021") and 458a8b2 ("vqa-2015", in force until 2021-03-11), without the
table of contractions: no answer here has one (a test checks it).
"""

from __future__ import annotations

import re
from typing import Any

CURRENT, LEGACY = "vqa-2021", "vqa-2015"
MARKS = ';/[]"{}()=+\\_-><@`,?!'
NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"zero": "0"}
ARTICLES = ("a", "an", "the")


def process_punctuation(text: str) -> str:
    """Delete or space the 21 marks; the tests look at the original, the edits accumulate."""
    out = text
    comma_number = re.search(r"(\d)(,)(\d)", text, re.ASCII) is not None
    for mark in MARKS:
        deleted = f"{mark} " in text or f" {mark}" in text or comma_number
        out = out.replace(mark, "" if deleted else " ")
    return re.sub(r"(?!<=\d)(\.)(?!\d)", "", out, count=32)  # sic, both the lookbehind and the 32


def process_digit_article(text: str) -> str:
    """Number words to digits, articles away."""
    words = [NUMBERS.get(word, word) for word in text.lower().split()]
    return " ".join(word for word in words if word not in ARTICLES)


def _cleaned(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()


def accuracy(prediction: str, answers: list[str], scorer: str = CURRENT) -> float:
    """One question's accuracy in [0, 1]: the mean over ten leave-one-out subsets of min(1, matches / 3)."""
    legacy = scorer == LEGACY
    said = _cleaned(prediction)
    truths = answers if legacy else [_cleaned(answer) for answer in answers]
    differ = len(set(truths)) > 1
    if legacy or differ:
        said = process_digit_article(process_punctuation(said))
    if differ:
        truths = [process_punctuation(truth) for truth in truths]
        truths = truths if legacy else [process_digit_article(truth) for truth in truths]
    matches = sum(truth == said for truth in truths)
    scores = [min(1.0, (matches - (truth == said)) / 3) for truth in truths]
    return sum(scores) / len(scores)


def summary(
    annotations: list[dict[str, Any]], predictions: dict[int, str], scorer: str = CURRENT
) -> dict[str, Any]:
    """Percentages: overall, by answer type and by question type, unrounded."""
    kinds: dict[str, dict[str, list[float]]] = {"answer_type": {}, "question_type": {}}
    scores: list[float] = []
    for annotation in annotations:
        answers = [answer["answer"] for answer in annotation["answers"]]
        score = accuracy(predictions[annotation["question_id"]], answers, scorer)
        scores.append(score)
        for kind, table in kinds.items():
            table.setdefault(annotation[kind], []).append(score)

    def percent(values: list[float]) -> float:
        return 100 * sum(values) / len(values)

    return {
        "overall": percent(scores),
        "perAnswerType": {name: percent(kinds["answer_type"][name]) for name in sorted(kinds["answer_type"])},
        "perQuestionType": {n: percent(kinds["question_type"][n]) for n in sorted(kinds["question_type"])},
    }

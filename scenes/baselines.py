"""How far one gets without looking at the pictures."""

from __future__ import annotations

from collections import Counter

from .questions import Question


def blind_accuracies(questions: list[Question]) -> dict[str, float]:
    """Percent of the graph's answers that three blind rules hit.

    ``majority`` and ``majority_by_template`` know the answers' frequencies in this very set, the most that such a
    rule can reach. ``question_only`` answers with what the same words meant in the other pairs of scenes, and by
    template where they were never asked.
    """
    overall = Counter(question.answer for question in questions)
    by_template: dict[str, Counter[str]] = {}
    by_text: dict[str, list[Question]] = {}
    for question in questions:
        by_template.setdefault(question.template.name, Counter())[question.answer] += 1
        by_text.setdefault(question.text, []).append(question)

    def pair(question: Question) -> int:
        return (question.scene - 1) // 2

    def from_words(question: Question) -> str:
        elsewhere = Counter(q.answer for q in by_text[question.text] if pair(q) != pair(question))
        return _commonest(elsewhere or by_template[question.template.name])

    rules = {
        "majority": lambda _: _commonest(overall),
        "majority_by_template": lambda question: _commonest(by_template[question.template.name]),
        "question_only": from_words,
    }
    return {
        name: 100 * sum(rule(question) == question.answer for question in questions) / len(questions)
        for name, rule in rules.items()
    }


def _commonest(answers: Counter[str]) -> str:
    return min(answers, key=lambda answer: (-answers[answer], answer))

"""Blind guessing stays near chance."""

from __future__ import annotations

from collections import Counter

from scenes.baselines import blind_accuracies
from scenes.questions import FEWEST, MOST, Question
from scenes.templates import TEMPLATES

# The largest share that one answer may have among a template's questions.
BOUNDS = {"yes/no": 0.5, "number": 0.4, "other": 0.3}


def test_no_answer_dominates_its_template(questions: list[Question]) -> None:
    for template in TEMPLATES:
        answers = Counter(question.answer for question in questions if question.template is template)
        share = max(answers.values()) / sum(answers.values())
        assert share <= BOUNDS[template.answer_type], (template.name, answers)


def test_every_template_is_asked(questions: list[Question]) -> None:
    asked = Counter(question.template.name for question in questions)
    assert set(asked) == {template.name for template in TEMPLATES}
    assert min(asked.values()) >= 4 and max(asked.values()) <= 0.15 * len(questions), asked


def test_each_question_has_another_answer_in_the_complement(questions: list[Question]) -> None:
    answers = {(question.scene, question.text): question.answer for question in questions}
    assert len(answers) == len(questions)
    for (scene, text), answer in answers.items():
        assert answers[(scene - 1 ^ 1) + 1, text] != answer


def test_three_to_five_questions_a_scene(questions: list[Question]) -> None:
    counts = Counter(question.scene for question in questions)
    assert len(counts) == 120 and min(counts.values()) >= FEWEST and max(counts.values()) <= MOST


def test_the_words_of_a_question_tell_no_more_than_its_template(questions: list[Question]) -> None:
    blind = blind_accuracies(questions)
    assert blind["majority"] < 20
    assert blind["question_only"] <= blind["majority_by_template"] + 5 < 45

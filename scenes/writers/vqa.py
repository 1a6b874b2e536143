"""VQA v2's three files: questions, annotations with ten answers, results."""

from __future__ import annotations

from typing import Any

from ..questions import Question
from .layout import document, rows

DATA_TYPE = "assay"
DATA_SUBTYPE = "scenes2026"


def questions_file(subtype: str = DATA_SUBTYPE) -> str:
    """The official file name."""
    return f"v2_OpenEnded_{DATA_TYPE}_{subtype}_questions.json"


def annotations_file(subtype: str = DATA_SUBTYPE) -> str:
    """The official file name."""
    return f"v2_{DATA_TYPE}_{subtype}_annotations.json"


HEAD: dict[str, Any] = {
    "info": {
        "description": "Assay's generated scenes: questions in the layout of VQA v2.0.",
        "url": "",
        "version": "1.0",
        "year": 2026,
        "contributor": "Assay",
        "date_created": "2026-11-24 00:00:00",
    },
    "task_type": "Open-Ended",
    "data_type": DATA_TYPE,
    "license": {
        "url": "http://creativecommons.org/licenses/by/4.0/",
        "name": "Creative Commons Attribution 4.0 International License",
    },
    "data_subtype": DATA_SUBTYPE,
}


def image_name(number: int, subtype: str = DATA_SUBTYPE) -> str:
    """The official pattern ``<data type>_<data subtype>_<twelve digits>``."""
    return f"{DATA_TYPE}_{subtype}_{number:012d}.png"


def questions_json(questions: list[Question], subtype: str = DATA_SUBTYPE) -> str:
    """The questions file."""
    records = [
        {"image_id": question.scene, "question": question.text, "question_id": question.number}
        for question in questions
    ]
    return document({**HEAD, "data_subtype": subtype}, "questions", records)


def annotations_json(
    questions: list[Question], answers: dict[int, list[tuple[str, str]]], subtype: str = DATA_SUBTYPE
) -> str:
    """The annotations file; ``answers`` holds ten (answer, confidence) pairs a question id."""
    records = [
        {
            "question_type": question.template.question_type,
            "multiple_choice_answer": question.answer,
            "answers": [
                {"answer": answer, "answer_confidence": confidence, "answer_id": index}
                for index, (answer, confidence) in enumerate(answers[question.number], 1)
            ],
            "image_id": question.scene,
            "answer_type": question.template.answer_type,
            "question_id": question.number,
        }
        for question in questions
    ]
    return document({**HEAD, "data_subtype": subtype}, "annotations", records)


def results_json(predictions: list[tuple[int, str]]) -> str:
    """A results file: a bare array of (question id, answer)."""
    return rows({"question_id": number, "answer": answer} for number, answer in predictions) + "\n"

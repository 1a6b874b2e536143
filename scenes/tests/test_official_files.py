"""The files have the official fields, and the results score what they are meant to."""

from __future__ import annotations

from typing import Any

import pytest

from scenes.build import FIXTURES
from scenes.vqa_accuracy import CURRENT, LEGACY, accuracy, summary

from .conftest import FOLDER, load

GOLDEN = FIXTURES.parents[1] / "shared" / "golden" / "vqa-v2"
HEAD = {"info", "task_type", "data_type", "license", "data_subtype"}


def test_question_and_annotation_files_match_each_other(asked: list[Any], annotations: list[Any]) -> None:
    questions = load(FOLDER / "v2_OpenEnded_assay_scenes2026_questions.json")
    answers = load(FOLDER / "v2_assay_scenes2026_annotations.json")
    assert set(questions) == HEAD | {"questions"} and set(answers) == HEAD | {"annotations"}
    assert all(questions[key] == answers[key] for key in HEAD)
    assert set(questions["info"]) == {"description", "url", "version", "year", "contributor", "date_created"}
    assert [q["question_id"] for q in asked] == [a["question_id"] for a in annotations]
    assert len({q["question_id"] for q in asked}) == len(asked)
    for question, annotation in zip(asked, annotations, strict=False):
        assert set(question) == {"image_id", "question", "question_id"}
        assert question["image_id"] == annotation["image_id"] == question["question_id"] // 1000
        assert question["question"].lower().startswith(f"{annotation['question_type']} ")
        image = f"{questions['data_type']}_{questions['data_subtype']}_{question['image_id']:012d}.png"
        assert (FOLDER / "images" / image).exists()


def test_ten_people_mostly_agree(annotations: list[Any]) -> None:
    unanimous = 0
    for annotation in annotations:
        assert set(annotation) == {
            "question_type", "multiple_choice_answer", "answers", "image_id", "answer_type", "question_id"
        }  # fmt: skip
        assert annotation["answer_type"] in ("yes/no", "number", "other")
        assert [answer["answer_id"] for answer in annotation["answers"]] == list(range(1, 11))
        assert {answer["answer_confidence"] for answer in annotation["answers"]} <= {"yes", "maybe", "no"}
        said = [answer["answer"] for answer in annotation["answers"]]
        assert said.count(annotation["multiple_choice_answer"]) >= 6
        assert not any("'" in answer or "’" in answer for answer in said), "no contractions"
        unanimous += len(set(said)) == 1
        for scorer in (CURRENT, LEGACY):
            assert accuracy(annotation["multiple_choice_answer"], said, scorer) == pytest.approx(1)
    assert 0.3 < unanimous / len(annotations) < 0.55


@pytest.mark.parametrize(("name", "low", "high"), [("strong", 77, 83), ("weak", 42, 48)])
def test_results_score_what_they_are_meant_to(annotations: list[Any], name: str, low: float, high: float) -> None:
    results = load(FOLDER / f"results_{name}.json")
    assert all(set(result) == {"question_id", "answer"} for result in results)
    assert sorted(r["question_id"] for r in results) == sorted(a["question_id"] for a in annotations)
    predictions = {result["question_id"]: result["answer"] for result in results}
    expected = load(FOLDER / "expected.json")[f"results_{name}.json"]
    for scorer in (CURRENT, LEGACY):
        assert summary(annotations, predictions, scorer) == expected[scorer]
    assert low < expected[CURRENT]["overall"] < high
    assert expected[LEGACY]["overall"] > expected[CURRENT]["overall"]


@pytest.mark.skipif(not GOLDEN.exists(), reason="the official golden vectors are not beside this checkout")
@pytest.mark.parametrize(
    ("scorer", "file"), [(CURRENT, "expected.json"), (LEGACY, "expected_legacy_before_2021.json")]
)
def test_the_port_agrees_with_the_official_scorer(scorer: str, file: str) -> None:
    name = "v2_OpenEnded_mscoco_train2014_slice1000_results.json"
    annotations = load(GOLDEN / "v2_mscoco_train2014_slice1000_annotations.json")["annotations"]
    predictions = {result["question_id"]: result["answer"] for result in load(GOLDEN / name)}
    official = load(GOLDEN / file)
    assert summary(annotations, predictions, scorer)["overall"] == pytest.approx(
        official["unrounded_n15"]["accuracy"]["overall"], abs=1e-9
    )

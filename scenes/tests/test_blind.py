"""Who does not look stays near chance: every rule within five points, fitted on training scenes or on test scenes."""

from __future__ import annotations

import pytest

from scenes.blind import Asked, Row, accuracy, majority, majority_by_template, nlvr2_asked, table, text_only, vqa_asked

POINTS = 5


@pytest.fixture(scope="module", name="vqa")
def vqa_rows() -> list[Row]:
    return table(vqa_asked("train", 1, 600), vqa_asked("test", 2, 300))


def test_blind_rules_stay_near_chance_on_questions(vqa: list[Row]) -> None:
    assert {row.rule for row in vqa} == {"majority", "majority by template", "text only", "text only, same set"}
    assert {row.group for row in vqa} == {"all", "yes/no", "number", "other"}
    for row in vqa:
        assert abs(row.above) <= POINTS, row


def test_blind_rules_are_right_half_the_time_on_statements() -> None:
    rows = table(nlvr2_asked("train", 1, 150), nlvr2_asked("test", 2, 80), by_template=True)
    assert len(rows) > 30
    for row in rows:
        assert row.accuracy == row.chance == 50, row


def test_the_rules_find_what_there_is_to_find() -> None:
    domain = ("no", "yes")
    train = [Asked("t", "yes/no", f"Is the {word} red?", "yes" if word == "fox" else "no", n, domain)
             for n, word in enumerate(["fox", "dog", "hen"] * 5)]  # fmt: skip
    assert accuracy(majority(train), train) == accuracy(majority_by_template(train), train) == pytest.approx(200 / 3)
    assert accuracy(text_only(train), train) == 100

"""A comparison is fair, resumes row by row, repeats bit for bit, and the table in the docs is the committed result's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay_training import compare, comparison, paths
from assay_training.catalogue import EMOJI, Drawing
from assay_training.data import Dataset
from assay_training.dual_encoder import Config

CONFIG = Config(dimensions=16, widths=(8, 8, 16, 16), blocks=(1, 1, 1, 1), text_width=16, text_layers=1, text_heads=2)
ROWS = (
    compare.Row("reference"),
    compare.Row("simclr", pretraining="simclr"),
    compare.Row("moco", pretraining="moco"),
    compare.Row("supervised", pretraining="supervised"),
    compare.Row("siglip", "siglip"),
    compare.Row("remembering", memory=True),
    compare.Row("part", part=0.6),
)
COSTS = {"supcon": 1.0, "supcon + memory": 1.25, "siglip": 0.5, "simclr": 1.0, "moco": 2.0, "supervised": 1.0}


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    """Eight coloured squares of five drawings each; of the first four one is a validation drawing."""
    drawings, split = [], []
    pixels = np.zeros((40, 96, 96, 4), np.uint8)
    for index in range(40):
        number = index % 8
        drawings.append(Drawing(str(index), "p", EMOJI, f"square {number}", f"square {number}", label_zh=f"方块 {number}"))
        split.append("val" if index < 4 else "train")
        colour = [255 * (number >> bit & 1) for bit in range(3)]
        pixels[index, 20 + index // 8 : 70, 20:70] = (*colour, 255)
    return Dataset(drawings, split, pixels)


def go(out: Path, dataset: Dataset, rows: tuple[compare.Row, ...] = ROWS) -> dict[str, dict]:
    out.mkdir(exist_ok=True)
    (out / "costs.json").write_text(json.dumps(COSTS))
    options = compare.Options(out=out, seconds=5, batch=16, image_size=16, memory=32)
    compare.run(options, rows, dataset, CONFIG)
    results = [json.loads(file.read_text()) for file in (out / "rows").iterdir()]
    return {result["name"]: result for result in results}


def test_the_galleries_are_trained_nowhere_and_hold_a_concept_once(drawn: Dataset) -> None:
    left, small, large = compare.take_out(drawn)
    assert small == [0, 1, 2, 3] and set(small) < set(large)
    assert not set(large) & set(left.indices("train"))
    assert sorted(drawn.drawings[index].concept for index in large) == [f"square {number}" for number in range(8)]
    tested = [*drawn.split]
    tested[10] = "test_vendor"  # a held-out drawing stays out of both, and 4 left are enough
    left, _, large = compare.take_out(replace(drawn, split=tested))
    assert 10 not in large and left.split[10] == "test_vendor"
    rare = [split if index % 8 != 7 or index < 16 else "excluded" for index, split in enumerate(drawn.split)]
    assert len(compare.take_out(replace(drawn, split=rare))[2]) == 7  # two drawings of "square 7": none to spare


def test_rows_get_the_steps_that_their_seconds_buy(drawn: Dataset, tmp_path: Path) -> None:
    results = go(tmp_path, drawn)
    assert (results["reference"]["pretraining_steps"], results["reference"]["steps"]) == (0, 5)
    assert (results["simclr"]["pretraining_steps"], results["simclr"]["steps"]) == (2, 3)
    assert (results["moco"]["pretraining_steps"], results["moco"]["steps"]) == (1, 3)
    assert results["siglip"]["steps"] == 10 and results["remembering"]["steps"] == 4
    assert results["part"]["steps"] == results["simclr"]["steps"]  # the same contrastive steps without the pre-training
    assert results["simclr"]["pretraining_pictures"] == 2 * 2 * 16 and results["supervised"]["pretraining_pictures"] == 2 * 16
    for result in results.values():
        assert len(result["large"]["en"]) == len(result["large"]["zh"]) == 8 and len(result["small"]["en"]) == 4
    assert len({json.dumps(result["large"]) for result in results.values()}) > 1


def test_a_killed_row_starts_again_and_ends_the_same(drawn: Dataset, tmp_path: Path) -> None:
    whole = go(tmp_path, drawn)
    kept = (tmp_path / "rows" / "reference.json").read_bytes()
    for name in ("simclr", "remembering"):
        (tmp_path / "rows" / f"{name}.json").unlink()
    resumed = go(tmp_path, drawn)
    assert (tmp_path / "rows" / "reference.json").read_bytes() == kept
    for name, result in whole.items():
        assert resumed[name]["large"] == result["large"] and resumed[name]["small"] == result["small"], name


def test_rows_of_other_options_are_not_mixed(drawn: Dataset, tmp_path: Path) -> None:
    go(tmp_path, drawn, ROWS[:1])
    with pytest.raises(SystemExit, match="other options"):
        compare.run(compare.Options(out=tmp_path, seconds=6, batch=16, image_size=16, memory=32), ROWS[:1], drawn, CONFIG)


def test_costs_are_measured_once_for_every_kind_of_step(drawn: Dataset, tmp_path: Path) -> None:
    options = compare.Options(out=tmp_path, batch=16, image_size=16, memory=32)
    material = compare.prepare(options, drawn, 1, CONFIG)
    measured = compare.costs(ROWS, material, options, rounds=2)
    assert set(measured) == set(COSTS) and all(seconds > 0 for seconds in measured.values())
    assert compare.costs(ROWS, material, options, rounds=2) == measured


def test_every_row_is_named_once() -> None:
    assert len({row.name for row in compare.ROWS}) == len(compare.ROWS)
    assert compare.REFERENCE in {row.name for row in compare.ROWS}


def test_measures_by_hand() -> None:
    found = comparison.measures([0, 0, 3, 9, 10, 99])
    assert found["r1"]["percent"] == 33.3 and found["r5"]["percent"] == 50.0 and found["r10"]["percent"] == 66.7
    assert found["mrr"] == round(100 * (1 + 1 + 1 / 4 + 1 / 10 + 1 / 11 + 1 / 100) / 6, 2)
    assert (found["r1"]["low"], found["r1"]["high"]) == (9.7, 70.0)  # Wilson, 2 of 6


def test_the_paired_interval_is_the_normal_one_where_that_holds() -> None:
    random = np.random.default_rng(5)
    reference = random.integers(0, 4, 2000)
    ours = np.where(random.random(2000) < 0.9, reference, random.integers(0, 3, 2000))
    found = comparison.difference(ours.tolist(), reference.tolist())["r1"]
    values = (ours < 1) * 1.0 - (reference < 1)
    half = 196 * values.std() / 2000**0.5
    assert found["points"] == pytest.approx(100 * values.mean(), abs=0.006)
    assert found["low"] == pytest.approx(100 * values.mean() - half, abs=0.1)
    assert found["high"] == pytest.approx(100 * values.mean() + half, abs=0.1)
    same = comparison.difference(reference.tolist(), reference.tolist())
    assert set(same["mrr"].values()) == set(same["r1"].values()) == {0.0}


def test_rows_at_another_price_are_not_summarized(drawn: Dataset, tmp_path: Path) -> None:
    first, second = go(tmp_path, drawn, ROWS[:2]).values()
    names = [row.name for row in ROWS]
    summary = comparison.summarize([first, second], names, "reference")
    assert summary["missing"] == ["moco", "supervised", "siglip", "remembering", "part"] and len(summary["rows"]) == 2
    assert comparison.table(summary).count("\n") == 3
    with pytest.raises(ValueError, match="another price"):
        comparison.summarize([first, {**second, "costs": {}}], names, "reference")


def test_the_table_in_the_docs_is_the_committed_result() -> None:
    assert comparison.table(comparison.read()) in (paths.REPOSITORY / "docs" / "measurements" / "training-comparison.md").read_text("utf-8")

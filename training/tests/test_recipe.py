"""The recipe of assay-clip says what the published results say, and is read strictly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay_training import paths, run_recipe

RECIPE = paths.TRAINING / "recipes" / "assay-clip.toml"


def test_the_stages_are_those_of_the_published_results() -> None:
    seed, stages = run_recipe.read(RECIPE)
    published = json.loads((paths.RESULTS / "assay-clip.json").read_text("utf-8"))["training"]["stages"]
    assert [(stage.name, stage.steps, stage.minutes) for stage in stages] == [
        (row["name"], row["steps"], row["minutes"]) for row in published
    ]
    for index, row in enumerate(published):
        options = run_recipe.options_of(stages, index, seed, by_minutes=True, state=Path("/state"))
        # Options that came later have the value that the stage ran with before they existed.
        before = {"clip": 0.0, "words": 0, "max_scale": 100.0}
        for name in ("seed", "lr", "small_until", "memory", "batch", "weight_decay", "clip", "words", "max_scale"):
            assert getattr(options, name) == row["options"].get(name, before.get(name)), (row["name"], name)
        if row["options"].get("words"):
            assert options.word_drop == row["options"]["word_drop"]


def test_a_stage_starts_from_the_one_before() -> None:
    seed, stages = run_recipe.read(RECIPE)
    assert run_recipe.options_of(stages, 0, seed, by_minutes=False, state=Path("/state")).init == ""
    second = run_recipe.options_of(stages, 1, seed, by_minutes=False, state=Path("/state"))
    assert second.init == "/state/first/checkpoint.pt"
    assert (second.steps, second.out) == (507, Path("/state/bounded"))


def test_an_unknown_option_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text('seed = 1\n[[stages]]\nname = "a"\nsteps = 1\nminutes = 1\n[stages.options]\nspeed = 2\n')
    with pytest.raises(ValueError, match="speed"):
        run_recipe.read(file)

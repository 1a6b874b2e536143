"""The recipes of the models that answer: alike but for their lineage, and run stage by stage."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from assay_fusion import distill, efficiency, run
from assay_training import paths

LINEAGES = ("lxmert", "visualbert", "vilbert")


def recipe(lineage: str) -> dict[str, Any]:
    return tomllib.loads((paths.TRAINING / "recipes" / f"assay-{lineage}.toml").read_text("utf-8"))


@pytest.mark.parametrize("lineage", LINEAGES)
def test_only_the_lineage_differs(lineage: str) -> None:
    own, other = recipe(lineage), recipe("lxmert")
    assert own["id"] == f"assay-{lineage}" and own["lineage"] == lineage
    first, on, seen, last = own["stages"][-4:]
    assert first["name"] == lineage and on["name"] == f"{lineage}-settled" and on["inputs"]["init"] == lineage
    assert last["name"] == f"{lineage}-easy" and last["inputs"]["init"] == on["name"] and own["share"] == other["share"]
    assert [*own["stages"][:-4], seen] == [*other["stages"][:-4], other["stages"][-2]]
    theirs = (other["stages"][at] for at in (-4, -3, -1))
    assert [without_lineage(stage) for stage in (first, on, last)] == [without_lineage(stage) for stage in theirs]


def without_lineage(stage: dict[str, Any]) -> dict[str, Any]:
    return {**stage, "name": "", "lineage": "", "inputs": {**stage["inputs"], "init": ""}}


def test_every_smaller_model_has_the_teachers_stages_and_options_of_its_module(tmp_path: Path) -> None:
    stages = tomllib.loads((paths.TRAINING / "recipes" / "smaller-lxmert.toml").read_text("utf-8"))["stages"]
    known = {stage["name"] for stage in recipe("lxmert")["stages"]}
    networks = {form.network for form in efficiency.FORMS}
    assert networks == {"lxmert"} | {stage["name"] for stage in stages}
    for stage in stages:
        assert set(stage["inputs"].values()) <= known
        given = distill.options_of(run.command(stage, tmp_path)[3:])
        assert (given.out, given.steps, given.teacher) == (tmp_path / stage["name"], stage["steps"], tmp_path / "lxmert")


def test_a_command_has_the_options_of_its_stage() -> None:
    stage = {"name": "b", "module": "m", "steps": 3, "seen_share": 0.5, "vary": True, "pictures": [4, 2], "inputs": {"data": "a"}}
    assert run.command(stage, Path("/s"))[1:] == ["-m", "m", "--out", "/s/b", "--data", "/s/a", "--steps", "3", "--seen-share", "0.5", "--vary", "--pictures", "4", "2"]


def test_finished_stages_are_skipped_and_a_failed_one_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.toml"
    file.write_text('[[stages]]\nname = "a"\nmodule = "m"\n[[stages]]\nname = "b"\nmodule = "m"\n[[stages]]\nname = "c"\nmodule = "m"\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "log.jsonl").write_text('{"event": "end"}\n')
    ran: list[str] = []

    def fake(line: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(line[4])
        return subprocess.CompletedProcess(line, 3)

    monkeypatch.setattr(subprocess, "run", fake)
    assert run.run(file, tmp_path) == 3
    assert ran == [str(tmp_path / "b")]
    assert "stage b ended with 3" in (tmp_path / "log" / "r.txt").read_text()

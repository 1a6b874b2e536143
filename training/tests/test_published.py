"""A fusion model's int8 file: what it leaves exact, and that a training can go on from it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from assay_fusion import export_fusion, measure_fusion, published, train_fusion
from assay_fusion.blocks import LINEAGES, Config
from assay_fusion.fusion import Fusion
from assay_training import paths


def quantized(folder: Path, lineage: str) -> Fusion:
    torch.manual_seed(3)
    model = Fusion(Config(lineage=lineage, width=32, hidden=48)).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # equal tensors would be stored once, under one name
            parameter.add_(torch.randn_like(parameter) * 0.05)
    export_fusion.export_fusion(model, folder / "fusion.onnx", attention=True)
    export_fusion.fusion_dynamic(folder / "fusion.onnx", folder / published.GRAPH)
    return model


def test_what_counts_stays_exact(tmp_path: Path) -> None:
    quantized(tmp_path, "lxmert")
    products = [node for node in onnx.load(str(tmp_path / published.GRAPH)).graph.node if node.op_type == "MatMulInteger"]
    assert products  # the blocks are int8
    assert not [node.name for node in products if "/heads/" in node.name or "/rows/" in node.name]


@pytest.mark.parametrize("lineage", LINEAGES)
def test_every_weight_is_read_back_within_a_step_of_int8(lineage: str, tmp_path: Path) -> None:
    model = quantized(tmp_path, lineage)
    stored = published.weights_of(tmp_path)
    for name, weight in model.state_dict().items():
        apart = (stored[name] - weight).abs().amax(-1)
        # Seven bits of the row's range (``reduce_range``).
        assert bool((apart <= weight.abs().amax(-1) / 63).all()), name
    other = Fusion(model.config)
    train_fusion.adopt(other, published.known_weights(tmp_path))
    assert torch.equal(other.state_dict()["heads.hidden.weight"], model.state_dict()["heads.hidden.weight"])


@pytest.mark.parametrize("lineage", LINEAGES)
def test_a_shipped_model_says_the_same_in_pytorch(lineage: str) -> None:
    folder = paths.MODELS / f"assay-{lineage}"
    model = published.model_of(folder)
    for case in json.loads((folder / "parity.json").read_text("utf-8")):  # pictures: on rows of noise int8 rounds more
        for said in case["said"]:
            with torch.no_grad():
                ours = torch.cat([one[0] for one in model(torch.tensor([case["rows"]]), torch.tensor([said["ids"]]))]).numpy()
            theirs = np.array([*said["answer"], said["truth"], said["match"]])
            assert np.abs(ours - theirs).max() < 0.04 * np.abs(theirs).max()
            assert ours[:-2].argmax() == theirs[:-2].argmax()


def test_a_further_training_replaces_the_transformer_alone(tmp_path: Path) -> None:
    out = tmp_path / "assay-lxmert"
    shutil.copytree(paths.MODELS / "assay-lxmert", out)
    weights = published.model_of(out).state_dict()
    weights["heads.truth.bias"] += 1
    before = json.loads((out / "manifest.json").read_text("utf-8"))
    assert export_fusion.write_transformer("lxmert", weights, tmp_path, out) < export_fusion.SAME
    after = export_fusion.republished({"version": "9.0.0"}, out)
    assert after["version"] == "9.0.0" and after["quality"] == []
    assert after["fusion"]["bytes"] == (out / published.GRAPH).stat().st_size
    assert after["fusion"]["sha256"] != before["fusion"]["sha256"]
    assert after["fusion"]["resident_bytes"] == before["fusion"]["resident_bytes"] and after["detector"] == before["detector"]
    assert torch.equal(published.weights_of(out)["heads.truth.bias"], weights["heads.truth.bias"])


def test_a_share_of_a_training_ships() -> None:
    before, after = {"a": torch.tensor([0.0, 4.0])}, {"a": torch.tensor([1.0, 2.0])}
    assert export_fusion.blended(before, after, 0.25)["a"].tolist() == [0.25, 3.5]


def test_a_training_from_a_published_model_reads_with_its_tokenizer(tmp_path: Path) -> None:
    folder = paths.MODELS / "assay-lxmert"
    own = train_fusion.Options(tmp_path, tmp_path, 1)
    assert train_fusion.vocabulary_of(own) == tmp_path / "tokenizer.json"
    assert train_fusion.vocabulary_of(replace(own, init=str(tmp_path))) == tmp_path / "tokenizer.json"  # another training on the same data
    assert train_fusion.vocabulary_of(replace(own, init=str(folder))) == folder / "tokenizer.json"


def test_measured_rows_become_a_manifests_quality() -> None:
    row = {"split": "easy-vqa-test", "n": 4, "accuracy": 0.75, "low": 0.3, "high": 0.95, "majority": 0.5, "per_kind": 0.6}
    said = measure_fusion.quality_of([row], 200)
    known = json.loads((paths.MODELS / "assay-lxmert" / "manifest.json").read_text("utf-8"))["quality"]
    assert {one["split"] for one in said} <= {one["split"] for one in known}
    assert said[0].keys() == known[0].keys() and (said[0]["value"], said[0]["baseline"]) == (0.75, 0.6)  # the commonest answer of each kind of question

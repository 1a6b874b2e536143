"""Models that answer, small: detector and transformer learn, resume exactly, and are the same in ONNX.

``npm test`` runs this file where PyTorch is present (test/unit/scripts/training-smoke.test.ts).
"""

from __future__ import annotations

import itertools
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from scenes.boxes import statements

from assay_fusion import export_fusion, perceive, pictures, texts, things, train_eyes, train_fusion, worlds
from assay_fusion.blocks import LINEAGES
from assay_fusion.checkpoints import is_finished
from assay_fusion.examples import Examples
from assay_fusion.eyes import FORM, Eyes, eyes_loss
from assay_fusion.fusion import Config, Fusion, anchor, name_kinds
from assay_fusion.vocabulary import COLOUR_NAMES, DRAWING, KIND_INDEX, KINDS, MANY
from assay_training.optimizer import build
from assay_training.training_loop import descend_once, set_rate


def nobody(pixels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    raise AssertionError("no drawing is here")


@pytest.fixture(scope="module")
def said() -> tuple[Examples, object]:
    examples = worlds.boxes_statements(3, 400)
    return examples, texts.learn(one.text for one in examples.said)


def test_the_detector_learns_to_find_shapes(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = Eyes((12, 16, 24))
    optimizers = build(model, 3e-3, "muon", 0.01)
    rng = random.Random(1)
    for step in range(110):
        set_rate(optimizers, 3e-3 * (1 - step / 110))
        descend_once(model, optimizers, eyes_loss(*on(model, *train_eyes.batch([pictures.draw_boxes(rng) for _ in range(2)]))))
    model.eval()
    found = true = 0
    for _ in range(6):
        picture = pictures.draw_boxes(rng)
        with torch.no_grad():
            out = model(torch.from_numpy(pictures.tensor_of(picture.pixels)[None])).numpy()[0]
        out[FORM][DRAWING] = -9  # nothing is a drawing: this test has no namer
        rows = perceive.decode(out, picture.pixels.shape[:2], picture.pixels, nobody)  # type: ignore[arg-type]
        true += len(picture.items)
        middles = (rows[1:, things.BOX][:, :2] + rows[1:, things.BOX][:, 2:]) / 2
        for item in picture.items:
            middle = np.array([item.left + item.right, item.top + item.bottom]) / 2 / things.UNIT
            found += bool(len(middles)) and bool((np.abs(middles - middle).max(1) < 0.05).any())
    assert found > 0.4 * true, (found, true)


def on(model: Eyes, pixels: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return model(pixels), target


def options(out: Path, steps: int, **more: object) -> train_fusion.Options:
    return train_fusion.Options(data=out.parent, out=out, steps=steps, parts=(("boxes", 24),), held_out=20, **more)  # type: ignore[arg-type]


def test_a_stopped_run_goes_on_exactly(said: tuple[Examples, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples, tokenizer = said
    (tmp_path / "boxes.pickle").write_bytes(pickle.dumps(examples))
    tokenizer.save(str(tmp_path / "tokenizer.json"))  # type: ignore[attr-defined]
    train_fusion.run(options(tmp_path / "whole", 4))
    real = train_fusion.average_into
    calls = itertools.count()

    def stops(*arguments: object) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(train_fusion, "average_into", stops)
    with pytest.raises(KeyboardInterrupt):
        train_fusion.run(options(tmp_path / "parts", 4, minutes_between_saves=0))
    monkeypatch.setattr(train_fusion, "average_into", real)
    assert not is_finished(tmp_path / "parts")
    train_fusion.run(options(tmp_path / "parts", 4))
    assert is_finished(tmp_path / "parts")
    whole, parts = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("whole", "parts"))
    for name, value in whole["averaged"].items():
        assert torch.equal(value, parts["averaged"][name]), name


def test_padding_changes_nothing_and_onnx_is_the_same(said: tuple[Examples, object], tmp_path: Path) -> None:
    torch.manual_seed(2)
    model = Fusion(Config(vocabulary=1400, width=32, hidden=48, crosses=1)).eval()
    world = train_fusion.World("boxes", said[0], said[1], None, 20)
    batch = world.batch(world.validation[:6], np.random.default_rng(1), 0.0)
    with torch.no_grad():
        together = model(batch.things, batch.ids)
        for k in range(6):
            rows = batch.things[k][batch.things[k].abs().sum(-1) > 0][None]
            ids = batch.ids[k][batch.ids[k] != 0][None]
            for a, b in zip(together, model(rows, ids), strict=True):
                assert torch.allclose(a[k], b[0], atol=1e-4)
    export_fusion.export_fusion(model, tmp_path / "fusion.onnx")
    one = {"things": batch.things[:1].numpy(), "ids": batch.ids[:1].numpy()}
    assert export_fusion.largest_difference(model, tmp_path / "fusion.onnx", **one) < export_fusion.SAME
    export_fusion.fusion_dynamic(tmp_path / "fusion.onnx", tmp_path / "fusion.int8.onnx")
    assert export_fusion.largest_difference(model, tmp_path / "fusion.int8.onnx", **one) < 0.2


def test_numbers_decide_statements() -> None:
    counted = 0
    for one, fits, fails in itertools.islice(statements.pairs(9), 200):
        if one.count(fits) is not None:
            counted += 1
            assert one.count(fits) != one.count(fails), one.sentence
    assert counted > 150


def test_rows_of_a_graph() -> None:
    item = pictures.Item(KIND_INDEX["square"], 0, 10, 20, 30, 40, (False, False, False, True))
    rows = things.symbolic((item,), 3, (100, 400))
    assert rows.shape == (2, things.WIDTH)
    assert rows[0, things.PICTURE] == 1 and rows[0, things.BOX][2] == 4
    assert np.allclose(rows[1, things.BOX], (0.1, 0.2, 0.3, 0.4)) and list(rows[1, things.WALLS]) == [0, 0, 0, 1]
    noisy = things.blurred(rows, np.random.default_rng(1))
    assert np.array_equal(noisy[0], rows[0]) and np.abs(noisy[1, things.BOX] - rows[1, things.BOX]).max() < 0.05


def multiply_adds(model: Fusion, count: int, length: int) -> int:
    """Of one text of ``length`` tokens about ``count`` rows: linear layers and attention."""
    total = 0

    def linear(layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal total
        assert isinstance(layer, torch.nn.Linear)
        total += output.numel() * layer.in_features

    hooks = [m.register_forward_hook(linear) for m in model.modules() if isinstance(m, torch.nn.Linear)]
    model(torch.rand(1, count, things.WIDTH), torch.ones(1, length, dtype=torch.long))
    for hook in hooks:
        hook.remove()
    return total


def test_the_three_lineages_cost_the_same() -> None:
    models = {lineage: Fusion(Config(lineage=lineage)) for lineage in LINEAGES}
    parameters = {name: sum(p.numel() for p in model.parameters()) for name, model in models.items()}
    costs = {name: multiply_adds(model, 12, 14) for name, model in models.items()}
    for table in (parameters, costs):
        assert max(table.values()) < 1.1 * min(table.values()), table


@pytest.mark.parametrize("lineage", LINEAGES)
def test_every_lineage_starts_with_words_that_find_their_things(said: tuple[Examples, object], lineage: str) -> None:
    torch.manual_seed(3)
    model = Fusion(Config(lineage=lineage, width=32, hidden=48))
    tokens = said[1].get_vocab()  # type: ignore[attr-defined]
    name_kinds(model, tokens, [(kind, MANY[kind]) for kind in KINDS], list(COLOUR_NAMES))
    anchor(model)
    row = model.rows.colour_tokens[COLOUR_NAMES.index("blue")]
    word = model.tokens.weight[tokens["blue"]]
    assert torch.cosine_similarity(row, word, 0) > 0.99
    assert all(torch.isfinite(out).all() for out in model(torch.rand(2, 5, things.WIDTH), torch.ones(2, 7, dtype=torch.long)))

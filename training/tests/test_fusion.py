"""Models that answer, small: detector and transformer learn, resume exactly, and are the same in ONNX.

``npm test`` runs this file where PyTorch is present (test/integration/scripts/training-smoke.test.ts).
"""

from __future__ import annotations

import itertools
import json
import pickle
import random
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from scenes import splits
from scenes.boxes import statements
from scenes.generate import pairs_of_scenes, wide
from scenes.graph import Thing
from scenes.paste import rgb
from scenes.vocabulary import COLOURS

from assay_fusion import (
    batches,
    export_caption,
    export_fusion,
    namer,
    other_shapes,
    perceive,
    pictures,
    places,
    texts,
    things,
    train_caption,
    train_eyes,
    train_fusion,
    train_namer,
    worlds,
)
from assay_fusion.blocks import LINEAGES
from assay_fusion.caption import CaptionConfig, Captioner
from assay_fusion.checkpoints import is_finished
from assay_fusion.examples import MATCH, Examples
from assay_fusion.eyes import FORM, Eyes, eyes_loss
from assay_fusion.fusion import Config, Fusion, anchor, name_kinds
from assay_fusion.marks import marks_of_rows, panels_after
from assay_fusion.terms import Besides, Weights
from assay_fusion.vocabulary import COLOUR_NAMES, DRAWING, KIND_INDEX, KINDS, MANY
from assay_photo.efficientnet_lite import VARIANTS, EfficientNetLite
from assay_training.onnx_graph import export_graph
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
    world = batches.World("boxes", said[0], said[1], None, 20)
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


@pytest.mark.parametrize("lineage", LINEAGES)
def test_attention_is_a_further_output(lineage: str, tmp_path: Path) -> None:
    torch.manual_seed(5)
    model = Fusion(Config(lineage=lineage, width=32, hidden=48)).eval()
    things_, ids = torch.rand(1, 6, things.WIDTH), torch.arange(2, 13)[None]
    with torch.no_grad():
        plain, (*said, attention) = model(things_, ids), model.attend(things_, ids)
    assert all(torch.equal(one, other) for one, other in zip(plain, said, strict=True))
    layers = {"lxmert": 4, "vilbert": 5, "visualbert": 5}[lineage]
    assert attention.shape == (1, layers, 17, 17)
    parts = attention[0, :, :, :11].sum(-1), attention[0, :, :, 11:].sum(-1)
    for part in (sum(parts),) if lineage == "visualbert" else parts:
        assert torch.all((part - 1).abs().minimum(part.abs()) < 1e-5) and float(part.max()) > 0.99
    export_fusion.export_fusion(model, tmp_path / "fusion.onnx", attention=True)
    inputs = {"things": things_.numpy(), "ids": ids.numpy()}
    theirs = export_fusion.session_of(tmp_path / "fusion.onnx").run(["attention"], inputs)[0]
    assert np.abs(theirs - attention.numpy()).max() < export_fusion.SAME


def test_words_and_names_are_learned_besides(said: tuple[Examples, object], tmp_path: Path) -> None:
    torch.manual_seed(6)
    model = Fusion(Config(vocabulary=1400, width=32, hidden=48, crosses=1))
    besides = Besides(model)
    batch = batches.World("boxes", said[0], said[1], None, 20).batch(list(range(40)), np.random.default_rng(1), 0.0)
    alone = {}
    for name in ("mlm", "classification", "contrastive"):
        loss = besides(model, batch, Weights(**{name: 1.0}), torch.Generator().manual_seed(1))
        again = besides(model, batch, Weights(**{name: 1.0}), torch.Generator().manual_seed(1))
        assert torch.equal(loss, again)
        alone[name] = float(loss.detach())
    assert alone["mlm"] > 4 and alone["classification"] > 4 and alone["contrastive"] == 0  # boxes have no captions
    both = besides(model, batch, Weights(2.0, 0.5), torch.Generator().manual_seed(1))
    assert float(both.detach()) == pytest.approx(2 * alone["mlm"] + 0.5 * alone["classification"], rel=1e-5)
    (tmp_path / "boxes.pickle").write_bytes(pickle.dumps(said[0]))
    said[1].save(str(tmp_path / "tokenizer.json"))  # type: ignore[attr-defined]
    train_fusion.run(options(tmp_path / "besides", 2, weights=Weights(mlm=0.5, classification=0.5, contrastive=0.1)))
    assert is_finished(tmp_path / "besides")


def test_captions_meet_their_pictures_before_they_are_fused() -> None:
    examples = worlds.scene_questions(7, 12)
    tokenizer = texts.learn(one.text for one in examples.said)
    world = batches.World("scenes", examples, tokenizer, None, 1000)
    captioned = [k for k, one in enumerate(examples.said) if one.head == MATCH and one.target == 1]
    batch = world.batch(captioned, np.random.default_rng(1), 0.0)
    torch.manual_seed(7)
    model = Fusion(Config(vocabulary=tokenizer.get_vocab_size(), width=32, hidden=48, crosses=1))
    besides = Besides(model)
    optimizers = build(torch.nn.ModuleList([model, besides]), 3e-3, "adamw", 0.0)
    losses = []
    for _ in range(25):
        loss = besides(model, batch, Weights(contrastive=1.0), torch.Generator())
        descend_once(torch.nn.ModuleList([model, besides]), optimizers, loss)
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0], losses


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


def test_the_generator_says_which_things_and_boxes_decide() -> None:
    shown = 0
    for one, *worlds_of in itertools.islice(statements.pairs(5), 300):
        for world in worlds_of:
            things_marked, boxes_marked = one.marked(world)
            assert all(len(marks) == len(world.things) for marks in things_marked) and len(boxes_marked) in (0, 3)
            if boxes_marked and one.count(world) is not None:
                shown += 1
                assert sum(boxes_marked) == one.count(world), one.sentence
    assert shown > 200


def test_shapes_vary_but_never_towards_what_is_held_out() -> None:
    rng = random.Random(4)
    kinds, cells = {True: 0, False: 0}, 0
    for scene, _ in itertools.islice(pairs_of_scenes(3, wide("train")), 120):
        shown, others = other_shapes.varied(scene, rng)
        cells += len(others)
        for before, after in zip(scene.things, shown.things, strict=True):
            own = others.get((before.row, before.column))
            assert (own is None) == (before == after)
            if own:
                sprite, kind, colour = own
                assert kind != colour and sprite.shape == (96, 96, 4) and before.colour
                kinds[kind] += 1
    assert cells > 40 and min(kinds.values()) > 10
    shape, colour = next((shape, colour) for shape, _, colour in sorted(splits.HELD_OUT_COLOURS))
    thing = Thing(shape, "red", "big", 0, 0, 0, 0)
    for _ in range(300):
        drawn = other_shapes.any_colour(thing, rng)
        nearest = min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(drawn, rgb(COLOURS[name]), strict=True)))
        assert nearest != colour


def test_marks_follow_the_things_that_the_detector_saw() -> None:
    true = np.zeros((3, things.WIDTH), np.float32)
    true[1, things.BOX], true[2, things.BOX] = (0.1, 0.1, 0.3, 0.3), (0.6, 0.6, 0.8, 0.8)
    seen = true[[0, 2, 1, 1]]
    seen[3, things.BOX] = 0.45
    assert marks_of_rows((b"\x01\x00",), seen, true)[:, 0].tolist() == [-1, 0, 1, -1]
    assert panels_after(b"\x01\x00\x01", (2, 0, 1)).tolist() == [0, 1, 1]


def test_places_say_what_lies_above() -> None:
    rows = np.zeros((1, 4, things.WIDTH), np.float32)
    rows[0, :, things.COLOUR.start] = 1
    rows[0, 0, things.PICTURE] = 1
    rows[0, 0, things.BOX] = 0, 0, 4, 1
    for k, (x, y) in enumerate(((0.4, 0.8), (0.4, 0.58), (1.9, 0.1)), 1):
        rows[0, k, things.BOX] = x, y, x + 0.2, y + 0.2
    tensor = torch.from_numpy(rows)
    present, panels = places.present_of(tensor), places.panels_of(tensor)
    pairs = places.pairs_of(tensor, present, panels)[0]
    above, directly = pairs[..., 0], pairs[..., 4]
    assert above.nonzero().tolist() == [[1, 2]] and directly.nonzero().tolist() == [[1, 2]]
    assert places.places_of(tensor, present, pairs[None]).shape[-1] == places.PLACES and pairs.shape[-1] == places.PAIRS


def test_the_captioner_says_the_same_token_by_token_and_in_onnx(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = Captioner(CaptionConfig(vocabulary=60, width=32, hidden=48, objects=1)).eval()
    rows, ids = torch.rand(1, 5, things.WIDTH), torch.tensor([[2, 7, 9, 11]])
    with torch.no_grad():
        whole = model(rows, ids)
        memory, looked, names = model.encode(rows)
        past = model.nothing(1)
        for k in range(4):
            logits, past = model.decode(ids[:, k : k + 1], torch.tensor([k]), past, memory, looked, names, torch.zeros(1, 1, 1, 1))
            assert torch.allclose(logits[:, 0], whole[:, k], atol=1e-4)
    export_caption.export_captioner(model, tmp_path)
    assert max(export_caption.differences(model, tmp_path).values()) < export_fusion.SAME


def test_the_captioner_learns(tmp_path: Path) -> None:
    examples = worlds.scene_questions(5, 60)
    (tmp_path / "scenes.pickle").write_bytes(pickle.dumps(examples))
    train_caption.run(train_caption.Options(data=tmp_path, out=tmp_path / "caption", steps=50, batch=16))
    losses = [json.loads(line)["held_out"] for line in (tmp_path / "caption" / "log.jsonl").read_text().splitlines() if "held_out" in line]
    assert losses[-1] < 4.5 and is_finished(tmp_path / "caption")


def test_crops_come_before_the_network_that_names_them(tmp_path: Path) -> None:
    """A network that passes its crops' mean on: a red box on white is red."""

    class Mean(torch.nn.Module):
        def forward(self, crops: torch.Tensor) -> torch.Tensor:
            return crops.mean((2, 3))

    export_graph(Mean(), torch.zeros(1, 3, namer.SIDE, namer.SIDE), tmp_path / "mean.onnx")
    onnx.save(namer.behind_crops(tmp_path / "mean.onnx"), str(tmp_path / "names.onnx"))
    pixels = np.ones((1, 3, 104, 104), np.float32)
    pixels[0, 1:, 20:50, 30:60] = -1
    boxes = np.array([[32, 22, 58, 48], [70, 60, 100, 90]], np.float32)
    names = namer.session_of(tmp_path / "names.onnx").run(["names"], {"picture": pixels, "boxes": boxes})[0]
    assert np.allclose(names, [[1, -1, -1], [1, 1, 1]], atol=1e-5)


def test_the_namer_learns_only_behind_the_layers_that_stay() -> None:
    torch.manual_seed(8)
    model = train_namer.Names(EfficientNetLite(VARIANTS["lite0"]).requires_grad_(False))
    for name, parameter in model.named_parameters():
        torch.nn.init.normal_(parameter, std=0.05 if "weight" in name else 0.0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = train_namer.optimizer_of(model, train_namer.Options(Path(), 1))
    crops, kinds = torch.rand(4, 3, 32, 32), torch.arange(4)
    with torch.no_grad():
        early = model.early(crops)
    descend_once(model, [optimizer], torch.nn.functional.cross_entropy(model.kinds(model.late(early)), kinds))
    changed = {name.rsplit(".", 1)[0] for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert "kinds" in changed and "head" in changed
    first = tuple(f"blocks.{k}." for k in range(train_namer.FROZEN))
    assert not [name for name in changed if name.startswith(("stem", *first))]

"""Smaller fusion models: weights in four bits, heads and units cut out, a student that repeats its teacher."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from assay_fusion import distill, graph_costs, nibbles, shrink, texts, worlds
from assay_fusion.blocks import Attention, Config
from assay_fusion.export_fusion import export_fusion, largest_difference, left_in_fp32
from assay_fusion.fusion import Fusion
from assay_fusion.things import WIDTH
from assay_fusion.train_fusion import World, loss_of
from assay_training.optimizer import build
from assay_training.training_loop import descend_once, set_rate

SIZES: dict[str, Any] = {"vocabulary": 60, "width": 32, "hidden": 64, "crosses": 1}


def inputs(seed: int, count: int = 5) -> dict[str, np.ndarray]:
    things = np.random.default_rng(seed).random((1, count, WIDTH)).astype(np.float32)
    return {"things": things, "ids": np.arange(2, 10)[None]}


def test_four_bits_are_what_onnx_runtime_reads() -> None:
    rng = np.random.default_rng(1)
    for rows, columns in ((96, 40), (50, 33), (32, 32)):
        weights = rng.normal(size=(rows, columns)).astype(np.float32)
        weights[:, 0] = 0
        stored, scales = nibbles.packed(weights)
        meant = nibbles.unpacked(stored, scales, rows)
        # A step is an eighth of a block's largest weight; at the far end of the range a whole step may be missing.
        largest = np.abs(weights).max()
        assert np.abs(meant - weights).max() <= largest / 8
        assert not meant[:, 0].any()
        values: dict[str, Any] = {"K": rows, "N": columns, "bits": 4, "block_size": nibbles.BLOCK}
        node = helper.make_node("MatMulNBits", ["x", "b", "s"], ["y"], domain=nibbles.DOMAIN, **values)
        shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [3, size]) for name, size in (("x", rows), ("y", columns))]
        constants = [numpy_helper.from_array(stored, "b"), numpy_helper.from_array(scales, "s")]
        graph = helper.make_graph([node], "one", shapes[:1], shapes[1:], constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(nibbles.DOMAIN, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        x = rng.normal(size=(3, rows)).astype(np.float32)
        session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        assert np.abs(np.asarray(session.run(None, {"x": x})[0]) - x @ meant).max() < 1e-4


def test_a_graph_in_four_bits_stores_every_product_and_no_weight_twice(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model, whole, quarter = Fusion(Config(**SIZES)), tmp_path / "whole.onnx", tmp_path / "quarter.onnx"
    export_fusion(model, whole)
    weights = {tensor.name for tensor in onnx.load(str(whole)).graph.initializer}
    # The cross-attention's weights serve both streams, and both uses read them directly.
    assert not [n for n in onnx.load(str(whole)).graph.node if n.op_type == "Identity" and n.input[0] in weights]
    nibbles.four_bits(whole, quarter, left_in_fp32(whole))
    stored = onnx.load(str(quarter)).graph
    used = {name for node in stored.node for name in node.input}
    assert {tensor.name for tensor in stored.initializer} <= used
    assert sum(node.op_type == "MatMulNBits" for node in stored.node) > 20
    feeds = inputs(1)
    first, other = (np.asarray(InferenceSession(str(file)).run(None, feeds)[0]) for file in (whole, quarter))
    assert 0 < np.abs(first - other).max() < 3


def test_parts_that_do_nothing_are_cut_out_without_a_trace(tmp_path: Path) -> None:
    torch.manual_seed(2)
    model = Fusion(Config(**SIZES)).eval()
    kept: shrink.Kept = {}
    with torch.no_grad():
        for number, (name, part) in enumerate(shrink.parts_of(model).items()):
            count = shrink.len_of(part)
            kept[name] = sorted({number % count, (number + 1) % count})
            idle = [index for index in range(count) if index not in kept[name]]
            last = shrink.last_of(part)
            last.weight.reshape(last.out_features, count, -1)[:, idle] = 0
    feeds = inputs(3)
    with torch.no_grad():
        before = model(*map(torch.from_numpy, feeds.values()))
    whole, cut = tmp_path / "whole.onnx", tmp_path / "cut.onnx"
    export_fusion(model, whole)
    shrink.keep_only(model, kept)
    with torch.no_grad():
        after = model(*map(torch.from_numpy, feeds.values()))
    assert max(float((a - b).abs().max()) for a, b in zip(before, after, strict=True)) < 1e-4
    export_fusion(model, cut)
    assert largest_difference(model, cut, **feeds) < 1e-4
    assert graph_costs.weights_of(cut) < graph_costs.weights_of(whole)
    ids = feeds["ids"][0].tolist()
    assert graph_costs.multiply_adds(cut, feeds["things"][0], ids) < graph_costs.multiply_adds(whole, feeds["things"][0], ids)


def test_the_parts_that_matter_least_go_first_and_a_student_comes_to_repeat_its_teacher() -> None:
    torch.manual_seed(3)
    examples = worlds.boxes_statements(5, 200)
    tokenizer = texts.learn(one.text for one in examples.said)
    world = World("boxes", examples, tokenizer, None, 40)
    sizes: dict[str, Any] = SIZES | {"vocabulary": tokenizer.get_vocab_size()}
    teacher = Fusion(Config(**sizes))
    with torch.no_grad():
        for part in shrink.parts_of(teacher).values():
            shrink.last_of(part).weight[:, : shrink.last_of(part).in_features // 2] *= 1e-3
    kept = shrink.least_needed(teacher, [world], 0.5)
    for name, part in shrink.parts_of(teacher).items():
        # What leaves the first half hardly counts. Hidden units are left out here, since some never fire.
        if isinstance(part, Attention):
            assert kept[name] == [2, 3], name

    sizes["width"] = 16
    student = Fusion(Config(**sizes))
    taught = distill.taught_by(teacher.eval(), 1.0)
    optimizers = build(student, 3e-3, "muon", 0.01)
    set_rate(optimizers, 3e-3)
    batches = shrink.batches_of([world])[:2]

    def apart() -> float:
        """How far the student is from its teacher, over both batches; 0 when they say the same."""
        with torch.no_grad():
            heard = [teacher.say(batch.things, batch.ids) for batch in batches]
            said = [student.say(batch.things, batch.ids) for batch in batches]
        pairs = zip(said, heard, batches, strict=True)
        return sum(float(distill.repeated(own, theirs, batch) - distill.repeated(theirs, theirs, batch)) for own, theirs, batch in pairs)

    before = apart()
    for batch in itertools.islice(itertools.cycle(batches), 24):
        descend_once(student, optimizers, taught(student, batch)[0])
    assert 0 < apart() < 0.5 * before
    # With no share for the teacher, the loss is that of the examples.
    alone, _ = distill.taught_by(teacher, 0.0)(student, batches[0])
    assert torch.equal(alone, loss_of(student, batches[0])[0])

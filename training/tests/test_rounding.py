"""Rounding to a grid changes outputs less than the nearest step does, and what is quantized afterwards is what was rounded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from assay_photo import rounding, rounding_text, student
from assay_photo.efficientnet_lite import VARIANTS, EfficientNetLite
from assay_training import quantize
from assay_training.onnx_graph import export_graph

torch.set_num_threads(1)


def nearest(weights: torch.Tensor) -> torch.Tensor:
    step = weights.abs().amax(-1, keepdim=True) / rounding.LARGEST
    return (weights / step).round() * step


def test_errors_are_spread_over_correlated_inputs() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(400, 24, generator=generator) @ torch.randn(24, 24, generator=generator)
    weights = torch.randn(8, 24, generator=generator)
    made = rounding.on_grid(weights, inputs.T @ inputs / len(inputs))
    wanted = inputs @ weights.T
    error, plain = ((inputs @ one.T - wanted).square().mean() for one in (made, nearest(weights)))
    assert error < 0.7 * plain
    # The same rule finds the same grid again.
    assert torch.allclose(nearest(made), made, atol=1e-6)


def test_each_channel_of_a_depthwise_convolution_has_its_own_moments() -> None:
    generator = torch.Generator().manual_seed(1)
    weights, windows = torch.randn(5, 1, 9, generator=generator), torch.randn(5, 60, 9, generator=generator)
    made = rounding.on_grid(weights, windows.transpose(1, 2) @ windows / 60)
    alone = torch.stack([rounding.on_grid(one, rows.T @ rows / 60) for one, rows in zip(weights, windows, strict=True)])
    assert torch.allclose(made, alone)
    assert not torch.equal(made, nearest(weights))


def test_large_layers_stay_and_the_others_are_rounded() -> None:
    torch.manual_seed(4)
    network = EfficientNetLite(VARIANTS["lite0"]).eval().requires_grad_(False)
    for weight in network.parameters():
        weight.normal_(0, (2 / weight[0].numel()) ** 0.5) if weight.dim() > 1 else weight.zero_()
    made = rounding.rounded(network, torch.randn(2, 3, 64, 64), seed=0, fp32_from=16 * 16)
    assert torch.equal(made.blocks[0].project.weight, network.blocks[0].project.weight)  # 32 x 32 places
    last, exact = made.head.weight.flatten(1), network.head.weight.flatten(1)
    assert not torch.equal(last, exact)
    assert torch.allclose(nearest(last), last, atol=1e-6)
    pixels = torch.randn(3, 3, 64, 64)
    wanted = network(pixels)[0]
    assert (made(pixels)[0] - wanted).norm() < 0.1 * wanted.norm()


def small() -> student.Student:
    torch.manual_seed(2)
    shape = student.Shape(vocabulary=60, rows=16, width=24, layers=(0, 1), heads=2, inner=48, dimensions=16)
    made = student.Student(shape).eval()
    with torch.no_grad():  # a few hidden units far larger than the others
        for block in made.blocks:
            block.up.bias[::9] = 30.0
    return made


def test_divided_and_rounded_text_tower_stays_near_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding_text, "APART", 6)
    tower = small()
    ids = [torch.randint(1, 60, (12, length), generator=torch.Generator().manual_seed(length)) for length in (3, 6)]
    made = rounding_text.rounded(tower, ids)
    with torch.no_grad():
        for table in ids:
            assert torch.nn.functional.cosine_similarity(made(table), tower(table)).min() > 0.999
    export_graph(made, ids[0][:1], tmp_path / "fp32.onnx")
    quantize.text_dynamic(tmp_path / "fp32.onnx", tmp_path / "int8.onnx", whole_range=True)
    graph = onnx.load(str(tmp_path / "int8.onnx")).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMulInteger"]
    assert products and all(stored[node.input[1]].dtype == np.uint8 and (stored[node.input[3]] == 128).all() for node in products)
    assert sum("/rest/" in node.name and node.op_type == "MatMul" for node in graph.node) == 2
    session = onnxruntime.InferenceSession(str(tmp_path / "int8.onnx"), providers=["CPUExecutionProvider"])
    given = torch.from_numpy(np.asarray(session.run(None, {graph.input[0].name: ids[1][:1].numpy()})[0]))
    with torch.no_grad():
        assert torch.nn.functional.cosine_similarity(given, tower(ids[1][:1])).item() > 0.995

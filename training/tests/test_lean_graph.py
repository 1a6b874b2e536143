"""A lean graph has the same bits, smaller convolutions and no Pad."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from assay_training import lean_graph, quantize
from assay_training.onnx_graph import export_graph


class Inverted(nn.Module):
    """A stem, then an inverted residual block with TensorFlow's padding, as in EfficientNet-Lite."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2)
        self.expand = nn.Conv2d(16, 96, 1)
        self.depthwise = nn.Conv2d(96, 96, 3, stride=2, groups=96)
        self.project = nn.Conv2d(96, 24, 1)

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        x = self.stem(nn.functional.pad(pixel_values, (0, 1, 0, 1))).clamp(0, 6)
        x = self.expand(x).clamp(0, 6)
        x = self.depthwise(nn.functional.pad(x, (0, 1, 0, 1))).clamp(0, 6)
        return self.project(x).mean((2, 3))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, np.ndarray]:
    torch.manual_seed(0)
    pixels = np.random.default_rng(0).random((4, 3, 224, 224), np.float32)
    export_graph(Inverted(), torch.zeros(1, 3, 224, 224), tmp_path / "fp32.onnx")
    quantize.vision_static(tmp_path / "fp32.onnx", tmp_path / "int8.onnx", pixels)
    (tmp_path / "lean.onnx").write_bytes((tmp_path / "int8.onnx").read_bytes())
    lean_graph.lean(tmp_path / "lean.onnx")
    return tmp_path / "int8.onnx", tmp_path / "lean.onnx", pixels


def operators(file: Path) -> list[str]:
    return [node.op_type for node in onnx.load(str(file)).graph.node]


def answer(file: Path, pixels: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"]).run(None, {"pixel_values": pixels})[0]


def test_bits_stay_and_buffers_shrink(files: tuple[Path, Path, np.ndarray]) -> None:
    before, after, pixels = files
    assert np.array_equal(answer(before, pixels), answer(after, pixels))
    assert operators(before).count("Pad") == 2 and "Pad" not in operators(after)
    # 112 x 112 pixels of 96 channels are 4.8 MB of sums: three parts of 32 channels.
    assert operators(before).count("Conv") == 4 and operators(after).count("Conv") == 8


def test_twice_is_once(files: tuple[Path, Path, np.ndarray]) -> None:
    _, after, _ = files
    first = operators(after)
    lean_graph.lean(after)
    assert operators(after) == first


def test_large_layers_in_fp32_are_split_too(files: tuple[Path, Path, np.ndarray]) -> None:
    before, _, pixels = files
    folder = before.parent
    quantize.vision_static(folder / "fp32.onnx", folder / "mixed.onnx", pixels, fp32_from=56 * 56)
    (folder / "lean-mixed.onnx").write_bytes((folder / "mixed.onnx").read_bytes())
    lean_graph.lean(folder / "lean-mixed.onnx")
    full, mixed, lean, int8 = (answer(folder / f"{name}.onnx", pixels) for name in ("fp32", "mixed", "lean-mixed", "int8"))
    assert np.array_equal(mixed, lean)
    # Everything but the pooled output has 56 x 56 pixels or more here, so nothing is left to round.
    assert np.abs(mixed - full).max() < 1e-5 < np.abs(int8 - full).max()
    assert "QuantizeLinear" not in operators(folder / "mixed.onnx")
    assert operators(folder / "lean-mixed.onnx").count("Conv") == 8

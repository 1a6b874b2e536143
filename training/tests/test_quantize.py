"""The int8 files stay close to fp32 on this machine, whatever its integer instructions, and keep names and shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from assay_training import export, quantize
from assay_training.dual_encoder import Config, DualEncoder
from assay_training.onnx_graph import export_graph

# 100 learned rows and 40 further words that share the last of them.
CONFIG = Config(vocabulary=100, words=140, word_dimensions=12, widths=(16, 16, 32, 32), blocks=(1, 1, 1, 1), text_width=32, text_heads=2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    folder = tmp_path_factory.mktemp("export")
    torch.manual_seed(0)
    model = DualEncoder(CONFIG)
    with torch.no_grad():  # weights at full range and positive activations: what saturates 16-bit products
        for parameter in model.image.parameters():
            parameter.mul_(1.5)
        model.image(torch.rand(64, 3, 64, 64))
        model.text.words[50:] = torch.randn(90, 12)
    vision, text = export.export_onnx(model.eval(), folder)
    pixels = np.random.default_rng(0).random((32, 3, 64, 64), np.float32)
    quantize.vision_static(vision, folder / "vision.int8.onnx", pixels)
    quantize.vision_weights(vision, folder / "vision.weights.onnx")
    quantize.text_dynamic(text, folder / "text.int8.onnx")
    return folder, pixels


def run(file: Path, **inputs: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


@pytest.mark.parametrize("kind", ["int8", "weights"])
def test_int8_vision_is_close_to_fp32(files: tuple[Path, np.ndarray], kind: str) -> None:
    folder, pixels = files
    fp32 = run(folder / "vision.fp32.onnx", pixel_values=pixels[:4])
    int8 = run(folder / f"vision.{kind}.onnx", pixel_values=pixels[:4])
    assert fp32.shape == int8.shape == (4, 256)
    assert (fp32 * int8).sum(1).min() > 0.98


@pytest.mark.parametrize(("first", "length"), [(1, 2), (1, 24), (90, 20), (138, 2)])
def test_int8_text_is_close_to_fp32_at_any_length(files: tuple[Path, np.ndarray], first: int, length: int) -> None:
    folder, _ = files
    ids = np.arange(first, first + length, dtype=np.int64)[None]
    fp32, int8 = (run(folder / f"text.{kind}.onnx", input_ids=ids) for kind in ("fp32", "int8"))
    assert fp32.shape == int8.shape == (1, 256)
    assert (fp32 * int8).sum() > 0.98


def test_both_tables_of_the_text_file_are_int8(files: tuple[Path, np.ndarray]) -> None:
    folder, _ = files
    tables = {tuple(one.dims): one.data_type for one in onnx.load(str(folder / "text.int8.onnx")).graph.initializer}
    assert tables[(100, 32)] == tables[(140, 12)] == onnx.TensorProto.INT8


class PooledTower(torch.nn.Module):
    """A convolution, pooling, a classifier, and a head that reads features whose sizes differ a thousandfold."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first, self.second = torch.nn.Conv2d(3, 8, 3), torch.nn.Conv2d(8, 64, 1)
        self.classes = torch.nn.Conv2d(64, 10, 1)
        self.sizes, self.matrix = torch.nn.Parameter(torch.logspace(-3, 0, 64)), torch.nn.Parameter(torch.randn(64, 16))

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        seen = (self.second(self.first(pixel_values)).clamp(0, 6) * self.sizes[:, None, None]).mean((2, 3), keepdim=True)
        learned = (seen.flatten(1).clamp(min=0) + 1e-4).sqrt() @ self.matrix
        return learned + self.classes(seen).flatten(1).softmax(1).sum(1, keepdim=True)


def test_a_head_reads_pooled_features_exactly(tmp_path: Path) -> None:
    export_graph(PooledTower(), torch.zeros(1, 3, 16, 16), tmp_path / "fp32.onnx")
    pixels = np.random.default_rng(1).random((16, 3, 16, 16), np.float32)
    wanted = run(tmp_path / "fp32.onnx", pixel_values=pixels)
    errors = {}
    for exact in (False, True):
        file = tmp_path / f"{exact}.onnx"
        quantize.vision_static(tmp_path / "fp32.onnx", file, pixels, whole_range=True, fp32_head=exact)
        errors[exact] = float(np.abs(run(file, pixel_values=pixels) - wanted).mean())
        graph = onnx.load(str(file)).graph
        rounded_sums = [one.input[0] for one in graph.node if one.op_type == "QuantizeLinear" and "Add" in one.input[0]]
        assert bool(rounded_sums) != exact
    assert errors[True] < 0.3 * errors[False]

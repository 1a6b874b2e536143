"""The int8 files stay close to fp32 on this machine, whatever its integer instructions, and keep names and shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from assay_training import export, quantize
from assay_training.dual_encoder import Config, DualEncoder

CONFIG = Config(vocabulary=100, widths=(16, 16, 32, 32), blocks=(1, 1, 1, 1), text_width=32, text_heads=2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    folder = tmp_path_factory.mktemp("export")
    torch.manual_seed(0)
    model = DualEncoder(CONFIG)
    with torch.no_grad():  # weights at full range and positive activations: what saturates 16-bit products
        for parameter in model.image.parameters():
            parameter.mul_(1.5)
        model.image(torch.rand(64, 3, 64, 64))
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


@pytest.mark.parametrize("length", [2, 24])
def test_int8_text_is_close_to_fp32_at_any_length(files: tuple[Path, np.ndarray], length: int) -> None:
    folder, _ = files
    ids = np.arange(1, length + 1, dtype=np.int64)[None]
    fp32, int8 = (run(folder / f"text.{kind}.onnx", input_ids=ids) for kind in ("fp32", "int8"))
    assert fp32.shape == int8.shape == (1, 256)
    assert (fp32 * int8).sum() > 0.98

"""A tower as an ONNX file: one way to export, whatever the model."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

OPSET = 17


def unit(x: Tensor) -> Tensor:
    """Rows of unit length, in operators every runtime has."""
    return x / (x * x).sum(1, keepdim=True).sqrt()


def export_graph(graph: nn.Module, example: Tensor, file: Path) -> None:
    """Export in evaluation mode, which folds batch norms. Pictures [b, 3, s, s] → image_embeds; ids [b, l] → text_embeds.

    The committed files came from the TorchScript exporter (``dynamo=False``); the newer one has not been tried.
    """
    is_vision = example.is_floating_point()
    name, output = ("pixel_values", "image_embeds") if is_vision else ("input_ids", "text_embeds")
    axes = {0: "batch"} if is_vision else {0: "batch", 1: "length"}
    torch.onnx.export(
        graph.eval(), (example,), str(file), opset_version=OPSET, dynamo=False,
        input_names=[name], output_names=[output], dynamic_axes={name: axes, output: {0: "batch"}},
    )
    onnx.checker.check_model(str(file))

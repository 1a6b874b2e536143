"""A tower as an ONNX file: one way to export, whatever the model."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import shape_inference
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


def areas_of(model: onnx.ModelProto) -> dict[str, int]:
    """Height times width of each tensor of a picture."""
    inferred = shape_inference.infer_shapes(model).graph
    shapes = {one.name: [side.dim_value for side in one.type.tensor_type.shape.dim] for one in inferred.value_info}
    return {name: shape[2] * shape[3] for name, shape in shapes.items() if len(shape) == 4}


def fold_identities(file: Path) -> None:
    """Let nodes read weights themselves, where PyTorch has put an Identity between.

    Its exporter does so for weights that are used twice, and quantization then passes over the second use.
    """
    model = onnx.load(str(file))
    weights = {tensor.name for tensor in model.graph.initializer}
    copies = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity" and node.input[0] in weights}
    kept = [node for node in model.graph.node if not (node.op_type == "Identity" and node.output[0] in copies)]
    for node in kept:
        for index, name in enumerate(node.input):
            node.input[index] = copies.get(name, name)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, str(file))

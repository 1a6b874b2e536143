"""The shipped files of assay-clip as towers in PyTorch, so that a further stage can start from a published version.

Checkpoints are not kept with the repository; the int8 files are. Dequantized, they give the vectors of the files
themselves, but for the rounding of activations. The image tower is for evaluation: its batch norms, which the export
folds into the convolutions, do nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from .dual_encoder import Config, ConvNorm, DualEncoder


class Graph:
    """Initializers by name, and int8 ones as the floats that they stand for."""

    def __init__(self, file: Path) -> None:
        graph = onnx.load(str(file)).graph
        self.nodes = list(graph.node)
        self.tensors = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self.made_by = {node.output[0]: node for node in self.nodes if node.op_type == "DequantizeLinear"}

    def floats(self, name: str) -> np.ndarray:
        """A tensor of floats, or the output of a DequantizeLinear; scales per output channel are on axis 0."""
        if name in self.tensors:
            return self.tensors[name]
        values, scale = (self.tensors[one] for one in self.made_by[name].input[:2])
        return values * scale.reshape(-1, *[1] * (values.ndim - 1))

    def column_wise(self, stem: str) -> np.ndarray:
        """A matrix of ``quantize_dynamic``: [in, out] int8 with a scale per column."""
        return self.tensors[f"{stem}_quantized"] * self.tensors[f"{stem}_scale"]

    def row_wise(self, stem: str) -> np.ndarray:
        return self.tensors[f"{stem}_int8"] * self.tensors[f"{stem}_scale"]


def image_weights(graph: Graph, model: DualEncoder) -> None:
    """Folded convolutions; each norm adds their bias and does nothing else."""
    convolutions = [node for node in graph.nodes if node.op_type == "Conv"]
    modules = [module for module in model.image.modules() if isinstance(module, ConvNorm)]
    for node, module in zip(convolutions, modules, strict=True):
        convolution, norm = module[0], module.norm
        assert isinstance(convolution, nn.Conv2d) and norm.running_mean is not None and norm.running_var is not None
        convolution.weight.copy_(tensor(graph.floats(node.input[1])))
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.fill_(1)
        norm.bias.copy_(tensor(graph.floats(node.input[2])))
    model.image.project.weight.copy_(tensor(graph.tensors["project.weight"]))
    model.image.project.bias.copy_(tensor(graph.tensors["project.bias"]))


def text_weights(graph: Graph, model: DualEncoder) -> None:
    for name, parameter in model.text.named_parameters():
        if f"text.{name}" in graph.tensors:
            parameter.copy_(tensor(graph.tensors[f"text.{name}"]))
    stems = [one.removesuffix("_quantized") for node in graph.nodes if node.op_type == "MatMulInteger" for one in node.input
             if one.endswith("_quantized") and one in graph.tensors]
    stems = list(dict.fromkeys(stems))
    *inner, last = stems
    places = [getattr(block, name) for block in model.text.blocks for name in ("query", "key", "value", "out", "up", "down")]
    for stem, place in zip(inner, places, strict=True):
        place.weight.copy_(tensor(graph.column_wise(stem).T))
    model.text.project.weight.copy_(tensor(graph.column_wise(last).T))
    model.text.tokens.weight.copy_(tensor(graph.row_wise("text.tokens.weight")))
    model.text.words.copy_(tensor(graph.row_wise("text.words")))
    lift = next(node for node in graph.nodes if node.op_type == "MatMul" and node.input[1] in graph.tensors)
    model.text.lift.weight.copy_(tensor(graph.tensors[lift.input[1]].T))


def tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32))


def sizes(text: Graph, scale: float) -> Config:
    learned, words = text.tensors["text.tokens.weight_int8"], text.tensors["text.words_int8"]
    return Config(vocabulary=len(learned), words=len(words), word_dimensions=words.shape[1], max_scale=scale)


@torch.no_grad()
def weights_of(folder: Path) -> DualEncoder:
    """The dual encoder of ``folder``'s int8 files, in evaluation mode."""
    vision, text = Graph(folder / "vision.int8.onnx"), Graph(folder / "text.int8.onnx")
    scale = json.loads((folder / "manifest.json").read_text("utf-8"))["embedding"]["logit_scale"]
    model = DualEncoder(sizes(text, scale))
    image_weights(vision, model)
    text_weights(text, model)
    model.log_scale.fill_(float(np.log(scale)))
    return model.eval()


@torch.no_grad()
def blend(into: nn.Module, other: nn.Module, share: float) -> None:
    """``into`` becomes (1 − share) of itself plus ``share`` of ``other``."""
    weights = other.state_dict()
    for name, target in into.state_dict().items():
        target.lerp_(weights[name], share)


@torch.no_grad()
def unblend(mixed: nn.Module, start: nn.Module, share: float) -> dict[str, Tensor]:
    """The weights that ``blend`` put ``share`` of into ``start`` when it made ``mixed``. Rounding to int8 grows by 1 / share."""
    before = start.state_dict()
    return {name: before[name].lerp(value, 1 / share) for name, value in mixed.state_dict().items()}

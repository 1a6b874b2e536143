"""The two towers as ONNX graphs, and what int8 is used for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from assay_training import lean_graph, quantize
from assay_training.onnx_graph import export_graph, unit

from . import hubs
from .efficientnet_lite import CLASSES, FEATURES, EfficientNetLite
from .head import FLOOR, Head
from .student import Student

# Pixels of a layer's output from which on it stays fp32: a fifth less CPU in WebAssembly than all in int8, and a quarter
# of the error. From 14 x 14 on would halve the error again, for 2 MB of file and 3.4 MB of memory.
FP32_FROM = 28 * 28


class Extended(nn.Module):
    """``hubs.extended`` of rows of unit length: [b, 384] → [b, 388], with the popularity that ``bank`` gives them."""

    def __init__(self, bank: hubs.Bank, image: bool) -> None:
        super().__init__()
        self.image, self.bank = image, nn.Linear(bank.vectors.shape[1], len(bank.vectors), bias=False)
        self.bank.weight = nn.Parameter(torch.from_numpy(bank.vectors.astype(np.float32)))
        self.weight, self.middle = bank.weight, bank.middle

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        near = self.bank(rows).topk(hubs.NEAREST, dim=1).values.mean(1, keepdim=True)
        own = ((self.middle - near) * (self.weight / hubs.FIXED)).clamp(-hubs.BOUND, hubs.BOUND)
        fixed, none = torch.full_like(own, hubs.FIXED), torch.zeros_like(own)
        slack = (hubs.BOUND**2 - own * own).clamp(min=0).sqrt()
        return torch.cat([rows, fixed, own, slack, none] if self.image else [rows, own, fixed, none, slack], dim=1) / hubs.LENGTH


class VisionGraph(nn.Module):
    """pixel_values [b, 3, s, s] → image_embeds [b, 388]. The classes are a 1×1 convolution, which static int8 knows."""

    def __init__(self, network: EfficientNetLite, head: Head, bank: hubs.Bank) -> None:
        super().__init__()
        self.network = network
        self.conse: torch.Tensor
        self.sharp: torch.Tensor
        self.regression: torch.Tensor
        self.ground: torch.Tensor
        self.classes = nn.Conv2d(FEATURES, CLASSES, 1)
        self.classes.load_state_dict({"weight": network.classes.weight[:, :, None, None], "bias": network.classes.bias})
        self.mix = head.mix
        self.extended = Extended(bank, image=True)
        for name in ("conse", "sharp", "regression"):
            self.register_buffer(name, torch.from_numpy(getattr(head, name).astype(np.float32)))
        self.register_buffer("ground", torch.from_numpy((-head.offset @ head.regression - head.common).astype(np.float32)))

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        pooled = self.network.map(pixel_values).mean((2, 3), keepdim=True)
        features, logits = pooled.flatten(1), self.classes(pooled).flatten(1)
        blurred = unit((logits / self.mix.temperature).softmax(1) @ self.conse)
        sharpened = unit((logits / self.mix.sharp_temperature).softmax(1) @ self.sharp)
        seen = features.clamp(min=0) + FLOOR
        for _ in range(self.mix.roots):
            seen = seen.sqrt()
        learned = seen @ self.regression + self.ground
        return self.extended(unit(blurred + self.mix.sharpness * sharpened + learned))


class TextGraph(nn.Module):
    """input_ids [b, l], unpadded → text_embeds [b, 388]: the student, then ``shift`` (the mean of captions) and hubs taken off."""

    def __init__(self, student: Student, shift: np.ndarray, bank: hubs.Bank) -> None:
        super().__init__()
        self.student = student
        self.extended = Extended(bank, image=False)
        self.shift: torch.Tensor
        self.register_buffer("shift", torch.from_numpy(shift.astype(np.float32)))

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.extended(unit(unit(self.student(input_ids)) - self.shift))


def export_vision(graph: VisionGraph, size: int, file: Path) -> None:
    export_graph(graph, torch.zeros(1, 3, size, size), file)


def export_text(graph: TextGraph, file: Path) -> None:
    export_graph(graph, torch.tensor([[1, 2, 3, 4]]), file)


def matrices_to_int8(file: Path) -> None:
    """The matrices of MatMul and Gemm as int8 per output column, dequantized when the session opens: a quarter of the bytes, fp32 arithmetic."""
    model = onnx.load(str(file))
    graph = model.graph
    # quant_pre_process makes a Gemm of a MatMul with a bias; its matrix lies as before, unless it is transposed.
    used = {node.input[1] for node in graph.node if node.op_type in ("MatMul", "Gemm")
            and not any(one.name == "transB" and one.i for one in node.attribute)}
    for tensor in [one for one in graph.initializer if one.name in used]:
        quantize.weights_to_int8(graph, tensor, axis=1)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


def vision_int8(source: Path, target: Path, calibration: np.ndarray) -> None:
    """Static QDQ for the convolutions of few pixels (activations are bounded at 6), int8 matrices (the bank's dynamic), small buffers between them."""
    quantize.vision_static(source, target, calibration, FP32_FROM, whole_range=True, fp32_head=True)
    quantize.matrices_dynamic(target, "/extended/bank/")
    matrices_to_int8(target)
    lean_graph.lean(target)

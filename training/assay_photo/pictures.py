"""Photographs → pixels as the published preprocessing has them → what the published network sees in them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps

from .efficientnet_lite import DEVIATION, MEAN, EfficientNetLite
from .packages import Pair, picture_bytes


@dataclass(frozen=True)
class Frame:
    """``size``: side of the crop; ``edge``: what the shorter edge becomes first. As in EfficientNet's own evaluation, 7/8."""

    size: int

    @property
    def edge(self) -> int:
        return round(self.size * 8 / 7)


def pixels(content: bytes, frame: Frame) -> np.ndarray:
    """[3, size, size] float32: colours on white, upright, shorter edge to ``edge``, centre crop, bicubic with antialiasing."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    if picture.mode in ("RGBA", "LA", "P"):
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture)
        picture = ground
    picture = picture.convert("RGB")
    width, height = picture.size
    scale = frame.edge / min(width, height)
    resized = picture.resize((max(frame.edge, round(width * scale)), max(frame.edge, round(height * scale))), Image.Resampling.BICUBIC)
    left, top = (resized.width - frame.size) // 2, (resized.height - frame.size) // 2
    cropped = resized.crop((left, top, left + frame.size, top + frame.size))
    return (np.asarray(cropped, np.float32).transpose(2, 0, 1) - MEAN) / DEVIATION


def batch(pairs: list[Pair], size: int) -> np.ndarray:
    """[n, 3, size, size] of the packages' photographs."""
    return np.stack([pixels(picture_bytes(pair), Frame(size)) for pair in pairs])


@torch.inference_mode()
def seen(network: EfficientNetLite, batch: np.ndarray, chunk: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Features [n, 1280] and logits [n, 1000] of pixels [n, 3, s, s]."""
    features, logits = zip(*(network(torch.from_numpy(batch[at : at + chunk])) for at in range(0, len(batch), chunk)), strict=True)
    return torch.cat(features).numpy(), torch.cat(logits).numpy()

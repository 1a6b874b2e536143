"""The parts that every training run shares: learning rate, one optimizer step, averaged weights, batch statistics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

GRADIENT_NORM = 5.0


def rate(progress: float) -> float:
    """Share of the peak learning rate at ``progress`` 0 to 1: 3 % warm-up, then a cosine to 0."""
    if progress < 0.03:
        return max(progress / 0.03, 0.02)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - 0.03) / 0.97)))


def set_rate(optimizers: Sequence[torch.optim.Optimizer], value: float) -> None:
    for each in optimizers:
        for group in each.param_groups:
            group["lr"] = value


def descend_once(module: nn.Module, optimizers: Sequence[torch.optim.Optimizer], loss: Tensor) -> None:
    """One step of all optimizers along the gradient of ``loss``, its norm bounded at ``GRADIENT_NORM``."""
    for each in optimizers:
        each.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(module.parameters(), GRADIENT_NORM)
    for each in optimizers:
        each.step()


@torch.no_grad()
def average_into(averaged: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Exponential moving average of the weights after ``step`` steps; early steps forget faster.

    ``model`` may hold weights that ``averaged`` lacks.
    """
    decay = min(decay, (1 + step) / (20 + step))
    now = model.state_dict()
    for name, target in averaged.state_dict().items():
        source = now[name]
        if target.is_floating_point():
            target.lerp_(source, 1 - decay)
        else:
            target.copy_(source)


@torch.no_grad()
def reestimate_norms(model: nn.Module, images: nn.Module, batches: Iterable[Tensor]) -> None:
    """Batch statistics of averaged weights: a cumulative mean over ``batches`` of pixels. Ends in evaluation mode.

    Averaged running statistics lag behind averaged weights, and remember the picture sizes of earlier phases.
    """
    for module in images.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # cumulative mean
    model.train()
    for pixels in batches:
        images(pixels)
    model.eval()

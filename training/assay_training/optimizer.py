"""Muon for matrices, AdamW for the rest.

Muon (K. Jordan et al., 2024): the momentum of a weight matrix is replaced by its nearest
semi-orthogonal matrix (five Newton-Schulz steps), so every direction learns at the same rate.
Scaled to AdamW's update size (0.2 sqrt(max(rows, columns)), Liu et al. 2025), so one learning rate serves both.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def orthogonalize(matrix: Tensor, steps: int = 5) -> Tensor:
    """[m, n] -> approximately U V^T of its singular value decomposition."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.t() if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.t()
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.t() if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalized, with decoupled weight decay. Convolutions count as [out, in * 9]."""

    def __init__(self, params: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                buffer = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                update = parameter.grad.lerp(buffer, group["momentum"])  # Nesterov
                matrix = update.reshape(update.shape[0], -1)
                size = 0.2 * max(matrix.shape) ** 0.5
                update = orthogonalize(matrix).reshape(update.shape)
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(update, alpha=-group["lr"] * size)


def build(model: nn.Module, lr: float, kind: str, weight_decay: float) -> list[torch.optim.Optimizer]:
    """``kind`` is ``muon`` or ``adamw``. Norms, biases, positions and the temperature are never decayed."""
    matrices, tables, rest = [], [], []
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2 or name.endswith("positions"):
            rest.append(parameter)
        elif "tokens" in name:
            tables.append(parameter)
        else:
            matrices.append(parameter)
    groups = [{"params": tables, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]
    if kind == "adamw":
        groups.append({"params": matrices, "weight_decay": weight_decay})
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98), eps=1e-8)]
    if kind == "muon":
        optimizers.append(Muon(matrices, lr=lr, weight_decay=weight_decay))
    return optimizers

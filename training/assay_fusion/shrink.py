"""Structured pruning: whole attention heads and hidden units are taken out, so that the file and the work shrink.

How much a part matters is the mean of |activation x gradient| of what leaves it (Michel et al., 2019; Molchanov et al.,
2017), on training examples of every world. Each layer loses the same share of its parts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from .batches import Batch, World
from .blocks import Attention, FeedForward, ThingBlock
from .fusion import Fusion
from .terms import loss_of

Kept = dict[str, list[int]]  # by module: indices of the heads or hidden units that stay
EXAMPLES = 192  # of each world


def parts_of(model: nn.Module) -> dict[str, Attention | FeedForward]:
    """Every layer that can lose parts."""
    return {name: module for name, module in model.named_modules() if isinstance(module, (Attention, FeedForward))}


def batches_of(worlds: Sequence[World]) -> list[Batch]:
    out: list[Batch] = []
    for world in worlds:
        chosen = world.draw(random.Random(f"shrink/{world.name}"), EXAMPLES)
        out += world.parts(chosen, np.random.default_rng(len(world.name)), 1.0, 56)
    return out


def needed(model: Fusion, batches: Sequence[Batch]) -> dict[str, Tensor]:
    """How much each head or hidden unit matters, by layer."""
    entering: dict[str, Tensor] = {}
    found = {name: torch.zeros(len_of(part)) for name, part in parts_of(model).items()}

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            inputs[0].retain_grad()
            entering[name] = inputs[0]

        return hook

    hooks = [last_of(part).register_forward_pre_hook(watch(name)) for name, part in parts_of(model).items()]
    for batch in batches:
        loss_of(model, batch)[0].backward()
        for name, values in entering.items():
            assert values.grad is not None
            matters = (values * values.grad).abs().flatten(0, -2).mean(0).detach()
            found[name] += matters.reshape(len(found[name]), -1).sum(1)
    for hook in hooks:
        hook.remove()
    model.zero_grad(set_to_none=True)
    return found


def len_of(part: Attention | FeedForward) -> int:
    return part.heads if isinstance(part, Attention) else part.down.in_features


def last_of(part: Attention | FeedForward) -> nn.Linear:
    """The layer that the parts' outputs enter."""
    return part.out if isinstance(part, Attention) else part.down


def least_needed(model: Fusion, worlds: Sequence[World], cut: float) -> Kept:
    """What stays when ``cut`` of every layer's parts go, those that matter least."""
    kept: Kept = {}
    for name, matters in needed(model, batches_of(worlds)).items():
        count = len(matters) - round(cut * len(matters))
        kept[name] = sorted(matters.topk(max(1, count)).indices.tolist())
    return kept


@torch.no_grad()
def keep_only(model: nn.Module, kept: Kept) -> None:
    """Take every other head and hidden unit out, in place."""
    for name, part in parts_of(model).items():
        if name not in kept:
            continue
        stays = torch.tensor(kept[name])
        if isinstance(part, Attention):
            rows = (stays[:, None] * part.each + torch.arange(part.each)).flatten()
            part.heads = len(stays)
            part.query, part.key, part.value = (rows_of(one, rows) for one in (part.query, part.key, part.value))
            part.out = columns_of(part.out, rows)
        else:
            part.up, part.down = rows_of(part.up, stays), columns_of(part.down, stays)
    for name, module in model.named_modules():
        if isinstance(module, ThingBlock) and f"{name}.block.attention" in kept:
            module.standing.scores = rows_of(module.standing.scores, torch.tensor(kept[f"{name}.block.attention"]))


def rows_of(layer: nn.Linear, rows: Tensor) -> nn.Linear:
    """The layer with some of its outputs."""
    out = nn.Linear(layer.in_features, len(rows), bias=layer.bias is not None)
    out.weight.copy_(layer.weight[rows])
    if layer.bias is not None:
        out.bias.copy_(layer.bias[rows])
    return out


def columns_of(layer: nn.Linear, columns: Tensor) -> nn.Linear:
    """The layer with some of its inputs."""
    out = nn.Linear(len(columns), layer.out_features)
    out.weight.copy_(layer.weight[:, columns])
    out.bias.copy_(layer.bias)
    return out

"""The text tower's matrices on an eight-bit grid (``rounding``), and the few units that need more than eight bits.

Dynamic quantization gives one scale to all inputs of a matrix. Behind GELU a few of 1,536 units are ten times as large
as the others, which then have a handful of steps. So the largest ones have a small fp32 matrix of their own (T. Dettmers
et al., "LLM.int8()", NeurIPS 2022): the mean cosine to fp32 rises from 0.997 to 0.999, for 50 kB.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn

from .rounding import on_grid
from .student import Block, Student

APART = 16  # units of a block that are multiplied in fp32


class Divided(nn.Module):
    """A linear map whose last inputs have a matrix of their own, ``rest``, that is never quantized."""

    def __init__(self, linear: nn.Linear, apart: int) -> None:
        super().__init__()
        self.kept = linear.in_features - apart
        self.main = nn.Linear(self.kept, linear.out_features)
        self.rest = nn.Linear(apart, linear.out_features, bias=False)
        self.main.weight.copy_(linear.weight[:, : self.kept])
        self.main.bias.copy_(linear.bias)
        self.rest.weight.copy_(linear.weight[:, self.kept :])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.main(x[..., : self.kept]) + self.rest(x[..., self.kept :])


def divide(block: Block, hidden: torch.Tensor) -> None:
    """Reorder the block's hidden units [n, inner] so that the largest come last, and divide ``down`` there."""
    order = hidden.abs().amax(0).argsort()
    block.up.weight.copy_(block.up.weight[order].clone())
    block.up.bias.copy_(block.up.bias[order].clone())
    block.down.weight.copy_(block.down.weight[:, order].clone())
    block.down = Divided(block.down, APART)  # pyright: ignore[reportAttributeAccessIssue]


def seen_by(student: Student, name: str, groups: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs [n, i] and outputs [n, o] of the module ``name`` on token ids, a table [n, t] for each length."""
    rows: list[tuple[torch.Tensor, torch.Tensor]] = []

    def keep(_module: nn.Module, given: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
        rows.append((given[0].flatten(0, -2), out.flatten(0, -2)))

    hook = student.get_submodule(name).register_forward_hook(keep)
    for ids in groups:
        student(ids)
    hook.remove()
    inputs, outputs = zip(*rows, strict=True)
    return torch.cat(inputs), torch.cat(outputs)


@torch.no_grad()
def rounded(student: Student, groups: Sequence[torch.Tensor]) -> Student:
    """A copy of ``student`` whose matrices lie on the grid; ``groups``: token ids [n, t] of calibration sentences."""
    made = copy.deepcopy(student)
    for index, block in enumerate(made.blocks):
        assert isinstance(block, Block)
        divide(block, seen_by(student, f"blocks.{index}.down", groups)[0])
    exact = copy.deepcopy(made)
    for name, linear in made.named_modules():
        if isinstance(linear, nn.Linear) and not name.endswith(".rest"):
            _, wanted = seen_by(exact, name, groups)
            inputs, _ = seen_by(made, name, groups)
            linear.weight.copy_(on_grid(linear.weight, inputs.T @ inputs / len(inputs)))
            linear.bias.add_((wanted - linear(inputs)).mean(0))
    return made.eval()

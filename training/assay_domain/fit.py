"""Fit the detector: a small network over standardized statistics, a few members averaged. All arithmetic of the shipped form is here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

KINDS = ("photograph", "drawing", "screenshot", "noise", "blank")
BOUND = 6.0
"""Standardized statistics are clipped to ±BOUND, so that nothing unheard of decides alone."""


@dataclass(frozen=True)
class Member:
    hidden: np.ndarray  # [width, inputs]
    hidden_bias: np.ndarray
    output: np.ndarray  # [kinds, width]
    output_bias: np.ndarray


@dataclass(frozen=True)
class Detector:
    mean: np.ndarray
    deviation: np.ndarray
    members: tuple[Member, ...]

    def probabilities(self, statistics: np.ndarray) -> np.ndarray:
        """[n, kinds] of [n, inputs]."""
        inputs = np.clip((statistics - self.mean) / self.deviation, -BOUND, BOUND)
        total = np.zeros((len(statistics), len(KINDS)))
        for member in self.members:
            logits = np.maximum(inputs @ member.hidden.T + member.hidden_bias, 0) @ member.output.T + member.output_bias
            odds = np.exp(logits - logits.max(1, keepdims=True))
            total += odds / odds.sum(1, keepdims=True)
        return total / len(self.members)


def fit(statistics: np.ndarray, kinds: np.ndarray, weights: np.ndarray, settings: dict, seed: int) -> Detector:
    """``kinds``: index into KINDS. ``weights``: how much each row counts."""
    mean, deviation = statistics.mean(0), statistics.std(0) + 1e-6
    inputs = torch.tensor(np.clip((statistics - mean) / deviation, -BOUND, BOUND), dtype=torch.float32)
    truth, weight = torch.tensor(kinds), torch.tensor(weights / weights.mean(), dtype=torch.float32)
    members = tuple(fit_member(inputs, truth, weight, settings, seed + at) for at in range(settings["members"]))
    return Detector(rounded(mean), rounded(deviation), members)


def fit_member(inputs: torch.Tensor, truth: torch.Tensor, weight: torch.Tensor, settings: dict, seed: int) -> Member:
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    hidden, output = torch.nn.Linear(inputs.shape[1], settings["hidden"]), torch.nn.Linear(settings["hidden"], len(KINDS))
    parameters = [*hidden.parameters(), *output.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=settings["rate"], weight_decay=settings["decay"])
    steps = settings["epochs"]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        for rows in torch.randperm(len(inputs), generator=generator).split(512):
            batch = inputs[rows]
            batch = batch + settings["jitter"] * torch.randn(batch.shape, generator=generator)
            kept = (torch.rand(len(rows), settings["hidden"], generator=generator) > settings["drop"]).float() / (1 - settings["drop"])
            logits = output(torch.relu(hidden(batch)) * kept)
            losses = torch.nn.functional.cross_entropy(logits, truth[rows], reduction="none", label_smoothing=settings["smoothing"])
            optimizer.zero_grad()
            (losses * weight[rows]).mean().backward()
            optimizer.step()
        schedule.step()
    return Member(*(rounded(one.detach().numpy()) for one in (hidden.weight, hidden.bias, output.weight, output.bias)))


def rounded(values: np.ndarray) -> np.ndarray:
    """To four significant digits, as they are shipped."""
    return np.array([float(f"{value:.4g}") for value in np.asarray(values, float).ravel()]).reshape(values.shape)


def balanced(kinds: np.ndarray, sources: list[str]) -> np.ndarray:
    """Weights: every kind counts the same, and within a kind a source as the square root of its rows."""
    names = np.array(sources)
    weights = np.zeros(len(kinds))
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        _, which, counts = np.unique(names[rows], return_inverse=True, return_counts=True)
        weights[rows] = 1 / np.sqrt(counts[which])
        weights[rows] /= weights[rows].sum()
    return weights

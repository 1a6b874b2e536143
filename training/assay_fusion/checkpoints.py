"""Checkpoints that survive a killed process, and a log that a person can follow."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn


class Log:
    """Lines of JSON in ``<out>/log.jsonl`` and on standard output."""

    def __init__(self, out: Path, name: str) -> None:
        self.file, self.name = out / "log.jsonl", name

    def say(self, **members: object) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        line = json.dumps({"at": now, "stage": self.name, **members})
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
        print(line, flush=True)


def is_finished(out: Path) -> bool:
    log = out / "log.jsonl"
    return log.exists() and '"event": "end"' in log.read_text("utf-8")


def save(
    out: Path, step: int, model: nn.Module, averaged: nn.Module, optimizers: Sequence[torch.optim.Optimizer]
) -> None:
    """Write ``<out>/checkpoint.pt`` whole or not at all."""
    state = {
        "step": step,
        "model": model.state_dict(),
        "averaged": averaged.state_dict(),
        "optimizers": [one.state_dict() for one in optimizers],
    }
    part = out / "checkpoint.part"
    torch.save(state, part)
    os.replace(part, out / "checkpoint.pt")


class Saver:
    """Saves a training every few minutes, and at its last step."""

    def __init__(
        self,
        out: Path,
        last_step: int,
        minutes: float,
        trained: tuple[nn.Module, nn.Module, Sequence[torch.optim.Optimizer]],
    ) -> None:
        self.out, self.last_step, self.seconds, self.trained = out, last_step, minutes * 60, trained
        self.saved = time.monotonic()

    def step(self, step: int) -> None:
        """Save after ``step`` if it is time."""
        if time.monotonic() - self.saved > self.seconds or step == self.last_step:
            save(self.out, step, *self.trained)
            self.saved = time.monotonic()


def resume(out: Path, model: nn.Module, averaged: nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> int:
    """Load the last checkpoint if there is one; its step, else 0."""
    file = out / "checkpoint.pt"
    if not file.exists():
        return 0
    state = torch.load(file, weights_only=True)
    model.load_state_dict(state["model"])
    averaged.load_state_dict(state["averaged"])
    for one, own in zip(optimizers, state["optimizers"], strict=True):
        one.load_state_dict(own)
    return int(state["step"])


def averaged_weights(out: Path) -> dict[str, torch.Tensor]:
    """The weights that ship."""
    return torch.load(out / "checkpoint.pt", weights_only=True)["averaged"]

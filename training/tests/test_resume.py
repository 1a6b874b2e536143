"""A run that is stopped and resumed ends with the same weights as one that was not."""

from __future__ import annotations

from pathlib import Path

import torch

from assay_training import data, train_clip, training_loop
from assay_training.dual_encoder import Config

CONFIG = Config(vocabulary=200, dimensions=16, widths=(8, 8, 8, 8), blocks=(1, 1, 1, 1), text_width=16, text_heads=2)


def trainer(dataset, tokens) -> train_clip.Trainer:
    options = train_clip.Options(out=Path(), steps=6, batch=8, memory=16, threads=1)
    return train_clip.Trainer(options, CONFIG, data.Sampler(dataset, tokens, options.seed))


def test_resume_is_exact(dataset, tokens, tmp_path: Path) -> None:
    straight = trainer(dataset, tokens)
    for _ in range(6):
        straight.train_step()

    first = trainer(dataset, tokens)
    for _ in range(3):
        first.train_step()
    train_clip.save(first.state(), tmp_path / "checkpoint.pt")
    second = trainer(dataset, tokens)
    second.restore(torch.load(tmp_path / "checkpoint.pt", weights_only=True))
    for _ in range(3):
        second.train_step()

    assert second.step == straight.step and second.pairs == straight.pairs
    for name, value in straight.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name


def test_rate_warms_up_and_ends_at_zero() -> None:
    assert training_loop.rate(0.0) < 0.1
    assert training_loop.rate(0.03) == 1.0
    assert training_loop.rate(1.0) < 1e-9

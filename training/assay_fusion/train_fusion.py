"""Train a fusion model on what the worlds say.

    python -m assay_fusion.train_fusion --data <state>/data --out <state>/lxmert --steps 9000

A step has a part of every group of worlds; a part's pictures are graphs made unsure, or what the detector saw of them
(``perceive``) where ``--seen`` names such a folder. Every batch follows from (seed, step). Resumable; one thread. ``terms`` says what is learned.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from assay_training.optimizer import build
from assay_training.training_loop import average_into, descend_once, rate, set_rate

from . import published, texts
from .batches import PART, World
from .blocks import LINEAGES
from .checkpoints import Log, Saver, resume
from .doubts import Doubts
from .examples import load
from .fusion import Config, Fusion, anchor, name_kinds
from .perceived import Perceived
from .terms import Besides, LossOf, Weights, loss_of
from .vocabulary import COLOUR_NAMES, KINDS, MANY


@dataclass(frozen=True)
class Options:
    """One stage."""

    data: Path
    out: Path
    steps: int
    lineage: str = "lxmert"
    seed: int = 20261129
    init: str = ""
    anchored: bool = False  # also where weights are adopted
    seen: str = ""  # folder of ``perceive``
    seen_share: float = 0.6  # of the pictures that have been seen, that are taken as seen
    doubts: str = ""  # folder of ``doubts``
    only_seen: tuple[str, ...] = ()  # worlds of which only pictures that have been seen are shown
    lr: float = 3e-3
    floor: float = 0.0  # share of the learning rate that stays at the end
    parts: tuple[tuple[str, int], ...] = (("scenes", 48), ("boxes", 84), ("statements", 24), ("easy", 4))
    held_out: int = 40  # one example in so many is for validation
    minutes_between_saves: float = 3.0
    minutes_between_validations: float = 5.0
    averaging: float = 0.998  # share of the averaged weights that a step keeps
    weights: Weights = field(default_factory=Weights)


@torch.no_grad()
def validate(model: Fusion, worlds: list[World], count: int = 1200) -> dict[str, float]:
    """Accuracy by world and, in scenes, by kind of answer, on held-out examples."""
    model.eval()
    out: dict[str, float] = {}
    for world in worlds:
        rng = random.Random(1)
        chosen = rng.sample(world.validation, min(count, len(world.validation)))
        rights: dict[str, list[bool]] = defaultdict(list)
        for at in range(0, len(chosen), 200):
            part = chosen[at : at + 200]
            _, right = loss_of(model, world.batch(part, np.random.default_rng(at), 1.0))
            for k, is_right in zip(part, right.tolist(), strict=True):
                rights[world.name].append(is_right)
                rights[world.said[k].form].append(is_right)
        out |= {name: round(float(np.mean(v)), 3) for name, v in sorted(rights.items())}
    model.train()
    return out


def adopt(model: Fusion, weights: dict[str, Tensor]) -> None:
    """Load the weights that fit; heads of another shape start anew."""
    own = model.state_dict()
    model.load_state_dict({name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}, strict=False)


def vocabulary_of(options: Options) -> Path:
    """The tokenizer that the first weights know: made again, its ids come in another order. That of a training is the data's."""
    return (Path(options.init) if options.init and published.is_published(Path(options.init)) else options.data) / "tokenizer.json"


def run(options: Options) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    tokenizer = texts.load(vocabulary_of(options))
    config = Config(lineage=options.lineage, vocabulary=tokenizer.get_vocab_size())
    model, averaged = Fusion(config), Fusion(config)
    if options.init:
        adopt(model, published.known_weights(Path(options.init)))
        if options.anchored:
            anchor(model)
    else:
        name_kinds(model, tokenizer.get_vocab(), [(k, MANY[k]) for k in KINDS], list(COLOUR_NAMES))
        anchor(model)
    train(options, model, averaged, tokenizer, loss_of)


def train(options: Options, model: Fusion, averaged: Fusion, tokenizer: Tokenizer, loss: LossOf) -> None:
    """Train ``model`` from its weights, or go on from the last checkpoint of ``options.out``."""
    averaged.load_state_dict(model.state_dict())
    besides = Besides(model) if options.weights.any() else None
    trained = nn.ModuleDict({"model": model, "besides": besides}) if besides else model
    optimizers = build(trained, options.lr, "muon", 0.01)
    log = Log(options.out, options.out.name)
    step = resume(options.out, trained, averaged, optimizers)
    perceived = Perceived(Path(options.seen)) if options.seen else None
    doubts = Doubts(Path(options.doubts)) if options.doubts else None
    worlds = [World(name, load(options.data, name), tokenizer, perceived, options.held_out, name in options.only_seen, doubts) for name, _ in options.parts]
    log.say(event="start", step=step, steps=options.steps, parameters=sum(p.numel() for p in model.parameters()))
    saver = Saver(options.out, options.steps, options.minutes_between_saves, (trained, averaged, optimizers))
    said = time.monotonic()
    losses: dict[str, list[float]] = defaultdict(list)
    while step < options.steps:
        set_rate(optimizers, options.lr * max(options.floor, rate(step / options.steps)))
        rng, noise = random.Random(f"{options.seed}/{step}"), np.random.default_rng((options.seed, step))
        hiding = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        total = torch.zeros(())
        whole = sum(count for _, count in options.parts)
        for world, (name, count) in zip(worlds, options.parts, strict=True):
            for batch in world.parts(world.draw(rng, count), noise, options.seen_share, PART):
                own, right = loss(model, batch)
                if besides:
                    more = besides(model, batch, options.weights, hiding)
                    losses["besides"].append(more.item())
                    own = own + more
                total = total + own * (len(right) / whole)
                losses[name].append(own.item())
                losses[f"{name} right"].append(right.float().mean().item())
        descend_once(trained, optimizers, total)
        step += 1
        average_into(averaged, model, step, options.averaging)
        if step % 25 == 0:
            log.say(step=step, **{name: round(float(np.mean(v)), 3) for name, v in losses.items()})
            losses.clear()
        if time.monotonic() - said > options.minutes_between_validations * 60 or step == options.steps:
            log.say(step=step, validation=validate(averaged, worlds))
            said = time.monotonic()
        saver.step(step)
    log.say(event="end", step=step)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--lineage", choices=LINEAGES, default="lxmert")
    parser.add_argument("--init", default="")
    parser.add_argument("--anchored", action="store_true")
    parser.add_argument("--seen", default="")
    parser.add_argument("--doubts", default="")
    parser.add_argument("--lr", type=float, default=Options.lr)
    parser.add_argument("--seen-share", type=float, default=0.6)
    parser.add_argument("--only-seen", nargs="+", default=(), help="worlds of which only pictures that were looked at are shown")
    parser.add_argument("--averaging", type=float, default=Options.averaging)
    parser.add_argument("--minutes-between-validations", type=float, default=Options.minutes_between_validations)
    parser.add_argument("--parts", nargs="+", default=[f"{name}={count}" for name, count in Options.parts], help="examples of each world in a step")
    for term in ("mlm", "classification", "contrastive"):
        parser.add_argument(f"--{term}", type=float, default=0.0, help="weight of this term (terms.py)")
    arguments = vars(parser.parse_args())
    weights = Weights(*(arguments.pop(term) for term in ("mlm", "classification", "contrastive")))
    only_seen = tuple(arguments.pop("only_seen"))
    parts = tuple((name, int(count)) for name, count in (part.split("=") for part in arguments.pop("parts")))
    run(Options(**arguments, only_seen=only_seen, parts=parts, weights=weights))


if __name__ == "__main__":
    main()

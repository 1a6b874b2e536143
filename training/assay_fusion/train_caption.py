"""Train the captioner on scenes of the training split.

    python -m assay_fusion.train_caption --data <state>/data --seen <state>/seen --out <state>/caption --steps 1500

Every batch follows from (seed, step). Resumable; one thread.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scenes.captions import captions
from scenes.graph import Scene
from torch import Tensor

from assay_training.optimizer import build
from assay_training.training_loop import average_into, descend_once, rate, set_rate

from . import texts
from .caption import LONGEST, CaptionConfig, Captioner, name_things
from .checkpoints import Log, Saver, resume
from .examples import Examples, load
from .perceived import Perceived
from .things import WIDTH, blurred, symbolic
from .vocabulary import COLOUR_NAMES, KINDS, MANY

FIRST = 0.6  # of the draws: the caption that every scene has, so that a search has one clear best


@dataclass(frozen=True)
class Options:
    """One stage."""

    data: Path
    out: Path
    steps: int
    seed: int = 20261129
    seen: str = ""
    seen_share: float = 0.7
    lr: float = 3e-3
    batch: int = 96
    held_out: int = 40
    minutes_between_saves: float = 2.0


class Captions:
    """Scenes with their captions as tokens."""

    def __init__(self, examples: Examples, tokenizer, perceived: Perceived | None, held_out: int) -> None:
        self.seen, self.tokenizer, self.perceived = examples.seen, tokenizer, perceived
        self.validation = [k for k in range(len(self.seen)) if k // 4 % held_out == 0]
        self.training = [k for k in range(len(self.seen)) if k // 4 % held_out]
        self.looked = 0 if perceived is None else len(perceived.worlds["scenes"][1]) - 1

    def example(self, index: int, rng: random.Random, noise: np.random.Generator, share: float) -> tuple[np.ndarray, list[int]]:
        scene = self.seen[index].source
        assert isinstance(scene, Scene)
        own = captions(index, scene)
        text = own[0] if rng.random() < FIRST else rng.choice(own)
        ids = self.tokenizer.encode(text).ids[: LONGEST + 1]
        rows = self.perceived.rows("scenes", index) if self.perceived is not None and rng.random() < share else None
        if rows is None:
            picture = self.seen[index]
            rows = blurred(symbolic(picture.items, picture.ground, picture.size), noise)
        return rows, ids

    def batch(self, chosen: list[int], rng: random.Random, noise: np.random.Generator, share: float) -> tuple[Tensor, Tensor]:
        made = [self.example(k, rng, noise, share) for k in chosen]
        things = np.zeros((len(made), max(len(rows) for rows, _ in made), WIDTH), np.float32)
        ids = np.zeros((len(made), max(len(own) for _, own in made)), np.int64)
        for at, (rows, own) in enumerate(made):
            things[at, : len(rows)], ids[at, : len(own)] = rows, own
        return torch.from_numpy(things), torch.from_numpy(ids)


def said_of(examples: Examples, most: int = 12_000) -> list[str]:
    """Captions of the first scenes: their words are all that the captioner can say."""
    return sorted({text for k, one in enumerate(examples.seen[:most]) if isinstance(one.source, Scene) for text in captions(k, one.source)})


def loss_of(model: Captioner, things: Tensor, ids: Tensor) -> Tensor:
    """Mean cross-entropy of a token."""
    logits = model(things, ids[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=0)


def run(options: Options) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    scenes = load(options.data, "scenes")
    if not (options.out / "tokenizer.json").exists():
        texts.learn(said_of(scenes)).save(str(options.out / "tokenizer.json"))
    tokenizer = texts.load(options.out / "tokenizer.json")
    config = CaptionConfig(vocabulary=tokenizer.get_vocab_size())
    model, averaged = Captioner(config), Captioner(config)
    name_things(model, tokenizer.get_vocab(), [(k, MANY[k]) for k in KINDS], list(COLOUR_NAMES))
    averaged.load_state_dict(model.state_dict())
    optimizers = build(model, options.lr, "muon", 0.01)
    log = Log(options.out, options.out.name)
    step = resume(options.out, model, averaged, optimizers)
    perceived = Perceived(Path(options.seen)) if options.seen else None
    world = Captions(scenes, tokenizer, perceived, options.held_out)
    log.say(event="start", step=step, steps=options.steps, parameters=sum(p.numel() for p in model.parameters()))
    saver = Saver(options.out, options.steps, options.minutes_between_saves, (model, averaged, optimizers))
    losses: list[float] = []
    while step < options.steps:
        set_rate(optimizers, options.lr * rate(step / options.steps))
        rng, noise = random.Random(f"{options.seed}/{step}"), np.random.default_rng((options.seed, step))
        pool = [k for k in world.training if k < world.looked] if world.looked and rng.random() < options.seen_share else world.training
        loss = loss_of(model, *world.batch(rng.choices(pool, k=options.batch), rng, noise, 0.9))
        descend_once(model, optimizers, loss)
        step += 1
        average_into(averaged, model, step, 0.995)
        losses.append(loss.item())
        if step % 50 == 0 or step == options.steps:
            with torch.no_grad():
                held = loss_of(averaged, *world.batch(world.validation[:200], random.Random(1), np.random.default_rng(1), 1.0)).item()
            log.say(step=step, loss=round(float(np.mean(losses)), 4), held_out=round(held, 4))
            losses.clear()
        saver.step(step)
    log.say(event="end", step=step)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seen", default="")
    arguments = parser.parse_args()
    run(Options(**vars(arguments)))


if __name__ == "__main__":
    main()

"""Train a fusion model on what the worlds say.

    python -m assay_fusion.train_fusion --data <state>/data --out <state>/lxmert --steps 9000

A step has a part of every group of worlds; a part's pictures are graphs made unsure, or what the detector saw of them
(``perceive``) where ``--seen`` names such a folder. Every batch follows from (seed, step). Resumable; one thread.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from assay_training.optimizer import build
from assay_training.training_loop import average_into, descend_once, rate, set_rate

from . import texts
from .blocks import LINEAGES
from .checkpoints import Log, averaged_weights, resume, save
from .examples import ANSWER, MATCH, TRUTH, Example, Examples, load
from .fusion import COUNTS, Config, Fusion, all_logits, anchor, name_kinds
from .perceived import Perceived
from .things import BOX, WHICH, WIDTH, blurred, symbolic
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
    lr: float = 2e-3
    floor: float = 0.0  # share of the learning rate that stays at the end
    parts: tuple[tuple[str, int], ...] = (("scenes", 64), ("boxes", 112), ("statements", 24), ("easy", 4))
    held_out: int = 40  # one example in so many is for validation
    minutes_between_saves: float = 3.0


@dataclass(frozen=True)
class Batch:
    things: Tensor
    ids: Tensor
    heads: Tensor
    targets: Tensor
    counts: Tensor


class World:
    """Examples of one world, drawn form by form."""

    def __init__(self, name: str, examples: Examples, tokenizer, perceived: Perceived | None, held_out: int) -> None:
        self.name, self.seen, self.perceived = name, examples.seen, perceived
        self.kept: dict[int, np.ndarray] = {}
        texts_once = list({one.text: None for one in examples.said})
        encoded = dict(zip(texts_once, (e.ids for e in tokenizer.encode_batch(texts_once)), strict=True))
        self.ids = [encoded[one.text] for one in examples.said]
        self.said = examples.said
        # Whole pairs and sets of pictures are kept apart: 4 divides where they begin.
        self.validation = [k for k, one in enumerate(self.said) if one.pictures[0] // 4 % held_out == 0]
        forms: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for k, one in enumerate(self.said):
            if one.pictures[0] // 4 % held_out:
                forms[one.form][one.target].append(k)
        # A form comes up as often as the fourth root of its number, an answer as the square root of its number.
        self.forms = [(list(by.values()), [len(v) ** 0.5 for v in by.values()]) for by in forms.values()]
        power = 1.0 if name == "boxes" else 0.35
        self.weights = [sum(len(v) for v in by.values()) ** power for by in forms.values()]

    def draw(self, rng: random.Random, count: int) -> list[int]:
        out = []
        for lists, weights in rng.choices(self.forms, self.weights, k=count):
            out.append(rng.choice(rng.choices(lists, weights)[0]))
        return out

    def rows(self, example: Example, rng: np.random.Generator, share: float) -> np.ndarray:
        parts = []
        for which, index in enumerate(example.pictures):
            rows = None
            if self.perceived is not None and rng.random() < share:
                rows = self.perceived.rows(self.name, index)
            if rows is None:
                rows = blurred(self.clean(index), rng)
                if self.name == "boxes":
                    permute(rows, rng)
            if which:
                rows = rows.copy()
                rows[:, WHICH] = which
            parts.append(rows)
        return np.concatenate(parts)

    def clean(self, index: int) -> np.ndarray:
        """The picture's graph as rows, kept in few bytes."""
        kept = self.kept.get(index)
        if kept is None:
            seen = self.seen[index]
            kept = self.kept[index] = symbolic(seen.items, seen.ground, seen.size).astype(np.float16)
            if len(self.kept) > MOST_KEPT:
                self.kept.pop(next(iter(self.kept)))
        return kept.astype(np.float32)

    def parts(self, chosen: list[int], rng: np.random.Generator, share: float, size: int) -> list[Batch]:
        """The examples in batches of ``size``, like lengths together, so that little is padded."""
        def length(k: int) -> int:
            return len(self.ids[k]) + sum(len(self.seen[p].items) for p in self.said[k].pictures)

        ordered = sorted(chosen, key=length)
        return [self.batch(ordered[at : at + size], rng, share) for at in range(0, len(ordered), size)]

    def batch(self, chosen: list[int], rng: np.random.Generator, share: float) -> Batch:
        rows = [self.rows(self.said[k], rng, share) for k in chosen]
        things = np.zeros((len(rows), max(map(len, rows)), WIDTH), np.float32)
        length = max(len(self.ids[k]) for k in chosen)
        ids = np.zeros((len(rows), length), np.int64)
        for at, (own, k) in enumerate(zip(rows, chosen, strict=True)):
            things[at, : len(own)] = own
            ids[at, : len(self.ids[k])] = self.ids[k]
        heads = torch.tensor([self.said[k].head for k in chosen])
        targets = torch.tensor([self.said[k].target for k in chosen])
        counts = torch.tensor([min(self.said[k].count, COUNTS - 1) for k in chosen])
        return Batch(torch.from_numpy(things), torch.from_numpy(ids), heads, targets, counts)


PART = 56  # examples of a forward pass
MOST_KEPT = 60_000  # pictures whose rows stay in memory
ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


def permute(rows: np.ndarray, rng: np.random.Generator) -> None:
    """Put the three boxes into any order, in place."""
    order = np.array(ORDERS[rng.integers(6)])
    place = np.clip(np.floor(rows[1:, BOX.start] / 1.5 + 0.05), 0, 2).astype(int)
    shift = (order[place] - place) * 1.5
    rows[1:, BOX.start] += shift
    rows[1:, BOX.start + 2] += shift


def loss_of(model: Fusion, batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean loss, and which examples are right."""
    (answer, truth, match), counts = all_logits(model, batch.things, batch.ids)
    loss = answer.new_zeros(())
    right = torch.zeros(len(batch.targets), dtype=torch.bool)
    for head, logits in ((ANSWER, answer), (TRUTH, truth), (MATCH, match)):
        own = batch.heads == head
        if not bool(own.any()):
            continue
        targets = batch.targets[own]
        if head == ANSWER:
            loss = loss + F.cross_entropy(logits[own], targets, reduction="sum")
            right[own] = logits[own].argmax(1) == targets
        else:
            said = logits[own, 0]
            loss = loss + F.binary_cross_entropy_with_logits(said, targets.float(), reduction="sum")
            right[own] = (said > 0) == targets.bool()
    if bool((batch.counts >= 0).any()):
        loss = loss + 0.5 * F.cross_entropy(counts, batch.counts, ignore_index=-1, reduction="sum")
    return loss / len(batch.targets), right


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


def run(options: Options) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    tokenizer = texts.load(options.data / "tokenizer.json")
    config = Config(lineage=options.lineage, vocabulary=tokenizer.get_vocab_size())
    model, averaged = Fusion(config), Fusion(config)
    if options.init:
        adopt(model, averaged_weights(Path(options.init)))
        if options.anchored:
            anchor(model)
    else:
        name_kinds(model, tokenizer.get_vocab(), [(k, MANY[k]) for k in KINDS], list(COLOUR_NAMES))
        anchor(model)
    averaged.load_state_dict(model.state_dict())
    optimizers = build(model, options.lr, "muon", 0.01)
    log = Log(options.out, options.out.name)
    step = resume(options.out, model, averaged, optimizers)
    perceived = Perceived(Path(options.seen)) if options.seen else None
    worlds = [World(name, load(options.data, name), tokenizer, perceived, options.held_out) for name, _ in options.parts]
    log.say(event="start", step=step, steps=options.steps, parameters=sum(p.numel() for p in model.parameters()))
    saved = said = time.monotonic()
    losses: dict[str, list[float]] = defaultdict(list)
    while step < options.steps:
        set_rate(optimizers, options.lr * max(options.floor, rate(step / options.steps)))
        rng, noise = random.Random(f"{options.seed}/{step}"), np.random.default_rng((options.seed, step))
        total = torch.zeros(())
        whole = sum(count for _, count in options.parts)
        for world, (name, count) in zip(worlds, options.parts, strict=True):
            for batch in world.parts(world.draw(rng, count), noise, options.seen_share, PART):
                loss, right = loss_of(model, batch)
                total = total + loss * (len(right) / whole)
                losses[name].append(loss.item())
                losses[f"{name} right"].append(right.float().mean().item())
        descend_once(model, optimizers, total)
        step += 1
        average_into(averaged, model, step, 0.998)
        if step % 25 == 0:
            log.say(step=step, **{name: round(float(np.mean(v)), 3) for name, v in losses.items()})
            losses.clear()
        if time.monotonic() - said > 300 or step == options.steps:
            log.say(step=step, validation=validate(averaged, worlds))
            said = time.monotonic()
        if time.monotonic() - saved > options.minutes_between_saves * 60 or step == options.steps:
            save(options.out, step, model, averaged, optimizers)
            saved = time.monotonic()
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
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seen-share", type=float, default=0.6)
    arguments = parser.parse_args()
    run(Options(**vars(arguments)))


if __name__ == "__main__":
    main()

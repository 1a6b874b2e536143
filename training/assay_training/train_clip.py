"""Train assay-clip.

    python -m assay_training.train_clip --minutes 95 --out <state>/assay-clip

The learning rate follows training time, not steps: it reaches zero when the minutes are used up,
whatever else the machine does. Killed and started again with the same command, it continues from the
last checkpoint (SIGTERM saves one first); time not spent training does not count. With ``--steps`` the schedule follows steps
and a run is reproducible bit for bit on one machine (used by the tests).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from . import data, optimizer, paths, tokenizer, words
from .captions import corpus
from .dual_encoder import Config, DualEncoder
from .objectives import Pairs, supcon
from .training_loop import average_into, descend_once, rate, set_rate


@dataclass
class Options:
    """One run. ``minutes`` or ``steps`` ends it."""

    out: Path
    minutes: float = 95.0
    steps: int = 0
    seed: int = 20261124
    batch: int = 192  # small on purpose: in a run this short, the number of steps is what counts
    lr: float = 2e-3
    weight_decay: float = 0.05
    optimizer: str = "muon"
    average: float = 0.999  # decay of the weight average, warmed up
    memory: int = 2048  # image embeddings of past steps kept as extra negatives (and twice as many texts)
    small_until: float = 0.45  # share of the run at 48 pixels, which costs half of 64
    small_size: int = 48
    save_minutes: float = 3.0
    evaluate_minutes: float = 6.0
    threads: int = 2
    prefetch: int = 1  # 1: the next batch is made in a process of its own
    clip: float = 6.0  # bound of the image tower's activations (see dual_encoder.Activation)
    max_scale: float = 50.0  # bound of the logit scale (see dual_encoder.Config)
    words: int = 1  # 1: word vectors under the tokens (see words.py)
    word_drop: float = 0.3  # share of the tokens with a vector that must do without their learned row
    init: str = ""  # a checkpoint whose averaged weights are the start, with its tokenizer; empty: from nothing
    device: str = "cpu"


class Memory:
    """Embeddings of the last steps (Wang et al. 2020, cross-batch memory): more negatives at no cost."""

    def __init__(self, size: int, dimensions: int, device: torch.device | str) -> None:
        self.size = size
        self.embeddings = torch.zeros(0, dimensions, device=device)
        self.concepts = torch.zeros(0, dtype=torch.long, device=device)

    def push(self, embeddings: Tensor, concepts: Tensor) -> None:
        self.embeddings = torch.cat([embeddings.detach(), self.embeddings])[: self.size]
        self.concepts = torch.cat([concepts, self.concepts])[: self.size]

    def state(self) -> dict[str, Tensor]:
        return {"embeddings": self.embeddings.clone(), "concepts": self.concepts.clone()}

    def restore(self, state: dict[str, Tensor]) -> None:
        device = self.embeddings.device
        self.embeddings, self.concepts = state["embeddings"].to(device), state["concepts"].to(device)


def embed_captions(model: DualEncoder, ids: list[list[int]], device: torch.device | str) -> Tensor:
    """n lists of token ids, unpadded -> [n, d] of unit length, in the same order."""
    chunks = data.padded_chunks(ids)
    rows = torch.cat([row for row, _ in chunks]).to(device)
    embedded = torch.cat([model.embed_texts(part.to(device), padded=True) for _, part in chunks])
    return torch.empty_like(embedded).index_copy(0, rows, embedded)


class Trainer:
    """Everything that a checkpoint holds, and one step of it."""

    def __init__(self, options: Options, config: Config, sampler: data.Sampler | data.Prefetch) -> None:
        torch.manual_seed(options.seed)
        self.options, self.sampler = options, sampler
        self.device = torch.device(options.device)
        self.model = DualEncoder(config).on(self.device)
        self.averaged = DualEncoder(config).on(self.device).eval()
        self.averaged.load_state_dict(self.model.state_dict())
        self.model.text.word_drop = options.word_drop
        self.optimizers = optimizer.build(self.model, options.lr, options.optimizer, options.weight_decay)
        self.images = Memory(options.memory, config.dimensions, self.device)
        self.texts = Memory(2 * options.memory, config.dimensions, self.device)
        self.step, self.seconds, self.pairs = 0, 0.0, 0

    def progress(self) -> float:
        if self.options.steps:
            return self.step / self.options.steps
        return self.seconds / (60 * self.options.minutes)

    def train_step(self) -> float:
        options, progress = self.options, self.progress()
        began = time.monotonic()
        set_rate(self.optimizers, options.lr * rate(progress))
        size = options.small_size if progress < options.small_until else 64
        batch = self.sampler.batch(self.step, options.batch, size)
        concepts = batch.concepts.to(self.device)
        images = self.model.embed_images(batch.pixels.to(self.device))
        texts = embed_captions(self.model, batch.ids, self.device)
        pairs = Pairs(
            images, texts, concepts, self.images.embeddings, self.images.concepts, self.texts.embeddings, self.texts.concepts,
            self.model.scale(),
        )
        loss = supcon(pairs)
        descend_once(self.model, self.optimizers, loss)
        if progress > 0.12:  # before that the towers change so fast that old embeddings mislead
            self.images.push(images, concepts)
            self.texts.push(texts, pairs.text_concepts)
        self.step += 1
        self.pairs += options.batch
        average_into(self.averaged, self.model, self.step, options.average)
        self.seconds += time.monotonic() - began
        return float(loss.detach())

    def state(self) -> dict[str, object]:
        return {
            "options": {**asdict(self.options), "out": str(self.options.out)},
            "config": asdict(self.model.config),
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizers": [each.state_dict() for each in self.optimizers],
            "images": self.images.state(),
            "texts": self.texts.state(),
            "step": self.step,
            "seconds": self.seconds,
            "pairs": self.pairs,
        }

    def restore(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        for each, saved in zip(self.optimizers, state["optimizers"], strict=True):
            each.load_state_dict(saved)
        self.images.restore(state["images"])
        self.texts.restore(state["texts"])
        self.step, self.seconds, self.pairs = state["step"], state["seconds"], state["pairs"]


def start_from(trainer: Trainer, checkpoint: Path, table: np.ndarray | None) -> None:
    """Begin at another run's averaged weights: a further stage, with a learning rate schedule of its own."""
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)["averaged"]
    if table is not None and "text.words" not in weights:
        weights = words.graft(weights, trainer.model.config.vocabulary, table)
    elif table is not None:
        weights = words.promote(weights, trainer.model.config.vocabulary, table)
    trainer.model.load_state_dict(weights)
    trainer.averaged.load_state_dict(weights)


@torch.no_grad()
def validate(model: DualEncoder, dataset: data.Dataset, tokens: Tokenizer) -> dict[str, float]:
    """Text -> image on the validation drawings (one per concept), in percent. Never on a test split."""
    by_concept = {dataset.drawings[index].concept: index for index in dataset.indices("val")}
    indices = sorted(by_concept.values())
    device = next(model.parameters()).device
    pixels = data.evaluation_pixels(dataset, indices).to(device, memory_format=torch.channels_last)
    images = torch.cat([model.embed_images(part) for part in pixels.split(128)])
    out: dict[str, float] = {"gallery": len(indices)}
    for language in ("label", "label_zh"):
        ids = [e.ids for e in tokens.encode_batch([getattr(dataset.drawings[i], language) for i in indices])]
        texts = torch.cat([model.embed_texts(torch.tensor([one], device=device)) for one in ids])
        scores = texts @ images.t()
        ranks = (scores > scores.diagonal()[:, None]).sum(1)
        for k in (1, 10):
            out[f"{language}_r{k}"] = round(100 * float((ranks < k).float().mean()), 1)
    return out


def save(state: dict[str, object], file: Path) -> None:
    """Write whole or not at all."""
    temporary = file.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, file)


def prepare_tokens(dataset: data.Dataset, options: Options) -> tuple[Tokenizer, int]:
    """The run's tokenizer, and how many of its tokens have a learned row.

    The tokenizer is the earlier stage's, or learned once from the training split, then extended by words that have a
    vector; kept beside the checkpoint.
    """
    file = options.out / "tokenizer.json"
    rows_file = options.out / "learned_rows.json"
    if not file.exists():
        lines = corpus([dataset.drawings[index] for index in dataset.indices("train")])
        earlier = Path(options.init).parent if options.init else None
        if earlier is None:
            tokenizer.train(lines).save(str(file))
        else:
            shutil.copyfile(earlier / "tokenizer.json", file)
        rows = tokenizer.load(file).get_vocab_size()
        if dataset.scenes:
            lines += [line for said in dataset.scenes.english for line in said]
        said = words.said_words(lines)
        if earlier and (earlier / rows_file.name).exists():
            rows = json.loads((earlier / rows_file.name).read_text())
            further = words.promoted(tokenizer.load(file).get_vocab(), rows, said)
            words.renumber(file, file, rows, further)
            rows += len(further)
        elif options.words:
            learned, further = words.kept_words(set(tokenizer.load(file).get_vocab()), said)
            words.extend(file, file, [*learned, *further])
            rows += len(learned) + 1  # the last is shared by the further words
        rows_file.write_text(json.dumps(rows))
    return tokenizer.load(file), json.loads(rows_file.read_text())


def run(options: Options) -> Trainer:
    """Train until the time or the steps are used up, resuming if a checkpoint is there."""
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    dataset = data.load()
    tokens, rows = prepare_tokens(dataset, options)
    count = tokens.get_vocab_size() if options.words else 0
    config = Config(vocabulary=rows, words=count, clip=options.clip, max_scale=options.max_scale)
    if options.prefetch:
        sampler: data.Sampler | data.Prefetch = data.Prefetch(options.out / "tokenizer.json", options.seed)
    else:
        sampler = data.Sampler(dataset, tokens, options.seed)
    trainer = Trainer(options, config, sampler)
    table = words.vectors(tokens.get_vocab()) if options.words else None
    checkpoint = options.out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.restore(torch.load(checkpoint, map_location=options.device, weights_only=True))
    elif options.init:
        start_from(trainer, Path(options.init), table)
    elif table is not None:
        for model in (trainer.model, trainer.averaged):
            model.text.words.copy_(torch.from_numpy(table))
    log = (options.out / "log.jsonl").open("a", encoding="utf-8")

    def report(**row: object) -> None:
        line = {"at": time.strftime("%H:%M:%S"), "step": trainer.step, "minutes": round(trainer.seconds / 60, 2),
                "pairs": trainer.pairs, **row}
        print(json.dumps(line), file=log, flush=True)

    report(event="start", cpu=platform.processor() or platform.machine(), torch=torch.__version__,
           parameters=sum(p.numel() for p in trainer.model.parameters()),
           train=len(dataset.indices("train")), vocabulary=count or rows, learned_rows=rows)
    saved = evaluated = trainer.seconds
    losses: list[float] = []
    stopping: list[int] = []
    previous = signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    while trainer.progress() < 1 and not stopping:
        losses.append(trainer.train_step())
        if not np.isfinite(losses[-1]):
            raise FloatingPointError(f"loss is {losses[-1]} at step {trainer.step}")
        if trainer.step % 50 == 0:
            report(loss=round(float(np.mean(losses)), 4), scale=round(float(trainer.model.scale().detach()), 2),
                   lr=round(options.lr * rate(trainer.progress()), 6))
            losses = []
        if trainer.seconds - saved > 60 * options.save_minutes:
            save(trainer.state(), checkpoint)
            saved = trainer.seconds
        if trainer.seconds - evaluated > 60 * options.evaluate_minutes:
            report(validation=validate(trainer.averaged, dataset, tokens))
            evaluated = trainer.seconds
    signal.signal(signal.SIGTERM, previous)
    if isinstance(trainer.sampler, data.Prefetch):
        trainer.sampler.close()
    save(trainer.state(), checkpoint)
    if stopping:  # the same command continues from here
        report(event="stopped")
        return trainer
    report(event="end", validation=validate(trainer.averaged, dataset, tokens))
    return trainer


def parse() -> Options:
    parser = argparse.ArgumentParser(description=__doc__)
    defaults = Options(out=paths.STATE / "assay-clip")
    for name, value in asdict(defaults).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value) if name != "out" else Path, default=value)
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    run(parse())

"""Compare contrastive objectives and image-tower pre-training at equal cost.

    python -m assay_training.compare --seconds 200             # rows that are done are skipped
    python -m assay_training.compare --write                   # -> training/results/comparison.json
    python -m assay_training.compare --table                   # the Markdown of docs/measurements/training-comparison.md

Every row starts from the same weights, sees the same batches in the same order and has ``--seconds`` of CPU time to spend, pre-training
included. What a step of each kind costs is measured first, the kinds in turns (``time.process_time`` on one thread, median; on CUDA, wall
time), and kept in ``costs.json``: a row then has as many steps as its seconds buy at that price. So a busy neighbour in the middle of a row
takes nothing from it, and a row done again in the same folder is the same bit for bit. Making batches is paid by no row: they are made once and
kept under ``--out``. A row that was killed starts again.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from . import augment, comparison, data, optimizer, paths, pretrain, splits, tokenizer
from .captions import corpus
from .catalogue import EMOJI
from .dual_encoder import Config, DualEncoder
from .objectives import OBJECTIVES, Pairs
from .train_clip import Memory, embed_captions
from .training_loop import average_into, descend_once, rate, reestimate_norms, set_rate

NORM_BATCHES = 16  # the first training batches re-estimate the batch statistics
LEAST_TRAINED = 3  # a concept gives a drawing to the gallery only if this many were trained


@dataclass(frozen=True)
class Row:
    """One way to spend the budget."""

    name: str
    objective: str = "supcon"
    memory: bool = False
    pretraining: str = ""
    seed: int = 0  # added to the run's
    part: float = 1.0  # of the seconds: less only to see what the contrastive steps of a pre-trained row do alone


REFERENCE = "supcon"
ROWS = (  # the most wanted first
    Row(REFERENCE),
    Row("SimCLR, then supcon", pretraining="simclr"),
    Row("MoCo, then supcon", pretraining="moco"),
    Row("supervised, then supcon", pretraining="supervised"),
    Row("supcon + memory", memory=True),
    Row("clip", "clip"),
    Row("clip + memory", "clip", memory=True),
    Row("supcon, 60 % of the seconds", part=0.6),
    Row("supcon, another seed", seed=1),
    Row("clip_masked + memory", "clip_masked", memory=True),
    Row("clip_masked", "clip_masked"),
    Row("siglip", "siglip"),
)


@dataclass(frozen=True)
class Options:
    """What all rows share."""

    out: Path
    seconds: float = 200.0
    pretraining_share: float = 0.4
    seed: int = 20261124
    batch: int = 192
    image_size: int = 32
    lr: float = 2e-3
    weight_decay: float = 0.05
    average: float = 0.999
    memory: int = 2048
    # train_clip's 0.12 is step 250 of its run. Here it would be step 32, when old embeddings still mislead: tried at 300 s,
    # ``supcon`` with the memory from step 32 on was still at chance at the end.
    memory_after: float = 0.5
    device: str = "cpu"


def clock(device: str) -> float:
    """Seconds that training is charged for."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.monotonic()


def descend(
    module: nn.Module,
    loss: Callable[[int, float], Callable[[], Tensor]],
    steps: int,
    options: Options,
    after: Callable[[int], None] = lambda step: None,
) -> Iterator[float]:
    """Train; yields each step's cost in seconds. The learning rate warms up, then follows a cosine to 0 at the last step.

    ``loss(step, progress)`` fetches a batch, free of charge, and gives what computes its loss, which is charged.
    """
    optimizers = optimizer.build(module, options.lr, "muon", options.weight_decay)
    module.train()
    for step in range(steps):
        progress = step / steps
        forward = loss(step, progress)
        began = clock(options.device)
        set_rate(optimizers, options.lr * rate(progress))
        value = forward()
        descend_once(module, optimizers, value)
        after(step + 1)
        cost = clock(options.device) - began
        if not math.isfinite(value.item()):
            raise FloatingPointError(f"loss is {value.item()} at step {step}")
        yield cost


def take_out(dataset: data.Dataset) -> tuple[data.Dataset, list[int], list[int]]:
    """The data set to train on, and two galleries of coloured emoji without flags, one drawing a concept.

    The first is every validation drawing. The second adds one drawing of every other emoji concept that has at least
    ``LEAST_TRAINED`` of training vendors; these drawings leave the training split. No test split is touched. Scenes
    are left out: they are pasted together from drawings.
    """
    by_concept: dict[str, list[int]] = {}
    for index in dataset.indices("train"):
        drawing = dataset.drawings[index]
        if drawing.kind == EMOJI and not drawing.mono and not drawing.flag:
            by_concept.setdefault(drawing.concept, []).append(index)
    small = {dataset.drawings[index].concept: index for index in dataset.indices("val")}
    taken = {
        concept: min(indices, key=lambda index: splits.rank("compare", dataset.drawings[index].id))
        for concept, indices in by_concept.items()
        if concept not in small and len(indices) >= LEAST_TRAINED
    }
    split = list(dataset.split)
    for index in taken.values():
        split[index] = "taken_out"
    return replace(dataset, split=split, scenes=None), sorted(small.values()), sorted([*small.values(), *taken.values()])


class Batches:
    """Batches by number, made once and kept: pixels as bytes, so that every row reads the very same."""

    def __init__(self, folder: Path, make: Callable[[int], dict[str, object]]) -> None:
        self.folder, self.make = folder, make
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, number: int) -> dict:
        file = self.folder / f"{number}.pt"
        if not file.exists():
            made = {
                key: ((value * 127.5) + 127.5).round().byte() if torch.is_tensor(value) and value.is_floating_point() else value
                for key, value in self.make(number).items()
            }
            torch.save(made, file.with_suffix(".tmp"))
            os.replace(file.with_suffix(".tmp"), file)
        return torch.load(file, weights_only=True)


def pixels(stored: Tensor, device: str) -> Tensor:
    """Bytes -> -1..1, channels last."""
    return stored.to(device).float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)


@dataclass
class Material:
    """Everything a row reads: the galleries, the tokenizer and three streams of batches."""

    dataset: data.Dataset
    small: list[int]
    large: list[int]
    tokens: Tokenizer
    config: Config
    pairs: Batches
    views: Batches
    labelled: Batches
    concepts: Tensor


def prepare(options: Options, dataset: data.Dataset, seed: int, config: Config) -> Material:
    """``config`` as published, but for the vocabulary."""
    dataset, small, large = take_out(dataset)
    file = options.out / "tokenizer.json"
    if not file.exists():
        tokenizer.train(corpus([dataset.drawings[index] for index in dataset.indices("train")])).save(str(file))
    tokens = tokenizer.load(file)
    folder = options.out / "batches" / f"{seed}-{options.batch}-{options.image_size}"
    restricted, concepts = pretrain.labelled(dataset)
    sampler, labels = data.Sampler(dataset, tokens, seed, plain=True), data.Sampler(restricted, tokens, seed, plain=True)
    viewer = pretrain.ViewSampler(dataset, tokens, seed)

    def pair(number: int) -> dict[str, object]:
        batch = sampler.batch(number, options.batch, options.image_size)
        return {"pixels": batch.pixels, "ids": batch.ids, "concepts": batch.concepts}

    def view(number: int) -> dict[str, object]:
        return dict(zip(("first", "second"), viewer.views(number, options.batch, options.image_size), strict=True))

    def label(number: int) -> dict[str, object]:
        batch = labels.batch(number, options.batch, options.image_size)
        return {"pixels": batch.pixels, "concepts": batch.concepts}

    return Material(
        dataset, small, large, tokens, replace(config, vocabulary=tokens.get_vocab_size()),
        Batches(folder / "pairs", pair), Batches(folder / "views", view), Batches(folder / "labelled", label), concepts,
    )


def pretrain_trunk(model: DualEncoder, kind: str, material: Material, steps: int, options: Options) -> Iterator[float]:
    """Train ``model.image.trunk``; yields each step's cost."""
    device = options.device
    if kind == "supervised":
        supervised = pretrain.Supervised(model.image, material.concepts).to(device)

        def classify(step: int, _: float) -> Callable[[], Tensor]:
            batch = material.labelled(step)
            return lambda: supervised.loss(pixels(batch["pixels"], device), batch["concepts"].to(device))

        return descend(supervised, classify, steps, options)
    module = {"simclr": pretrain.SimClr, "moco": pretrain.MoCo}[kind](model.image).to(device)

    def match(step: int, _: float) -> Callable[[], Tensor]:
        batch = material.views(step)
        return lambda: module.loss(pixels(batch["first"], device), pixels(batch["second"], device))

    return descend(module, match, steps, options)


def train_towers(
    model: DualEncoder, row: Row, material: Material, steps: int, options: Options, full: bool = False
) -> tuple[DualEncoder, Iterator[float]]:
    """The averaged weights, as they come about while the steps' costs are drawn. ``full``: the memory is filled with noise."""
    device, objective = options.device, OBJECTIVES[row.objective]
    bias = model.bias = nn.Parameter(torch.tensor(0.0, device=device))
    if row.objective == "siglip":  # its temperature; the bias starts at the prior of a batch, as the paper's -10 means to
        with torch.no_grad():
            model.log_scale.fill_(math.log(10))
            bias.fill_(-math.log(options.batch - 1))
    averaged = DualEncoder(model.config).on(device).eval()
    averaged.load_state_dict(model.state_dict(), strict=False)
    size = options.memory if row.memory else 0
    images, texts = (Memory(count, model.config.dimensions, device) for count in (size, 2 * size))
    for memory in (images, texts):
        if full:
            noise = torch.randn(memory.size, model.config.dimensions, device=device)
            memory.push(nn.functional.normalize(noise, dim=1), torch.zeros(memory.size, dtype=torch.long, device=device))

    def contrast(step: int, progress: float) -> Callable[[], Tensor]:
        batch = material.pairs(step)

        def forward() -> Tensor:
            concepts = batch["concepts"].to(device)
            pictures = model.embed_images(pixels(batch["pixels"], device))
            said = embed_captions(model, batch["ids"], device)
            pairs = Pairs(
                pictures, said, concepts, images.embeddings, images.concepts, texts.embeddings, texts.concepts,
                model.scale(), bias,
            )
            value = objective(pairs)
            if row.memory and progress > options.memory_after:
                images.push(pictures, concepts)
                texts.push(said, pairs.text_concepts)
            return value

        return forward

    def average(step: int) -> None:
        average_into(averaged, model, step, options.average)

    return averaged, descend(model, contrast, steps, options, average)


@torch.no_grad()
def read_out(model: DualEncoder, material: Material, options: Options) -> dict[str, dict[str, list[int]]]:
    """Per gallery and language, of each drawing's label: how many pictures score above its own. 0 is best."""
    dataset, indices = material.dataset, material.large
    shown = [augment.preprocess(augment.straight(dataset.pixels[index]), options.image_size) for index in indices]
    stack = torch.from_numpy(np.stack(shown)).to(options.device, memory_format=torch.channels_last)
    images = torch.cat([model.embed_images(part) for part in stack.split(256)])
    small = torch.isin(torch.tensor(indices), torch.tensor(material.small)).to(options.device)
    out: dict[str, dict[str, list[int]]] = {"small": {}, "large": {}}
    for language, field in (("en", "label"), ("zh", "label_zh")):
        said = [getattr(dataset.drawings[index], field) for index in indices]
        ids = [encoding.ids for encoding in material.tokens.encode_batch(said)]
        texts = torch.cat([model.embed_texts(torch.tensor([one], device=options.device)) for one in ids])
        for gallery, scores in (("large", texts @ images.t()), ("small", texts[small] @ images[small].t())):
            out[gallery][language] = (scores > scores.diagonal()[:, None]).sum(1).tolist()
    return out


def kind_of(row: Row) -> str:
    """The name of a row's contrastive step, by which its cost is kept."""
    return f"{row.objective}{' + memory' if row.memory else ''}"


def costs(rows: tuple[Row, ...], material: Material, options: Options, rounds: int = 10) -> dict[str, float]:
    """Seconds a step of every kind that the rows take, in turns; the median without the first round. Kept in a file."""
    file = options.out / "costs.json"
    if file.exists():
        return json.loads(file.read_text("utf-8"))

    def fresh() -> DualEncoder:
        return DualEncoder(material.config).on(options.device)

    running = {kind_of(row): train_towers(fresh(), row, material, rounds, options, full=True)[1] for row in rows}
    running |= {
        row.pretraining: pretrain_trunk(fresh(), row.pretraining, material, rounds, options) for row in rows if row.pretraining
    }
    drawn: dict[str, list[float]] = {kind: [] for kind in running}
    for _ in range(rounds):
        for kind, steps in running.items():
            drawn[kind].append(next(steps))
    medians = {kind: round(float(np.median(seconds[1:])), 4) for kind, seconds in drawn.items()}
    file.write_text(json.dumps(medians, indent=1) + "\n", "utf-8")
    return medians


def run_row(row: Row, material: Material, prices: dict[str, float], options: Options) -> dict[str, object]:
    """Train and read out one row."""
    torch.manual_seed(options.seed + row.seed)
    model = DualEncoder(material.config).on(options.device)
    share = options.pretraining_share if row.pretraining else 0.0
    before = round(share * options.seconds / prices[row.pretraining]) if row.pretraining else 0
    steps = round((row.part - share) * options.seconds / prices[kind_of(row)])
    used_before = sum(pretrain_trunk(model, row.pretraining, material, before, options)) if before else 0.0
    torch.manual_seed(options.seed + row.seed)
    averaged, training = train_towers(model, row, material, steps, options)
    used = sum(training)
    batches = (pixels(material.pairs(number)["pixels"], options.device) for number in range(NORM_BATCHES))
    reestimate_norms(averaged, averaged.image, batches)  # charged to no row
    views = 2 if row.pretraining in ("simclr", "moco") else 1
    return {
        **asdict(row),
        "pretraining_steps": before, "pretraining_pictures": views * before * options.batch,
        "steps": steps, "pictures": steps * options.batch,
        "used_seconds": round(used_before + used, 1),  # as it came out, beside busy neighbours
        **read_out(averaged, material, options),
    }


def cpu() -> str:
    """The processor's name, where the system says it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def run(options: Options, rows: tuple[Row, ...] = ROWS, dataset: data.Dataset | None = None, config: Config | None = None) -> None:
    """Every row whose file is not there yet."""
    torch.set_num_threads(1)
    (options.out / "rows").mkdir(parents=True, exist_ok=True)
    dataset, config = dataset or data.load(), config or Config()
    material: dict[int, Material] = {}
    told = {**asdict(options), "out": ""}
    for row in rows:
        file = options.out / "rows" / (re.sub(r"\W+", "-", row.name) + ".json")
        if file.exists():
            if json.loads(file.read_text("utf-8"))["options"] != told:
                raise SystemExit(f"{file} was run with other options: give another --out, or remove it")
            continue
        seed = options.seed + row.seed
        if seed not in material:
            material[seed] = prepare(options, dataset, seed, config)
        began = time.monotonic()
        prices = costs(rows, material[seed], options)
        result = run_row(row, material[seed], prices, options) | {
            "options": told, "costs": prices, "torch": torch.__version__, "cpu": cpu(), "device": options.device,
            "date": time.strftime("%Y-%m-%d"), "wall_seconds": round(time.monotonic() - began),
        }
        file.with_suffix(".tmp").write_text(json.dumps(result), "utf-8")
        os.replace(file.with_suffix(".tmp"), file)
        print(json.dumps({key: result[key] for key in ("name", "steps", "used_seconds", "wall_seconds")}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = Options(out=paths.STATE / "compare")
    for name, value in asdict(defaults).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value) if name != "out" else Path, default=value)
    parser.add_argument("--write", action="store_true", help="finished rows -> results/comparison.json; trains nothing")
    parser.add_argument("--table", action="store_true", help="print the table of results/comparison.json; trains nothing")
    given = vars(parser.parse_args())
    write, table = given.pop("write"), given.pop("table")
    options = Options(**given)
    if write:
        comparison.write(options.out / "rows", [row.name for row in ROWS], REFERENCE)
    if table:
        print(comparison.table(comparison.read()))
    if not write and not table:
        run(options)


if __name__ == "__main__":
    main()

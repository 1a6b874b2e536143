"""The last stage of assay-clip: the text tower learns whole sentences, against the pictures' vectors as they ship.

    python -m assay_training.retell bank      # vectors of training drawings and scenes -> <state>/retold/*.npz
    python -m assay_training.retell train     # -> <state>/retold/text.pt; the same command resumes a stopped run
    python -m assay_training.retell recover   # instead of both: text.pt from the files of 1.4.0, which hold half of it
    python -m assay_training.retell_choose    # shares of the new weights, on validation rows
    python -m assay_training.retell export    # -> models/assay-clip: text tower, manifest; then run evaluate

The image tower stays as it is, so its file keeps its digest and a step costs the text tower's part alone. Each drawing
has two captions: a sentence of ``sentences``, and one as before. The first is drawn to its picture, and so is the second,
which also stays near the vector that it had: names are not lost. A picture is told from the texts of its batch and from a
queue of earlier batches' texts (MoCo's dictionary, He et al. 2020; without a second encoder, as in cross-batch memory, Wang
et al. 2020): a few hundred texts would leave it unprepared for a test's thousand. What ships is a mean of the weights
before and after.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from onnxruntime import InferenceSession
from torch import Tensor, nn

from . import augment, captions, data, paths, published, sentences, splits, tokenizer
from .catalogue import CLIPART, EMOJI, ICON_COLOUR, ICON_MONO, Drawing
from .evaluate import Embedder
from .retell_export import export
from .train_clip import Memory, embed_captions, save

FOLDER = paths.STATE / "retold"
START = paths.STATE / "assay-clip-1.3.0"  # the files of that version, from this repository's history (README)
# Of the drawings of a batch. More icons than in the stages before: the pictures are ready, and icons have the most names.
SHARES = {EMOJI: 0.42, ICON_MONO: 0.28, ICON_COLOUR: 0.1, CLIPART: 0.2}
RETOLD, RETOLD_SHARE = paths.STATE / "assay-clip-1.4.0", 0.5  # the files of that version, and the share of new weights in them
DRAWINGS = {EMOJI: 7_000, ICON_MONO: 7_000, ICON_COLOUR: 2_500, CLIPART: 3_500}  # of the bank
SCENES = 8_000  # of the training scenes; further ones are left to choose on
NEIGHBOURS_SHARE = 0.5  # of the emoji of a batch: rows of neighbours in CLDR's order
CHINESE_SHARE = 0.4  # of a scene's second captions
OTHERS = 3072  # vectors of further drawings that a text is told from in a step
WORD_DROP, TOKEN_RATE, WARM_UP = 0.25, 2.0, 40
UNTOLD = {ICON_MONO: 1200, ICON_COLOUR: 0, CLIPART: 400}  # names that this stage leaves out, to choose on (retell_choose)
SAVE_SECONDS = 60.0  # of CPU time


@dataclass(frozen=True)
class Options:
    """``scale``: what cosines are multiplied by, fixed. ``scenes``: their share of a batch. ``keep``: weight of staying near
    the old vector. ``memory``: texts of earlier batches that a picture is told from. ``share``: of the new weights in what
    ships."""

    seed: int
    steps: int
    batch: int
    lr: float
    scale: float
    scenes: float
    keep: float
    memory: int
    share: float


def options_of(recipe: Path) -> tuple[str, Options]:
    document = tomllib.loads(recipe.read_text("utf-8"))
    return document["version"], Options(**document["retold"])


def untold(drawings: list[Drawing], split: list[str]) -> dict[str, set[str]]:
    """By kind, concepts that the training split has and this stage leaves out, of every kind's drawings; chosen by hash."""
    trained = [drawing for drawing, one in zip(drawings, split, strict=True) if one == "train"]
    emoji = {drawing.concept for drawing in trained if drawing.kind == EMOJI}
    return {
        kind: splits.pick("untold", {drawing.concept for drawing in trained if drawing.kind == kind} - emoji, count)
        for kind, count in UNTOLD.items()
    }


@dataclass(frozen=True)
class Bank:
    """``drawings`` [n, 256] of dataset rows ``rows`` [n], painted in ``colours`` [n] (-1: as drawn); ``scenes`` [m, 256]."""

    drawings: Tensor
    rows: np.ndarray
    colours: np.ndarray
    scenes: Tensor


def see_drawings(dataset: data.Dataset, vision: InferenceSession, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, rows and colours: a sample of the training drawings of each kind, as augmentation changes them."""
    random, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    train = np.array(dataset.indices("train"))
    kinds = np.array([dataset.drawings[index].kind for index in train])
    pools = {kind: train[kinds == kind] for kind in DRAWINGS}
    rows = np.sort(np.concatenate([random.choice(pool, min(len(pool), DRAWINGS[kind]), replace=False) for kind, pool in pools.items()]))
    colours, found = np.full(len(rows), -1, np.int16), []
    for at in range(0, len(rows), 64):
        part = rows[at : at + 64]
        tint, painted = np.zeros((len(part), 3), np.float32), np.zeros(len(part), bool)
        for place, index in enumerate(part):
            if dataset.drawings[index].mono and random.random() < data.RECOLOUR_SHARE:
                number = int(random.integers(len(captions.COLOUR_NAMES)))
                shade = np.array(captions.COLOURS[captions.COLOUR_NAMES[number]]) + random.integers(-18, 19, 3)
                tint[place], painted[place], colours[at + place] = np.clip(shade, 0, 255) / 255, True, number
        pixels = augment.augment(np.asarray(dataset.pixels[part]), tint, painted, 64, generator, np.zeros(len(part), np.int64))
        found.append(np.asarray(vision.run(None, {"pixel_values": np.ascontiguousarray(pixels.numpy())})[0]).astype(np.float16))
    return np.concatenate(found), rows, colours


def see_scenes(scenes: data.Scenes, vision: InferenceSession) -> np.ndarray:
    """Vectors of the first scenes, as they are."""
    pixels = [augment.preprocess(augment.Image.fromarray(picture)) for picture in scenes.pixels[:SCENES]]
    found = [np.asarray(vision.run(None, {"pixel_values": np.stack(pixels[at : at + 64])})[0]) for at in range(0, len(pixels), 64)]
    return np.concatenate(found)


def make_bank(dataset: data.Dataset, seed: int, folder: Path) -> None:
    """The files of a bank; existing files stay."""
    vision = Embedder(START / "vision.int8.onnx", START / "text.int8.onnx", tokenizer.load(START / "tokenizer.json")).vision
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "drawings.npz").exists():
        vectors, rows, colours = see_drawings(dataset, vision, seed)
        np.savez(folder / "drawings.npz", vectors=vectors, rows=rows, colours=colours)
    if not (folder / "scenes.npz").exists():
        assert dataset.scenes is not None, "make the training scenes first (README)"
        np.savez(folder / "scenes.npz", vectors=see_scenes(dataset.scenes, vision))


def load_bank(folder: Path) -> Bank:
    drawings, scenes = np.load(folder / "drawings.npz"), np.load(folder / "scenes.npz")
    vectors = torch.from_numpy(drawings["vectors"].astype(np.float32))
    return Bank(vectors, drawings["rows"], drawings["colours"], torch.from_numpy(scenes["vectors"]))


@dataclass(frozen=True)
class Lesson:
    """Pictures [b, 256] with texts 2i (a sentence) and 2i + 1 (as before); further pictures [o, 256]; concepts of both."""

    pictures: Tensor
    concepts: Tensor
    ids: list[list[int]]
    others: Tensor
    other_concepts: Tensor


class Lessons:
    """Lesson *n* follows from (seed, n)."""

    def __init__(self, dataset: data.Dataset, bank: Bank, options: Options) -> None:
        self.dataset, self.bank, self.options = dataset, bank, options
        self.tokens = tokenizer.load(START / "tokenizer.json")
        left_out = set[str]().union(*untold(dataset.drawings, dataset.split).values())
        drawings = [dataset.drawings[row] for row in bank.rows]
        self.told = np.flatnonzero([drawing.concept not in left_out for drawing in drawings])
        self.concepts = torch.tensor([data.concept_number(drawing.concept) for drawing in drawings])
        kinds = np.array([drawing.kind for drawing in drawings])
        self.pools = {kind: self.told[kinds[self.told] == kind] for kind in SHARES}
        weights = {kind: np.array([data.FLAG_WEIGHT if drawings[at].flag else 1.0 for at in pool]) for kind, pool in self.pools.items()}
        self.weights = {kind: one / one.sum() for kind, one in weights.items()}
        by_order: dict[int, list[int]] = {}
        for at in self.pools[EMOJI]:
            by_order.setdefault(drawings[at].order, []).append(int(at))
        self.in_order = [np.array(by_order[order]) for order in sorted(by_order)]

    def choose(self, count: int, random: np.random.Generator) -> np.ndarray:
        """``count`` rows of the bank, in the shares of kinds; part of the emoji are neighbours."""
        counts = random.multinomial(count, np.array(list(SHARES.values())))
        wanted = int(NEIGHBOURS_SHARE * counts[0] / data.NEIGHBOURS)
        starts = random.choice(len(self.in_order) - data.NEIGHBOURS, wanted, replace=False)
        chosen = [int(random.choice(group)) for start in starts for group in self.in_order[start : start + data.NEIGHBOURS]]
        for kind, share in zip(SHARES, counts, strict=True):
            chosen.extend(int(at) for at in random.choice(self.pools[kind], share - (len(chosen) if kind == EMOJI else 0), p=self.weights[kind]))
        return np.array(chosen)

    def lesson(self, step: int) -> Lesson:
        random = np.random.default_rng([self.options.seed, step])
        teller, scenes = sentences.Teller(random), self.dataset.scenes
        assert scenes is not None
        pairs = int(random.binomial(self.options.batch // 2, self.options.scenes))
        chosen, texts = self.choose(self.options.batch - 2 * pairs, random), []
        for at in chosen:
            drawing, number = self.dataset.drawings[self.bank.rows[at]], self.bank.colours[at]
            spoken = captions.COLOUR_NAMES[number] if number >= 0 and random.random() < 0.5 else None
            first, second = captions.pair(drawing, random, spoken)
            texts += [teller.sentence(drawing), first if random.random() < 0.5 else second]
        starts = 2 * random.choice(len(self.bank.scenes) // 2, pairs, replace=False)
        rows = np.stack([starts, starts + 1], 1).reshape(-1)
        for row in rows:
            english, chinese = scenes.english[row], scenes.chinese[row]
            texts.append(english[random.integers(len(english))])
            said = chinese if chinese and random.random() < CHINESE_SHARE else english
            texts.append(said[random.integers(len(said))])
        others = random.choice(self.told, OTHERS, replace=False)
        return Lesson(
            torch.cat([self.bank.drawings[chosen], self.bank.scenes[rows]]),
            torch.cat([self.concepts[chosen], torch.from_numpy(data.SCENE_CONCEPTS - rows)]),
            [one.ids for one in self.tokens.encode_batch(texts)],
            self.bank.drawings[others],
            self.concepts[others],
        )


def contrast(texts: Tensor, lesson: Lesson, memory: Memory, scale: float) -> Tensor:
    """Both directions; every picture of a text's concept is right, in equal shares. Remembered texts carry no gradient."""
    own = lesson.concepts.repeat_interleave(2)

    def towards(queries: Tensor, keys: Tensor, right: Tensor) -> Tensor:
        shares = right.float()
        return -(((scale * queries @ keys.t()).log_softmax(1) * shares).sum(1) / shares.sum(1)).mean()

    pictures, concepts = torch.cat([lesson.pictures, lesson.others]), torch.cat([lesson.concepts, lesson.other_concepts])
    told, told_concepts = torch.cat([texts, memory.embeddings]), torch.cat([own, memory.concepts])
    to_pictures = towards(texts, pictures, own[:, None] == concepts[None])
    to_texts = towards(lesson.pictures, told, lesson.concepts[:, None] == told_concepts[None])
    return 0.5 * (to_pictures + to_texts)


class Retelling:
    """Everything that a checkpoint holds, and one step of it."""

    def __init__(self, lessons: Lessons, options: Options) -> None:
        self.lessons, self.options = lessons, options
        self.model, self.before = (published.weights_of(START) for _ in range(2))
        self.text = self.model.text
        self.averaged = copy.deepcopy(self.text)
        rows = [self.text.tokens.weight]
        others = [weight for name, weight in self.text.named_parameters() if name != "tokens.weight"]
        self.optimizer = torch.optim.AdamW([{"params": others}, {"params": rows}], betas=(0.9, 0.98), weight_decay=0.01)
        self.memory = Memory(options.memory, self.model.config.dimensions, "cpu")
        self.text.word_drop = WORD_DROP
        self.model.train()
        self.step, self.seconds = 0, 0.0

    def train_step(self) -> float:
        options, began = self.options, time.process_time()
        torch.manual_seed(options.seed * 1_000_003 + self.step)
        factor = min(1.0, (self.step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * self.step / options.steps))
        for group, more in zip(self.optimizer.param_groups, (1.0, TOKEN_RATE), strict=True):
            group["lr"] = options.lr * more * factor
        lesson = self.lessons.lesson(self.step)
        texts = embed_captions(self.model, lesson.ids, "cpu")
        with torch.no_grad():
            old = embed_captions(self.before, lesson.ids[1::2], "cpu")
        moved = (1 - (texts[1::2] * old).sum(1)).mean()
        loss = contrast(texts, lesson, self.memory, options.scale) + options.keep * moved
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.text.parameters(), 1.0)
        self.optimizer.step()
        self.memory.push(texts, lesson.concepts.repeat_interleave(2))
        published.blend(self.averaged, self.text, 1 - min(0.99, (1 + self.step) / (10 + self.step)))
        self.step += 1
        self.seconds += time.process_time() - began
        return float(loss.detach())

    def state(self) -> dict[str, object]:
        return {"options": asdict(self.options), "text": self.text.state_dict(), "averaged": self.averaged.state_dict(),
                "optimizer": self.optimizer.state_dict(), "memory": self.memory.state(), "step": self.step, "seconds": self.seconds}

    def restore(self, state: dict) -> None:
        if state["options"] != asdict(self.options):
            raise ValueError("the checkpoint has other options: remove it, or take another --out")
        self.text.load_state_dict(state["text"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.memory.restore(state["memory"])
        self.step, self.seconds = state["step"], state["seconds"]


def train(lessons: Lessons, options: Options, out: Path) -> None:
    """Averaged weights of the text tower, and what the training took, into ``out``. A stopped run goes on."""
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    run, checkpoint = Retelling(lessons, options), out / "checkpoint.pt"
    if checkpoint.exists():
        run.restore(torch.load(checkpoint, weights_only=True))
    saved = run.seconds
    while run.step < options.steps:
        loss = run.train_step()
        if run.step % 50 == 0:
            print(f"step {run.step}: loss {loss:.4f}, {run.seconds:.0f} CPU seconds", flush=True)
        if run.seconds - saved > SAVE_SECONDS:
            save(run.state(), checkpoint)
            saved = run.seconds
    save(run.state(), checkpoint)
    torch.save(run.averaged.state_dict(), out / "text.pt")
    (out / "facts.json").write_text(json.dumps({"cpu_minutes": round(run.seconds / 60, 1), "torch": torch.__version__}))


def recover(out: Path) -> None:
    """What ``train`` gave for 1.4.0, but for the rounding of int8: its checkpoint is not kept, the files of both versions are."""
    out.mkdir(parents=True, exist_ok=True)
    found = published.unblend(published.weights_of(RETOLD).text, published.weights_of(START).text, RETOLD_SHARE)
    torch.save(found, out / "text.pt")
    facts = json.loads((paths.RESULTS / "assay-clip.json").read_text("utf-8"))["training"]["retold"]
    (out / "facts.json").write_text(json.dumps(facts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("bank", "train", "recover", "export"))
    parser.add_argument("--recipe", type=Path, default=paths.TRAINING / "recipes" / "assay-clip.toml")
    parser.add_argument("--out", type=Path, default=FOLDER, help="of train: another folder for other options")
    arguments = parser.parse_args()
    version, options = options_of(arguments.recipe)
    if arguments.what == "recover":
        recover(arguments.out)
        return
    if arguments.what == "export":
        export(START, FOLDER / "text.pt", options.share, options.scale, version)
        return
    dataset = data.load()
    if arguments.what == "bank":
        make_bank(dataset, options.seed, FOLDER)
    else:
        train(Lessons(dataset, load_bank(FOLDER), options), options, arguments.out)


if __name__ == "__main__":
    main()

"""Training batches: which drawings, which captions, which pixels. Everything follows from (seed, step)."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from . import augment, captions, catalogue, paths, splits, tokenizer
from .catalogue import CLIPART, EMOJI, ICON_COLOUR, ICON_MONO, Drawing

# Shares of a batch. Many drawings of one concept are what teaches, so emoji dominate.
SHARES = {EMOJI: 0.49, ICON_MONO: 0.17, ICON_COLOUR: 0.08, CLIPART: 0.14}
# Of the emoji this share comes in rows of neighbours in CLDR's order (faces beside faces, clocks beside clocks, a cook beside
# a man who cooks): what is hard to tell apart has to be told apart within a batch.
NEIGHBOURS_SHARE, NEIGHBOURS = 0.6, 8
SCENE_SHARE = 0.12  # counts, colours and places are said of nothing else
FLAG_WEIGHT = 3  # of a flag among emoji: 268 concepts that few vendors draw, told apart by names that nothing else says
RECOLOUR_SHARE = 0.45  # of monochrome drawings; half of those name the colour in the caption


@dataclass(frozen=True)
class Scenes:
    """Generated scenes (scenes/training_pictures.py): rows 2k and 2k + 1 are complements, each the other's hard negative."""

    english: list[list[str]]
    chinese: list[list[str]]
    pixels: np.ndarray  # [n, 96, 96, 3] uint8

    def caption(self, row: int, random: np.random.Generator, chinese: bool) -> str:
        """One caption of a row."""
        said = self.chinese[row] if chinese and self.chinese[row] else self.english[row]
        return said[random.integers(len(said))]


@dataclass(frozen=True)
class Dataset:
    """The catalogue with its splits and pixels ([n, 96, 96, 4] uint8, premultiplied), and the training scenes."""

    drawings: list[Drawing]
    split: list[str]
    pixels: np.ndarray
    scenes: Scenes | None = None

    def indices(self, *names: str) -> list[int]:
        return [index for index, split in enumerate(self.split) if split in names]


@dataclass(frozen=True)
class Batch:
    """One training step's input. Image i has texts 2i and 2i + 1."""

    pixels: Tensor  # [b, 3, s, s]
    ids: list[list[int]]  # 2b lists of token ids, unpadded
    concepts: Tensor  # [b] int64


def load_scenes(folder: Path) -> Scenes | None:
    """The scenes of a folder, or None where none were made."""
    if not (folder / "captions.jsonl").exists():
        return None
    rows = [json.loads(line) for line in (folder / "captions.jsonl").read_text("utf-8").splitlines()]
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return Scenes([row["en"] for row in rows], [row.get("zh", []) for row in rows], pixels)


def load(folder: Path = paths.RENDERED, scenes: Path = paths.SCENES) -> Dataset:
    """Read what ``catalogue``, ``render`` and ``scenes`` wrote; drawings that could not be rendered are excluded."""
    drawings = catalogue.load()
    rendered = np.load(folder / "ok.npy")
    split = splits.assign(drawings)
    split = [name if ok else "excluded" for name, ok in zip(split, rendered, strict=True)]
    return Dataset(drawings, split, np.load(folder / "pixels.npy", mmap_mode="r"), load_scenes(scenes))


SCENE_CONCEPTS = -1  # scene i is concept -1 - i: negative, so that it never meets a drawing's number


def concept_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")


def scene_rows(scenes: Scenes, pairs: int, random: np.random.Generator) -> np.ndarray:
    """Rows of ``pairs`` scenes and of their complements, each after the other."""
    first = 2 * random.choice(len(scenes.english) // 2, pairs, replace=False)
    return np.stack([first, first + 1], 1).reshape(-1)


class Sampler:
    """Draws batches from the training split.

    ``plain``: each drawing by itself and as its vendor drew it, without neighbours and changes of style. Objectives
    are compared on such batches, and batch statistics estimated.
    """

    def __init__(self, dataset: Dataset, tokens: Tokenizer, seed: int, plain: bool = False) -> None:
        self.dataset, self.tokens, self.seed, self.plain = dataset, tokens, seed, plain
        train = dataset.indices("train")
        self.pools = {
            kind: np.array([index for index in train if dataset.drawings[index].kind == kind]) for kind in SHARES
        }
        self.pools = {kind: pool for kind, pool in self.pools.items() if len(pool)}
        self.weights = {kind: np.array([FLAG_WEIGHT if dataset.drawings[index].flag else 1.0 for index in pool])
                        for kind, pool in self.pools.items()}
        self.weights = {kind: weight / weight.sum() for kind, weight in self.weights.items()}
        self.styles = np.array([captions.styles(drawing) for drawing in dataset.drawings], np.int64)
        by_order: dict[int, list[int]] = {}
        for index in self.pools.get(EMOJI, ()):
            by_order.setdefault(dataset.drawings[index].order, []).append(index)
        self.in_order = [np.array(by_order[order]) for order in sorted(by_order)]
        self.concepts = np.array([concept_number(drawing.concept) for drawing in dataset.drawings])

    def batch(self, step: int, size: int, image_size: int) -> Batch:
        random = np.random.default_rng([self.seed, step])
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        scenes = self.dataset.scenes
        scene_count = 2 * int(random.binomial(size // 2, SCENE_SHARE)) if scenes else 0
        kinds = list(self.pools)
        shares = np.array([SHARES[kind] for kind in kinds])
        counts = random.multinomial(size - scene_count, shares / shares.sum())
        emoji = 0 if self.plain or EMOJI not in kinds else counts[kinds.index(EMOJI)]
        neighbours = self.neighbours(int(NEIGHBOURS_SHARE * emoji / NEIGHBOURS), random)
        chosen = np.concatenate([neighbours, *(
            random.choice(self.pools[kind], count - len(neighbours) * (kind == EMOJI), p=self.weights[kind])
            for kind, count in zip(kinds, counts, strict=True)
        )])
        tint = np.zeros((size, 3), np.float32)
        recolour = np.zeros(size, bool)
        texts: list[str] = []
        for row, index in enumerate(chosen):
            drawing = self.dataset.drawings[index]
            spoken = None
            if drawing.mono and random.random() < RECOLOUR_SHARE:
                name = captions.COLOUR_NAMES[random.integers(len(captions.COLOUR_NAMES))]
                jitter = random.integers(-18, 19, 3)
                tint[row] = np.clip(np.array(captions.COLOURS[name]) + jitter, 0, 255) / 255
                recolour[row] = True
                spoken = name if random.random() < 0.5 else None
            texts.extend(captions.pair(drawing, random, spoken))
        order = np.argsort(chosen)  # the memory map reads faster in order
        raw = np.empty((size, *self.dataset.pixels.shape[1:]), np.uint8)
        raw[order] = self.dataset.pixels[chosen[order]]
        styles = np.zeros(size, np.int64)
        if not self.plain:
            styles[: len(chosen)] = self.styles[chosen]
        styles[recolour] &= ~augment.COLOUR
        concepts = np.empty(size, np.int64)
        concepts[: len(chosen)] = self.concepts[chosen]
        if scenes and scene_count:
            rows = scene_rows(scenes, scene_count // 2, random)
            raw[len(chosen) :, ..., :3] = scenes.pixels[rows]
            raw[len(chosen) :, ..., 3] = 255
            concepts[len(chosen) :] = SCENE_CONCEPTS - rows
            for row in rows:
                second_chinese = random.random() < captions.CHINESE_SHARE
                texts.append(scenes.caption(row, random, False))
                texts.append(scenes.caption(row, random, second_chinese))
        pixels = augment.augment(raw, tint, recolour, image_size, generator, styles)
        ids = [encoding.ids for encoding in self.tokens.encode_batch(texts)]
        return Batch(pixels, ids, torch.from_numpy(concepts))

    def neighbours(self, rows: int, random: np.random.Generator) -> np.ndarray:
        """``rows`` times NEIGHBOURS emoji that follow each other in CLDR's order, each by whichever vendor."""
        last = max(1, len(self.in_order) - NEIGHBOURS + 1)
        starts = random.choice(last, min(rows, last), replace=False)
        chosen = [random.choice(drawings) for start in starts for drawings in self.in_order[start : start + NEIGHBOURS]]
        return np.array(chosen, np.int64)



class Prefetch:
    """Makes the next batch in another process while the towers work on this one. The batches are those of ``Sampler``."""

    def __init__(self, tokens_file: Path, seed: int) -> None:
        self.pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initializer=_open_sampler, initargs=(tokens_file, seed)
        )
        self.waiting: dict[tuple[int, int, int], Future[Batch]] = {}

    def batch(self, step: int, size: int, image_size: int) -> Batch:
        """As ``Sampler.batch``; asks for the step after it on the way."""
        wanted, following = (step, size, image_size), (step + 1, size, image_size)
        made = self.waiting.pop(wanted, None) or self.pool.submit(_sample, *wanted)
        self.waiting = {following: self.pool.submit(_sample, *following)}
        return made.result()

    def close(self) -> None:
        """Let the other process end."""
        self.pool.shutdown(cancel_futures=True)


_sampler: Sampler | None = None


def _open_sampler(tokens_file: Path, seed: int) -> None:
    global _sampler
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # a run pinned to one core leaves its batches to the others
    torch.set_num_threads(1)
    _sampler = Sampler(load(), tokenizer.load(tokens_file), seed)


def _sample(step: int, size: int, image_size: int) -> Batch:
    assert _sampler is not None
    return _sampler.batch(step, size, image_size)


def padded_chunks(ids: list[list[int]], chunk: int = 128) -> list[tuple[Tensor, Tensor]]:
    """Sort by length and pad chunk by chunk: (row numbers [c], ids [c, longest]). Saves half the text cost."""
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    chunks = []
    for start in range(0, len(order), chunk):
        rows = order[start : start + chunk]
        out = torch.full((len(rows), len(ids[rows[-1]])), tokenizer.PAD_ID, dtype=torch.long)
        for line, row in enumerate(rows):
            out[line, : len(ids[row])] = torch.tensor(ids[row])
        chunks.append((torch.tensor(rows), out))
    return chunks


def evaluation_pixels(dataset: Dataset, indices: list[int]) -> Tensor:
    """[n, 3, 64, 64] by the published preprocessing, from the stored 96-pixel renders."""
    images = [augment.preprocess(augment.straight(dataset.pixels[index])) for index in indices]
    return torch.from_numpy(np.stack(images))

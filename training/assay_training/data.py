"""Training batches: which drawings, which captions, which pixels. Everything follows from (seed, step)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import augment, captions, catalogue, paths, splits, tokenizer
from .catalogue import CLIPART, EMOJI, ICON_COLOUR, ICON_MONO, Drawing

# Shares of a batch. Many drawings of one concept are what teaches, so emoji dominate.
SHARES = {EMOJI: 0.68, ICON_MONO: 0.20, ICON_COLOUR: 0.05, CLIPART: 0.07}
RECOLOUR_SHARE = 0.45  # of monochrome drawings; half of those name the colour in the caption


@dataclass(frozen=True)
class Dataset:
    """The catalogue with its splits and pixels ([n, 96, 96, 4] uint8, premultiplied)."""

    drawings: list[Drawing]
    split: list[str]
    pixels: np.ndarray

    def indices(self, *names: str) -> list[int]:
        return [index for index, split in enumerate(self.split) if split in names]


@dataclass(frozen=True)
class Batch:
    """One training step's input. Image i has texts 2i and 2i + 1."""

    pixels: Tensor  # [b, 3, s, s]
    ids: list[list[int]]  # 2b lists of token ids, unpadded
    concepts: Tensor  # [b] int64


def load(folder: Path = paths.RENDERED) -> Dataset:
    """Read what ``catalogue`` and ``render`` wrote; drawings that could not be rendered are excluded."""
    drawings = catalogue.load()
    rendered = np.load(folder / "ok.npy")
    split = splits.assign(drawings)
    split = [name if ok else "excluded" for name, ok in zip(split, rendered, strict=True)]
    return Dataset(drawings, split, np.load(folder / "pixels.npy", mmap_mode="r"))


def concept_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")


class Sampler:
    """Draws batches from the training split."""

    def __init__(self, dataset: Dataset, tokens: object, seed: int) -> None:
        self.dataset, self.tokens, self.seed = dataset, tokens, seed
        train = dataset.indices("train")
        self.pools = {
            kind: np.array([index for index in train if dataset.drawings[index].kind == kind]) for kind in SHARES
        }
        self.pools = {kind: pool for kind, pool in self.pools.items() if len(pool)}
        self.concepts = np.array([concept_number(drawing.concept) for drawing in dataset.drawings])

    def batch(self, step: int, size: int, image_size: int) -> Batch:
        random = np.random.default_rng([self.seed, step])
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        kinds = list(self.pools)
        shares = np.array([SHARES[kind] for kind in kinds])
        counts = random.multinomial(size, shares / shares.sum())
        chosen = np.concatenate(
            [random.choice(self.pools[kind], count) for kind, count in zip(kinds, counts, strict=True)]
        )
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
        pixels = augment.augment(raw, tint, recolour, image_size, generator)
        ids = [encoding.ids for encoding in self.tokens.encode_batch(texts)]  # type: ignore[attr-defined]
        return Batch(pixels, ids, torch.from_numpy(self.concepts[chosen]))


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

"""Drawings of the namer's kinds by many artists, changed as another hand would change them, as small as in scenes."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F
from scenes.draw import Stream
from scenes.paste import Sprite
from scenes.vocabulary import WIDE_DRAWINGS
from torch import Tensor

from assay_training import augment, captions, catalogue, paths, splits
from assay_training.catalogue import CLIPART, EMOJI, ICON_COLOUR, ICON_MONO

SMALLEST, LARGEST = 15, 36  # pixels across a thing of a picture of 100
# Of the draws of a kind: how often a sort of drawing comes, where the kind has it.
SHARES = {EMOJI: 0.72, "emoji, mono": 0.06, ICON_COLOUR: 0.08, CLIPART: 0.08, ICON_MONO: 0.06}
TINTED = 0.5  # of the drawings in one color


class Drawings:
    """Renders of the training split, by kind and sort. ``without`` names a package that is left out."""

    def __init__(self, without: str = "") -> None:
        everything = catalogue.load()
        assigned = splits.assign(everything)
        ok = np.load(paths.RENDERED / "ok.npy")
        codes = {d.id.rpartition("/")[2]: d.hexcode for d in everything if d.package == splits.TEST_VENDOR}
        by_code = {codes[noun.icon or ""]: k for k, noun in enumerate(WIDE_DRAWINGS)}
        by_title = {noun.one: k for k, noun in enumerate(WIDE_DRAWINGS)}
        self.rows: list[dict[str, list[int]]] = [defaultdict(list) for _ in WIDE_DRAWINGS]
        used: list[int] = []
        for index, (drawing, split) in enumerate(zip(everything, assigned, strict=True)):
            kind = by_code.get(drawing.hexcode) if drawing.kind == EMOJI else by_title.get(drawing.concept)
            if kind is None or split != "train" or not ok[index] or drawing.package == without:
                continue
            sort = "emoji, mono" if drawing.kind == EMOJI and drawing.mono else drawing.kind
            self.rows[kind][sort].append(len(used))
            used.append(index)
        renders = np.load(paths.RENDERED / "pixels.npy", mmap_mode="r")
        self.pixels = np.stack([renders[index] for index in used])
        self.packages = sorted({everything[index].package for index in used})
        self.mono = np.array([everything[index].mono for index in used])
        self.styles = np.array([captions.styles(everything[index]) for index in used], np.int64)

    def batch(self, seed: int, step: int, size: int, side: int) -> tuple[Tensor, Tensor]:
        """Pictures [size, 3, side, side] in -1..1, enlarged from what a scene has of a thing, and their kinds."""
        random = np.random.default_rng([seed, step])
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        kinds = random.integers(0, len(self.rows), size)
        chosen = np.array([self.choose(int(kind), random) for kind in kinds])
        recolour = self.mono[chosen] & (random.random(size) < TINTED)
        tint = random.random((size, 3)).astype(np.float32) * 0.7
        styles = self.styles[chosen]
        styles[recolour] &= ~augment.COLOUR
        parts = []
        for part in np.array_split(np.arange(size), 4):
            across = int(random.integers(SMALLEST, LARGEST + 1))
            small = augment.augment(self.pixels[chosen[part]], tint[part], recolour[part], across, generator, styles[part])
            parts.append(F.interpolate(small, size=(side, side), mode="bilinear", align_corners=False))
        return torch.cat(parts), torch.from_numpy(kinds)

    def choose(self, kind: int, random: np.random.Generator) -> int:
        """A row of ``pixels``."""
        sorts = list(self.rows[kind])
        shares = np.array([SHARES[sort] for sort in sorts])
        rows = self.rows[kind][sorts[random.choice(len(sorts), p=shares / shares.sum())]]
        return rows[random.integers(len(rows))]


class RestyledSprites:
    """Drawings of the training split for scenes, each time changed as other hands would change them, one after another."""

    def __init__(self, hands: int = 1) -> None:
        self.drawings, self.hands = Drawings(), hands
        self.indices = {noun.one: k for k, noun in enumerate(WIDE_DRAWINGS)}
        self.last: dict[int, Sprite] = {}

    def choose(self, stream: Stream, kind: str) -> int:
        """A number for ``pixels``, which has the last few."""
        number = stream.below(2**48)
        row = self.drawings.choose(self.indices[kind], np.random.default_rng(number))
        if len(self.last) > 64:
            self.last.pop(next(iter(self.last)))
        sprite, generator = self.drawings.pixels[row], torch.Generator().manual_seed(number)
        for _ in range(self.hands):
            sprite = restyled(sprite, int(self.drawings.styles[row]), generator)
        self.last[number] = sprite
        return number

    def pixels(self, index: int) -> Sprite:
        """Premultiplied RGBA."""
        return self.last[index]


def restyled(sprite: Sprite, styles: int, generator: torch.Generator) -> Sprite:
    """Another hand's version of a drawing, as far as ``styles`` allows (``augment``)."""
    may = torch.tensor([styles])
    x = torch.from_numpy(sprite).permute(2, 0, 1)[None].float().div_(255)
    grid = F.affine_grid(torch.eye(2, 3)[None], list(x.shape), align_corners=False)
    grid = augment.restyle_form(grid, (may & augment.MIRROR) > 0, (may & augment.FORM) > 0, generator)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    x = augment.restyle_strokes(x, (may & augment.FORM) > 0, generator)
    rgb, alpha = augment.restyle_colour(x[:, :3], (may & augment.COLOUR) > 0, generator), x[:, 3:]
    out = torch.cat([torch.minimum(rgb, alpha), alpha], 1).clamp_(0, 1)
    return out[0].permute(1, 2, 0).mul(255).round().byte().numpy()

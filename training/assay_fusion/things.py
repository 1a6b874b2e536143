"""What a fusion model reads of a picture: one row for the picture itself and one a thing.

A row [WIDTH]: distribution over kinds | over colors | left, top, right, bottom in hundreds of pixels | touches a wall
(left, top, right, bottom) | which picture (0 or 1) | is the picture itself. A picture's row has the color of its ground
as its color and the whole picture as its box. The same rows come from graphs (``symbolic``, with made-up doubt) and
from the detector and the namer (``perceive``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from .pictures import Item
from .vocabulary import COLOUR_NAMES, DRAWING, KINDS

N_KINDS, N_COLOURS = len(KINDS), len(COLOUR_NAMES) + 1
KIND = slice(0, N_KINDS)
COLOUR = slice(N_KINDS, N_KINDS + N_COLOURS)
BOX = slice(COLOUR.stop, COLOUR.stop + 4)
WALLS = slice(BOX.stop, BOX.stop + 4)
WHICH, PICTURE = WALLS.stop, WALLS.stop + 1
WIDTH = PICTURE + 1
UNIT = 100.0  # pixels
MOST_THINGS = 24  # rows of things of one picture; the surest are kept


def picture_row(ground: np.ndarray, height: float, width: float) -> np.ndarray:
    """The row of the picture itself. ``ground`` is a distribution over colors."""
    row = np.zeros(WIDTH, np.float32)
    row[COLOUR] = ground
    row[BOX] = 0, 0, width / UNIT, height / UNIT
    row[PICTURE] = 1
    return row


def one_hot(index: int, size: int) -> np.ndarray:
    out = np.zeros(size, np.float32)
    if index >= 0:
        out[index] = 1
    return out


def symbolic(items: Sequence[Item], ground: int, size: tuple[float, float]) -> np.ndarray:
    """[1 + n, WIDTH] from the truth."""
    rows = np.zeros((1 + len(items), WIDTH), np.float32)
    rows[0] = picture_row(one_hot(ground, N_COLOURS), *size)
    for row, item in zip(rows[1:], items, strict=True):
        row[KIND], row[COLOUR] = one_hot(item.kind, N_KINDS), one_hot(item.colour, N_COLOURS)
        row[BOX] = np.array((item.left, item.top, item.right, item.bottom)) / UNIT
        row[WALLS] = item.walls or (item.left <= 0.5, item.top <= 0.5, item.right >= size[1] - 0.5, item.bottom >= size[0] - 0.5)
    return rows


class NamesOf(Protocol):
    """A distribution over the drawings' kinds, of a kind's drawing by number."""

    def __call__(self, kind: int, drawing: int, rng: np.random.Generator) -> np.ndarray: ...


def blurred(rows: np.ndarray, rng: np.random.Generator, names_of: NamesOf | None = None) -> np.ndarray:
    """A copy whose things are as unsure as the detector's and the namer's. Drawings get names of ``names_of`` if it is given."""
    rows = rows.copy()
    things = rows[1:]
    n = len(things)
    if n == 0:
        return rows
    things[:, BOX] += rng.normal(0, 0.006, (n, 4))
    walls = things[:, WALLS]
    things[:, WALLS] = np.clip(walls + (0.5 - walls) * 2 * rng.exponential(0.02, (n, 4)), 0, 1)
    kinds, drawn = things[:, KIND].argmax(1), things[:, KIND][:, DRAWING:].any(1)
    doubt = np.where(drawn, rng.beta(0.5, 2.5, n), np.minimum(0.5, rng.exponential(0.01, n))).astype(np.float32)
    if names_of is not None:  # forms too, as of a shape in a color that it was never seen in
        doubt = np.where(~drawn & (rng.random(n) < 0.12), rng.beta(1, 2, n), doubt).astype(np.float32)
    things[:, KIND] *= 1 - doubt[:, None]
    at = np.arange(n)
    for share in (0.6, 0.25, 0.15):
        other = np.where(drawn, rng.integers(DRAWING, N_KINDS, n), rng.integers(0, DRAWING, n))
        things[at, other] += doubt * share
    if names_of is not None:
        chosen = {kind: int(rng.integers(2**31)) for kind in sorted({*kinds[drawn].tolist()})}  # a picture's things share an artist
        for k in np.nonzero(drawn)[0]:
            things[k, KIND] = 0
            things[k, KIND.start + DRAWING : KIND.stop] = names_of(int(kinds[k]) - DRAWING, chosen[int(kinds[k])], rng)
    doubt = np.where(rng.random(n) < 0.1, rng.beta(1, 4, n), 0).astype(np.float32)
    things[:, COLOUR] *= 1 - doubt[:, None]
    things[at, COLOUR.start + rng.integers(0, N_COLOURS, n)] += doubt
    return rows

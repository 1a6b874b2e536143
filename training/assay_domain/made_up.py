"""Noise and blank pictures of many kinds, from a generator. The kinds of ``test`` are not among those of ``train``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

Make = Callable[[np.random.Generator, int, int], np.ndarray]


def uniform(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return g.integers(0, 256, (h, w, 3))


def grey_uniform(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.repeat(g.integers(0, 256, (h, w, 1)), 3, 2)


def gaussian(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return g.normal(g.uniform(60, 200, 3), g.uniform(25, 80), (h, w, 3))


def black_and_white(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.repeat(np.where(g.random((h, w, 1)) < g.uniform(0.2, 0.8), 0, 255), 3, 2)


def coarse(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    """Static of squares of 2 to 4 pixels."""
    side = int(g.integers(2, 5))
    small = g.integers(0, 256, (h // side + 1, w // side + 1, 3))
    return small.repeat(side, 0).repeat(side, 1)[:h, :w]


def blurred(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    """White noise, each pixel the mean of itself and its neighbours below and to the right."""
    noise = g.integers(0, 256, (h + 1, w + 1, 3)).astype(float)
    return (noise[:-1, :-1] + noise[1:, :-1] + noise[:-1, 1:] + noise[1:, 1:]) / 4


def grey_gaussian(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.repeat(g.normal(g.uniform(80, 180), g.uniform(30, 70), (h, w, 1)), 3, 2)


def speckle(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return g.exponential(g.uniform(40, 120), (h, w, 3))


def plain(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.broadcast_to(g.integers(0, 256, 3), (h, w, 3))


def white_or_black(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.full((h, w, 3), g.choice([0, 255, 255, 240, 16]))


def faint(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    """One colour with noise of up to two levels: a covered lens, a scanned empty sheet."""
    return g.normal(g.uniform(2, 253, 3), g.uniform(0.2, 2), (h, w, 3))


def nearly(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    """A gradient of a few levels."""
    ramp = np.linspace(0, g.uniform(1, 8), w)[None, :, None] + np.linspace(0, g.uniform(0, 8), h)[:, None, None]
    return ramp + g.uniform(0, 240, 3)


def grey_plain(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.full((h, w, 3), g.integers(0, 256))


def faint_grey(g: np.random.Generator, h: int, w: int) -> np.ndarray:
    return np.repeat(g.normal(g.uniform(2, 253), g.uniform(0.2, 1.5), (h, w, 1)), 3, 2)


MAKERS: dict[str, dict[str, list[Make]]] = {
    "noise": {"train": [uniform, grey_uniform, gaussian, black_and_white, coarse, blurred], "test": [grey_gaussian, speckle]},
    "blank": {"train": [plain, white_or_black, faint, nearly], "test": [grey_plain, faint_grey]},
}


def make(kind: str, split: str, at: int, generator: np.random.Generator) -> tuple[str, Image.Image]:
    """Name of the maker, and the picture."""
    makers = MAKERS[kind][split]
    maker = makers[at % len(makers)]
    width, height = (int(2 ** generator.uniform(5, 10)) for _ in range(2))
    pixels = np.clip(np.round(maker(generator, height, width)), 0, 255).astype(np.uint8)
    return maker.__name__, Image.fromarray(pixels, "RGB")

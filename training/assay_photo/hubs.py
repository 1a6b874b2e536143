"""Hubs: sentences that lie close to many photographs, and photographs that lie close to many sentences, come first too often.

M. Radovanović et al., "Hubs in Space", JMLR 2010. CSLS (A. Conneau et al., "Word Translation without Parallel Data", ICLR
2018) therefore takes from a score what each side scores on average with its nearest neighbours of the other side. Here the
neighbours come from two fixed banks, so a vector still depends on its own picture or text alone, and the correction is part
of both towers:

score = image · text − (popularity of the text) − (popularity of the image)

popularity(v) = weight · (mean of the ``NEAREST`` highest v · bank − middle), bounded

Four more dimensions turn this sum into one cosine: ``extended``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAREST = 8
FIXED = 0.5  # what meets a popularity in the other side's vector
BOUND = 0.5  # of a popularity divided by ``FIXED``; measured ones stay below 0.4
LENGTH = (1 + FIXED**2 + BOUND**2) ** 0.5
EXTRA = 4  # dimensions


@dataclass(frozen=True)
class Bank:
    """``vectors`` [n, d]: unit vectors of the other side. ``middle``: the mean over the own side's bank."""

    vectors: np.ndarray
    weight: float
    middle: float

    def popularity(self, rows: np.ndarray) -> np.ndarray:
        """[k] for unit vectors [k, d]."""
        return self.weight * (nearest(rows, self.vectors) - self.middle)


def nearest(rows: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """[k]: mean of the highest inner products of each row with the bank."""
    return np.sort(rows @ bank.T, axis=1)[:, -NEAREST:].mean(1)


@dataclass(frozen=True)
class Hubs:
    """``photographs``: the bank that texts are held against. ``texts``: the bank for images."""

    photographs: Bank
    texts: Bank

    def of_images(self, rows: np.ndarray) -> np.ndarray:
        """[k, d + 4]: ``extended`` for unit vectors [k, d] of images."""
        return extended(rows, self.texts.popularity(rows), image=True)

    def of_texts(self, rows: np.ndarray) -> np.ndarray:
        """The same for texts."""
        return extended(rows, self.photographs.popularity(rows), image=False)


def banks(photographs: np.ndarray, texts: np.ndarray, text_weight: float, image_weight: float) -> Hubs:
    """From unit vectors [n, d] and [k, d]. ``text_weight``: of a text's popularity among photographs."""
    return Hubs(
        Bank(photographs, text_weight, float(nearest(texts, photographs).mean())),
        Bank(texts, image_weight, float(nearest(photographs, texts).mean())),
    )


def extended(rows: np.ndarray, popularity: np.ndarray, image: bool) -> np.ndarray:
    """[k, d + 4] of unit length. For an image row x and a text row y the inner product is (x · y − their popularities) / ``LENGTH``²."""
    own = np.clip(-popularity / FIXED, -BOUND, BOUND)[:, None]
    fixed, slack, none = np.full_like(own, FIXED), np.sqrt(BOUND**2 - own**2), np.zeros_like(own)
    return np.concatenate([rows, fixed, own, slack, none] if image else [rows, own, fixed, none, slack], axis=1) / LENGTH

"""From features and logits of the image tower into the space of sentences: the classes' vectors, and what they leave out.

The 1,000 classes of ImageNet know no person, no street and no sunset. The features do, and a few captioned photographs are
enough to say so: a ridge regression learned from our own captioned photographs, and from made-up ones (``made_up``).

image = unit( unit(p₂ C) + sharpness · unit(p₁ D) + learned · (√(f + floor) − m) R − common · a )

f: features, √: one square root or two (``Mix.roots``), p_T: softmax of the logits at temperature T, C and D: ``class_space``, R: the regression, a: the mean of the
first two terms over the photographs learned from. Without a, sentences that lie close to all photographs come first too
often. The regression is in closed form. Made-up pictures say what no photograph of ours shows, people above all, and keep
it from unlearning classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .class_space import softmax, unit

# One step of the last convolution's bytes (6/255) at one of 49 places: below it, int8 cannot tell a feature from 0, where
# the root is steepest.
FLOOR = 5e-4


@dataclass(frozen=True)
class Mix:
    temperature: float = 2.0
    sharp_temperature: float = 1.0
    sharpness: float = 0.9
    ridge: float = 1.0
    learned: float = 0.6
    roots: int = 1  # times that the square root of a feature is taken
    common: float = 0.0  # share of a that is taken off
    classes: float = 0.0  # weight of a made-up picture of a class in the regression, beside a photograph's 1
    imagined: float = 0.0  # the same of a made-up photograph


@dataclass(frozen=True)
class Head:
    """``conse``, ``sharp`` [1000, 384]; ``offset`` [1280]; ``regression`` [1280, 384], already scaled; ``common`` [384]."""

    conse: np.ndarray
    sharp: np.ndarray
    offset: np.ndarray
    regression: np.ndarray
    common: np.ndarray
    mix: Mix

    def mixed(self, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """[n, 384], before the last normalization."""
        learned = (roots(features, self.mix) - self.offset) @ self.regression
        return said_by_classes(self.conse, self.sharp, logits, self.mix) + learned - self.common

    def embed(self, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """[n, 384] of unit length."""
        return unit(self.mixed(features, logits))


def roots(features: np.ndarray, mix: Mix) -> np.ndarray:
    """A quarter of a photograph's features is 0: whether one is there says more than how large it is."""
    return (np.maximum(features, 0) + FLOOR) ** 0.5**mix.roots


def said_by_classes(conse: np.ndarray, sharp: np.ndarray, logits: np.ndarray, mix: Mix) -> np.ndarray:
    blurred = unit(softmax(logits, mix.temperature) @ conse)
    sharpened = unit(softmax(logits, mix.sharp_temperature) @ sharp)
    return blurred + mix.sharpness * sharpened


@dataclass(frozen=True)
class MadeUp:
    """Features [k, 1280] of pictures that no camera made, a unit vector [k, 384] for what each shows, and their weight each."""

    features: np.ndarray
    wanted: np.ndarray
    weight: float


def fit(
    conse: np.ndarray, sharp: np.ndarray, features: np.ndarray, logits: np.ndarray, captions: list[np.ndarray], mix: Mix,
    made_up: Sequence[MadeUp] = (),
) -> Head:
    """``features`` [n, 1280], ``logits`` [n, 1000]; ``captions``: for each photograph, the centred unit vectors of its sentences."""
    count = len(features)
    seen = np.concatenate([roots(one, mix) for one in (features, *(some.features for some in made_up))]).astype(np.float64)
    said = np.concatenate([unit(np.stack([sentences.mean(0) for sentences in captions])), *(some.wanted for some in made_up)]).astype(np.float64)
    weight = np.concatenate([np.ones(count), *(np.full(len(some.features), some.weight) for some in made_up)])
    offset = np.average(seen, axis=0, weights=weight)
    rows, targets = seen - offset, said - np.average(said, axis=0, weights=weight)
    photographs = rows[:count]
    weighted = (weight[:, None] * rows).T
    gram = weighted @ rows
    gram[np.diag_indices_from(gram)] += mix.ridge * np.square(photographs).sum() / count
    solved = np.linalg.solve(gram, np.concatenate([weighted @ targets, photographs.T], axis=1))
    regression = solved[:, : targets.shape[1]]
    # What the regression says of a photograph that it has not seen (leave one out, in closed form) sets its length.
    own = np.einsum("ij,ji->i", photographs, solved[:, targets.shape[1] :])
    unseen = targets[:count] - (targets[:count] - photographs @ regression) / (1 - own)[:, None]
    length = np.linalg.norm(unseen, axis=1).mean()
    common = mix.common * said_by_classes(conse, sharp, logits, mix).mean(0)
    return Head(conse, sharp, offset, regression * (mix.learned / length), common, mix)

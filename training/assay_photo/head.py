"""The image head: class vectors and a ridge regression learned from our own captioned photographs.

image = unit( unit(p₂ C) + sharpness · unit(p₁ D) + learned · (√f − m) R )

f: features, p_T: softmax of the logits at temperature T, C and D: ``class_space``, R: the regression.
The regression is in closed form (dual), so a few hundred photographs are enough and nothing depends on a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .class_space import softmax, unit


@dataclass(frozen=True)
class Mix:
    temperature: float = 2.0
    sharp_temperature: float = 1.0
    sharpness: float = 0.9
    ridge: float = 1.0
    learned: float = 0.6


@dataclass(frozen=True)
class Head:
    """``conse``, ``sharp`` [1000, 384]; ``offset`` [1280]; ``regression`` [1280, 384], already scaled."""

    conse: np.ndarray
    sharp: np.ndarray
    offset: np.ndarray
    regression: np.ndarray
    mix: Mix

    def embed(self, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """[n, 384] of unit length."""
        blurred = unit(softmax(logits, self.mix.temperature) @ self.conse)
        sharpened = unit(softmax(logits, self.mix.sharp_temperature) @ self.sharp)
        learned = (np.sqrt(np.maximum(features, 0)) - self.offset) @ self.regression
        return unit(blurred + self.mix.sharpness * sharpened + learned)


def fit(conse: np.ndarray, sharp: np.ndarray, features: np.ndarray, captions: list[np.ndarray], mix: Mix) -> Head:
    """``features`` [n, 1280]; ``captions``: for each photograph, the centred unit vectors of its sentences."""
    roots = np.sqrt(np.maximum(features, 0)).astype(np.float64)
    offset = roots.mean(0)
    rows = roots - offset
    wanted = unit(np.stack([sentences.mean(0) for sentences in captions])).astype(np.float64)
    gram = rows @ rows.T
    weights = np.linalg.solve(gram + mix.ridge * np.trace(gram) / len(gram) * np.eye(len(gram)), wanted - wanted.mean(0))
    regression = rows.T @ weights
    # What the regression says of a photograph that it has not seen (leave one out, in closed form) sets its length.
    inverse = np.linalg.inv(gram + mix.ridge * np.trace(gram) / len(gram) * np.eye(len(gram)))
    unseen = wanted - wanted.mean(0) - weights / np.diag(inverse)[:, None]
    length = np.linalg.norm(unseen, axis=1).mean()
    return Head(conse, sharp, offset, regression * (mix.learned / length), mix)

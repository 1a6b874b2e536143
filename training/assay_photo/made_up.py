"""Pictures that no camera made: what the image tower would see of a class, or of a photograph that we only imagined.

``made_up_photographs.tsv`` has three sentences of ours about each imagined photograph, and the classes that an ImageNet
classifier would name for it, in our judgement; no classifier and no photograph was asked. Such a photograph's feature is
part of a real photograph's feature and a step along the weights of its classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .class_space import read_captions
from .efficientnet_lite import CLASSES, EfficientNetLite

PHOTOGRAPHS = Path(__file__).parent / "made_up_photographs.tsv"
SHARE = 0.6  # of a made-up feature: how much of a real photograph's distance from the mean
CLASS_STEP = 4.5  # step along a class: the classifier is as sure as of photographs
PHOTOGRAPH_STEP = 12.0  # step along the classes of an imagined photograph: they get nine tenths of the probability


@dataclass(frozen=True)
class Photograph:
    """``classes``: number of each class that a classifier would name → its share; the shares sum to 1."""

    captions: tuple[str, ...]
    classes: dict[int, float]


def photographs() -> list[Photograph]:
    number = {id: at for at, id in enumerate(read_captions())}
    made = []
    for line in PHOTOGRAPHS.read_text().splitlines():
        captions, _, named = line.partition("\t")
        weights = {number[id]: float(weight) for id, _, weight in (one.partition(":") for one in named.split())}
        total = sum(weights.values())
        made.append(Photograph(tuple(captions.split(" | ")), {at: weight / total for at, weight in weights.items()}))
    return made


def shares(made: list[Photograph]) -> np.ndarray:
    """[n, 1000]: rows of ``Photograph.classes``."""
    table = np.zeros((len(made), CLASSES), np.float32)
    for row, photograph in zip(table, made, strict=True):
        row[list(photograph.classes)] = list(photograph.classes.values())
    return table


def seen(network: EfficientNetLite, features: np.ndarray, classes: np.ndarray, step: float, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features [n, 1280] and logits [n, 1000] of made-up pictures of ``classes`` [n, 1000], shares of 1; ``features`` [k, 1280]: real photographs'."""
    weights, bias = network.classes.weight.detach().numpy(), network.classes.bias.detach().numpy()
    along = classes @ (weights / np.linalg.norm(weights, axis=1, keepdims=True))
    mean, grounds = features.mean(0), features[random.integers(len(features), size=len(classes))]
    made = np.maximum(mean + SHARE * (grounds - mean) + step * along, 0)
    return made, made @ weights.T + bias


def of_classes(network: EfficientNetLite, features: np.ndarray, seed: int, rounds: int = 1, step: float = CLASS_STEP) -> list[tuple[np.ndarray, np.ndarray]]:
    """Features [1000, 1280] and logits [1000, 1000] of a made-up picture of each class, ``rounds`` times."""
    random = np.random.default_rng(seed)
    return [seen(network, features, np.eye(CLASSES, dtype=np.float32), step, random) for _ in range(rounds)]

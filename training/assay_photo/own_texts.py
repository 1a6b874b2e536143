"""The texts that matter most to the text tower, and the classes of the image tower that each of them names.

Distillation alone leaves a small student's names near their neighbours' names. So the student also learns, for these texts,
which class of picture they mean: against each class's vector in the image space (``class_pictures``). No photograph is read
for this part but the ones that the image head is learned from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from assay_training.wordnet import Synset, ancestors

from . import packages
from .class_space import TOO_GENERAL, photo_of, read_captions
from .efficientnet_lite import EfficientNetLite
from .head import Head

LEAST_CLASSES = 3  # a hypernym is taught as a kind where so many classes have it
SHARE, STRENGTH = 0.6, 4.5  # of a made-up feature: how much of a real photograph, how much of the class; the classifier is as sure as of photographs


@dataclass(frozen=True)
class OwnText:
    """``classes``: numbers of the classes that it names; none for a caption of a photograph. ``short``: a name, no sentence."""

    text: str
    classes: tuple[int, ...]
    short: bool


def named(name: str) -> list[str]:
    return [name, photo_of(name), photo_of(name).replace("photo", "picture", 1), f"the {name}"]


def own_texts(synsets: dict[str, Synset]) -> list[OwnText]:
    """Names, definitions and captions of all classes, their kinds, and the captions of the photographs learned from."""
    captions = read_captions()
    shared: dict[str, list[int]] = {}
    names: dict[str, set[int]] = {}
    sentences: dict[str, set[int]] = {}
    for number, id in enumerate(captions):
        for name in synsets[id].lemmas:
            for text in named(name):
                names.setdefault(text, set()).add(number)
        for text in (synsets[id].definition, *captions[id]):
            sentences.setdefault(text, set()).add(number)
        for kind in ancestors(synsets, id):
            shared.setdefault(kind, []).append(number)
    for kind, numbers in shared.items():
        if len(numbers) >= LEAST_CLASSES and synsets[kind].lemmas[0] not in TOO_GENERAL:
            for text in (one for name in synsets[kind].lemmas for one in named(name)):
                names.setdefault(text, set()).update(numbers)
    for pair in packages.pairs("train"):
        for caption in pair.captions:
            sentences.setdefault(caption, set())
    return [OwnText(text, tuple(sorted(numbers)), short) for short, table in ((True, names), (False, sentences)) for text, numbers in table.items()]


def made_up(network: EfficientNetLite, features: np.ndarray, seed: int, rounds: int = 1, strength: float = STRENGTH) -> list[tuple[np.ndarray, np.ndarray]]:
    """Features [1000, 1280] and logits [1000, 1000] of a made-up picture of each class, ``rounds`` times.

    The feature is part of a real photograph's (``features`` [n, 1280]) and a step along the class's weights.
    """
    random = np.random.default_rng(seed)
    weights, bias = network.classes.weight.detach().numpy(), network.classes.bias.detach().numpy()
    steps = strength * weights / np.linalg.norm(weights, axis=1, keepdims=True)
    mean = features.mean(0)
    made = []
    for _ in range(rounds):
        grounds = features[random.integers(len(features), size=len(weights))]
        one = np.maximum(mean + SHARE * (grounds - mean) + steps, 0)
        made.append((one, one @ weights.T + bias))
    return made


def class_pictures(network: EfficientNetLite, head: Head, features: np.ndarray, seed: int, rounds: int = 8) -> np.ndarray:
    """[rounds, 1000, 384]: image vectors of made-up pictures of each class."""
    return np.stack([head.embed(*one) for one in made_up(network, features, seed, rounds)]).astype(np.float32)


def class_loss(texts: torch.Tensor, pictures: torch.Tensor, says: torch.Tensor, temperature: float = 0.05) -> torch.Tensor:
    """Both directions of the contrastive loss between texts [n, 384] and class pictures [1000, 384], all of unit length.

    ``says`` [n, 1000] bool: the text names the class. Texts that name none are left out.
    """
    logits = texts @ pictures.t() / temperature
    labelled, asked = says.any(1), says.any(0)
    share = says[labelled].float() / says[labelled].sum(1, keepdim=True)
    to_picture = -(share * logits[labelled].log_softmax(1)).sum(1).mean()
    columns = logits[:, asked].t().log_softmax(1)
    to_text = -columns.masked_fill(~says[:, asked].t(), -torch.inf).logsumexp(1).mean()
    return to_picture + 0.5 * to_text



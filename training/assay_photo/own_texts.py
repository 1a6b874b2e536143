"""The texts that matter most to the text tower, and the pictures that each of them names.

Distillation alone leaves a small student's names near their neighbours' names. So the student also learns, for these texts,
which made-up pictures they describe: those of the classes that they name, or the imagined photograph that they are about
(``pictures_of``). No photograph is read for this part but the ones that the image head is learned from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from assay_training.wordnet import Synset, ancestors

from . import made_up, packages
from .class_space import TOO_GENERAL, photo_of, read_captions
from .efficientnet_lite import CLASSES, EfficientNetLite
from .head import Head

LEAST_CLASSES = 3  # a hypernym is taught as a kind where so many classes have it


@dataclass(frozen=True)
class OwnText:
    """``pictures``: numbers of the pictures that it describes: a class's number, or 1,000 and the number of a made-up photograph;
    none for a caption of a photograph. ``short``: a name, no sentence."""

    text: str
    pictures: tuple[int, ...]
    short: bool


def named(name: str) -> list[str]:
    return [name, photo_of(name), photo_of(name).replace("photo", "picture", 1), f"the {name}"]


def own_texts(synsets: dict[str, Synset]) -> list[OwnText]:
    """Names, definitions and captions of all classes, their kinds, and the captions of made-up photographs and of those learned from."""
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
    for number, photograph in enumerate(made_up.photographs(), len(captions)):
        for caption in photograph.captions:
            sentences.setdefault(caption, set()).add(number)
    for pair in packages.pairs("train"):
        for caption in pair.captions:
            sentences.setdefault(caption, set())
    return [OwnText(text, tuple(sorted(numbers)), short) for short, table in ((True, names), (False, sentences)) for text, numbers in table.items()]


def pictures_of(network: EfficientNetLite, head: Head, features: np.ndarray, seed: int, rounds: int = 8) -> np.ndarray:
    """[rounds, 1000 + n, 384]: image vectors of made-up pictures of each class and of each made-up photograph."""
    random = np.random.default_rng(seed)
    classes, imagined = np.eye(CLASSES, dtype=np.float32), made_up.shares(made_up.photographs())
    return np.stack([
        np.concatenate([
            head.embed(*made_up.seen(network, features, classes, made_up.CLASS_STEP, random)),
            head.embed(*made_up.seen(network, features, imagined, made_up.PHOTOGRAPH_STEP, random)),
        ])
        for _ in range(rounds)
    ]).astype(np.float32)


def picture_loss(texts: torch.Tensor, pictures: torch.Tensor, says: torch.Tensor, temperature: float = 0.05) -> torch.Tensor:
    """Both directions of the contrastive loss between texts [n, 384] and pictures [k, 384], all of unit length.

    ``says`` [n, k] bool: the text describes the picture. Texts that describe none are left out.
    """
    logits = texts @ pictures.t() / temperature
    labelled, asked = says.any(1), says.any(0)
    share = says[labelled].float() / says[labelled].sum(1, keepdim=True)
    to_picture = -(share * logits[labelled].log_softmax(1)).sum(1).mean()
    columns = logits[:, asked].t().log_softmax(1)
    to_text = -columns.masked_fill(~says[:, asked].t(), -torch.inf).logsumexp(1).mean()
    return to_picture + 0.5 * to_text

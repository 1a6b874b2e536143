"""Where the 1,000 classes of the image tower lie among sentences: no photograph is needed for this part.

ConSE (M. Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", ICLR 2014) puts a picture at the
mean of its classes' texts, weighted by probability. That mean is blurred: texts of related classes lie close together, so a
name finds its neighbours' pictures. The second table of vectors is therefore a ridge regression: the vectors whose inner products
with all texts (names, captions, definitions, hypernyms) come closest to "says it" / "does not". Both tables are added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from assay_training.wordnet import Synset, ancestors

CAPTIONS = Path(__file__).parent / "class_captions.tsv"
TOO_GENERAL = {"entity", "physical entity", "object", "whole", "abstraction"}


class Texts(Protocol):
    """The teacher or its student: sentences → [n, 384] of unit length."""

    def embed(self, sentences: list[str], /) -> np.ndarray: ...


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of unit length; a zero row stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def photo_of(name: str) -> str:
    return f"a photo of {'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def read_captions() -> dict[str, list[str]]:
    """WordNet id of each class, in the classifier's order, → sentences of ours about photographs that are given the class."""
    rows = (line.split("\t") for line in CAPTIONS.read_text().splitlines())
    return {id: captions.split(" | ") for id, captions in rows}


@dataclass(frozen=True)
class ClassTexts:
    """Unit vectors [1000, 384] of each class's names, definition and captions; ``kinds`` [k, 384], ``is_a`` [1000, k]."""

    names: np.ndarray
    definitions: np.ndarray
    captions: np.ndarray
    kinds: np.ndarray
    is_a: np.ndarray

    def said(self, centre: np.ndarray) -> np.ndarray:
        """[1000, 384]: what a picture of each class shows: its captions, its names and, at half weight, its kinds."""
        names, captions, kinds = (unit(vectors - centre) for vectors in (self.names, self.captions, self.kinds))
        above = self.is_a @ kinds / np.maximum(self.is_a.sum(1, keepdims=True), 1)
        return unit(captions + names + 0.5 * unit(above))


def class_texts(synsets: dict[str, Synset], texts: Texts, least: int = 3) -> ClassTexts:
    """``kinds``: hypernyms that at least ``least`` classes share, the most general ones left out."""
    captions = read_captions()
    ids = list(captions)

    def means(groups: list[list[str]]) -> np.ndarray:
        vectors = texts.embed([text for group in groups for text in group])
        ends = np.cumsum([len(group) for group in groups])
        return unit(np.stack([rows.mean(0) for rows in np.split(vectors, ends[:-1])]))

    above = [[id for id in ancestors(synsets, own) if synsets[id].lemmas[0] not in TOO_GENERAL] for own in ids]
    counts: dict[str, int] = {}
    for row in above:
        for id in row:
            counts[id] = counts.get(id, 0) + 1
    kinds = sorted(id for id, count in counts.items() if count >= least)
    number = {id: index for index, id in enumerate(kinds)}
    is_a = np.zeros((len(ids), len(kinds)), np.float64)
    for index, row in enumerate(above):
        is_a[index, [number[id] for id in row if id in number]] = 1
    return ClassTexts(
        names=means([[said for name in synsets[id].lemmas for said in (photo_of(name), name)] for id in ids]),
        definitions=means([[synsets[id].definition] for id in ids]),
        captions=means([captions[id] for id in ids]),
        kinds=means([[photo_of(name) for name in synsets[id].lemmas] for id in kinds]),
        is_a=is_a,
    )


@dataclass(frozen=True)
class Weights:
    """``definitions``, ``captions``: beside names at 1. ``sharp_*``: the same in the regression. ``ridge``: as a share of the mean eigenvalue."""

    definitions: float = 0.5
    captions: float = 1.5
    sharp_definitions: float = 0.3
    sharp_captions: float = 0.5
    sharp_kinds: float = 0.6
    ridge: float = 0.3


def centre_of(texts: ClassTexts, weights: Weights) -> np.ndarray:
    mixed = unit(texts.names + weights.definitions * texts.definitions + weights.captions * texts.captions)
    return mixed.mean(0)


def conse(texts: ClassTexts, weights: Weights) -> np.ndarray:
    """[1000, 384]: each class's texts, minus the centre."""
    mixed = unit(texts.names + weights.definitions * texts.definitions + weights.captions * texts.captions)
    return mixed - mixed.mean(0)


def sharp(texts: ClassTexts, weights: Weights) -> np.ndarray:
    """[1000, 384]: the ridge regression from classes to texts; see the module."""
    centre = centre_of(texts, weights)
    own = np.eye(len(texts.names)) - 1 / len(texts.names)
    parts = (
        (texts.names, own, 1.0),
        (texts.captions, own, weights.sharp_captions),
        (texts.definitions, own, weights.sharp_definitions),
        (texts.kinds, texts.is_a - texts.is_a.mean(0), weights.sharp_kinds),
    )
    said = np.concatenate([weight * unit(vectors - centre) for vectors, _, weight in parts])
    wanted = np.concatenate([weight * target for _, target, weight in parts], 1)
    gram = said.T @ said
    return wanted @ said @ np.linalg.inv(gram + weights.ridge * np.trace(gram) / len(gram) * np.eye(len(gram)))

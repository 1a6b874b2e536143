"""Examples of the worlds: pictures as graphs, and what is said about them."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path

from scenes.boxes.world import World
from scenes.graph import Scene

from .pictures import Item

ANSWER, TRUTH, MATCH = 0, 1, 2  # heads


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture: its things, the color of its ground, height and width; the world it was drawn from."""

    items: tuple[Item, ...]
    ground: int
    size: tuple[int, int]
    source: Scene | World | int


@dataclass(frozen=True, slots=True)
class Example:
    """A text about one or two pictures (by index), the head that answers, what is right, and the kind of text."""

    pictures: tuple[int, ...]
    text: str
    head: int
    target: int
    form: str
    count: int = -1  # the number that decides, where there is one
    marks: tuple[bytes, ...] = ()  # by kind (two at most): 1 for each thing of all the pictures that decides, else 0
    panels: bytes = b""  # 1 for each panel (of three boxes) that is as said, else 0


@dataclass
class Examples:
    """A world's pictures and what is said about them."""

    seen: list[Seen] = field(default_factory=list)
    said: list[Example] = field(default_factory=list)


def load(folder: Path, name: str) -> Examples:
    with (folder / f"{name}.pickle").open("rb") as file:
        return pickle.load(file)

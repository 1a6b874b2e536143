"""Two made-up captioners, one good and one poor, to have captions to score and compare.

The good one mostly says what is there in words of its own; both sometimes describe the scene's twin, which differs in
what its questions ask about.
"""

from __future__ import annotations

from .captions import candidates
from .draw import Stream
from .graph import Scene

#: Share of the scenes that a captioner describes rightly.
SHARES = {"strong": 0.85, "weak": 0.35}


def predictions(seed: int, name: str, scenes: list[Scene]) -> list[tuple[int, str]]:
    """(scene number, caption) for every scene."""
    return [(scene.number, _caption(seed, name, scenes, index)) for index, scene in enumerate(scenes)]


def _caption(seed: int, name: str, scenes: list[Scene], index: int) -> str:
    stream = Stream(seed, "captioner", name, scenes[index].number)
    seen = scenes[index] if stream.chance(SHARES[name]) else scenes[index ^ 1]
    words = list(dict.fromkeys(candidates(Stream(seed, "captioner's words", name, seen.number), seen)))
    return stream.pick(tuple(words[:4]))

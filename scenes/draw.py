"""Named random streams: every decision has its own, so adding one decision never moves another.

A stream is SHA-256 over its name and a counter; it gives the same numbers on every platform and Python version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Stream:
    """Random draws that depend on nothing but the name, e.g. ``Stream(2026, "scene", 12)``."""

    def __init__(self, *name: object) -> None:
        self._name = "/".join(map(str, name))
        self._counter = 0

    def _word(self) -> int:
        """The next 64 bits."""
        digest = hashlib.sha256(f"{self._name}#{self._counter}".encode()).digest()
        self._counter += 1
        return int.from_bytes(digest[:8], "big")

    def unit(self) -> float:
        """Uniform in [0, 1)."""
        return (self._word() >> 11) * 2.0**-53

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.unit() < probability

    def below(self, n: int) -> int:
        """Uniform in 0..n-1. The modulo's bias is under n / 2**64."""
        return self._word() % n

    def between(self, low: int, high: int) -> int:
        """Uniform in low..high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        """One item, uniformly."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[T, float]]) -> T:
        """One item, with the probability proportional to its weight."""
        mark = self.unit() * sum(weight for _, weight in items)
        for item, weight in items:
            mark -= weight
            if mark < 0:
                return item
        return items[-1][0]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A permutation (Fisher-Yates)."""
        out = list(items)
        for last in range(len(out) - 1, 0, -1):
            other = self.below(last + 1)
            out[last], out[other] = out[other], out[last]
        return out

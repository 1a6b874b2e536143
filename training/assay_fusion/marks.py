"""Which rows of things decide, where the generator of a statement or a question says which things do."""

from __future__ import annotations

import numpy as np

from .ends import MARKS
from .things import BOX

NEAR = 0.08  # hundreds of pixels between the middles of a thing and of what the detector saw of it


def marks_of_rows(marks: tuple[bytes, ...], rows: np.ndarray, true: np.ndarray | None) -> np.ndarray:
    """[1 + n, MARKS] of a picture's rows: 1, 0, or -1 where nobody says.

    ``true`` are the rows of the graph, in the order of ``marks``, where ``rows`` are the detector's.
    """
    out = np.full((len(rows), MARKS), -1, np.float32)
    for k, own in enumerate(marks[:MARKS]):
        values = np.frombuffer(own, np.uint8).astype(np.float32)
        if true is None:
            out[1:, k] = values
        elif len(rows) > 1 and len(values):
            apart = np.abs(middles(rows)[:, None] - middles(true)[None]).max(-1)
            nearest = apart.argmin(1)
            out[1:, k] = np.where(apart[np.arange(len(apart)), nearest] < NEAR, values[nearest], -1)
    return out


def middles(rows: np.ndarray) -> np.ndarray:
    """[n, 2] of the things."""
    box = rows[1:, BOX]
    return (box[:, :2] + box[:, 2:]) / 2


def panels_after(panels: bytes, order: tuple[int, int, int]) -> np.ndarray:
    """[3]: which panels are as said once the one at ``k`` has moved to ``order[k]``."""
    out = np.zeros(3, np.float32)
    out[list(order)] = np.frombuffer(panels, np.uint8)
    return out

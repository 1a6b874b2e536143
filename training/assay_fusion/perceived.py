"""What the detector and the namer saw of pictures, kept in a folder (``perceive`` writes it)."""

from __future__ import annotations

from pathlib import Path

import numpy as np


class Perceived:
    """Rows of things by world and picture: ``<world>.npy`` [n, WIDTH] float16 and ``<world>.index.npy`` [pictures + 1]."""

    def __init__(self, folder: Path) -> None:
        self.worlds: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for file in sorted(folder.glob("*.index.npy")):
            name = file.name.removesuffix(".index.npy")
            self.worlds[name] = (np.load(folder / f"{name}.npy"), np.load(file))

    def rows(self, world: str, picture: int) -> np.ndarray | None:
        """[1 + n, WIDTH] float32, or None for a picture that was not looked at."""
        if world not in self.worlds:
            return None
        rows, index = self.worlds[world]
        if picture + 1 >= len(index):
            return None
        return rows[index[picture] : index[picture + 1]].astype(np.float32)

"""Alpha arithmetic on uint8 arrays. Needs numpy only: ``render`` runs under another Python than the rest."""

from __future__ import annotations

import numpy as np


def unpremultiply(rgba: np.ndarray) -> np.ndarray:
    """Premultiplied [..., 4] uint8 -> straight alpha, rounding to nearest."""
    alpha = rgba[..., 3:].astype(np.uint32)
    colour = (rgba[..., :3].astype(np.uint32) * 255 + alpha // 2) // np.maximum(alpha, 1)
    return np.concatenate([np.minimum(colour, 255).astype(np.uint8), rgba[..., 3:]], axis=-1)


def premultiply(rgba: np.ndarray) -> np.ndarray:
    """Straight alpha [..., 4] uint8 -> premultiplied, rounding to nearest."""
    colour = (rgba[..., :3].astype(np.uint32) * rgba[..., 3:] + 127) // 255
    return np.concatenate([colour.astype(np.uint8), rgba[..., 3:]], axis=-1)

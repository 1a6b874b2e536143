"""Where things are, in words that a person would use: computed from rows inside the graph, so that the Worker need not.

Attention over raw coordinates learns "on top of" slowly. Here each thing says its third of the picture, how many things
of its panel lie above, below, left and right of it, and each pair of things says how the two stand to each other
(relation features in attention: Hu et al., "Relation Networks for Object Detection", 2018).
A panel is one of two pictures, or one of three boxes side by side in a wide picture.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .things import BOX, COLOUR, KIND, PICTURE, WHICH

PANELS = 3
APART = 0.15  # hundreds of pixels between middles, from which one thing is above or beside another
BESIDE = 0.27  # hundreds of pixels, up to which it is directly so
LARGER = 1.2  # ratio of widths
PAIRS = 13  # features of a pair
PLACES = 23  # features of a thing


def lone(rows: Tensor, at: int) -> Tensor:
    return rows[..., at : at + 1]


def present_of(rows: Tensor) -> Tensor:
    """[b, n, 1]: 1 for a thing, 0 for the row of a picture and for padding."""
    return (rows[..., COLOUR].sum(-1, keepdim=True) > 0.01).to(rows.dtype) * (1 - lone(rows, PICTURE))


def panels_of(rows: Tensor) -> Tensor:
    """[b, n, 3]: 1 for the panel that a row is in."""
    middle = (lone(rows, BOX.start) + lone(rows, BOX.start + 2)) * 0.5
    panel = (middle > 1.25).to(rows.dtype) + (middle > 2.75).to(rows.dtype) + lone(rows, WHICH)
    return torch.cat([panel < 0.5, (panel > 0.5) & (panel < 1.5), panel > 1.5], -1).to(rows.dtype)


def pairs_of(rows: Tensor, present: Tensor, panels: Tensor) -> Tensor:
    """[b, n, n, PAIRS]: how the second thing stands to the first."""
    box = rows[..., BOX]
    x, y = (box[..., 0] + box[..., 2]) * 0.5, (box[..., 1] + box[..., 3]) * 0.5
    width = (box[..., 2] - box[..., 0]).clamp(min=0.01)
    across, down = x.unsqueeze(1) - x.unsqueeze(2), y.unsqueeze(1) - y.unsqueeze(2)  # second minus first
    both = (present @ present.transpose(1, 2)) * (panels @ panels.transpose(1, 2))
    ratio = width.unsqueeze(1) / width.unsqueeze(2)
    near_x, near_y = across.abs() < APART, down.abs() < APART
    kinds, colours = rows[..., KIND], rows[..., COLOUR]
    said = [
        down < -APART, down > APART, across < -APART, across > APART,
        (down < -APART) & (down > -BESIDE) & near_x, (down > APART) & (down < BESIDE) & near_x, near_x, near_y,
        ratio > LARGER, ratio < 1 / LARGER,
    ]
    told = torch.stack(said, -1).to(rows.dtype) * both.unsqueeze(-1)
    alike = torch.stack([both, kinds @ kinds.transpose(1, 2) * both, colours @ colours.transpose(1, 2) * both], -1)
    return torch.cat([told, alike], -1)


def places_of(rows: Tensor, present: Tensor, pairs: Tensor) -> Tensor:
    """[b, n, PLACES]: third of the panel's height and width, size, and how many things of the panel lie on each side."""
    box = rows[..., BOX]
    x, y = (box[..., 0:1] + box[..., 2:3]) * 0.5, (box[..., 1:2] + box[..., 3:4]) * 0.5
    inside = x - 1.5 * ((x > 1.25).to(x.dtype) + (x > 2.75).to(x.dtype))
    thirds = torch.cat([inside < 1 / 3, (inside >= 1 / 3) & (inside < 2 / 3), inside >= 2 / 3, y < 1 / 3, (y >= 1 / 3) & (y < 2 / 3), y >= 2 / 3], -1)
    width = box[..., 2:3] - box[..., 0:1]
    sizes = torch.cat([width < 0.15, (width >= 0.15) & (width < 0.25), width >= 0.25], -1)
    sides = pairs[..., :4].sum(2)  # above, below, left, right
    panel = pairs[..., 10:11].sum(2)
    counts = torch.cat([sides < 0.5, (sides > 0.5) & (sides < 1.5)], -1)
    upper = (pairs[..., 0:1].sum(2) - pairs[..., 1:2].sum(2)) * 0.2
    higher = (y.transpose(1, 2) < y - 0.02).to(y.dtype) * pairs[..., 10]
    highest = higher.sum(2, keepdim=True) < 0.5
    flags = torch.cat([thirds, sizes, counts, highest], -1).to(rows.dtype)
    return torch.cat([flags, sides[..., :2] * 0.25, panel * 0.15, upper, width], -1) * present

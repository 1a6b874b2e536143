"""The detector: which things are in a picture, where, of which form and color.

One stack of 3 x 3 convolutions down to an eighth of the picture, and a linear read-out a cell. A cell that holds a
thing's center says everything about it (Zhou et al., "Objects as Points", 2019). No normalisation layers: pictures of
different worlds and sizes share a step, and bounded activations quantize well.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .vocabulary import COLOUR_NAMES, FORMS

STRIDE = 8
CLIP = 6.0
WIDTHS = (24, 48, 96)
COLOURS = len(COLOUR_NAMES) + 1
#: Channels of the read-out: center, left, top, right, bottom (cells from the cell's middle), four walls, form, color.
CENTRE, BOX, WALLS = 0, slice(1, 5), slice(5, 9)
FORM = slice(9, 9 + FORMS)
COLOUR = slice(9 + FORMS, 9 + FORMS + COLOURS)
GROUND = slice(9 + FORMS + COLOURS, 9 + FORMS + COLOURS + COLOURS)  # the color of the ground around
CHANNELS = GROUND.stop


class Residual(nn.Module):
    """x + conv(relu6(conv(x))), then relu6. Starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.second(F.hardtanh(self.first(x), 0.0, CLIP))
        return F.hardtanh(x + branch, 0.0, CLIP)


class Eyes(nn.Module):
    """[b, 3, h, w] in -1..1, h and w multiples of 8 -> read-out [b, CHANNELS, h / 8, w / 8], logits but for the box."""

    def __init__(self, widths: tuple[int, int, int] = WIDTHS) -> None:
        super().__init__()
        first, second, third = widths
        self.first = nn.Conv2d(3, first, 3, 2, 1)
        self.second = nn.Conv2d(first, second, 3, 2, 1)
        self.fine = Residual(second)
        self.third = nn.Conv2d(second, third, 3, 2, 1)
        self.coarse = nn.ModuleList(Residual(third) for _ in range(2))
        self.read = nn.Conv2d(third, CHANNELS, 1)
        for conv in (self.first, self.second, self.third):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)  # pyright: ignore[reportArgumentType]
        with torch.no_grad():
            self.read.weight.mul_(0.1)
            assert self.read.bias is not None
            self.read.bias.zero_()
            self.read.bias[CENTRE] = -3.0
            self.read.bias[BOX] = 1.5

    def forward(self, pixels: Tensor) -> Tensor:
        x = F.hardtanh(self.first(pixels), 0.0, CLIP)
        x = self.fine(F.hardtanh(self.second(x), 0.0, CLIP))
        x = F.hardtanh(self.third(x), 0.0, CLIP)
        for block in self.coarse:
            x = block(x)
        return self.read(x)


def eyes_loss(out: Tensor, target: Tensor) -> Tensor:
    """One number for a batch. ``target`` [b, 13, h, w]: centre, box (4), walls (4), form, color, ground, 1 where walls count.

    A form, color or ground of -1 is unknown and costs nothing.
    """
    centre = target[:, 0]
    here = centre.bool()
    count = here.sum().clamp(min=1)
    logit = out[:, CENTRE]
    wrong = F.binary_cross_entropy_with_logits(logit, centre, reduction="none")
    sure = torch.exp(-wrong)  # probability given to the truth
    heat = ((1 - sure) ** 2 * wrong * (1 + 3 * centre)).sum() / count
    at = out.permute(0, 2, 3, 1)[here]
    truth = target.permute(0, 2, 3, 1)[here]
    box = F.smooth_l1_loss(at[:, BOX], truth[:, 1:5], beta=0.05)
    walls = (F.binary_cross_entropy_with_logits(at[:, WALLS], truth[:, 5:9], reduction="none").mean(1) * truth[:, 12]).sum() / count
    form = F.cross_entropy(at[:, FORM], truth[:, 9].long(), ignore_index=-1)
    colour = F.cross_entropy(at[:, COLOUR], truth[:, 10].long(), ignore_index=-1)
    known = truth[:, 11] >= 0
    ground = F.cross_entropy(at[known][:, GROUND], truth[known][:, 11].long()) if bool(known.any()) else at.sum() * 0
    return heat + 4 * box + 4 * walls + form + colour + 0.3 * ground

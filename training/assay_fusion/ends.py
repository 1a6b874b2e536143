"""Where things enter a fusion model, and where answers leave it; the same for every lineage."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .things import BOX, COLOUR, KIND, N_COLOURS, N_KINDS, PICTURE, WALLS, WHICH
from .vocabulary import ANSWERS

COUNTS = 13  # 0 to 12 things or boxes; more count as 12
GATES = 24
FREQUENCIES = (1.0, 2.0, 4.0, 8.0, 16.0)  # of places, in radians a hundred pixels, times pi / 2


class ThingRows(nn.Module):
    """Rows of things [b, n, WIDTH] -> [b, n, w]. Places become waves, so that distances can be read off."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.kind_tokens = nn.Parameter(torch.randn(N_KINDS, width) * 0.1)
        self.colour_tokens = nn.Parameter(torch.randn(N_COLOURS, width) * 0.1)
        self.register_buffer("waves", torch.tensor(FREQUENCIES) * (math.pi / 2), persistent=False)
        self.waves: Tensor
        self.place = nn.Linear(6 + 6 * 2 * len(FREQUENCIES), width)
        self.rest = nn.Linear(6, width)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, rows: Tensor) -> Tensor:
        box = rows[..., BOX]
        middle = (box[..., :2] + box[..., 2:]) * 0.5
        places = torch.cat([box, middle], -1)
        angles = (places.unsqueeze(-1) * self.waves).flatten(-2)
        placed = self.place(torch.cat([places, angles.sin(), angles.cos()], -1))
        rest = self.rest(torch.cat([rows[..., WALLS], rows[..., WHICH : PICTURE + 1]], -1))
        x = rows[..., KIND] @ self.kind_tokens + rows[..., COLOUR] @ self.colour_tokens + placed + rest
        return self.norm(x + self.second(F.relu(self.first(x))))


class Lexicon(nn.Module):
    """Which kinds and colors a token names, [tokens, kinds + colors] in 0 to about 1: the meeting of names and words.

    A thing's match with a text is the best match with one of its tokens, of its kind and of its color. Learned; it
    starts from the detector's labels, as object tags do in Oscar (Li et al., 2020).
    """

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.name_tokens = nn.Parameter(torch.zeros(vocabulary, N_KINDS + N_COLOURS))
        self.thing = nn.Linear(8, width)
        self.word = nn.Linear(4, width)

    def forward(self, rows: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """What is added to the states of the words [b, l, w] and of the things [b, n, w]."""
        named = self.name_tokens[ids] * (ids != 0).to(rows.dtype).unsqueeze(-1)
        kinds = rows[..., KIND] @ named[..., :N_KINDS].transpose(1, 2)  # [b, n, l]
        colours = rows[..., COLOUR] @ named[..., N_KINDS:].transpose(1, 2)
        kind, colour = kinds.amax(-1, keepdim=True), colours.amax(-1, keepdim=True)
        any_kind = named[..., :N_KINDS].amax((-1, -2), keepdim=True).expand_as(kind)
        any_colour = named[..., N_KINDS:].amax((-1, -2), keepdim=True).expand_as(colour)
        fits_kind, fits_colour = 1 - any_kind + kind, 1 - any_colour + colour
        thing = torch.cat([kind, colour, any_kind, any_colour, kind * colour, fits_kind, fits_colour, fits_kind * fits_colour], -1)
        word = torch.cat([kinds.amax(1).unsqueeze(-1), colours.amax(1).unsqueeze(-1), kinds.sum(1).unsqueeze(-1) * 0.25, colours.sum(1).unsqueeze(-1) * 0.25], -1)
        return self.word(word), self.thing(thing)


class Heads(nn.Module):
    """The first word's state and the things' states -> logits of the answers, of true, of fitting.

    Attention averages, so it loses how many there are. Here each thing opens gates, which are summed over the picture
    and over its panels; each panel's sums open gates again, which are summed over the panels ("two towers with a blue
    block"). A panel is one of two pictures, or one of three boxes side by side in a wide picture.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.thing_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.gates = nn.Linear(width, GATES)
        self.panel_hidden, self.panel_gates = nn.Linear(width + 2 * GATES, width), nn.Linear(width, GATES)
        self.hidden = nn.Linear(width + 5 * GATES, 2 * width)
        self.answer, self.truth, self.match = nn.Linear(2 * width, len(ANSWERS)), nn.Linear(2 * width, 1), nn.Linear(2 * width, 1)
        self.count = nn.Linear(2 * width, COUNTS)
        self.accepts = nn.Linear(width, COUNTS)
        nn.init.zeros_(self.truth.weight)

    def state(self, first: Tensor, seen: Tensor, rows: Tensor) -> Tensor:
        """[b, 2 w] from the first word [b, w], the things' states [b, n, w] and their rows."""
        first = self.norm(first)
        present = (rows[..., COLOUR].sum(-1, keepdim=True) > 0.01).to(rows.dtype) * (1 - rows[..., PICTURE : PICTURE + 1])
        gates = self.gates(self.thing_norm(seen)).sigmoid() * present
        middle = (rows[..., BOX.start : BOX.start + 1] + rows[..., BOX.start + 2 : BOX.start + 3]) * 0.5
        panel = (middle > 1.25).to(rows.dtype) + (middle > 2.75).to(rows.dtype) + rows[..., WHICH : WHICH + 1]
        inside = torch.cat([(panel < 0.5).to(rows.dtype), ((panel > 0.5) & (panel < 1.5)).to(rows.dtype), (panel > 1.5).to(rows.dtype)], -1)
        sums = inside.transpose(1, 2) @ gates  # [b, 3, GATES]
        some = sums / (sums + 0.5)
        about = first.unsqueeze(1).expand(-1, 3, -1)
        panels = self.panel_gates(F.relu(self.panel_hidden(torch.cat([about, sums * 0.5, some], -1)))).sigmoid()
        total = sums.sum(1)
        told = torch.cat([total * 0.25, total / (total + 0.5), panels.sum(1), sums.amax(1) * 0.5, sums.amin(1) * 0.5], -1)
        return F.relu(self.hidden(torch.cat([first, told], -1)))

    def forward(self, first: Tensor, seen: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        (answer, truth, match), _ = self.logits(first, seen, rows)
        return answer, truth, match

    def logits(self, first: Tensor, seen: Tensor, rows: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """The three heads' logits, and those of the number that decides a statement [b, COUNTS].

        A statement is true if its words accept the number: "at least two" accepts 2 and more.
        """
        h = self.state(first, seen, rows)
        count = self.count(h)
        accepted = (count.softmax(-1) * self.accepts(self.norm(first)).sigmoid()).sum(-1, keepdim=True) * 0.98 + 0.01
        truth = torch.log(accepted) - torch.log(1 - accepted) + self.truth(h)
        return (self.answer(h), truth, self.match(h)), count

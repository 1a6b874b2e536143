"""Where things enter a fusion model, and where answers leave it; the same for every lineage."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from scenes.vocabulary import PLACES, place_name
from torch import Tensor, nn

from . import places
from .things import BOX, COLOUR, KIND, N_COLOURS, N_KINDS, PICTURE, WALLS, WHICH
from .vocabulary import ANSWER_INDEX, ANSWERS, COLOUR_NAMES, KINDS

COUNTS = 13  # 0 to 12 things or boxes; more count as 12
GATES = 24
MARKS = 2  # gates that are taught which things decide
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
        self.rest, self.where = nn.Linear(6, width), nn.Linear(places.PLACES, width)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, rows: Tensor, present: Tensor, pairs: Tensor) -> Tensor:
        box = rows[..., BOX]
        middle = (box[..., :2] + box[..., 2:]) * 0.5
        points = torch.cat([box, middle], -1)
        angles = (points.unsqueeze(-1) * self.waves).flatten(-2)
        placed = self.place(torch.cat([points, angles.sin(), angles.cos()], -1)) + self.where(places.places_of(rows, present, pairs))
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


class Said(NamedTuple):
    """Logits. ``count`` [b, COUNTS] is the number that decides; ``things`` [b, n, MARKS] which things do, by kind;
    ``panels`` [b, 3] which panels are as said. Those three only teach, and explain."""

    answer: Tensor
    truth: Tensor
    match: Tensor
    count: Tensor
    things: Tensor
    panels: Tensor


class Heads(nn.Module):
    """The first word's state and the things' states -> logits of the answers, of true, of fitting.

    Attention averages, so it loses how many there are. Here each thing opens gates, which are summed over the picture
    and over its panels; each panel's sums open gates again, which are summed over the panels ("two towers with a blue
    block"). The first gates are taught which things and which panels decide. An answer that is a thing's name, color or
    place is also read off the thing that is pointed at.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.thing_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.gates, self.point = nn.Linear(width, GATES), nn.Linear(width, 1)
        self.panel_hidden, self.panel_gates = nn.Linear(width + 2 * GATES, width), nn.Linear(width, GATES)
        self.hidden = nn.Linear(width + 5 * GATES, 2 * width)
        self.answer, self.truth, self.match = nn.Linear(2 * width, len(ANSWERS)), nn.Linear(2 * width, 1), nn.Linear(2 * width, 1)
        self.count = nn.Linear(2 * width, COUNTS)
        self.accepts = nn.Linear(width, COUNTS)
        self.sorts = nn.Linear(width, 5)  # whether the answer is a kind, a color, a place, a number, yes or no
        self.read = nn.Linear(N_KINDS + N_COLOURS + len(PLACES), len(ANSWERS), bias=False)
        nn.init.zeros_(self.truth.weight)
        with torch.no_grad():
            self.read.weight.copy_(names_of_answers())
        self.register_buffer("numbers", numbers_of_answers(), persistent=False)
        self.register_buffer("yes", yes_and_no(), persistent=False)
        self.numbers: Tensor
        self.yes: Tensor

    def forward(self, first: Tensor, seen: Tensor, rows: Tensor, present: Tensor, panels: Tensor) -> Said:
        first, seen = self.norm(first), self.thing_norm(seen)
        things = self.gates(seen)
        gates = things.sigmoid() * present
        sums = (panels * present).transpose(1, 2) @ gates  # [b, 3, GATES]
        some = sums / (sums + 0.5)
        about = first.unsqueeze(1).expand(-1, places.PANELS, -1)
        inside = self.panel_gates(F.relu(self.panel_hidden(torch.cat([about, sums * 0.5, some], -1))))
        total = sums.sum(1)
        told = torch.cat([total * 0.25, total / (total + 0.5), inside.sigmoid().sum(1), sums.amax(1) * 0.5, sums.amin(1) * 0.5], -1)
        h = F.relu(self.hidden(torch.cat([first, told], -1)))
        count = self.count(h)
        # A statement is true if its words accept the number: "at least two" accepts 2 and more.
        accepted = (count.softmax(-1) * self.accepts(first).sigmoid()).sum(-1, keepdim=True) * 0.98 + 0.01
        truth = torch.log(accepted) - torch.log(1 - accepted) + self.truth(h)
        sorts = self.sorts(first).sigmoid()
        known = (rows[..., COLOUR].sum(-1, keepdim=True) > 0.01).to(rows.dtype)
        pointed = (self.point(seen) * 3 + things[..., :1] + (known - 1) * 1e4).softmax(1)
        names = torch.cat([rows[..., KIND], rows[..., COLOUR], cell_of(rows)], -1)
        named = (pointed * names).sum(1)
        each = torch.cat([named[:, :N_KINDS] * sorts[:, :1], named[:, N_KINDS : N_KINDS + N_COLOURS] * sorts[:, 1:2], named[:, N_KINDS + N_COLOURS :] * sorts[:, 2:3]], -1)
        numbered = count.softmax(-1) @ self.numbers * sorts[:, 3:4]
        answer = self.answer(h) + self.read(each) + 6 * numbered + truth * sorts[:, 4:5] @ self.yes
        return Said(answer, truth, self.match(h), count, things[..., :MARKS], inside[..., 0])


def cell_of(rows: Tensor) -> Tensor:
    """[b, n, 9]: the cell of a picture of 3 x 3 that a thing's middle is in."""
    x = (rows[..., BOX.start : BOX.start + 1] + rows[..., BOX.start + 2 : BOX.start + 3]) * 1.5
    y = (rows[..., BOX.start + 1 : BOX.start + 2] + rows[..., BOX.start + 3 : BOX.start + 4]) * 1.5
    columns = torch.cat([x < 1, (x >= 1) & (x < 2), x >= 2], -1).to(rows.dtype)
    lines = torch.cat([y < 1, (y >= 1) & (y < 2), y >= 2], -1).to(rows.dtype)
    return (lines.unsqueeze(-1) * columns.unsqueeze(-2)).flatten(-2)


def names_of_answers() -> Tensor:
    """[answers, kinds + colors + cells]: 6 where the name is the answer."""
    out = torch.zeros(len(ANSWERS), N_KINDS + N_COLOURS + len(PLACES))
    for k, kind in enumerate(KINDS):
        out[ANSWER_INDEX[kind], k] = 6
    for k, colour in enumerate(COLOUR_NAMES):
        out[ANSWER_INDEX[colour], N_KINDS + k] = 6
    for row in range(3):
        for column in range(3):
            out[ANSWER_INDEX[place_name(row, column)], N_KINDS + N_COLOURS + 3 * row + column] = 6
    return out


def numbers_of_answers() -> Tensor:
    """[COUNTS, answers]: 1 where the number is the answer."""
    out = torch.zeros(COUNTS, len(ANSWERS))
    for number in range(COUNTS):
        if str(number) in ANSWER_INDEX:
            out[number, ANSWER_INDEX[str(number)]] = 1
    return out


def yes_and_no() -> Tensor:
    """[1, answers]: half for yes, minus half for no."""
    out = torch.zeros(1, len(ANSWERS))
    out[0, ANSWER_INDEX["yes"]], out[0, ANSWER_INDEX["no"]] = 0.5, -0.5
    return out

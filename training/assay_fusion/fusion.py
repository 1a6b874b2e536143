"""The transformer of ``assay-lxmert``: language encoder, object encoder, cross-modality encoder (Tan and Bansal, 2019).

Rows of things (``things``) and token ids in; answers, truth and matching out. Written in plain MatMul and Softmax, so
that the exported graph is plain too. Shorter than a batch's longest, a text is padded with id 0 and rows with zeros:
both are masked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .texts import MAX_LENGTH
from .things import BOX, COLOUR, KIND, N_COLOURS, N_KINDS, PICTURE, WALLS, WHICH
from .vocabulary import ANSWERS

COUNTS = 13  # 0 to 12 things or boxes; more count as 12
GATES = 24
FREQUENCIES = (1.0, 2.0, 4.0, 8.0, 16.0)  # of places, in radians a hundred pixels, times pi / 2


@dataclass(frozen=True)
class Config:
    """Sizes of one model."""

    vocabulary: int = 1400
    width: int = 96
    heads: int = 4
    hidden: int = 192
    words: int = 1  # layers over words alone
    objects: int = 1  # over things alone
    crosses: int = 3  # over both
    length: int = MAX_LENGTH


class Attention(nn.Module):
    """Multi-head attention of x [b, n, w] over y [b, m, w]. ``bias`` [b, 1, 1, m] is 0 or very negative."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor, y: Tensor, bias: Tensor) -> Tensor:
        batch, width = x.shape[0], x.shape[2]
        each = width // self.heads

        def split(z: Tensor) -> Tensor:
            return z.reshape(batch, -1, self.heads, each).transpose(1, 2)

        scores = split(self.query(x)) @ split(self.key(y)).transpose(2, 3) * (each**-0.5) + bias
        mixed = scores.softmax(-1) @ split(self.value(y))
        return self.out(mixed.transpose(1, 2).reshape(batch, -1, width))


class FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(F.relu(self.up(self.norm(x))))


class SelfBlock(nn.Module):
    """Pre-norm self-attention and feed-forward."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.attention = Attention(config.width, config.heads)
        self.feed = FeedForward(config.width, config.hidden)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        y = self.norm(x)
        return self.feed(x + self.attention(y, y, bias))


class CrossBlock(nn.Module):
    """Words look at things and things at words, by the same weights; then each stream at itself."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.word_norm, self.thing_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.cross = Attention(config.width, config.heads)
        self.words, self.things = SelfBlock(config), SelfBlock(config)

    def forward(self, words: Tensor, things: Tensor, word_bias: Tensor, thing_bias: Tensor) -> tuple[Tensor, Tensor]:
        a, b = self.word_norm(words), self.thing_norm(things)
        words, things = words + self.cross(a, b, thing_bias), things + self.cross(b, a, word_bias)
        return self.words(words, word_bias), self.things(things, thing_bias)


class ThingRows(nn.Module):
    """Rows of things [b, n, WIDTH] -> [b, n, w]. Places become waves, so that distances can be read off."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.kinds = nn.Parameter(torch.randn(N_KINDS, width) * 0.1)
        self.colours = nn.Parameter(torch.randn(N_COLOURS, width) * 0.1)
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
        x = rows[..., KIND] @ self.kinds + rows[..., COLOUR] @ self.colours + placed + rest
        return self.norm(x + self.second(F.relu(self.first(x))))


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
        self.count = nn.Linear(2 * width, COUNTS)  # in training alone

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
        h = self.state(first, seen, rows)
        return self.answer(h), self.truth(h), self.match(h)


def masked(present: Tensor) -> Tensor:
    """[b, n] of 1 and 0 -> what attention adds to scores, [b, 1, 1, n]."""
    return ((1.0 - present) * -1e4)[:, None, None, :]


class Lxmert(nn.Module):
    """Rows of things [b, n, WIDTH] and ids [b, l] -> (answers [b, a], truth [b, 1], match [b, 1]), all logits."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        nn.init.normal_(self.tokens.weight, std=0.1)
        self.positions = nn.Parameter(torch.randn(config.length, config.width) * 0.05)
        self.rows = ThingRows(config.width)
        self.word_norm = nn.LayerNorm(config.width)
        self.words = nn.ModuleList(SelfBlock(config) for _ in range(config.words))
        self.objects = nn.ModuleList(SelfBlock(config) for _ in range(config.objects))
        self.crosses = nn.ModuleList(CrossBlock(config) for _ in range(config.crosses))
        self.heads = Heads(config.width)

    def forward(self, things: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first, seen = self.states(things, ids)
        return self.heads(first, seen, things)

    def states(self, things: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """The state of [CLS] [b, w], and the states of the things [b, n, w]."""
        thing_bias = masked((things[..., COLOUR].sum(-1) > 0.01).to(things.dtype))
        word_bias = masked((ids != 0).to(things.dtype))
        words = self.word_norm(self.tokens(ids) + self.positions[: ids.shape[1]])
        seen = self.rows(things)
        for block in self.words:
            words = block(words, word_bias)
        for block in self.objects:
            seen = block(seen, thing_bias)
        for block in self.crosses:
            words, seen = block(words, seen, word_bias, thing_bias)
        return words[:, 0], seen


def all_logits(model: Lxmert, things: Tensor, ids: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """The three heads' logits, and those of the number that decides a statement [b, COUNTS]."""
    first, seen = model.states(things, ids)
    h = model.heads.state(first, seen, things)
    return (model.heads.answer(h), model.heads.truth(h), model.heads.match(h)), model.heads.count(h)


@torch.no_grad()
def name_kinds(model: Lxmert, tokens: dict[str, int], names: list[tuple[str, str]], colours: list[str]) -> None:
    """Start each kind's and color's row from its words' embeddings, so that words find what they name."""
    embeddings = model.tokens.weight
    for index, pair in enumerate(names):
        known = [tokens[word] for word in pair if word in tokens]
        if known:
            model.rows.kinds[index] = embeddings[known].mean(0) * 3
    for index, colour in enumerate(colours):
        if colour in tokens:
            model.rows.colours[index] = embeddings[tokens[colour]] * 3

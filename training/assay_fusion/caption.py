"""The captioner: an encoder over things, and a decoder that says one token after the other.

The decoder's step reads keys and values of the tokens before (``past``) and of the things (``memory``), so that a token
costs one run of one graph. A name may be copied off a thing that the decoder looks at, as answers are (``ends.Heads``).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import Config, FeedForward, ThingBlock, masked
from .ends import ThingRows
from .places import pairs_of, panels_of, present_of
from .things import COLOUR, KIND, N_COLOURS, N_KINDS

MOST_ALIKE = 5  # things of one kind and color that are told apart by number
LONGEST = 40  # tokens of a caption, without the first


@dataclass(frozen=True)
class CaptionConfig:
    """Sizes of the captioner."""

    vocabulary: int = 1400
    width: int = 96
    heads: int = 4
    hidden: int = 192
    objects: int = 2
    layers: int = 2
    length: int = LONGEST + 1


class Step(nn.Module):
    """A layer of the decoder: attention over the tokens so far, over the things, a feed-forward."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.self_norm, self.cross_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.parts, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.query, self.memory, self.cross_out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.feed = FeedForward(width, config.hidden)

    def split(self, x: Tensor) -> Tensor:
        """[b, l, w] -> [b, heads, l, w / heads]."""
        return x.reshape(x.shape[0], -1, self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def remember(self, things: Tensor) -> Tensor:
        """[b, n, w] -> keys and values [2, b, heads, n, w / heads]."""
        keys, values = self.memory(things).chunk(2, -1)
        return torch.stack([self.split(keys), self.split(values)])

    def attend(self, query: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        scores = query @ keys.transpose(2, 3) * (query.shape[-1] ** -0.5) + bias
        return (scores.softmax(-1) @ values).transpose(1, 2).flatten(2)

    def forward(self, x: Tensor, past: Tensor, memory: Tensor, causal: Tensor, thing_bias: Tensor) -> tuple[Tensor, Tensor]:
        """x [b, l, w], past [2, b, heads, t, d] -> x, and keys and values with those of x, [2, b, heads, t + l, d]."""
        query, keys, values = self.parts(self.self_norm(x)).chunk(3, -1)
        now = torch.cat([past, torch.stack([self.split(keys), self.split(values)])], 3)
        x = x + self.out(self.attend(self.split(query), now[0], now[1], causal))
        x = x + self.cross_out(self.attend(self.split(self.query(self.cross_norm(x))), memory[0], memory[1], thing_bias))
        return self.feed(x), now


class Captioner(nn.Module):
    """Rows of things and tokens -> logits of the next token."""

    def __init__(self, config: CaptionConfig) -> None:
        super().__init__()
        self.config = config
        sizes = Config(width=config.width, heads=config.heads, hidden=config.hidden)
        self.rows, self.alike = ThingRows(config.width), nn.Linear(MOST_ALIKE, config.width)
        self.objects = nn.ModuleList(ThingBlock(sizes) for _ in range(config.objects))
        self.thing_norm = nn.LayerNorm(config.width)
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        nn.init.normal_(self.tokens.weight, std=0.1)
        self.positions = nn.Parameter(torch.randn(config.length, config.width) * 0.05)
        self.steps = nn.ModuleList(Step(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.words = nn.Linear(config.width, config.vocabulary)
        self.name_tokens = nn.Parameter(torch.zeros(N_KINDS + N_COLOURS, config.vocabulary))
        self.point, self.pointed = nn.Linear(config.width, config.width), nn.Linear(config.width, config.width)
        self.copies = nn.Linear(config.width, 2)

    def encode(self, things: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """things [b, n, WIDTH] -> memory [layers, 2, b, heads, n, d], what pointing looks at [b, n, w], names [b, n, 2, V].

        Names are logits of tokens: of the thing's kind, and of its color.
        """
        present, panels = present_of(things), panels_of(things)
        pairs = pairs_of(things, present, panels)
        bias = masked((things[..., COLOUR].sum(-1) > 0.01).to(things.dtype))
        same = (pairs[..., 11] * pairs[..., 12]).sum(2, keepdim=True)
        numbers = torch.arange(1, MOST_ALIKE + 1, dtype=things.dtype)
        x = self.rows(things, present, pairs) + self.alike(F.relu(1 - (same - numbers).abs()))
        for block in self.objects:
            x = block(x, bias, pairs)
        x = self.thing_norm(x)
        memory = torch.stack([step.remember(x) for step in self.steps])  # pyright: ignore[reportCallIssue]
        kinds, colours = things[..., KIND] @ self.name_tokens[:N_KINDS], things[..., COLOUR] @ self.name_tokens[N_KINDS:]
        return memory, self.pointed(x), torch.stack([kinds, colours], 2)

    def decode(self, ids: Tensor, position: Tensor, past: Tensor, memory: Tensor, looked: Tensor, names: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """ids [b, l], position [1] of the first, past [layers, 2, b, heads, t, d] -> logits [b, l, V], present.

        ``memory``, ``looked`` and ``names`` may be of one picture, for all ``b``. ``bias`` [b or 1, 1, 1, n] hides padding.
        """
        length = ids.shape[1]
        at = position + torch.arange(length)
        x = self.tokens(ids) + self.positions[at]
        causal = torch.zeros(1)
        if length > 1:
            before = torch.arange(length).unsqueeze(0) <= torch.arange(length).unsqueeze(1)
            causal = F.pad((1 - before.to(x.dtype)) * -1e4, (past.shape[4], 0))
        present = []
        for layer, step in enumerate(self.steps):
            x, now = step(x, past[layer], memory[layer], causal, bias)
            present.append(now)
        x = self.norm(x)
        scores = self.point(x) @ looked.transpose(1, 2) * (x.shape[-1] ** -0.5) + bias[:, 0]
        pointed = scores.softmax(-1)
        copied = self.copies(x).sigmoid() * 8
        logits = self.words(x) + copied[..., :1] * (pointed @ names[:, :, 0]) + copied[..., 1:] * (pointed @ names[:, :, 1])
        return logits, torch.stack(present)

    def nothing(self, batch: int) -> Tensor:
        """The past of the first token."""
        config = self.config
        return torch.zeros(config.layers, 2, batch, config.heads, 0, config.width // config.heads)

    def forward(self, things: Tensor, ids: Tensor) -> Tensor:
        """Teacher forcing: logits of what follows each of ``ids`` [b, l]."""
        memory, looked, names = self.encode(things)
        bias = masked((things[..., COLOUR].sum(-1) > 0.01).to(things.dtype))
        return self.decode(ids, torch.zeros(1, dtype=torch.long), self.nothing(len(ids)), memory, looked, names, bias)[0]


@torch.no_grad()
def name_things(model: Captioner, tokens: dict[str, int], names: list[tuple[str, str]], colours: list[str]) -> None:
    """Start each kind's and color's tokens from its words, in the singular and the plural."""
    for index, pair in enumerate(names):
        for word in pair:
            if word in tokens:
                model.name_tokens[index, tokens[word]] = 1
    for index, colour in enumerate(colours):
        if colour in tokens:
            model.name_tokens[len(names) + index, tokens[colour]] = 1

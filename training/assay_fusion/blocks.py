"""Blocks of the fusion models, in plain MatMul and Softmax, so that exported graphs are plain too."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .texts import MAX_LENGTH

LINEAGES = ("lxmert", "visualbert", "vilbert")


@dataclass(frozen=True)
class Config:
    """Sizes of one model."""

    lineage: str = "lxmert"
    vocabulary: int = 1400
    width: int = 96
    heads: int = 4
    hidden: int = 192
    words: int = 1  # lxmert: layers over words alone
    objects: int = 1  # lxmert: over things alone
    crosses: int = 3  # lxmert, vilbert: over both
    joint: int = 5  # visualbert: layers over words and things at once
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


class CoAttention(nn.Module):
    """ViLBERT's co-attention: each stream asks the other with weights of its own, then a feed-forward of its own."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.word_norm, self.thing_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.to_things, self.to_words = Attention(config.width, config.heads), Attention(config.width, config.heads)
        self.words, self.things = FeedForward(config.width, config.hidden), FeedForward(config.width, config.hidden)

    def forward(self, words: Tensor, things: Tensor, word_bias: Tensor, thing_bias: Tensor) -> tuple[Tensor, Tensor]:
        a, b = self.word_norm(words), self.thing_norm(things)
        words, things = words + self.to_things(a, b, thing_bias), things + self.to_words(b, a, word_bias)
        return self.words(words), self.things(things)


class JointBlock(nn.Module):
    """Words and things in one attention, with projections and a feed-forward for each kind of token.

    Weights of its own for each kind give early fusion as many parameters and as many multiply-adds as two streams have.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.heads = config.heads
        self.word_norm, self.thing_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.word_parts, self.thing_parts = (nn.Linear(config.width, 3 * config.width) for _ in range(2))
        self.word_out, self.thing_out = (nn.Linear(config.width, config.width) for _ in range(2))
        self.words, self.things = FeedForward(config.width, config.hidden), FeedForward(config.width, config.hidden)

    def forward(self, words: Tensor, things: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        batch, length, width = words.shape
        parts = torch.cat([self.word_parts(self.word_norm(words)), self.thing_parts(self.thing_norm(things))], 1)
        query, key, value = parts.reshape(batch, -1, 3 * self.heads, width // self.heads).transpose(1, 2).chunk(3, 1)
        scores = query @ key.transpose(2, 3) * ((width // self.heads) ** -0.5) + bias
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, -1, width)
        words, things = words + self.word_out(mixed[:, :length]), things + self.thing_out(mixed[:, length:])
        return self.words(words), self.things(things)


def masked(present: Tensor) -> Tensor:
    """[b, n] of 1 and 0 -> what attention adds to scores, [b, 1, 1, n]."""
    return ((1.0 - present) * -1e4)[:, None, None, :]

"""Blocks of the fusion models, in plain MatMul and Softmax, so that exported graphs are plain too."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .places import PAIRS
from .texts import MAX_LENGTH

LINEAGES = ("lxmert", "visualbert", "vilbert")
Kept = list[Tensor] | None  # attention weights [b, n, m], means over heads, in the order in which they are made


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
        self.heads, self.each = heads, width // heads  # ``shrink`` takes heads out
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor, y: Tensor, bias: Tensor, kept: Kept = None) -> Tensor:
        batch = x.shape[0]

        def split(z: Tensor) -> Tensor:
            return z.reshape(batch, -1, self.heads, self.each).transpose(1, 2)

        scores = split(self.query(x)) @ split(self.key(y)).transpose(2, 3) * (self.each**-0.5) + bias
        weights = scores.softmax(-1)
        if kept is not None:
            kept.append(weights.mean(1))
        mixed = weights @ split(self.value(y))
        return self.out(mixed.transpose(1, 2).reshape(batch, -1, self.heads * self.each))


class Standing(nn.Module):
    """How things stand to each other [b, n, n, PAIRS] -> what attention of things over things adds, [b, heads, n, n]."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.scores = nn.Linear(PAIRS, heads, bias=False)

    def forward(self, pairs: Tensor) -> Tensor:
        return self.scores(pairs).permute(0, 3, 1, 2) * 3


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

    def forward(self, x: Tensor, bias: Tensor, kept: Kept = None) -> Tensor:
        y = self.norm(x)
        return self.feed(x + self.attention(y, y, bias, kept))


class ThingBlock(nn.Module):
    """Self-attention over things that knows how they stand to each other."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.standing, self.block = Standing(config.heads), SelfBlock(config)

    def forward(self, x: Tensor, bias: Tensor, pairs: Tensor, kept: Kept = None) -> Tensor:
        return self.block(x, bias + self.standing(pairs), kept)


class CrossBlock(nn.Module):
    """Words look at things and things at words, by the same weights; then each stream at itself."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.word_norm, self.thing_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.cross = Attention(config.width, config.heads)
        self.words, self.things = SelfBlock(config), ThingBlock(config)

    def forward(
        self, words: Tensor, things: Tensor, word_bias: Tensor, thing_bias: Tensor, pairs: Tensor, kept: Kept = None
    ) -> tuple[Tensor, Tensor]:
        """Keeps words over things, things over words, words over words, things over things."""
        a, b = self.word_norm(words), self.thing_norm(things)
        words, things = words + self.cross(a, b, thing_bias, kept), things + self.cross(b, a, word_bias, kept)
        return self.words(words, word_bias, kept), self.things(things, thing_bias, pairs, kept)


class CoAttention(nn.Module):
    """ViLBERT's co-attention: each stream asks the other with weights of its own, then a feed-forward of its own."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.word_norm, self.thing_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.to_things, self.to_words = Attention(config.width, config.heads), Attention(config.width, config.heads)
        self.words, self.things = FeedForward(config.width, config.hidden), FeedForward(config.width, config.hidden)

    def forward(
        self, words: Tensor, things: Tensor, word_bias: Tensor, thing_bias: Tensor, kept: Kept = None
    ) -> tuple[Tensor, Tensor]:
        """Keeps words over things, then things over words."""
        a, b = self.word_norm(words), self.thing_norm(things)
        words, things = words + self.to_things(a, b, thing_bias, kept), things + self.to_words(b, a, word_bias, kept)
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
        self.standing = Standing(config.heads)

    def forward(self, words: Tensor, things: Tensor, bias: Tensor, pairs: Tensor, kept: Kept = None) -> tuple[Tensor, Tensor]:
        """Keeps all tokens over all tokens, words first."""
        batch, length, width = words.shape
        bias = bias + F.pad(self.standing(pairs), (length, 0, length, 0))
        parts = torch.cat([self.word_parts(self.word_norm(words)), self.thing_parts(self.thing_norm(things))], 1)
        query, key, value = parts.reshape(batch, -1, 3 * self.heads, width // self.heads).transpose(1, 2).chunk(3, 1)
        scores = query @ key.transpose(2, 3) * ((width // self.heads) ** -0.5) + bias
        weights = scores.softmax(-1)
        if kept is not None:
            kept.append(weights.mean(1))
        mixed = (weights @ value).transpose(1, 2).reshape(batch, -1, width)
        words, things = words + self.word_out(mixed[:, :length]), things + self.thing_out(mixed[:, length:])
        return self.words(words), self.things(things)


def masked(present: Tensor) -> Tensor:
    """[b, n] of 1 and 0 -> what attention adds to scores, [b, 1, 1, n]."""
    return ((1.0 - present) * -1e4)[:, None, None, :]


def joined(words_over: Tensor | None, across: Tensor | None, back: Tensor | None, things_over: Tensor | None) -> Tensor:
    """Attention of both streams as one [b, l + n, l + n], words first; 0 where a layer has no such attention.

    ``words_over`` [b, l, l] and ``things_over`` [b, n, n] come together, and so do ``across`` [b, l, n], words over
    things, and ``back`` [b, n, l]. One of the pairs may lack.
    """
    if words_over is None or things_over is None:
        assert across is not None and back is not None
        batch, length, count = across.shape
        words_over, things_over = across.new_zeros(batch, length, length), across.new_zeros(batch, count, count)
    if across is None or back is None:
        batch, length, count = *words_over.shape[:2], things_over.shape[1]
        across, back = words_over.new_zeros(batch, length, count), words_over.new_zeros(batch, count, length)
    return torch.cat([torch.cat([words_over, across], 2), torch.cat([back, things_over], 2)], 1)

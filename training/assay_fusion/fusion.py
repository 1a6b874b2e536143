"""The fusion models: how words and things meet.

| lineage | where they meet |
| --- | --- |
| ``visualbert`` | in every layer, one attention over both (Li et al., 2019): early |
| ``vilbert`` | in co-attention layers between two streams (Lu et al., 2019): hierarchical |
| ``lxmert`` | in a cross-modality encoder after an encoder of each (Tan and Bansal, 2019): late |

All take rows of things (``things``) and token ids, have the same ends, and as many parameters and multiply-adds within
10 %. Shorter than a batch's longest, a text is padded with id 0 and rows with zeros: both are masked.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import CoAttention, Config, CrossBlock, JointBlock, SelfBlock, masked
from .ends import COUNTS, Heads, Lexicon, ThingRows
from .things import COLOUR

__all__ = ["COUNTS", "Config", "Fusion", "all_logits", "anchor", "name_kinds"]


class Fusion(nn.Module):
    """Rows of things [b, n, WIDTH] and ids [b, l] -> (answers [b, a], truth [b, 1], match [b, 1]), all logits."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        nn.init.normal_(self.tokens.weight, std=0.1)
        self.positions = nn.Parameter(torch.randn(config.length, config.width) * 0.05)
        self.rows = ThingRows(config.width)
        self.lexicon = Lexicon(config.vocabulary, config.width)
        self.word_norm = nn.LayerNorm(config.width)
        self.body: nn.Module = {"lxmert": Lxmert, "visualbert": VisualBert, "vilbert": Vilbert}[config.lineage](config)
        self.heads = Heads(config.width)

    def forward(self, things: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first, seen = self.states(things, ids)
        return self.heads(first, seen, things)

    def states(self, things: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
        """The state of [CLS] [b, w], and the states of the things [b, n, w]."""
        thing_bias = masked((things[..., COLOUR].sum(-1) > 0.01).to(things.dtype))
        word_bias = masked((ids != 0).to(things.dtype))
        words = self.word_norm(self.tokens(ids) + self.positions[: ids.shape[1]])
        word_match, thing_match = self.lexicon(things, ids)
        words, seen = self.body(words + word_match, self.rows(things) + thing_match, word_bias, thing_bias)
        return words[:, 0], seen


class Lxmert(nn.Module):
    """Late: a language encoder, an object encoder, a cross-modality encoder."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.words = nn.ModuleList(SelfBlock(config) for _ in range(config.words))
        self.objects = nn.ModuleList(SelfBlock(config) for _ in range(config.objects))
        self.crosses = nn.ModuleList(CrossBlock(config) for _ in range(config.crosses))

    def forward(self, words: Tensor, seen: Tensor, word_bias: Tensor, thing_bias: Tensor) -> tuple[Tensor, Tensor]:
        for block in self.words:
            words = block(words, word_bias)
        for block in self.objects:
            seen = block(seen, thing_bias)
        for block in self.crosses:
            words, seen = block(words, seen, word_bias, thing_bias)
        return words, seen


class VisualBert(nn.Module):
    """Early: one attention over both from the first layer on."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(JointBlock(config) for _ in range(config.joint))

    def forward(self, words: Tensor, seen: Tensor, word_bias: Tensor, thing_bias: Tensor) -> tuple[Tensor, Tensor]:
        bias = torch.cat([word_bias, thing_bias], -1)
        for block in self.blocks:
            words, seen = block(words, seen, bias)
        return words, seen


class Vilbert(nn.Module):
    """Hierarchical: two streams, co-attention between them, a layer of each at the end."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.words = nn.ModuleList(SelfBlock(config) for _ in range(2))
        self.things = nn.ModuleList(SelfBlock(config) for _ in range(2))
        self.crosses = nn.ModuleList(CoAttention(config) for _ in range(config.crosses))

    def forward(self, words: Tensor, seen: Tensor, word_bias: Tensor, thing_bias: Tensor) -> tuple[Tensor, Tensor]:
        words, seen = self.words[0](words, word_bias), self.things[0](seen, thing_bias)
        for block in self.crosses:
            words, seen = block(words, seen, word_bias, thing_bias)
        return self.words[1](words, word_bias), self.things[1](seen, thing_bias)


def all_logits(model: Fusion, things: Tensor, ids: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """The three heads' logits, and those of the number that decides a statement [b, COUNTS]."""
    first, seen = model.states(things, ids)
    return model.heads.logits(first, seen, things)


@torch.no_grad()
def name_kinds(model: Fusion, tokens: dict[str, int], names: list[tuple[str, str]], colours: list[str]) -> None:
    """Start each kind's and color's row from its words' embeddings, so that words find what they name.

    Named with "tokens", tables are left to AdamW (``optimizer.build``): most of their rows have no gradient in a step.
    """
    embeddings = model.tokens.weight
    for index, pair in enumerate(names):
        known = [tokens[word] for word in pair if word in tokens]
        if known:
            model.rows.kind_tokens[index] = embeddings[known].mean(0) * 3
            model.lexicon.name_tokens[known, index] = 1
    for index, colour in enumerate(colours):
        if colour in tokens:
            model.rows.colour_tokens[index] = embeddings[tokens[colour]] * 3
            model.lexicon.name_tokens[tokens[colour], len(names) + index] = 1


@torch.no_grad()
def anchor(model: Fusion) -> None:
    """Start the first meeting as the identity: a word finds the things it names, a thing the words that name it.

    Names and colors start as their words' embeddings (``name_kinds``), so equal vectors meet. This is what object tags
    do for Oscar (Li et al., 2020).
    """
    body, width = model.body, model.config.width
    if isinstance(body, VisualBert):
        first = body.blocks[0]
        assert isinstance(first, JointBlock)
        for parts, out in ((first.word_parts, first.word_out), (first.thing_parts, first.thing_out)):
            for third, scale in enumerate((1.2, 1.2, 1.0)):
                towards_identity(parts.weight[third * width : (third + 1) * width], scale)
            towards_identity(out.weight, 0.7)
    else:
        first = body.crosses[0]  # pyright: ignore[reportIndexIssue]
        meetings = [first.cross] if isinstance(first, CrossBlock) else [first.to_things, first.to_words]
        for cross in meetings:
            for layer, scale in ((cross.query, 1.2), (cross.key, 1.2), (cross.value, 1.0), (cross.out, 0.7)):
                towards_identity(layer.weight, scale)
    model.rows.kind_tokens.mul_(2)
    model.rows.colour_tokens.mul_(2)
    model.rows.place.weight.mul_(0.4)
    model.rows.second.weight.mul_(0.3)


def towards_identity(weight: Tensor, scale: float) -> None:
    """0.2 of the weight and ``scale`` of the identity, in place."""
    weight.mul_(0.2).add_(torch.eye(weight.shape[0]), alpha=scale)

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

from .blocks import CoAttention, Config, CrossBlock, JointBlock, Kept, SelfBlock, ThingBlock, joined, masked
from .ends import COUNTS, Heads, Lexicon, Said, ThingRows
from .places import pairs_of, panels_of, present_of
from .things import COLOUR

__all__ = ["COUNTS", "Config", "Fusion", "Said", "anchor", "name_kinds"]


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
        said = self.say(things, ids)
        return said.answer, said.truth, said.match

    def attend(self, things: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As ``forward``, and attention [b, layers, l + n, l + n]: the share that each word, then each row of things, gives
        to each, a mean over heads. Self-attention and attention across each sum to 1, where a layer has them."""
        kept: list[Tensor] = []
        said = self.say(things, ids, kept)
        return said.answer, said.truth, said.match, torch.stack(kept, 1)

    def say(self, things: Tensor, ids: Tensor, kept: Kept = None) -> Said:
        """Every head, also those that only teach. ``kept`` receives the attention of each layer."""
        words, seen = self.states(things, ids, kept)
        return self.heads(words[:, 0], seen, things, present_of(things), panels_of(things))

    def states(self, things: Tensor, ids: Tensor, kept: Kept = None) -> tuple[Tensor, Tensor]:
        """States of the words [b, l, w] and of the things [b, n, w] after the last layer."""
        present = present_of(things)
        pairs = pairs_of(things, present, panels_of(things))
        thing_bias = masked((things[..., COLOUR].sum(-1) > 0.01).to(things.dtype))
        word_bias = masked((ids != 0).to(things.dtype))
        word_match, thing_match = self.lexicon(things, ids)
        return self.body(self.worded(ids) + word_match, self.rows(things, present, pairs) + thing_match, word_bias, thing_bias, pairs, kept)

    def worded(self, ids: Tensor) -> Tensor:
        """Words [b, l, w] before anything else meets them."""
        return self.word_norm(self.tokens(ids) + self.positions[: ids.shape[1]])

    def pictured(self, things: Tensor) -> Tensor:
        """Things [b, n, w] before anything else meets them."""
        present = present_of(things)
        return self.rows(things, present, pairs_of(things, present, panels_of(things)))


class Lxmert(nn.Module):
    """Late: a language encoder, an object encoder, a cross-modality encoder."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.words = nn.ModuleList(SelfBlock(config) for _ in range(config.words))
        self.objects = nn.ModuleList(ThingBlock(config) for _ in range(config.objects))
        self.crosses = nn.ModuleList(CrossBlock(config) for _ in range(config.crosses))

    def forward(
        self, words: Tensor, seen: Tensor, word_bias: Tensor, thing_bias: Tensor, pairs: Tensor, kept: Kept = None
    ) -> tuple[Tensor, Tensor]:
        alone: list[list[Tensor]] = [[], []]
        for block in self.words:
            words = block(words, word_bias, alone[0])
        for block in self.objects:
            seen = block(seen, thing_bias, pairs, alone[1])
        layers = [joined(own, None, None, other) for own, other in zip(*alone, strict=True)]
        for block in self.crosses:
            made: list[Tensor] = []
            words, seen = block(words, seen, word_bias, thing_bias, pairs, made)
            across, back, own, other = made
            layers.append(joined(own, across, back, other))
        if kept is not None:
            kept += layers
        return words, seen


class VisualBert(nn.Module):
    """Early: one attention over both from the first layer on."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(JointBlock(config) for _ in range(config.joint))

    def forward(
        self, words: Tensor, seen: Tensor, word_bias: Tensor, thing_bias: Tensor, pairs: Tensor, kept: Kept = None
    ) -> tuple[Tensor, Tensor]:
        bias = torch.cat([word_bias, thing_bias], -1)
        for block in self.blocks:
            words, seen = block(words, seen, bias, pairs, kept)
        return words, seen


class Vilbert(nn.Module):
    """Hierarchical: two streams, co-attention between them, a layer of each at the end."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.words = nn.ModuleList(SelfBlock(config) for _ in range(2))
        self.things = nn.ModuleList(ThingBlock(config) for _ in range(2))
        self.crosses = nn.ModuleList(CoAttention(config) for _ in range(config.crosses))

    def forward(
        self, words: Tensor, seen: Tensor, word_bias: Tensor, thing_bias: Tensor, pairs: Tensor, kept: Kept = None
    ) -> tuple[Tensor, Tensor]:
        layers: list[list[Tensor]] = [[] for _ in range(len(self.crosses) + 2)]
        words, seen = self.words[0](words, word_bias, layers[0]), self.things[0](seen, thing_bias, pairs, layers[0])
        for block, made in zip(self.crosses, layers[1:], strict=False):
            words, seen = block(words, seen, word_bias, thing_bias, made)
        words, seen = self.words[1](words, word_bias, layers[-1]), self.things[1](seen, thing_bias, pairs, layers[-1])
        if kept is not None:
            kept += [joined(own, None, None, other) for own, other in (layers[0], layers[-1])]
            kept[1:1] = [joined(None, across, back, None) for across, back in layers[1:-1]]
        return words, seen


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

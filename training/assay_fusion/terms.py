"""The terms of the loss, Σ λ·L: what is asked of a fusion model, and what it may learn besides.

Answers, truth and matching, the numbers and the things that decide always count. Besides them, each with a weight:

- ``mlm``: masked words are said from what is left and from the things (Devlin et al., 2019; ViLBERT, LXMERT);
- ``classification``: the name of a thing whose name is hidden, from its place and from the words (LXMERT);
- ``contrastive``: a caption and its picture meet before they are fused (InfoNCE, as ALBEF aligns: Li et al., 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .batches import Batch
from .ends import Said
from .examples import ANSWER, MATCH, TRUTH
from .fusion import Fusion
from .things import KIND, N_KINDS

MASK = 4  # id of [MASK]
WORDS = 5  # ids from here on are words
HIDDEN = 0.15  # of the words, and of the things' names
MOST_SCALE = 50.0


@dataclass(frozen=True)
class Weights:
    """λ of each term besides what is asked. 0 leaves the term out, and costs nothing."""

    mlm: float = 0.0
    classification: float = 0.0
    contrastive: float = 0.0

    def any(self) -> bool:
        return max(self.mlm, self.classification, self.contrastive) > 0


class Besides(nn.Module):
    """The heads of the terms besides. They train with the model, and do not ship."""

    def __init__(self, model: Fusion) -> None:
        super().__init__()
        width = model.config.width
        self.word_norm, self.word = nn.LayerNorm(width), nn.Linear(width, width)
        self.thing_norm, self.kind = nn.LayerNorm(width), nn.Linear(width, N_KINDS)
        self.text, self.picture = nn.Linear(width, width), nn.Linear(width, width)
        self.log_scale = nn.Parameter(torch.tensor(2.66))

    def forward(self, model: Fusion, batch: Batch, weights: Weights, generator: torch.Generator) -> Tensor:
        """Σ λ·L over the examples whose text is true of their picture; 0 where there are none."""
        fits = (batch.heads == ANSWER) | (batch.targets == 1)
        loss = batch.things.new_zeros(())
        if weights.mlm or weights.classification:
            mlm, classification = self.hidden(model, batch.things[fits], batch.ids[fits], generator)
            loss = loss + weights.mlm * mlm + weights.classification * classification
        if weights.contrastive:
            loss = loss + weights.contrastive * self.contrast(model, batch, fits & (batch.heads == MATCH))
        return loss

    def hidden(self, model: Fusion, things: Tensor, ids: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Mean cross-entropy of the hidden words, and of the hidden names."""
        masked = (ids >= WORDS) & (torch.rand(ids.shape, generator=generator) < HIDDEN)
        sure, names = things[..., KIND].max(-1)
        unnamed = (sure > 0.5) & (torch.rand(sure.shape, generator=generator) < HIDDEN)
        shown = things.clone()
        shown[..., KIND] *= (~unnamed).to(things.dtype).unsqueeze(-1)
        words, seen = model.states(shown, ids.masked_fill(masked, MASK))
        said = self.word(self.word_norm(words[masked])) @ model.tokens.weight.t()
        return mean_or_nothing(said, ids[masked]), mean_or_nothing(self.kind(self.thing_norm(seen[unnamed])), names[unnamed])

    def contrast(self, model: Fusion, batch: Batch, captioned: Tensor) -> Tensor:
        """InfoNCE of captions against all pictures of the batch."""
        rows = captioned.nonzero().flatten()
        if len(rows) == 0:
            return batch.things.new_zeros(())
        present = (batch.ids[rows] != 0).to(batch.things.dtype).unsqueeze(-1)
        texts = F.normalize(self.text((model.worded(batch.ids[rows]) * present).sum(1) / present.sum(1)), dim=-1)
        there = (batch.things.abs().sum(-1, keepdim=True) > 0).to(batch.things.dtype)
        pictures = F.normalize(self.picture((model.pictured(batch.things) * there).sum(1) / there.sum(1)), dim=-1)
        return F.cross_entropy(texts @ pictures.t() * self.log_scale.exp().clamp(max=MOST_SCALE), rows)


def mean_or_nothing(logits: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits, targets) if len(targets) else logits.sum() * 0


def taught(logits: Tensor, targets: Tensor) -> Tensor:
    """Sum over examples of the mean cross-entropy of what somebody says (a target of -1 is unknown)."""
    known = (targets >= 0).to(logits.dtype)
    wrong = F.binary_cross_entropy_with_logits(logits, targets.clamp(min=0), reduction="none") * known
    return (wrong.flatten(1).sum(1) / known.flatten(1).sum(1).clamp(min=1)).sum()


LossOf = Callable[[Fusion, Batch], tuple[Tensor, Tensor]]


def loss_of(model: Fusion, batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean loss of what is asked, and which examples are right."""
    return judged(model.say(batch.things, batch.ids), batch)


def judged(said: Said, batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean loss of what was said, and which examples are right."""
    loss = said.answer.new_zeros(())
    right = torch.zeros(len(batch.targets), dtype=torch.bool)
    for head, logits in ((ANSWER, said.answer), (TRUTH, said.truth), (MATCH, said.match)):
        own = batch.heads == head
        if not bool(own.any()):
            continue
        targets = batch.targets[own]
        if head == ANSWER:
            loss = loss + F.cross_entropy(logits[own], targets, reduction="sum")
            right[own] = logits[own].argmax(1) == targets
        else:
            one = logits[own, 0]
            loss = loss + F.binary_cross_entropy_with_logits(one, targets.float(), reduction="sum")
            right[own] = (one > 0) == targets.bool()
    if bool((batch.counts >= 0).any()):
        loss = loss + 0.5 * F.cross_entropy(said.count, batch.counts, ignore_index=-1, reduction="sum")
    loss = loss + taught(said.things, batch.marks) * 1.5 + taught(said.panels, batch.panels)
    return loss / len(batch.targets), right

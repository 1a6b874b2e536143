"""Contrastive objectives by the names the field gives them. Pure functions of embeddings; all rows are of unit length.

| name | source | positives of a picture | same-concept others |
| --- | --- | --- | --- |
| ``nt_xent`` | SimCLR, Chen et al. 2020, equation 1 | its other view | negatives |
| ``clip`` | CLIP, Radford et al. 2021, figure 3 (symmetric NT-Xent) | its own caption | negatives |
| ``clip_masked`` | the same, false negatives left out | its own caption | neither |
| ``supcon`` | Khosla et al. 2020, equation 2 ("out") | every caption of its concept | positives |
| ``siglip`` | SigLIP, Zhai et al. 2023, equation 1 | its own captions | negatives |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .dual_encoder import contrastive_loss


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Two views of the same n pictures, [n, d] each: every one of the 2n picks its other view among the other 2n - 1."""
    views = torch.cat([first, second])
    count = len(first)
    logits = (views @ views.t() / temperature).fill_diagonal_(float("-inf"))
    partner = torch.arange(2 * count, device=views.device).roll(count)
    return F.cross_entropy(logits, partner)


@dataclass(frozen=True)
class Pairs:
    """One step's embeddings. Picture i has captions 2i and 2i + 1; the remembered ones of earlier steps carry no gradient.

    ``scale`` is the learned inverse temperature, ``bias`` SigLIP's learned offset (unused by the others).
    """

    images: Tensor  # [n, d]
    texts: Tensor  # [2n, d]
    concepts: Tensor  # [n]
    past_images: Tensor  # [p, d]
    past_image_concepts: Tensor  # [p]
    past_texts: Tensor  # [q, d]
    past_text_concepts: Tensor  # [q]
    scale: Tensor
    bias: Tensor | float = 0.0

    @property
    def text_concepts(self) -> Tensor:
        return self.concepts.repeat_interleave(2)

    @property
    def image_keys(self) -> tuple[Tensor, Tensor]:
        """[n + p, d] and their concepts."""
        return torch.cat([self.images, self.past_images]), torch.cat([self.concepts, self.past_image_concepts])

    @property
    def text_keys(self) -> tuple[Tensor, Tensor]:
        """[2n + q, d] and their concepts."""
        return torch.cat([self.texts, self.past_texts]), torch.cat([self.text_concepts, self.past_text_concepts])


Objective = Callable[[Pairs], Tensor]


def one_positive(queries: Tensor, keys: Tensor, target: Tensor, left_out: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE (van den Oord et al. 2018) where query i [d] has the one positive ``target[i]``.

    ``left_out`` [q, k] marks keys that are neither positive nor negative; the target's own mark is ignored.
    """
    left_out = left_out.scatter(1, target[:, None], False)
    return F.cross_entropy((scale * queries @ keys.t()).masked_fill(left_out, float("-inf")), target)


def _symmetric(pairs: Pairs, masked: bool) -> Tensor:
    """CLIP over the 2n pairs (caption, its picture), both ways.

    A picture stands in two pairs, so its other caption is left out: it is no other picture's.
    """
    count = len(pairs.images)
    caption = torch.arange(2 * count, device=pairs.images.device)
    image_keys, image_concepts = pairs.image_keys
    text_keys, text_concepts = pairs.text_keys
    of_images = pairs.text_concepts[:, None] == image_concepts[None]
    of_texts = pairs.text_concepts[:, None] == text_concepts[None]
    if not masked:
        of_images = torch.zeros_like(of_images)
        of_texts = torch.zeros_like(of_texts).scatter(1, (caption ^ 1)[:, None], True)
    to_images = one_positive(pairs.texts, image_keys, caption // 2, of_images, pairs.scale)
    to_texts = one_positive(pairs.images.repeat_interleave(2, 0), text_keys, caption, of_texts, pairs.scale)
    return 0.5 * (to_images + to_texts)


def clip(pairs: Pairs) -> Tensor:
    """Symmetric InfoNCE; the diagonal alone is positive, everything else is negative, other drawings of the concept too."""
    return _symmetric(pairs, masked=False)


def clip_masked(pairs: Pairs) -> Tensor:
    """``clip`` without the false negatives: what shares the concept is neither positive nor negative."""
    return _symmetric(pairs, masked=True)


def supcon(pairs: Pairs) -> Tensor:
    """Multi-positive, both ways: what assay-clip is trained with (``contrastive_loss``)."""
    image_keys, image_concepts = pairs.image_keys
    text_keys, text_concepts = pairs.text_keys
    return 0.5 * (
        contrastive_loss(pairs.texts, image_keys, pairs.text_concepts, image_concepts, pairs.scale)
        + contrastive_loss(pairs.images, text_keys, pairs.concepts, text_concepts, pairs.scale)
    )


def siglip(pairs: Pairs) -> Tensor:
    """Every (caption, picture) of the step a yes-or-no question of its own; summed over pictures, mean over captions."""
    logits = pairs.scale * pairs.texts @ pairs.images.t() + pairs.bias
    own = torch.arange(len(pairs.texts), device=logits.device) // 2
    sign = F.one_hot(own, len(pairs.images)).to(logits.dtype) * 2 - 1
    return -F.logsigmoid(sign * logits).sum(1).mean()


OBJECTIVES: dict[str, Objective] = {"clip": clip, "clip_masked": clip_masked, "supcon": supcon, "siglip": siglip}

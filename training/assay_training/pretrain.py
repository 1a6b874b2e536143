"""Pre-training of the image tower's trunk on the training split's pictures, by name.

| name | source | needs labels |
| --- | --- | --- |
| ``simclr`` | Chen et al. 2020: two views, MLP head, NT-Xent at 0.1 | no |
| ``moco`` | He et al. 2020 with v2's MLP head and temperature 0.2 (Chen et al. 2020b): momentum encoder, queue | no |
| ``supervised`` | softmax over the concepts that at least ``LEAST_DRAWINGS`` training drawings show | concepts |

Each is a module whose ``trunk`` is kept and whose heads are thrown away.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import augment, captions, data
from .dual_encoder import ImageTower
from .objectives import nt_xent

LEAST_DRAWINGS = 4  # a class with fewer teaches that drawing's style
HEAD = 128


def features(trunk: nn.Module, pixels: Tensor) -> Tensor:
    """[b, 3, h, w] -> [b, widest]: what the tower projects."""
    return trunk(pixels).mean((2, 3))


def head(inputs: int, outputs: int = HEAD) -> nn.Sequential:
    """Projection head of SimCLR and MoCo v2: one hidden layer of the input's width."""
    return nn.Sequential(nn.Linear(inputs, inputs), nn.ReLU(), nn.Linear(inputs, outputs))


class SimClr(nn.Module):
    """Both views through trunk and head; each finds the other."""

    temperature = 0.1

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.trunk = tower.trunk
        self.head = head(tower.project.in_features)

    def loss(self, first: Tensor, second: Tensor) -> Tensor:
        both = F.normalize(self.head(features(self.trunk, torch.cat([first, second]))), dim=1)
        return nt_xent(both[: len(first)], both[len(first) :], self.temperature)


class MoCo(nn.Module):
    """The first view finds the second, as a slowly moving copy of the tower sees it, among a queue of earlier ones."""

    temperature = 0.2
    momentum = 0.99  # 0.999 in the paper, whose runs have a thousand times the steps
    groups = 4

    def __init__(self, tower: ImageTower, queue: int = 4096) -> None:
        super().__init__()
        self.trunk = tower.trunk
        self.head = head(tower.project.in_features)
        self.key = nn.ModuleList([copy.deepcopy(self.trunk), copy.deepcopy(self.head)]).requires_grad_(False)
        self.register_buffer("queue", F.normalize(torch.randn(queue, HEAD), dim=1))

    @torch.no_grad()
    def keys(self, pixels: Tensor) -> Tensor:
        """[b, HEAD]. In shuffled groups with batch statistics of their own, so that a query cannot know its key by
        the statistics that both were normalized with (the paper's shuffling BN, on one device)."""
        for kept, source in zip(self.key.parameters(), [*self.trunk.parameters(), *self.head.parameters()], strict=True):
            kept.lerp_(source, 1 - self.momentum)
        order = torch.randperm(len(pixels), device=pixels.device)
        shuffled = torch.cat([features(self.key[0], part) for part in pixels[order].chunk(self.groups)])
        return F.normalize(self.key[1](shuffled), dim=1)[order.argsort()]

    def loss(self, first: Tensor, second: Tensor) -> Tensor:
        queries = F.normalize(self.head(features(self.trunk, first)), dim=1)
        keys = self.keys(second)
        logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ self.queue.t()], 1) / self.temperature
        self.queue = torch.cat([keys, self.queue])[: len(self.queue)]
        return F.cross_entropy(logits, torch.zeros(len(first), dtype=torch.long, device=first.device))


class Supervised(nn.Module):
    """A linear softmax over concepts. ``concepts`` [c] are the numbers that ``data.Sampler`` gives them, sorted."""

    def __init__(self, tower: ImageTower, concepts: Tensor) -> None:
        super().__init__()
        self.trunk = tower.trunk
        self.head = nn.Linear(tower.project.in_features, len(concepts))
        self.concepts: Tensor
        self.register_buffer("concepts", concepts)

    def loss(self, pixels: Tensor, concepts: Tensor) -> Tensor:
        return F.cross_entropy(self.head(features(self.trunk, pixels)), torch.searchsorted(self.concepts, concepts))


def labelled(dataset: data.Dataset, least: int = LEAST_DRAWINGS) -> tuple[data.Dataset, Tensor]:
    """The data set with only those training drawings whose concept has ``least`` of them, and these concepts' numbers."""
    train = set(dataset.indices("train"))
    drawn = Counter(dataset.drawings[index].concept for index in train)
    kept = [
        split if index not in train or drawn[dataset.drawings[index].concept] >= least else "unlabelled"
        for index, split in enumerate(dataset.split)
    ]
    numbers = sorted(data.concept_number(concept) for concept, count in drawn.items() if count >= least)
    return replace(dataset, split=kept), torch.tensor(numbers)


def crop(pixels: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """[b, 3, n, n] -> [b, 3, size, size]: a random square of 0.35 to 1 of the area; one in five loses its colours.

    Crops and colours are what SimCLR found to matter. No mirror: arrows and hands mean their direction.
    """
    batch = len(pixels)
    side = augment.uniform(batch, 0.35, 1.0, generator).sqrt()
    room = (1 - side)[:, None] * (2 * torch.rand(batch, 2, generator=generator) - 1)
    zero = torch.zeros(batch)
    theta = torch.stack(
        [torch.stack([side, zero, room[:, 0]], 1), torch.stack([zero, side, room[:, 1]], 1)], 1
    )
    grid = F.affine_grid(theta, [batch, 3, size, size], align_corners=False)
    out = F.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)
    gray = (torch.rand(batch, generator=generator) < 0.2).view(-1, 1, 1, 1)
    return torch.where(gray, out.mean(1, keepdim=True), out)


class ViewSampler(data.Sampler):
    """Two independently augmented views of each drawing; kinds in the shares of ``data.Sampler``."""

    def views(self, step: int, size: int, image_size: int) -> tuple[Tensor, Tensor]:
        random = np.random.default_rng([self.seed, step, 2])
        generator = torch.Generator().manual_seed((self.seed + 1) * 1_000_003 + step)
        shares = np.array([data.SHARES[kind] for kind in self.pools])
        counts = random.multinomial(size, shares / shares.sum())
        pools = self.pools.values()
        chosen = np.sort(np.concatenate([random.choice(pool, count) for pool, count in zip(pools, counts, strict=True)]))
        raw = np.ascontiguousarray(self.dataset.pixels[chosen])
        mono = np.array([self.dataset.drawings[index].mono for index in chosen])
        palette = np.array(list(captions.COLOURS.values()), np.float32) / 255
        made = []
        for _ in range(2):
            recolour = mono & (random.random(size) < data.RECOLOUR_SHARE)
            tint = palette[random.integers(len(palette), size=size)]
            made.append(crop(augment.augment(raw, tint, recolour, 2 * image_size, generator), image_size, generator))
        return made[0], made[1]

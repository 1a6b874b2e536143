"""Views follow their seed and the training split; MoCo's key encoder and queue; every pre-training learns what it is asked."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from assay_training import data, pretrain
from assay_training.dual_encoder import Config, ImageTower

CONFIG = Config(vocabulary=200, dimensions=16, widths=(8, 8, 16, 16), blocks=(1, 1, 1, 1))


@pytest.fixture
def tower() -> ImageTower:
    torch.manual_seed(3)
    return ImageTower(CONFIG)


def test_views_are_two_pictures_of_one_drawing_and_follow_the_seed(dataset, tokens) -> None:
    first, second = pretrain.ViewSampler(dataset, tokens, 1).views(0, 12, 16)
    again = pretrain.ViewSampler(dataset, tokens, 1).views(0, 12, 16)
    assert first.shape == second.shape == (12, 3, 16, 16) and first.min() >= -1 and first.max() <= 1
    assert torch.equal(first, again[0]) and torch.equal(second, again[1]) and not torch.equal(first, second)
    assert not torch.equal(first, pretrain.ViewSampler(dataset, tokens, 1).views(1, 12, 16)[0])


def test_views_show_the_training_split_only(dataset, tokens) -> None:
    blank = dataset.pixels.copy()
    blank[dataset.indices("val")] = 255  # a validation drawing would be all white
    blank[dataset.indices("train")] = (0, 0, 0, 255)  # a training drawing is black, but for what is turned out of sight
    for view in pretrain.ViewSampler(replace(dataset, pixels=blank), tokens, 1).views(0, 32, 16):
        assert (view[:, :, 6:10, 6:10].amin((1, 2, 3)) < 0).all()


def test_a_crop_is_a_square_of_the_picture() -> None:
    ramp = torch.linspace(-1, 1, 64).expand(200, 3, 64, 64)
    out = pretrain.crop(ramp, 16, torch.Generator().manual_seed(1))
    width = (out[:, 0, 0, -1] - out[:, 0, 0, 0]) * 16 / 15 / 2 * 63 / 64
    assert width.min() > 0.35**0.5 - 0.05 and width.max() < 1.02 and width.std() > 0.08


def test_labelled_keeps_the_concepts_with_enough_drawings(dataset) -> None:
    split = list(dataset.split)
    split[4] = "excluded"  # one of the three training drawings of "red square"
    kept, numbers = pretrain.labelled(replace(dataset, split=split), least=3)
    names = {dataset.drawings[index].label for index in kept.indices("train")}
    assert names == {"green square", "blue square", "gray square"} and kept.indices("val") == dataset.indices("val")
    assert numbers.tolist() == sorted(data.concept_number(name) for name in names)


def test_the_key_encoder_follows_slowly_and_the_queue_drops_its_oldest(tower) -> None:
    moco = pretrain.MoCo(tower, queue=10)
    before = copy.deepcopy(moco.key)
    with torch.no_grad():
        moco.trunk[0][0].weight.add_(1.0)
    old = moco.queue.clone()
    torch.manual_seed(7)
    loss = moco.loss(torch.randn(8, 3, 16, 16), torch.randn(8, 3, 16, 16))
    loss.backward()
    moved = moco.key[0][0][0].weight - before[0][0][0].weight
    torch.testing.assert_close(moved, torch.full_like(moved, 1 - moco.momentum), atol=1e-6, rtol=1e-4)
    assert torch.equal(moco.queue[8:], old[:2]) and not moco.queue.requires_grad
    torch.testing.assert_close(moco.queue.norm(dim=1), torch.ones(10))
    assert all(parameter.grad is None for parameter in moco.key.parameters())


def test_keys_come_back_in_the_order_of_their_pictures(tower) -> None:
    moco = pretrain.MoCo(tower).eval()  # no batch statistics: a picture's key is its own
    pictures = torch.randn(8, 3, 16, 16)
    keys = moco.keys(pictures)
    alone = torch.cat([moco.keys(picture[None]) for picture in pictures])
    torch.testing.assert_close(keys, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["simclr", "moco", "supervised"])
def test_pre_training_learns_its_task(kind: str, tower, dataset, tokens) -> None:
    """The loss falls clearly, once MoCo's queue holds keys instead of noise, and it is the tower's trunk that moves."""
    before = copy.deepcopy(tower.trunk)
    concepts = pretrain.labelled(dataset, least=3)[1]
    module = {
        "simclr": lambda: pretrain.SimClr(tower),
        "moco": lambda: pretrain.MoCo(tower, queue=64),
        "supervised": lambda: pretrain.Supervised(tower, concepts),
    }[kind]()
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3)
    sampler, losses = data.Sampler(dataset, tokens, 1), []
    generator = torch.Generator().manual_seed(2)
    for step in range(60):
        if kind == "supervised":
            batch = sampler.batch(step, 16, 16)
            loss = module.loss(batch.pixels, batch.concepts)
        else:  # pictures that never come again: MoCo's queue would hold them as false negatives
            blocks = 2 * torch.rand(64, 3, 4, 4, generator=generator).repeat_interleave(8, 2).repeat_interleave(8, 3) - 1
            loss = module.loss(*(pretrain.crop(blocks, 16, generator) for _ in range(2)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-8:]) < 0.95 * sum(losses[2:10]), losses
    assert not torch.equal(before[0][0].weight, tower.trunk[0][0].weight)

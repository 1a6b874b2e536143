"""Each objective against its formula, written out with loops over single numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from assay_training.objectives import OBJECTIVES, Pairs, nt_xent

CONCEPTS = [7, 8, 7, 9, 5]  # pictures 0 and 2 show the same thing
PAST_IMAGES, PAST_TEXTS = [8, 7, 4], [5, 7, 4, 4, 9, 8]


def unit(rows: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(rows, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=1)


def pairs(memory: bool) -> Pairs:
    past_images, past_texts = (PAST_IMAGES, PAST_TEXTS) if memory else ([], [])
    return Pairs(
        unit(5, 1), unit(10, 2), torch.tensor(CONCEPTS), unit(3, 3)[: len(past_images)],
        torch.tensor(past_images, dtype=torch.long), unit(6, 4)[: len(past_texts)],
        torch.tensor(past_texts, dtype=torch.long), torch.tensor(3.7, dtype=torch.float64), torch.tensor(-2.5),
    )


def similarity(given: Pairs, a: torch.Tensor, b: torch.Tensor) -> float:
    return float(given.scale) * sum(float(x) * float(y) for x, y in zip(a, b, strict=True))


def by_hand(given: Pairs, name: str) -> float:
    images = [*given.images, *given.past_images]
    texts = [*given.texts, *given.past_texts]
    of_image = CONCEPTS + given.past_image_concepts.tolist()
    of_text = [concept for concept in CONCEPTS for _ in range(2)] + given.past_text_concepts.tolist()
    if name == "siglip":  # Zhai et al. 2023, equation 1: log 1 / (1 + exp(z (-t x.y + b))) with their -b as our bias
        total = 0.0
        for caption in range(10):
            for picture in range(5):
                z = 1 if caption // 2 == picture else -1
                score = similarity(given, texts[caption], images[picture]) + float(given.bias)
                total -= math.log(1 / (1 + math.exp(-z * score)))
        return total / 10

    def lose(query: torch.Tensor, keys: list, positives: list[int], negatives: list[int]) -> float:
        everything = sum(math.exp(similarity(given, query, keys[key])) for key in positives + negatives)
        return sum(
            -math.log(math.exp(similarity(given, query, keys[key])) / everything) for key in positives
        ) / len(positives)

    to_images, to_texts = [], []
    for caption in range(10):
        concept, own = of_text[caption], caption // 2
        same = [key for key in range(len(images)) if of_image[key] == concept]
        other = [key for key in range(len(images)) if of_image[key] != concept]
        positives, negatives = {
            "clip": ([own], [key for key in range(len(images)) if key != own]),
            "clip_masked": ([own], other),
            "supcon": (same, other),
        }[name]
        to_images.append(lose(texts[caption], images, positives, negatives))
        sibling = caption - 1 if caption % 2 else caption + 1
        same = [key for key in range(len(texts)) if of_text[key] == concept]
        other = [key for key in range(len(texts)) if of_text[key] != concept]
        positives, negatives = {
            "clip": ([caption], [key for key in range(len(texts)) if key not in (caption, sibling)]),
            "clip_masked": ([caption], other),
            "supcon": (same, other),
        }[name]
        to_texts.append(lose(images[own], texts, positives, negatives))
    return 0.5 * (sum(to_images) / 10 + sum(to_texts) / 10)


@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_objective_equals_its_formula(name: str, memory: bool) -> None:
    given = pairs(memory)
    assert float(OBJECTIVES[name](given)) == pytest.approx(by_hand(given, name), rel=1e-9)


@pytest.mark.parametrize("memory", [False, True])
def test_the_names_differ_where_a_concept_occurs_twice_and_agree_where_none_does(memory: bool) -> None:
    given = pairs(memory)
    assert len({round(float(OBJECTIVES[name](given)), 9) for name in ("clip", "clip_masked", "supcon")}) == 3
    apart = replace(given, concepts=torch.arange(5), past_image_concepts=given.past_image_concepts + 100,
                    past_text_concepts=given.past_text_concepts + 100)
    torch.testing.assert_close(OBJECTIVES["clip"](apart), OBJECTIVES["clip_masked"](apart))


def test_nt_xent_is_equation_1_of_simclr() -> None:
    first, second = unit(4, 5), unit(4, 6)
    views, total = [*first, *second], 0.0
    for i in range(8):
        j = (i + 4) % 8
        scores = [math.exp(float(views[i] @ views[k]) / 0.3) for k in range(8)]
        total -= math.log(scores[j] / (sum(scores) - scores[i]))
    assert float(nt_xent(first, second, 0.3)) == pytest.approx(total / 8, rel=1e-9)


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_gradients_are_finite_and_descend(name: str) -> None:
    given = pairs(True)
    images = given.images.clone().requires_grad_()
    before = OBJECTIVES[name](replace(given, images=images))
    before.backward()
    assert images.grad is not None and images.grad.isfinite().all()
    assert OBJECTIVES[name](replace(given, images=images.detach() - 0.05 * images.grad)) < before

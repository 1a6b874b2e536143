"""Shapes, and the promise that a padded batch and an unpadded text give the same vector."""

from __future__ import annotations

import torch

from assay_training.data import padded_chunks
from assay_training.dual_encoder import Config, DualEncoder, contrastive_loss

CONFIG = Config(vocabulary=100, widths=(8, 8, 16, 16), blocks=(1, 1, 1, 1), text_width=16, text_heads=2)


def test_embeddings_have_unit_length() -> None:
    model = DualEncoder(CONFIG).eval()
    images = model.embed_images(torch.randn(3, 3, 64, 64))
    texts = model.embed_texts(torch.randint(1, 100, (3, 24)))
    assert images.shape == texts.shape == (3, 256)
    for rows in (images, texts):
        torch.testing.assert_close(rows.norm(dim=1), torch.ones(3))


def test_masked_batch_equals_unpadded_texts() -> None:
    model = DualEncoder(CONFIG).eval()
    texts = [[2, 3], [2, 9, 8, 7, 3], [2, 50, 3], [2, *range(10, 32), 3]]
    padded = torch.empty(4, 256)
    for rows, ids in padded_chunks(texts, chunk=4):
        padded[rows] = model.embed_texts(ids, padded=True)
    alone = torch.cat([model.embed_texts(torch.tensor([one])) for one in texts])
    torch.testing.assert_close(padded, alone, atol=1e-6, rtol=1e-5)


def test_every_drawing_of_the_concept_is_a_positive() -> None:
    keys = torch.eye(3)
    concepts = torch.tensor([1, 1, 2])
    both = contrastive_loss(keys[:1] + keys[1:2], keys, concepts[:1], concepts, torch.tensor(10.0))
    one = contrastive_loss(keys[:1], keys, concepts[:1], concepts, torch.tensor(10.0))
    assert both < one

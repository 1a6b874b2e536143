"""Splits are disjoint, augmentation follows its seed, preprocessing follows the contract."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from assay_training import augment, splits, tokenizer
from assay_training.catalogue import CLIPART, EMOJI, ICON_MONO, Drawing


def made_up() -> list[Drawing]:
    drawings = []
    for vendor in ("@iconify-json/noto", "@iconify-json/emojione", splits.TEST_VENDOR):
        for number in range(900):
            drawings.append(Drawing(f"{vendor}/{number}", vendor, EMOJI, f"thing {number}", f"thing {number}"))
    for number in range(600):
        for package in ("@mdi/svg", splits.TEST_ICONS):
            drawings.append(Drawing(f"{package}/{number}", package, ICON_MONO, f"icon {number}", f"icon {number}"))
    for number in range(400):
        drawings.append(Drawing(f"clip/{number}", "openclipart-svg", CLIPART, f"clip {number}", f"clip {number}"))
    return drawings


def test_held_out_concepts_are_trained_nowhere() -> None:
    drawings = made_up()
    assigned = splits.assign(drawings)
    trained = {d.concept for d, split in zip(drawings, assigned, strict=True) if split == "train"}
    by_split: dict[str, set[str]] = {}
    for d, split in zip(drawings, assigned, strict=True):
        by_split.setdefault(split, set()).add(d.concept)
    for name in ("unseen_concept", "lucide_unseen", "clipart"):
        assert by_split[name] and not by_split[name] & trained
    for name in ("test_vendor", "lucide_seen", "val"):
        assert by_split[name] and by_split[name] <= trained
    assert len(by_split["unseen_concept"]) == splits.UNSEEN_CONCEPTS


def test_no_drawing_of_the_test_packages_is_trained() -> None:
    drawings = made_up()
    for d, split in zip(drawings, splits.assign(drawings), strict=True):
        assert not (split in ("train", "val") and d.package in (splits.TEST_VENDOR, splits.TEST_ICONS))


def test_augmentation_follows_its_seed() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 96, 96, 4)).astype(np.uint8)
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    tint, recolour = np.zeros((4, 3), np.float32), np.array([True, False, False, True])
    runs = [augment.augment(pixels, tint, recolour, 48, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert runs[0].shape == (4, 3, 48, 48)
    assert torch.equal(*runs) and runs[0].min() >= -1 and runs[0].max() <= 1


def test_preprocessing_pads_with_white_and_composites_alpha() -> None:
    clear = augment.preprocess(Image.new("RGBA", (128, 40), (255, 0, 0, 0)))
    assert clear.shape == (3, 64, 64) and clear.min() == clear.max() == 1.0
    red = augment.preprocess(Image.new("RGB", (40, 128), (255, 0, 0)))
    np.testing.assert_allclose(red[:, 32, 32], [1, -1, -1])
    np.testing.assert_allclose(red[:, 32, 2], [1, 1, 1])


def test_truncation_keeps_the_closing_token(tokens) -> None:
    ids = tokens.encode("square " * 60).ids
    assert len(ids) == tokenizer.MAX_LENGTH and ids[-1] == tokens.token_to_id("[SEP]")
    assert tokens.encode("").ids == [tokens.token_to_id("[CLS]"), tokens.token_to_id("[SEP]")]

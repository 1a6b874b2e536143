"""Splits are disjoint, augmentation follows its seed, preprocessing follows the contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from assay_training import augment, captions, glyphs, packages, splits, tokenizer
from assay_training.catalogue import CLIPART, EMOJI, ICON_MONO, Drawing
from assay_training.data import NEIGHBOURS, Dataset, Sampler, Scenes


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


def test_a_further_package_moves_nothing_between_training_and_test() -> None:
    drawings = made_up()
    before = dict(zip([d.id for d in drawings], splits.assign(drawings), strict=True))
    package = sorted(packages.FURTHER_PACKAGES)[0]
    names = [f"icon {number}" for number in range(700)] + [f"clip {number}" for number in range(400)]
    names += [f"thing {number}" for number in range(900)]
    further = [Drawing(f"{package}/{name}", package, ICON_MONO, name, name) for name in names]
    after = dict(zip([d.id for d in [*drawings, *further]], splits.assign([*drawings, *further]), strict=True))
    moved = {(before[name], after[name]) for name in before if before[name] != after[name]}
    assert moved <= {("lucide_unseen", "lucide_seen"), ("excluded", "test_vendor"), ("excluded", "val")}
    trained = {d.concept for d in further if after[d.id] == "train"}
    held_out = {d.concept for d in drawings if after[d.id] in ("unseen_concept", "lucide_unseen", "clipart")}
    assert trained and not trained & held_out


def test_scenes_come_in_pairs_with_their_own_captions(dataset: Dataset, tokens) -> None:
    pixels = np.full((8, 96, 96, 3), 255, np.uint8)
    scenes = Scenes([[f"square {row}"] for row in range(8)], [[] for _ in range(8)], pixels)
    batch = Sampler(replace(dataset, scenes=scenes), tokens, 1).batch(0, 48, 48)
    rows = [int(-1 - number) for number in batch.concepts if number < 0]
    assert rows and len(batch.ids) == 2 * len(batch.concepts) == 2 * len(batch.pixels) == 96
    assert all(second == first + 1 and first % 2 == 0 for first, second in zip(rows[::2], rows[1::2], strict=True))
    for index in range(len(rows)):
        assert batch.ids[-2 * len(rows) + 2 * index] == tokens.encode(f"square {rows[index]}").ids


def test_what_is_said_forbids_changes_that_would_make_it_untrue() -> None:
    def may(label: str, kind: str = EMOJI, **extra: object) -> int:
        return captions.styles(Drawing("a/b", "a", kind, label, label, **extra))  # type: ignore[arg-type]

    assert may("dog") == augment.MIRROR | augment.COLOUR | augment.FORM
    assert may("dog", ICON_MONO, mono=True) == augment.FORM
    for label in ("left arrow", "two-thirty", "waxing crescent moon", "japanese “here” button"):
        assert not may(label) & augment.MIRROR
    for label in ("blue heart", "woman: red hair", "1st place medal"):
        assert not may(label) & augment.COLOUR
    assert may("flag: malta", flag=True) == augment.FORM


def test_styles_touch_only_the_rows_that_may_suffer_them() -> None:
    random = np.random.default_rng(3)
    pixels = np.repeat(random.integers(0, 256, (1, 96, 96, 4)), 64, 0).astype(np.uint8)
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    tint, recolour = np.zeros((64, 3), np.float32), np.zeros(64, bool)
    styles = np.where(np.arange(64) < 32, augment.MIRROR | augment.COLOUR | augment.FORM, 0)

    def run(given: np.ndarray | None) -> torch.Tensor:
        return augment.augment(pixels, tint, recolour, 48, torch.Generator().manual_seed(5), given)

    styled, again = run(styles), run(styles)
    assert torch.equal(styled, again) and styled.min() >= -1 and styled.max() <= 1
    grid = torch.rand(4, 8, 8, 2, generator=torch.Generator().manual_seed(1))
    none = torch.zeros(4, dtype=torch.bool)
    assert torch.equal(augment.restyle_form(grid, none, none, torch.Generator()), grid)
    rgb = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(augment.restyle_colour(rgb.clone(), none, torch.Generator()), rgb)
    x = torch.rand(4, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    assert torch.equal(augment.restyle_strokes(x.clone(), none, torch.Generator()), x)


def test_a_batch_holds_neighbours_in_order(dataset: Dataset, tokens) -> None:
    ordered = [replace(drawing, order=100 - index // 2) for index, drawing in enumerate(dataset.drawings)]
    dataset = replace(dataset, drawings=ordered * 2, split=["train"] * 32, pixels=np.concatenate([dataset.pixels] * 2))
    sampler = Sampler(dataset, tokens, 1)
    assert len(sampler.neighbours(3, np.random.default_rng(0))) == NEIGHBOURS  # eight orders: one row
    ordered = [replace(drawing, order=index // 2) for index, drawing in enumerate(dataset.drawings)]
    dataset = replace(dataset, drawings=ordered)
    sampler = Sampler(dataset, tokens, 1)
    chosen = sampler.neighbours(3, np.random.default_rng(0))
    assert len(chosen) == 3 * NEIGHBOURS
    orders = sorted({drawing.order for drawing in (dataset.drawings[i] for i in sampler.pools[EMOJI])})
    for row in chosen.reshape(3, NEIGHBOURS):
        places = [orders.index(dataset.drawings[index].order) for index in row]
        assert places == list(range(places[0], places[0] + NEIGHBOURS))


def test_a_glyph_that_stands_for_several_sequences_is_nobodys(tmp_path) -> None:
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    def square(left: int, right: int):
        pen = TTGlyphPen(None)
        pen.moveTo((left, 0))
        for point in ((left, 100), (right, 100), (right, 0)):
            pen.lineTo(point)
        pen.closePath()
        return pen.glyph()

    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "one", "shared"])
    font.setupCharacterMap({0x1F600: "one", 0x1F601: "shared", 0x1F602: "shared"})
    font.setupGlyf({".notdef": square(0, 10), "one": square(100, 300), "shared": square(0, 50)})
    font.setupHorizontalMetrics(dict.fromkeys((".notdef", "one", "shared"), (1000, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupPost()
    font.save(tmp_path / "f.ttf")
    drawn = list(glyphs.outlines(tmp_path / "f.ttf", ["1F600", "1F601", "1F602", "1F603", "1F600-1F601"]))
    assert [sequence for sequence, _ in drawn] == ["1F600"]
    assert 'viewBox="0 0 216 216"' in drawn[0][1] and "M8.0 158.0V58.0H208.0V158.0Z" in drawn[0][1]

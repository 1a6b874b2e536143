"""Which drawings and words of the training run scenes may use; skipped where nothing was rendered."""

from __future__ import annotations

import pytest

from scenes.vocabulary import NOUNS, WIDE_DRAWINGS

paths = pytest.importorskip("assay_training.paths")
pytestmark = pytest.mark.skipif(
    not (paths.RENDERED / "pixels.npy").exists(), reason="the training run's renders are not on this machine"
)

#: Names of icons that assay_training/splits.py holds out and scenes say all the same: they count as trained.
SAID = {"squirrel", "donut", "car", "book", "clock", "square"}


def test_training_shows_drawings_of_the_train_split_only_and_of_several_vendors() -> None:
    from assay_training import catalogue, splits
    from scenes.draw import Stream
    from scenes.sprites import Sprites

    drawings = catalogue.load()
    split = {d.id: own for d, own in zip(drawings, splits.assign(drawings), strict=True)}
    package = {d.id: d.package for d in drawings}
    sprites = Sprites("train")
    stream = Stream(1, "which")
    for noun in WIDE_DRAWINGS:
        chosen = {sprites.name(sprites.choose(stream, noun.one)) for _ in range(40)}
        assert {split[name] for name in chosen} == {"train"}, noun
        assert len({package[name] for name in chosen}) >= 3, noun
    assert {package[Sprites("test_vendor").name(Sprites("test_vendor").choose(stream, "dog"))]} == {splits.TEST_VENDOR}


def test_no_word_of_scenes_is_an_unseen_concept_or_a_held_out_title() -> None:
    from assay_training import catalogue, splits

    drawings = catalogue.load()
    assigned = splits.assign(drawings)
    trained = {d.concept for d, own in zip(drawings, assigned, strict=False) if own == "train"}
    held_out = {d.concept for d, own in zip(drawings, assigned, strict=False) if own in ("unseen_concept", "clipart")}
    icons = {d.concept for d, own in zip(drawings, assigned, strict=False) if own == "lucide_unseen"}
    said = {noun.one for noun in WIDE_DRAWINGS} | {kind for kind, noun in NOUNS.items() if noun.is_shape}
    assert not said & (held_out - trained)
    assert said & (icons - trained) <= SAID

"""Test scenes combine what training never combined."""

from __future__ import annotations

from itertools import chain, islice

from scenes.clips import clips_of_split
from scenes.deeds import combined
from scenes.generate import make_scenes, pairs_of_scenes, wide
from scenes.graph import Scene, content
from scenes.procedures import procedures_of_split
from scenes.splits import (
    COLOURS_HELD_OUT,
    HELD_OUT_COLOURS,
    TEST,
    TRAIN,
    VAL,
    compositions,
    is_held_out,
    split_of,
)
from scenes.statements import image_sets_of_split
from scenes.vocabulary import COLOURS, SHAPES


def trained(pairs: int = 200) -> list[Scene]:
    return list(chain.from_iterable(islice(pairs_of_scenes(3, wide(TRAIN)), pairs)))


def test_training_never_draws_a_held_out_composition() -> None:
    for scene in trained():
        assert not any(is_held_out(composition) for composition in compositions(scene)), scene


def test_every_test_scene_combines_something_new() -> None:
    seen = set(chain.from_iterable(compositions(scene) for scene in trained()))
    scenes = make_scenes(4, 100, wide(TEST))
    assert all(any(map(is_held_out, compositions(scene))) for scene in scenes)
    assert not seen & {c for scene in scenes for c in compositions(scene) if is_held_out(c)}
    new_kinds = {c[1] for scene in scenes for c in compositions(scene) if is_held_out(c)}
    assert new_kinds == {"is", "left of", "above"}


def test_contents_of_train_and_validation_never_meet() -> None:
    contents = {content(scene) for scene in trained()}
    assert not contents & {content(scene) for scene in make_scenes(5, 100, wide(VAL))}


def test_each_shape_and_each_colour_is_trained_in_other_company() -> None:
    for noun in SHAPES:
        assert sum(shape == noun.one for shape, _, _ in HELD_OUT_COLOURS) == COLOURS_HELD_OUT
    for colour in COLOURS:
        assert sum(held == colour for _, _, held in HELD_OUT_COLOURS) < len(SHAPES) - 2, colour


def test_the_split_is_the_scene_s_alone() -> None:
    scene = make_scenes(4, 1, wide(TEST))[0]
    assert split_of(scene) == TEST
    assert {split_of(s) for s in trained(20)} == {TRAIN}


def test_clips_and_procedures_keep_to_their_split() -> None:
    for split in (TRAIN, TEST):
        for clip in clips_of_split(split, 6, 70):
            assert any(map(is_held_out, combined(clip.deed))) == (split == TEST), clip
        for video in procedures_of_split(split, 6, 26):
            deeds = set(chain.from_iterable(combined(one.deed) for one in video.done))
            assert any(map(is_held_out, deeds)) == (split == TEST), video


def test_statements_are_about_scenes_of_their_split() -> None:
    for split in (TRAIN, VAL, TEST):
        for images in image_sets_of_split(split, 6, 20):
            assert {split_of(scene) for scene in (*images.left, *images.right)} == {split}

"""What the graph says is what the picture shows."""

from __future__ import annotations

from itertools import combinations

import pytest

from scenes.graph import Scene, content
from scenes.render import SHAPE_ART, box
from scenes.vocabulary import BACKGROUNDS, COLOURS, DRAWINGS, NOUNS, PLACES, SHAPES, WIDE_DRAWINGS


def test_things_are_inside_the_picture_and_apart(scenes: list[Scene]) -> None:
    for scene in scenes:
        for thing in scene.things:
            x, y, width = box(thing)
            assert width / 2 <= min(x, y) and max(x, y) <= 1 - width / 2, scene.number
        for one, other in combinations(map(box, scene.things), 2):
            reach = (one[2] + other[2]) / 2
            assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) > reach, scene.number


def test_a_thing_lies_nearest_to_its_own_cell(scenes: list[Scene]) -> None:
    for scene in scenes:
        for thing in scene.things:
            x, y, _ = box(thing)
            assert (int(x * 3), int(y * 3)) == (thing.column, thing.row)


def test_colours_never_hide_a_thing(scenes: list[Scene]) -> None:
    for scene in scenes:
        for thing in scene.things:
            assert thing.colour != scene.background
            assert (thing.colour is None) != thing.noun.is_shape


def test_scenes_stay_within_the_bounds_and_differ(scenes: list[Scene]) -> None:
    assert all(1 <= len(scene.things) <= 6 for scene in scenes)
    assert len({content(scene) for scene in scenes}) == len(scenes)
    assert {len(scene.things) for scene in scenes} == {1, 2, 3, 4, 5, 6}


def test_no_word_means_two_things() -> None:
    words = [*NOUNS, *COLOURS, *PLACES]
    kinds = {noun.one for noun in SHAPES + DRAWINGS + WIDE_DRAWINGS}
    assert len(set(words)) == len(words) == len(kinds) + len(COLOURS) + len(PLACES)
    assert all(NOUNS[noun.one].many == noun.many for noun in WIDE_DRAWINGS)
    assert set(SHAPE_ART) == {noun.one for noun in SHAPES}
    assert set(BACKGROUNDS) - set(COLOURS) == {"gray"}


def test_a_scene_can_be_drawn(scenes: list[Scene]) -> None:
    pytest.importorskip("gi", reason="librsvg's bindings come with the system Python only")
    from scenes import artwork
    from scenes.build import FIXTURES
    from scenes.render import scene_png
    from scenes.writers.vqa import image_name

    scene = scenes[0]
    drawn = scene_png(scene, artwork.twemoji(artwork.fetch()))
    assert drawn == (FIXTURES / "scenes" / "images" / image_name(scene.number)).read_bytes()

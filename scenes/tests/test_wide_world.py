"""The wide world: room for things, the fast painter, Chinese."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from scenes import chinese
from scenes.draw import Stream
from scenes.generate import make_scenes, wide
from scenes.graph import Scene, groups
from scenes.paste import OUTLINES, SPRITE, resized, scene_pixels, shape_sprite
from scenes.render import OUTLINE, SHAPE_ART, box
from scenes.splits import TRAIN
from scenes.vocabulary import COLOURS, NOUNS


@pytest.fixture(scope="module", name="wide_scenes")
def made() -> list[Scene]:
    return make_scenes(11, 200, wide(TRAIN))


def test_things_fill_their_room_without_touching(wide_scenes: list[Scene]) -> None:
    widths = []
    for scene in wide_scenes:
        for thing in scene.things:
            x, y, width = box(thing)
            widths.append(width)
            assert 0.2 <= width <= 0.45
            assert width / 2 <= min(x, y) + 1e-3 and max(x, y) <= 1 - width / 2 + 1e-3
            assert (int(x * 3), int(y * 3)) == (thing.column, thing.row)
        for one, other in combinations(map(box, scene.things), 2):
            assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) >= (one[2] + other[2]) / 2
        big = {thing.width for thing in scene.things if thing.size == "big"}
        small = {thing.width for thing in scene.things if thing.size == "small"}
        assert not big or not small or min(big) >= 1.25 * max(small)
    assert max(widths) > 0.42 and min(widths) < 0.21


def test_a_wide_pair_depends_on_its_number_alone(wide_scenes: list[Scene]) -> None:
    assert make_scenes(11, 20, wide(TRAIN)) == wide_scenes[:40]


def test_the_painter_puts_the_colours_where_the_graph_says(wide_scenes: list[Scene]) -> None:
    plain = np.full((SPRITE, SPRITE, 4), 255, np.uint8)
    for scene in wide_scenes[:60]:
        pixels = scene_pixels(scene, SPRITE, lambda _, side: resized(plain, side))
        for thing in scene.things:
            x, y, _ = box(thing)
            want = COLOURS[thing.colour] if thing.colour else "#ffffff"
            got = pixels[int(y * SPRITE), int(x * SPRITE)]
            assert np.abs(got - np.array([int(want[i : i + 2], 16) for i in (1, 3, 5)])).max() <= 2, thing


def test_pasted_shapes_are_the_rendered_ones() -> None:
    pytest.importorskip("gi", reason="librsvg's bindings come with the system Python only")
    from assay_training.render import render_svg_premultiplied

    assert set(OUTLINES) == set(SHAPE_ART)
    for kind, art in SHAPE_ART.items():
        style = f'fill="{COLOURS["red"]}" stroke="{OUTLINE}" stroke-width=".035" stroke-linejoin="round"'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><g {style}>{art}</g></svg>'
        drawn = render_svg_premultiplied(svg, SPRITE).astype(int)
        assert np.abs(drawn - shape_sprite(kind, "red")).mean() < 3, kind


def test_chinese_counts_what_is_there(wide_scenes: list[Scene]) -> None:
    names = {word: kind for kind, (word, _) in chinese.NOUNS.items()}
    assert len(names) == len(chinese.NOUNS) and set(chinese.NOUNS) <= set(NOUNS)
    nouns = "|".join(sorted(names, key=len, reverse=True))
    counted = re.compile(rf"([一两三四五六])(?!张有).(?:[小大]?的?)(\w\w?色)?的?({nouns})")
    for scene in wide_scenes:
        captions = chinese.captions(Stream(0, scene.number), scene)
        assert len(set(captions)) == 2
        for caption in captions:
            said = sorted((names[n], chinese.NUMBERS.index(count)) for count, _, n in counted.findall(caption))
            assert said == sorted((g.kind, len(g.things)) for g in groups(scene)), caption

"""The seed decides every byte."""

from __future__ import annotations

import hashlib

from scenes import emoji_set, family
from scenes.build import FAMILY_SIZE, FIXTURES, PAIRS, SEED, SETS, scene_texts, small_family, training_videos
from scenes.draw import Stream
from scenes.generate import make_scenes
from scenes.graph import Scene
from scenes.writers import karpathy


def test_streams_give_the_same_numbers_everywhere() -> None:
    stream = Stream(2026, "golden")
    assert [stream.below(1000) for _ in range(6)] == [764, 809, 926, 872, 918, 438]
    assert Stream(2026, "golden").shuffled(list("abcdef")) == list("dabcfe")


def test_a_scene_does_not_know_how_many_there_are(scenes: list[Scene]) -> None:
    assert make_scenes(SEED, 5) == scenes[:10]
    assert make_scenes(SEED + 1, 5) != scenes[:10]


def test_every_committed_text_is_what_the_writers_write(scenes: list[Scene]) -> None:
    for name, text in scene_texts(SEED, scenes).items():
        assert (FIXTURES / "scenes" / name).read_text("utf-8") == text, name


def test_every_text_of_the_committed_family_is_what_the_writers_write() -> None:
    texts = family.texts(small_family(), training_videos())
    for path, text in texts.items():
        assert (FIXTURES / "family" / path).read_text("utf-8") == text, path
    there = {p.relative_to(FIXTURES / "family").as_posix() for p in (FIXTURES / "family").rglob("*") if p.is_file()}
    assert {path for path in there if not path.endswith(".png")} == set(texts)


def test_committed_emoji_captions_are_what_the_table_says() -> None:
    images = []
    for index, concept in enumerate(emoji_set.read_concepts()):
        name = f"{concept.icon}.{emoji_set.form_of(index).extension}"
        images.append(karpathy.CaptionedImage(name, emoji_set.captions(SEED, index, concept)))
    committed = (FIXTURES / "twemoji-retrieval" / "dataset.json").read_text("utf-8")
    assert committed == karpathy.dataset_json("assay-twemoji", images)


def test_sums_cover_every_file() -> None:
    lines = (FIXTURES / "SHA256SUMS").read_text().splitlines()
    sums = {path: digest for digest, path in (line.split("  ") for line in lines)}
    there = {
        path.relative_to(FIXTURES).as_posix()
        for name in SETS
        for path in (FIXTURES / name).rglob("*")
        if path.is_file()
    }
    assert set(sums) == there
    for path, digest in sums.items():
        assert hashlib.sha256((FIXTURES / path).read_bytes()).hexdigest() == digest, path
    size = FAMILY_SIZE
    drawn = 2 * PAIRS + len(emoji_set.read_concepts()) + 2 * size.pairs + 8 * size.sets
    assert len([path for path in there if "/images/" in path]) == drawn
    assert len([path for path in there if "/frames/" in path]) == size.clips + size.videos

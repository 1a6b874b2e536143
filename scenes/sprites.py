"""Which rendered drawings may show a kind: those that the training run rendered (assay_training), by split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay_training import catalogue, packages, paths, splits

from .draw import Stream
from .graph import Scene, Thing
from .paste import Sprite, resized, scene_pixels
from .vocabulary import WIDE_DRAWINGS

CLIPART_SHARE = 0.15  # of the draws, where a kind has clip art


@dataclass(frozen=True)
class _Choice:
    """A kind's drawings, by row of the renders."""

    emoji: tuple[int, ...]
    clipart: tuple[int, ...]


class Sprites:
    """The drawings of one split of assay_training/splits.py: ``train``, or ``test_vendor`` (Twemoji)."""

    def __init__(self, split: str) -> None:
        drawings = catalogue.load()
        ok = np.load(paths.RENDERED / "ok.npy")
        assigned = splits.assign(drawings)
        by_code: dict[str, list[int]] = defaultdict(list)
        by_title: dict[str, list[int]] = defaultdict(list)
        codes: dict[str, str] = {}
        for index, (drawing, own) in enumerate(zip(drawings, assigned, strict=True)):
            if drawing.package == splits.TEST_VENDOR:
                codes[drawing.id.rpartition("/")[2]] = drawing.hexcode
            if drawing.package in packages.NEWEST_PACKAGES:  # scenes are made as they were before these came
                continue
            if own == split and ok[index] and drawing.kind == catalogue.EMOJI and drawing.hexcode:
                by_code[drawing.hexcode].append(index)
            if own == split and ok[index] and drawing.kind == catalogue.CLIPART:
                by_title[drawing.concept].append(index)
        self._names = [drawing.id for drawing in drawings]
        self._choices = {
            noun.one: _Choice(tuple(by_code[codes[noun.icon or ""]]), tuple(by_title[noun.one]))
            for noun in WIDE_DRAWINGS
        }
        missing = [kind for kind, choice in self._choices.items() if not choice.emoji]
        if missing:
            raise ValueError(f"no drawing of split {split!r} for {', '.join(missing)}: leave them out of nouns.tsv")
        renders = np.load(paths.RENDERED / "pixels.npy", mmap_mode="r")
        self._pixels = {
            index: np.array(renders[index])
            for choice in self._choices.values()
            for index in choice.emoji + choice.clipart
        }

    def choose(self, stream: Stream, kind: str) -> int:
        """A drawing of the kind."""
        choice = self._choices[kind]
        return stream.pick(choice.clipart if choice.clipart and stream.chance(CLIPART_SHARE) else choice.emoji)

    def pixels(self, index: int) -> Sprite:
        """Premultiplied RGBA."""
        return self._pixels[index]

    def name(self, index: int) -> str:
        """The drawing's id in the catalogue."""
        return self._names[index]

    def painter(self, seed: int) -> Callable[[Scene, int], np.ndarray]:
        """Paints a scene at a side; the drawings of a kind follow from the seed and the scene's pair."""

        def paint(scene: Scene, side: int) -> np.ndarray:
            def sprite_of(thing: Thing, across: int) -> Sprite:
                chosen = self.choose(Stream(seed, "artwork", scene.pair, thing.kind), thing.kind)
                return resized(self.pixels(chosen), across)

            return scene_pixels(scene, side, sprite_of)

        return paint

    def counts(self) -> dict[str, int]:
        """How many drawings each kind has."""
        return {kind: len(choice.emoji) + len(choice.clipart) for kind, choice in self._choices.items()}

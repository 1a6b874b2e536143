"""Scenes with captions for training the dual encoder, and the four sets that say what it learned from them.

    python -m scenes.training_pictures --count 24000 --seed 7 --out /work/training-state/scenes-train
    python -m scenes.training_pictures --split test --count 500 --seed 8 --out /work/training-state/scenes-test

Each folder has ``pixels.npy`` [n, 96, 96, 3] uint8 and ``captions.jsonl``, row by row: ``en`` (five captions), ``zh``
(two), ``drawings`` (which drawing shows a kind) and the ``graph``. Rows 2k and 2k + 1 are complements: the same kinds,
otherwise counted, coloured, sized and placed, so each is a hard negative of the other. A folder to test on has
``dataset.json`` (Karpathy's layout) and ``images/`` as well, and no two of its scenes have the same content.

| --split | compositions | artwork |
| --- | --- | --- |
| train, val | trained | drawings of split "train" |
| test-artwork | trained | Twemoji, which is never trained on |
| test-composition | held out | drawings of split "train" |
| test | held out | Twemoji |
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from PIL import Image

from . import chinese
from .captions import candidates
from .draw import Stream
from .generate import make_scenes, pairs_of_scenes, wide
from .graph import Scene, Thing, as_record
from .paste import SPRITE, Sprite, resized, scene_pixels
from .splits import TEST, TRAIN, VAL
from .sprites import Sprites
from .writers import karpathy
from .writers.layout import compact

CAPTIONS = 5
TURN = 10  # degrees to either side, in training pictures only
SPLITS = {
    "train": (TRAIN, "train"),
    "val": (VAL, "train"),
    "test-artwork": (VAL, "test_vendor"),
    "test-composition": (TEST, "train"),
    "test": (TEST, "test_vendor"),
}


@dataclass(frozen=True)
class Captioned:
    """One row: the scene, how it looks and what is said of it."""

    scene: Scene
    pixels: np.ndarray
    english: list[str]
    chinese: list[str]
    drawings: dict[str, str]


def captioned(seed: int, scene: Scene, sprites: Sprites, turn: int = 0) -> Captioned:
    """Draw and describe a scene; the drawing of a kind is chosen, and turned a little, once a scene."""
    stream = Stream(seed, "artwork", scene.number)
    chosen = {t.kind: sprites.choose(stream, t.kind) for t in scene.things if not t.colour}
    turns = {kind: stream.between(-turn, turn) for kind in chosen}
    said = list(dict.fromkeys(candidates(Stream(seed, "captions", scene.number), scene)))[:CAPTIONS]

    def sprite_of(thing: Thing, side: int) -> Sprite:
        return resized(sprites.pixels(chosen[thing.kind]), side, turns[thing.kind])

    return Captioned(
        scene,
        scene_pixels(scene, SPRITE, sprite_of),
        said,
        chinese.captions(Stream(seed, "chinese", scene.number), scene),
        {kind: sprites.name(index) for kind, index in chosen.items()},
    )


def scenes_of(split: str, seed: int, count: int) -> Iterator[Scene]:
    """Endless variety to train on, distinct contents to test on."""
    world = wide(SPLITS[split][0])
    if split == "train":
        return islice(chain.from_iterable(pairs_of_scenes(seed, world)), count)
    return iter(make_scenes(seed, (count + 1) // 2, world)[:count])


def write(split: str, seed: int, count: int, out: Path) -> None:
    """One folder."""
    sprites = Sprites(SPLITS[split][1])
    out.mkdir(parents=True, exist_ok=True)
    is_test = split != "train"
    if is_test:
        (out / "images").mkdir(exist_ok=True)
    pixels = np.lib.format.open_memmap(out / "pixels.npy", "w+", np.uint8, (count, SPRITE, SPRITE, 3))
    images: list[karpathy.CaptionedImage] = []
    with (out / "captions.jsonl").open("w", encoding="utf-8") as lines:
        for row, scene in enumerate(scenes_of(split, seed, count)):
            one = captioned(seed, scene, sprites, 0 if is_test else TURN)
            pixels[row] = one.pixels
            record = {"en": one.english, "zh": one.chinese, "drawings": one.drawings, "graph": as_record(scene)}
            lines.write(compact(record) + "\n")
            if is_test:
                name = f"{split}-{scene.number:06d}.png"
                Image.fromarray(one.pixels).save(out / "images" / name)
                images.append(karpathy.CaptionedImage(name, one.english, scene.number))
    pixels.flush()
    if is_test:
        (out / "dataset.json").write_text(karpathy.dataset_json(f"assay-scenes-{split}", images), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=sorted(SPLITS), default="train")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    began = time.perf_counter()
    write(arguments.split, arguments.seed, arguments.count, arguments.out)
    seconds = time.perf_counter() - began
    print(f"{arguments.count} scenes in {seconds:.1f} s: {arguments.count / seconds:.0f} a second", flush=True)


if __name__ == "__main__":
    main()

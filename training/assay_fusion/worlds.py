"""Examples of every world, made once and kept: who is in the picture, what is said, and what is right.

    python -m assay_fusion.worlds --out <state>/data

Each world is a file of ``Examples``. Pictures are graphs (``Item`` rows); ``perceive`` adds what the detector sees.
"""

from __future__ import annotations

import argparse
import pickle
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from scenes.boxes.statements import pairs as statement_pairs
from scenes.boxes.world import World
from scenes.captions import captions
from scenes.generate import pairs_of_scenes, wide
from scenes.graph import Scene
from scenes.questions import twins
from scenes.statements import image_sets, offers

from assay_training import paths

from .checkpoints import Log
from .examples import ANSWER, MATCH, TRUTH, Example, Examples, Seen
from .pictures import EasyVqa, boxes_items, scene_items
from .texts import learn, mistyped
from .vocabulary import ANSWER_INDEX, COLOUR_INDEX

SEED = 20261129
SLIPS = 0.15  # of the statements about boxes


def seen_scene(scene: Scene) -> Seen:
    return Seen(scene_items(scene), COLOUR_INDEX[scene.background], (100, 100), scene)


def seen_boxes(world: World, order: tuple[int, int, int] = (0, 1, 2)) -> Seen:
    return Seen(boxes_items(world, order), COLOUR_INDEX["gray"], (100, 400), world)


def scene_questions(seed: int, pairs: int, split: str = "train") -> Examples:
    """VQA over scenes, every question asked of both scenes of a pair; and captions that fit or do not."""
    out = Examples()
    for first, second in islice(pairs_of_scenes(seed, wide(split)), pairs):
        at = len(out.seen)
        out.seen += [seen_scene(first), seen_scene(second)]
        for twin in twins(first, second):
            if all(answer in ANSWER_INDEX for answer in twin.answers):
                for side in (0, 1):
                    target = ANSWER_INDEX[twin.answers[side]]
                    out.said.append(Example((at + side,), twin.text, ANSWER, target, f"vqa/{twin.template.name}"))
        for side, scene in enumerate((first, second)):
            text = random.Random(f"{seed}/{scene.number}").choice(captions(seed, scene))
            out.said += [Example((at + k,), text, MATCH, int(k == side), "match") for k in (0, 1)]
    return out


def scene_statements(seed: int, sets: int, split: str = "train", each: int = 12) -> Examples:
    """Statements about two scenes, each true of two of a set's four pairs."""
    out = Examples()
    for images in islice(image_sets(seed, wide(split)), sets):
        rng = random.Random(f"{seed}/{images.number}")
        at = len(out.seen)
        out.seen += [seen_scene(scene) for scene in (*images.left, *images.right)]
        by_form: dict[str, list[tuple[str, tuple[bool, ...]]]] = {}
        for form, sentence, truth in offers(images):
            by_form.setdefault(form.name, []).append((sentence, truth))
        names = list(by_form)
        for k in range(min(each, len(names))):
            name = names[k % len(names)]
            sentence, truth = rng.choice(by_form[name])
            for pair, holds in enumerate(truth):
                chosen = (at + pair // 2, at + 2 + pair % 2)
                out.said.append(Example(chosen, sentence, TRUTH, int(holds), f"nlvr2/{name}"))
    return out


def boxes_statements(seed: int, count: int) -> Examples:
    """Statements about three grey boxes, each with a world where it holds and one where it does not."""
    out = Examples()
    rng = random.Random(f"{seed}/slips")
    for said, fits, fails in islice(statement_pairs(seed), count):
        text = mistyped(rng, said.sentence) if rng.random() < SLIPS else said.sentence
        at = len(out.seen)
        out.seen += [seen_boxes(fits), seen_boxes(fails)]
        for k, world in enumerate((fits, fails)):
            count = said.count(world)
            out.said.append(Example((at + k,), text, TRUTH, 1 - k, f"nlvr/{said.form}", -1 if count is None else count))
    return out


def easy_questions(folder: Path, split: str = "train") -> Examples:
    """easy-VQA as published."""
    out = Examples()
    easy = EasyVqa(folder, split)
    for image in easy.ids:
        picture = easy.pictures[image]
        at = len(out.seen)
        out.seen.append(Seen(picture.items, picture.ground, (100, 100), image))
        for text, answer in easy.questions[image]:
            out.said.append(Example((at,), text, ANSWER, ANSWER_INDEX[answer], "easy"))
    return out


WORLDS = ("scenes", "statements", "boxes", "easy")


@dataclass(frozen=True)
class Sizes:
    """How much of each world."""

    pairs: int = 14_000
    sets: int = 5_000
    boxes: int = 60_000


def make(sizes: Sizes, seed: int = SEED) -> Iterator[tuple[str, Examples]]:
    yield "scenes", scene_questions(seed, sizes.pairs)
    yield "statements", scene_statements(seed + 1, sizes.sets)
    yield "easy", easy_questions(paths.STATE / "packages" / "easy_vqa" / "data")
    yield "boxes", boxes_statements(seed + 2, sizes.boxes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for name, examples in make(Sizes()):
        began = time.perf_counter()
        with (out / f"{name}.pickle").open("wb") as file:
            pickle.dump(examples, file)
        lines += sorted({one.text for one in examples.said})
        print(f"{name}: {len(examples.seen)} pictures, {len(examples.said)} texts, {time.perf_counter() - began:.0f} s", flush=True)
    learn(lines).save(str(out / "tokenizer.json"))
    Log(out, "data").say(event="end")


if __name__ == "__main__":
    main()

"""Examples of every world, made once and kept: who is in the picture, what is said, and what is right.

    python -m assay_fusion.worlds --out <state>/data
    python -m assay_fusion.worlds --out <state>/data-val --split val

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
from scenes.questions import Twin, twins
from scenes.statements import image_sets, offers
from scenes.templates import topics_of
from scenes.vocabulary import place_name

from assay_training import paths

from .checkpoints import Log
from .examples import ANSWER, MATCH, TRUTH, Example, Examples, Seen
from .pictures import EasyVqa, boxes_items, scene_items
from .texts import learn, mistyped
from .told import told
from .vocabulary import ANSWER_INDEX, COLOUR_INDEX, MANY

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
                    answer = twin.answers[side]
                    number = int(answer) if twin.template.answer_type == "number" else -1
                    form = f"vqa/{twin.template.name}"
                    out.said.append(Example((at + side,), twin.text, ANSWER, ANSWER_INDEX[answer], form, number, asked_about((first, second)[side], twin, answer)))
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
        topics = topics_of((*images.left, *images.right))
        by_form: dict[str, list[tuple[str, tuple[bool, ...]]]] = {}
        for form, sentence, truth in offers(images):
            by_form.setdefault(form.name, []).append((sentence, truth))
        names = list(by_form)
        for k in range(min(each, len(names))):
            name = names[k % len(names)]
            sentence, truth = rng.choice(by_form[name])
            for pair, holds in enumerate(truth):
                chosen = (at + pair // 2, at + 2 + pair % 2)
                why = told(name, sentence, topics, *images.pairs[pair], holds)
                out.said.append(Example(chosen, sentence, TRUTH, int(holds), f"nlvr2/{name}", why.count, why.marks, why.panels))
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
            number, (marks, panels) = said.count(world), said.marked(world)
            decides = -1 if number is None else number
            out.said.append(Example((at + k,), text, TRUTH, 1 - k, f"nlvr/{said.form}", decides, tuple(map(bytes, marks[:2])), bytes(panels)))
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


def asked_about(scene: Scene, twin: Twin, answer: str) -> tuple[bytes, ...]:
    """The things that a question about a scene counts or points at, where its words or its answer say which."""
    name, words = twin.template.name, twin.text.removesuffix("?").lower().split()
    text = f" {' '.join(words)} "
    if name == "count-all":
        return (bytes([1] * len(scene.things)),)
    if name in ("what-in", "what-beside", "what-shape"):
        return (bytes(t.kind == answer and (name != "what-in" or f" {place_name(t.row, t.column)} " in text) for t in scene.things),)
    if name in ("count-kind", "is-there-a", "is-there-an", "where", "colour-of-one", "colour-of-many", "is-coloured"):
        return (bytes(said_in(text, t.kind) for t in scene.things),)
    if name in ("count-coloured", "are-there-any"):
        return (bytes(said_in(text, t.kind) and f" {t.colour} " in text for t in scene.things),)
    if name in ("is-beside", "is-bigger", "are-more"):
        at = {kind: min((text.find(f" {form} ") for form in (kind, MANY[kind]) if f" {form} " in text), default=-1) for kind in {t.kind for t in scene.things}}
        first = min((k for k in at.values() if k >= 0), default=-1)
        return (bytes(at[t.kind] == first for t in scene.things), bytes(at[t.kind] > first for t in scene.things))
    return ()


def said_in(text: str, kind: str) -> bool:
    return f" {kind} " in text or f" {MANY[kind]} " in text


WORLDS = ("scenes", "statements", "boxes", "easy")


@dataclass(frozen=True)
class Sizes:
    """How much of each world."""

    pairs: int = 14_000
    sets: int = 5_000
    boxes: int = 60_000


def to_choose_by(pairs: int = 250, sets: int = 160, seed: int = SEED) -> Iterator[tuple[str, Examples]]:
    """Scenes of the validation split, and statements about sets that no training has.

    A set whose four scenes are all of the validation split, a twentieth of the rest, is not found in minutes.
    """
    yield "scenes", scene_questions(seed + 3, pairs, "val")
    yield "statements", scene_statements(seed + 4, sets)


def make(sizes: Sizes, seed: int = SEED) -> Iterator[tuple[str, Examples]]:
    yield "scenes", scene_questions(seed, sizes.pairs)
    yield "statements", scene_statements(seed + 1, sizes.sets)
    yield "easy", easy_questions(paths.STATE / "packages" / "easy_vqa" / "data")
    yield "boxes", boxes_statements(seed + 2, sizes.boxes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "val"), default="train")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for name, examples in make(Sizes()) if arguments.split == "train" else to_choose_by():
        began = time.perf_counter()
        with (out / f"{name}.pickle").open("wb") as file:
            pickle.dump(examples, file)
        lines += sorted({one.text for one in examples.said})
        print(f"{name}: {len(examples.seen)} pictures, {len(examples.said)} texts, {time.perf_counter() - began:.0f} s", flush=True)
    if arguments.split == "train":
        learn(lines).save(str(out / "tokenizer.json"))
    Log(out, "data").say(event="end")


if __name__ == "__main__":
    main()

"""Measure a model's files on held-out worlds: int8 as it ships, in ONNX Runtime, with Wilson's intervals.

    python -m assay_fusion.measure_fusion ../models/assay-lxmert --nlvr <folder> --out results.json

Baselines never look at a picture: the commonest answer, and the commonest answer of each kind of question.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scenes.evenly import choose_evenly
from scenes.generate import pairs_of_scenes, wide
from scenes.sprites import Sprites
from scenes.statements import choose_statements, image_sets_of_split

from assay_training import paths

from . import texts
from .namer import cropped_boxes, session_of
from .perceive import decode
from .pictures import EasyVqa, preprocessed, scene_picture, tensor_of
from .things import WHICH
from .vocabulary import ANSWERS


@dataclass(frozen=True)
class Asked:
    """One item: rows of its pictures, text, right answer, kind, and the group that consistency counts."""

    rows: np.ndarray
    text: str
    right: str
    kind: str
    group: str = ""


class Model:
    """The files of a folder."""

    def __init__(self, folder: Path, precision: str = "int8") -> None:
        self.detector = session_of(folder / f"detector.{precision}.onnx")
        self.namer = session_of(folder / "names.int8.onnx")
        self.fusion = session_of(folder / f"fusion.{precision}.onnx")
        self.tokenizer = texts.load(folder / "tokenizer.json")

    def look(self, pixels: np.ndarray) -> np.ndarray:
        """A decoded picture [h, w, 3] -> rows of things."""
        small = preprocessed(pixels)
        tensor = tensor_of(small)
        cells = self.detector.run(None, {"pixel_values": tensor[None]})[0][0]
        return decode(cells, small.shape[:2], tensor, self.names)  # type: ignore[arg-type]

    def names(self, pixels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return self.namer.run(None, {"picture": pixels[None], "boxes": cropped_boxes(boxes)})[0]

    def say(self, rows: np.ndarray, text: str) -> tuple[np.ndarray, float]:
        """Logits of the answers, logit of true."""
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        answer, truth, _ = self.fusion.run(None, {"things": rows[None], "ids": ids})
        return answer[0], float(truth[0, 0])

    def answer(self, asked: Asked) -> str:
        answer, truth = self.say(asked.rows, asked.text)
        return ("true" if truth >= 0 else "false") if asked.right in ("true", "false") else ANSWERS[int(answer.argmax())]


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    right = right.copy()
    right[:, WHICH] = 1
    return np.concatenate([left, right])


def scenes(model: Model, split: str, artwork: str, pairs: int, seed: int = 77) -> list[Asked]:
    sprites, rng = Sprites(artwork), random.Random(seed)
    both = list(islice(pairs_of_scenes(seed, wide(split)), pairs))
    rows = {s.number: model.look(scene_picture(s, sprites, rng, turn=0).pixels) for pair in both for s in pair}
    return [
        Asked(rows[q.scene], q.text, q.answer, q.template.name, q.template.answer_type) for q in choose_evenly(seed, both)
    ]


def statements(model: Model, split: str, artwork: str, sets: int, seed: int = 78) -> list[Asked]:
    sprites, rng = Sprites(artwork), random.Random(seed)
    drawn = image_sets_of_split(split, seed, sets)
    rows = {s.number: model.look(scene_picture(s, sprites, rng, turn=0).pixels) for one in drawn for s in (*one.left, *one.right)}
    numbered = {one.number: one for one in drawn}
    out = []
    for said in choose_statements(seed, split, drawn):
        left, right = numbered[said.set].pairs[said.pair]
        right_answer = "true" if said.is_true else "false"
        out.append(Asked(beside(rows[left.number], rows[right.number]), said.sentence, right_answer, said.template, f"{said.set}/{said.sentence_number}"))
    return out


def easy(model: Model, images: int) -> list[Asked]:
    folder = paths.STATE / "packages" / "easy_vqa" / "data"
    own = EasyVqa(folder, "test")
    out = []
    for image in own.ids[:images]:
        rows = model.look(np.asarray(Image.open(folder / "test" / "images" / f"{image}.png").convert("RGB")))
        out += [Asked(rows, text, answer, text) for text, answer in own.questions[image]]
    return out


def nlvr(model: Model, folder: Path, images: Path, orders: int) -> list[Asked]:
    out = []
    for line in (folder / "dev.json").read_text().splitlines():
        row = json.loads(line)
        name, number = row["identifier"], row["identifier"].split("-")[0]
        for k in range(orders):
            pixels = np.asarray(Image.open(images / row["directory"] / f"dev-{name}-{k}.webp").convert("RGB"))
            out.append(Asked(model.look(pixels), row["sentence"], row["label"], "nlvr", number))
    return out


def wilson(right: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    middle, half = (right + z * z / 2) / (n + z * z), z * sqrt(right * (n - right) / n + z * z / 4) / (n + z * z)
    return middle - half, middle + half


def commonest(asked: list[Asked], kind: Callable[[Asked], str]) -> float:
    """Accuracy of the commonest right answer of each kind, chosen on these very items: a generous baseline."""
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for one in asked:
        answers[kind(one)][one.right] += 1
    return sum(own.most_common(1)[0][1] for own in answers.values()) / len(asked)


def measured(name: str, model: Model, asked: list[Asked]) -> dict[str, Any]:
    rights = [model.answer(one) == one.right for one in asked]
    low, high = wilson(sum(rights), len(rights))
    kinds: dict[str, list[bool]] = defaultdict(list)
    groups: dict[str, list[bool]] = defaultdict(list)
    for one, right in zip(asked, rights, strict=True):
        kinds[one.kind].append(right)
        groups[one.group].append(right)
    row: dict[str, Any] = {
        "split": name, "n": len(asked), "accuracy": round(sum(rights) / len(rights), 4), "low": round(low, 4), "high": round(high, 4),
        "majority": round(commonest(asked, lambda _: ""), 4), "per_kind": round(commonest(asked, lambda one: one.kind), 4),
        "consistency": round(sum(all(v) for v in groups.values()) / len(groups), 4),
    }
    if len(kinds) < 40:
        row["kinds"] = {kind: [round(sum(v) / len(v), 3), len(v)] for kind, v in sorted(kinds.items())}
    if len(groups) < 6:
        row["types"] = {kind: [round(sum(v) / len(v), 3), len(v)] for kind, v in sorted(groups.items())}
    print(json.dumps(row), flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nlvr", type=Path)
    parser.add_argument("--nlvr-images", type=Path)
    parser.add_argument("--orders", type=int, default=6)
    parser.add_argument("--pairs", type=int, default=150)
    parser.add_argument("--sets", type=int, default=80)
    parser.add_argument("--easy", type=int, default=200)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    model = Model(arguments.folder)
    rows = []
    for name, split, artwork in (("scenes-val", "val", "train"), ("scenes-test", "test", "test_vendor")):
        rows.append(measured(name, model, scenes(model, split, artwork, arguments.pairs)))
        rows.append(measured(name.replace("scenes", "scenes-nlvr2"), model, statements(model, split, artwork, arguments.sets)))
    rows.append(measured("easy-vqa-test", model, easy(model, arguments.easy)))
    if arguments.nlvr:
        rows.append(measured("nlvr-v1-dev", model, nlvr(model, arguments.nlvr, arguments.nlvr_images, arguments.orders)))
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Measure a model's files on held-out worlds: int8 as it ships, in ONNX Runtime, with Wilson's intervals.

    python -m assay_fusion.measure_fusion ../models/assay-lxmert --nlvr <folder> --nlvr-images <folder> --orders 1 --out results.json --write

``--write`` puts the rows into the manifest.
Baselines never look at a picture: the commonest answer, and the commonest answer of each kind of question.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from assay_training import paths

from . import texts
from .namer import session_of
from .perceive import Looker, published_eyes
from .pictures import EasyVqa, preprocessed
from .things import WHICH
from .vocabulary import ANSWERS

MATCHING = "matching"  # a kind: whether the text is a caption of the picture


@dataclass(frozen=True)
class Asked:
    """One item: rows of its pictures, text, right answer, kind, and the group that consistency counts."""

    rows: np.ndarray
    text: str
    right: str
    kind: str
    group: str = ""


class Perceiver(Looker):
    """Detector and namer of a folder."""

    def __init__(self, folder: Path, precision: str = "int8") -> None:
        super().__init__(published_eyes(folder, precision), folder)

    def look(self, pixels: np.ndarray) -> np.ndarray:
        """A decoded picture [h, w, 3] -> rows of things."""
        return self.rows_of([preprocessed(pixels)])[0]


class Model(Perceiver):
    """The files of a fusion model's folder."""

    def __init__(self, folder: Path, precision: str = "int8") -> None:
        super().__init__(folder, precision)
        self.fusion = session_of(folder / f"fusion.{precision}.onnx")
        self.tokenizer = texts.load(folder / "tokenizer.json")

    def say(self, rows: np.ndarray, text: str) -> tuple[np.ndarray, float]:
        """Logits of the answers, logit of true."""
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        answer, truth = self.fusion.run(["answer", "truth"], {"things": rows[None], "ids": ids})
        return answer[0], float(truth[0, 0])

    def match(self, rows: np.ndarray, text: str) -> float:
        """Logit of the text being a caption of the picture."""
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        return float(self.fusion.run(["match"], {"things": rows[None], "ids": ids})[0][0, 0])

    def attention(self, rows: np.ndarray, text: str) -> np.ndarray:
        """[layers, l + n, l + n] (``Fusion.attend``)."""
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        return self.fusion.run(["attention"], {"things": rows[None], "ids": ids})[0][0]

    def answer(self, asked: Asked) -> str:
        if asked.kind == MATCHING:
            return "true" if self.match(asked.rows, asked.text) >= 0 else "false"
        answer, truth = self.say(asked.rows, asked.text)
        return ("true" if truth >= 0 else "false") if asked.right in ("true", "false") else ANSWERS[int(answer.argmax())]


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    right = right.copy()
    right[:, WHICH] = 1
    return np.concatenate([left, right])


def look_at_file(model: Perceiver, file: Path, known: dict[Path, np.ndarray]) -> np.ndarray:
    if file not in known:
        known[file] = model.look(np.asarray(Image.open(file).convert("RGB")))
    return known[file]


def questions(model: Model, folder: Path) -> list[Asked]:
    """A folder in VQA v2's form, such as fixtures/scenes; the right answer is the most common of the ten."""
    asked = json.loads(next(folder.glob("v2_OpenEnded_*_questions.json")).read_text())["questions"]
    texts_by_id = {one["question_id"]: one["question"] for one in asked}
    known: dict[Path, np.ndarray] = {}
    out = []
    for one in json.loads(next(folder.glob("v2_*_annotations.json")).read_text())["annotations"]:
        file = next((folder / "images").glob(f"*{one['image_id']:012d}.png"))
        kind = one["answer_type"]
        out.append(Asked(look_at_file(model, file, known), texts_by_id[one["question_id"]], one["multiple_choice_answer"], kind, kind))
    return out


def statements(model: Model, folder: Path) -> list[Asked]:
    """A folder in NLVR2's form, such as fixtures/family/nlvr2. A group is a sentence with its pairs of pictures."""
    known: dict[Path, np.ndarray] = {}
    out = []
    for line in next(folder.glob("test*.json")).read_text().splitlines():
        one = json.loads(line)
        stem, sentence = one["identifier"].rsplit("-", 1)
        left, right = (look_at_file(model, folder / "images" / f"{stem}-img{side}.png", known) for side in (0, 1))
        out.append(Asked(beside(left, right), one["sentence"], one["label"].lower(), "nlvr2", f"{stem.split('-')[1]}/{sentence}"))
    return out


def captions(model: Model, folder: Path) -> list[Asked]:
    """A folder with captions in Karpathy's form: every first caption with its picture, and with the one after it."""
    known: dict[Path, np.ndarray] = {}
    images = json.loads((folder / "dataset.json").read_text())["images"]
    out = []
    for one, other in zip(images, images[1:] + images[:1], strict=True):
        text = one["sentences"][0]["raw"]
        for shown, right in ((one, "true"), (other, "false")):
            out.append(Asked(look_at_file(model, folder / "images" / shown["filename"], known), text, right, MATCHING, one["filename"]))
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


def quality_of(rows: list[dict[str, Any]], easy_images: int) -> list[dict[str, Any]]:
    """The rows as a manifest holds them; the baseline is the commonest answer of each kind of question."""
    names = {"nlvr-v1-dev": "nlvr-v1-dev-order-0", "easy-vqa-test": f"easy-vqa-test-{easy_images}"}
    return [
        {
            "split": names.get(row["split"], row["split"]), "metric": "accuracy", "n": row["n"], "value": row["accuracy"], "low": row["low"],
            "high": row["high"], "interval": "Wilson, 95 %", "baseline": row["per_kind"], "precision": "int8",
        }
        for row in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nlvr", type=Path)
    parser.add_argument("--nlvr-images", type=Path)
    parser.add_argument("--orders", type=int, default=6)
    parser.add_argument("--fixtures", type=Path, default=paths.REPOSITORY / "fixtures")
    parser.add_argument("--easy", type=int, default=200)
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--write", action="store_true", help="into the manifest; with --orders 1 and int8")
    arguments = parser.parse_args()
    if arguments.write and (arguments.precision != "int8" or arguments.orders != 1 or not arguments.nlvr):
        parser.error("--write needs --nlvr, --orders 1 and int8")
    model, fixtures = Model(arguments.folder, arguments.precision), arguments.fixtures
    rows = [
        measured("scenes-vqa", model, questions(model, fixtures / "scenes")),
        measured("unseen-scenes-vqa", model, questions(model, fixtures / "family" / "scenes")),
        measured("unseen-scenes-nlvr2", model, statements(model, fixtures / "family" / "nlvr2")),
        measured("unseen-scenes-matching", model, captions(model, fixtures / "family" / "scenes")),
        measured("easy-vqa-test", model, easy(model, arguments.easy)),
    ]
    if arguments.nlvr:
        rows.append(measured("nlvr-v1-dev", model, nlvr(model, arguments.nlvr, arguments.nlvr_images, arguments.orders)))
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=2) + "\n")
    if arguments.write:
        file = arguments.folder / "manifest.json"
        known = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(known | {"quality": quality_of(rows, arguments.easy)}, indent=2) + "\n")


if __name__ == "__main__":
    main()

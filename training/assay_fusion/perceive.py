"""Look at pictures with the detector and the namer, and keep the rows of things.

    python -m assay_fusion.perceive --data <state>/data --out <state>/seen --eyes <state>/eyes --namer <state>/namer
    python -m assay_fusion.perceive --data <state>/data --out <state>/seen --model ../models/assay-lxmert --restyled

With ``--model`` detector and namer are a published model's. With ``--restyled`` the drawings are changed as another hand
would change them: the namer has seen the drawings themselves, and names them better than it will name a new artist's.
``decode`` is the published contract; src/models/edge/fusion/things.ts does the same.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from scenes.boxes.world import World
from scenes.graph import Scene
from scenes.sprites import Sprites

from assay_training import paths

from .checkpoints import Log, averaged_weights
from .drawings import RestyledSprites
from .examples import Examples, load
from .eyes import BOX as EYES_BOX
from .eyes import CENTRE, COLOURS, FORM, GROUND, STRIDE, Eyes
from .eyes import COLOUR as EYES_COLOUR
from .eyes import WALLS as EYES_WALLS
from .namer import cropped_boxes, session_of
from .pictures import EasyVqa, boxes_picture, scene_picture, tensor_of
from .things import BOX, COLOUR, KIND, MOST_THINGS, UNIT, WALLS, WIDTH, picture_row
from .vocabulary import DRAWING, FORMS

SURE = 0.35  # a cell's center is a thing from here on
NAMED = 0.3  # probability of being a drawing from which the namer is asked
OVERLAP = 0.6  # of two boxes in neighbouring cells, above which they are one thing


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both)


class Namer(Protocol):
    """Boxes of a picture -> distributions over the drawings' kinds."""

    def __call__(self, pixels: np.ndarray, boxes: np.ndarray) -> np.ndarray: ...


def decode(out: np.ndarray, size: tuple[int, int], pixels: np.ndarray, namer: Namer) -> np.ndarray:
    """Read-out [CHANNELS, h, w] of a picture of ``size`` (height, width) -> rows [1 + n, WIDTH].

    Things come surest first; of two that overlap by more than 0.6 the surer stays; at most 24 stay.
    """
    sure = sigmoid(out[CENTRE])
    rows, columns = np.nonzero(sure >= SURE)
    order = np.argsort(-sure[rows, columns], kind="stable")
    kept: list[tuple[int, int]] = []
    boxes: list[np.ndarray] = []
    for at in order:
        row, column = int(rows[at]), int(columns[at])
        edges = out[EYES_BOX, row, column] * STRIDE
        x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
        box = np.array([x - edges[0], y - edges[1], x + edges[2], y + edges[3]])
        box = np.clip(box, 0, (size[1], size[0], size[1], size[0])).astype(np.float32)
        if box[2] - box[0] < 1 or box[3] - box[1] < 1 or any(overlap(box, other) > OVERLAP for other in boxes):
            continue
        kept.append((row, column))
        boxes.append(box)
        if len(kept) == MOST_THINGS:
            break
    ground = softmax(out[GROUND].reshape(COLOURS, -1).mean(1))
    if kept:
        cells = np.array([out[GROUND, row, column] for row, column in kept])
        ground = softmax(cells.mean(0))
    things = [picture_row(ground, *size)]
    forms = np.array([softmax(out[FORM, row, column]) for row, column in kept]).reshape(len(kept), FORMS)
    drawn = [k for k in range(len(kept)) if forms[k, DRAWING] >= NAMED]
    names = dict(zip(drawn, namer(pixels, np.stack([boxes[k] for k in drawn])) if drawn else (), strict=True))
    for k, (row, column) in enumerate(kept):
        thing = np.zeros(WIDTH, np.float32)
        thing[KIND][:DRAWING] = forms[k, :DRAWING]
        if k in names:
            thing[KIND][DRAWING:] = names[k] * forms[k, DRAWING]
        thing[COLOUR] = softmax(out[EYES_COLOUR, row, column])
        thing[BOX] = boxes[k] / UNIT
        thing[WALLS] = sigmoid(out[EYES_WALLS, row, column])
        things.append(thing)
    return np.stack(things)


Cells = Callable[[np.ndarray], np.ndarray]  # pictures [b, 3, h, w] -> read-outs


def trained_eyes(folder: Path) -> Cells:
    """The detector of a training, in PyTorch."""
    torch.set_num_threads(1)
    eyes = Eyes()
    eyes.load_state_dict(averaged_weights(folder))
    eyes.eval()

    @torch.no_grad()
    def cells(pixels: np.ndarray) -> np.ndarray:
        return eyes(torch.from_numpy(pixels)).numpy()

    return cells


def published_eyes(folder: Path, precision: str = "int8") -> Cells:
    """The detector of a published model."""
    session = session_of(folder / f"detector.{precision}.onnx")
    return lambda pixels: session.run(None, {"pixel_values": pixels})[0]


class Looker:
    """A detector, and a folder's namer in ONNX Runtime."""

    def __init__(self, cells: Cells, namer: Path) -> None:
        self.cells, self.session = cells, session_of(namer / "names.int8.onnx")

    def names(self, pixels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"picture": pixels[None], "boxes": cropped_boxes(boxes)})[0]

    def rows_of(self, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Preprocessed pictures of one size -> rows of each."""
        pixels = np.stack([tensor_of(one) for one in pictures])
        out = self.cells(pixels)
        return [decode(o, one.shape[:2], p, self.names) for o, one, p in zip(out, pictures, pixels, strict=True)]  # type: ignore[arg-type]


def pixels_of(examples: Examples, index: int, sprites: Sprites | RestyledSprites, easy: EasyVqa | None, rng: random.Random) -> np.ndarray:
    source = examples.seen[index].source
    if isinstance(source, Scene):
        return scene_picture(source, sprites, rng).pixels
    if isinstance(source, World):
        return boxes_picture(source).pixels
    assert easy is not None
    return easy.pictures[source].pixels


def look_at_world(name: str, examples: Examples, count: int, looker: Looker, sprites: Sprites | RestyledSprites, easy: EasyVqa | None, out: Path) -> dict[str, float]:
    """Look at the first ``count`` pictures; how many things were found, and how many of them rightly named."""
    rows: list[np.ndarray] = []
    index = [0]
    found = true = named = 0
    for at in range(0, min(count, len(examples.seen)), 8):
        part = range(at, min(at + 8, len(examples.seen), count))
        pictures = [pixels_of(examples, k, sprites, easy, random.Random(f"{name}/{k}")) for k in part]
        for k, seen in zip(part, looker.rows_of(pictures), strict=True):
            rows.append(seen.astype(np.float16))
            index.append(index[-1] + len(seen))
            items = examples.seen[k].items
            true += len(items)
            found += len(seen) - 1
            for item in items:
                middle = np.array([item.left + item.right, item.top + item.bottom]) / 2 / UNIT
                near = [r for r in seen[1:] if np.abs((r[BOX][:2] + r[BOX][2:]) / 2 - middle).max() < 0.06]
                named += bool(near) and (item.kind < 0 or int(near[0][KIND].argmax()) == item.kind)
    np.save(out / f"{name}.npy", np.concatenate(rows))
    np.save(out / f"{name}.index.npy", np.array(index, np.int64))
    return {"things": true, "found": found, "named": round(named / max(true, 1), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("data", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("eyes", "namer", "model"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--restyled", action="store_true")
    parser.add_argument("--pictures", type=int, nargs=4, default=(6000, 4000, 4000, 6000), help="scenes, statements, easy, boxes")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    log = Log(out, "perceive")
    if bool(arguments.model) == bool(arguments.eyes and arguments.namer):
        parser.error("give --model, or --eyes and --namer")
    cells = published_eyes(arguments.model) if arguments.model else trained_eyes(arguments.eyes)
    looker = Looker(cells, arguments.model or arguments.namer)
    sprites = RestyledSprites() if arguments.restyled else Sprites("train")
    easy = EasyVqa(paths.STATE / "packages" / "easy_vqa" / "data")
    for name, count in zip(("scenes", "statements", "easy", "boxes"), arguments.pictures, strict=True):
        if not count or (out / f"{name}.index.npy").exists() or not (arguments.data / f"{name}.pickle").exists():
            continue
        began = time.perf_counter()
        found = look_at_world(name, load(arguments.data, name), count, looker, sprites, easy, out)
        log.say(world=name, pictures=count, seconds=round(time.perf_counter() - began), **found)
    log.say(event="end")


if __name__ == "__main__":
    main()

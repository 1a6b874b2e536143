"""How unsure the namer is of a drawing that another hand made: distributions by kind, to train the transformers with.

    python -m assay_fusion.doubts --model ../models/assay-lxmert --out <state>/doubts

The namer knows the drawings of its training too well: it names 97 % of them rightly, and 86 % of a new artist's. Four
changes as another hand would make them bring it to 84 %. The same drawing is seen a few times, in other sizes and on
other grounds, so that two things of a picture can share a doubt.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from scenes.draw import Stream
from scenes.paste import paste, resized, rgb
from scenes.vocabulary import BACKGROUNDS

from .checkpoints import Log
from .drawings import LARGEST, SMALLEST, RestyledSprites
from .namer import cropped_boxes, session_of
from .pictures import SHORT, TURN, tensor_of
from .vocabulary import DRAWING_KINDS

DRAWN, LOOKS, HANDS = 20, 3, 4  # drawings of a kind, sizes of a drawing, changes as another hand would make them
GROUNDS = tuple(BACKGROUNDS.values())


class Doubts:
    """``<folder>/names.npy``: [kinds, DRAWN, LOOKS, kinds] float16."""

    def __init__(self, folder: Path) -> None:
        self.names = np.load(folder / "names.npy")

    def of(self, kind: int, drawing: int, rng: np.random.Generator) -> np.ndarray:
        """What the namer says of one of the drawings of a kind, at a size of its choice."""
        looks = self.names[kind, drawing % self.names.shape[1]]
        return looks[rng.integers(len(looks))].astype(np.float32)


def placed(sprites: RestyledSprites, kind: str, stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    """A drawing LOOKS times in a picture of one ground: pixels, boxes as far off as a detector's."""
    canvas = np.empty((SHORT, SHORT, 3), np.uint8)
    canvas[:] = rgb(stream.pick(GROUNDS))
    chosen, boxes = sprites.choose(stream, kind), []
    for look in range(LOOKS):
        across = stream.between(SMALLEST, LARGEST)
        left, top = (stream.between(0, SHORT // 2 - across - 1) + SHORT // 2 * (look >> bit & 1) for bit in (0, 1))
        paste(canvas, resized(sprites.pixels(chosen), across, stream.between(-TURN, TURN)), left, top)
        boxes.append([left, top, left + across, top + across])
    off = [[(stream.unit() - 0.5) * 2.4 for _ in range(4)] for _ in boxes]
    return canvas, np.array(boxes, np.float32) + np.array(off, np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder with names.int8.onnx")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    log, began = Log(out, "doubts"), time.perf_counter()
    session, sprites = session_of(arguments.model / "names.int8.onnx"), RestyledSprites(HANDS)
    names = np.zeros((len(DRAWING_KINDS), DRAWN, LOOKS, len(DRAWING_KINDS)), np.float16)
    for at, kind in enumerate(DRAWING_KINDS):
        for number in range(DRAWN):
            pixels, boxes = placed(sprites, kind, Stream("doubts", kind, number))
            names[at, number] = session.run(None, {"picture": tensor_of(pixels)[None], "boxes": cropped_boxes(boxes)})[0]
    np.save(out / "names.npy", names)
    right = (names.argmax(-1) == np.arange(len(DRAWING_KINDS))[:, None, None]).mean()
    log.say(event="end", seconds=round(time.perf_counter() - began), rightly_named=round(float(right), 4))


if __name__ == "__main__":
    main()

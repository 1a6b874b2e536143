"""Cases that the Worker's code must repeat: pictures, what was seen in them, texts and what was said.

    python -m assay_fusion.parity ../models/assay-lxmert

Writes ``parity.json`` beside the files, from the files themselves in ONNX Runtime. Pictures are drawn from the worlds
and given as pixels, so that the test needs no package.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from scenes.boxes import render, statements
from scenes.generate import pairs_of_scenes, wide
from scenes.sprites import Sprites

from .measure_caption import CaptionModel
from .measure_fusion import Model
from .pictures import scene_picture

TEXTS = ("How many objects are there?", "Is there a red circle?", "There are exactly two blue blocks.", "What color is the backgroundd")


def case(model: Model | CaptionModel, name: str, pixels: np.ndarray, texts: tuple[str, ...]) -> dict[str, Any]:
    rows = model.look(pixels)
    said = []
    if isinstance(model, CaptionModel):
        said = [{"caption": caption, "log_probability": round(chance, 4), "tokens": tokens} for caption, chance, tokens in model.describe(rows)]
    else:
        for text in texts:
            answer, truth = model.say(rows, text)
            said.append({
                "text": text, "ids": model.tokenizer.encode(text).ids, "answer": answer.round(4).tolist(), "truth": round(truth, 4),
                "match": round(model.match(rows, text), 4), "first_attends": model.attention(rows, text)[-1, 0].round(4).tolist(),
            })
    rgba = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], -1)
    return {
        "name": name, "width": pixels.shape[1], "height": pixels.shape[0],
        "rgba_base64": base64.b64encode(rgba.tobytes()).decode(), "rows": rows.round(4).tolist(), "said": said,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    is_captioner = json.loads((folder / "manifest.json").read_text())["kind"] == "captioner"
    model = CaptionModel(folder) if is_captioner else Model(folder)
    rng = random.Random("parity")
    sprites = Sprites("train")
    cases = []
    for number, (first, _) in enumerate(islice(pairs_of_scenes(99, wide("val")), 3)):
        cases.append(case(model, f"scene {number}", scene_picture(first, sprites, rng, turn=0).pixels, TEXTS))
    said, fits, _ = next(iter(statements.pairs(99)))
    if not is_captioner:
        cases.append(case(model, "boxes", render.picture(fits), (said.sentence, *TEXTS[:2])))
    (folder / "parity.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

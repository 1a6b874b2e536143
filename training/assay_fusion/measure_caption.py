"""Captions of pictures by a captioner's files in ONNX Runtime: the reference of the Worker's beam search.

    python -m assay_fusion.measure_caption ../models/assay-caption --images <folder> --out captions.json

Writes a COCO results file: ``{image_id, caption}`` for each picture, ids being the last numbers of file names.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import texts
from .measure_fusion import Perceiver
from .namer import session_of


class CaptionModel(Perceiver):
    """The files of a captioner's folder."""

    def __init__(self, folder: Path, precision: str = "int8") -> None:
        super().__init__(folder, precision)
        self.encoder, self.step = (session_of(folder / f"{name}.{precision}.onnx") for name in ("encoder", "step"))
        self.tokenizer = texts.load(folder / "tokenizer.json")
        self.search: dict[str, Any] = json.loads((folder / "manifest.json").read_text())["step"]

    def describe(self, rows: np.ndarray) -> list[tuple[str, float, int]]:
        """(caption, log-probability, tokens), the best first. ``beam-search.ts`` does the same."""
        search = self.search
        memory, looked, names = self.encoder.run(None, {"things": rows[None]})
        past = np.zeros((search["layers"], 2, 1, search["heads"], 0, search["depth"]), np.float32)
        live: list[tuple[list[int], float]] = [([], 0.0)]
        ended: list[tuple[list[int], float]] = []
        for position in range(search["longest"]):
            last = [[ids[-1] if ids else search["begin"]] for ids, _ in live]
            feeds = {"ids": np.array(last, np.int64), "position": np.array([position]), "past": past, "memory": memory, "looked": looked, "names": names}
            logits, past = self.step.run(None, feeds)
            wide = logits[:, 0].astype(np.float64)
            chances = wide - wide.max(1, keepdims=True)
            chances -= np.log(np.exp(chances).sum(1, keepdims=True))
            found = [(sums + chances[k, token], k, int(token)) for k, (_, sums) in enumerate(live) for token in np.argsort(-chances[k], kind="stable")[: 2 * search["beams"]]]
            found.sort(key=lambda one: (-one[0], one[1], one[2]))
            kept: list[tuple[int, list[int], float]] = []
            for chance, parent, token in found[: 2 * search["beams"]]:
                ids = live[parent][0]
                if token == search["end"]:
                    ended.append((ids, chance))
                elif len(kept) < search["beams"]:
                    kept.append((parent, [*ids, token], chance))
            if len(ended) >= search["beams"] or not kept:
                break
            past = past[:, :, [parent for parent, _, _ in kept]]
            live = [(ids, chance) for _, ids, chance in kept]
        best = sorted(ended or live, key=lambda one: -one[1] / (len(one[0]) + 1) ** search["length_power"])
        return [(self.text_of(ids), chance, len(ids) + 1) for ids, chance in best[: search["beams"]]]

    def text_of(self, ids: list[int]) -> str:
        """Words with spaces between, punctuation marks without one before."""
        words = [self.tokenizer.id_to_token(one) for one in ids]
        text = " ".join(word for word in words if not re.fullmatch(r"\[[A-Z]+\]", word))
        return re.sub(r" ([,.:;!?])", r"\1", text.replace(" ##", ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    model = CaptionModel(arguments.folder)
    said = []
    for file in sorted(arguments.images.iterdir()):
        rows = model.look(np.asarray(Image.open(file).convert("RGB")))
        said.append({"image_id": int(re.findall(r"\d+", file.stem)[-1]), "caption": model.describe(rows)[0][0]})
    arguments.out.write_text(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()

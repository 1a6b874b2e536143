"""What ``retell`` does to drawings and scenes that it did not learn from: which share of its weights ships.

    python -m scenes.training_pictures --split val --count 500 --seed 9 --out <state>/scenes-val
    python -m assay_training.retell_choose --shares 0.25 0.5 0.75 1

Rows are of validation drawings and scenes, and of icons and clip art whose names this stage left out. The image tower knows
the latter, so their level is high; what counts is the difference from the published files. No test split is read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from . import data, paths, published, tokenizer
from .captions import with_article
from .catalogue import Drawing
from .comparison import difference
from .dual_encoder import DualEncoder
from .evaluate import Embedder, ranks
from .retell import FOLDER, START, untold
from .train_clip import embed_captions

# Frames of the fixture twemoji-retrieval, which ``sentences`` leaves out.
FRAMES = ("{name} on a plain background", "a clip art picture of {name}", "an icon showing {name}, tagged {tags}")
SCENES = paths.STATE / "scenes-val"
DIRECTIONS = ("text → image", "image → text")


@dataclass(frozen=True)
class Row:
    """Vectors of n pictures [n, d], and k texts of each."""

    name: str
    pictures: np.ndarray
    texts: list[list[str]]


def framed(drawing: Drawing, random: np.random.Generator) -> list[str]:
    name = with_article(drawing.label, random)
    return [frame.format(name=name, tags=" and ".join(drawing.tags[:2])) for frame in FRAMES]


def rows_of(dataset: data.Dataset, vision: Embedder) -> Iterator[Row]:
    """Every row; one picture per concept."""
    random = np.random.default_rng(0)

    def seen(indices: list[int]) -> tuple[list[Drawing], np.ndarray]:
        return [dataset.drawings[index] for index in indices], vision.images(data.evaluation_pixels(dataset, indices).numpy())

    drawings, pictures = seen(sorted({dataset.drawings[index].concept: index for index in dataset.indices("val")}.values()))
    yield Row("emoji, names", pictures, [[drawing.label] for drawing in drawings])
    yield Row("emoji, Chinese names", pictures, [[drawing.label_zh] for drawing in drawings])
    yield Row("emoji, sentences", pictures, [framed(drawing, random) for drawing in drawings])
    for kind, concepts in untold(dataset.drawings, dataset.split).items():
        if concepts:
            own = {dataset.drawings[index].concept: index for index in dataset.indices("train") if dataset.drawings[index].kind == kind}
            drawings, pictures = seen(sorted(index for concept, index in own.items() if concept in concepts))
            yield Row(f"{kind}, names", pictures, [[drawing.label] for drawing in drawings])
            yield Row(f"{kind}, sentences", pictures, [framed(drawing, random)[:2] for drawing in drawings])
    scenes = data.load_scenes(SCENES)
    assert scenes is not None, "make the validation scenes first (see above)"
    pixels = np.stack([data.augment.preprocess(data.augment.Image.fromarray(picture)) for picture in scenes.pixels])
    yield Row("scenes, five captions", vision.images(pixels), [said[:5] for said in scenes.english])


@torch.no_grad()
def found(model: DualEncoder, row: Row, tokens: Tokenizer) -> dict[str, np.ndarray]:
    """Ranks [n, k] by direction. A text is sought among the pictures; a picture among the texts of one frame."""
    out: dict[str, list[np.ndarray]] = {direction: [] for direction in DIRECTIONS}
    for lines in zip(*row.texts, strict=True):
        texts: Tensor = embed_captions(model, [one.ids for one in tokens.encode_batch(list(lines))], "cpu")
        out[DIRECTIONS[0]].append(ranks(texts.numpy(), row.pictures))
        out[DIRECTIONS[1]].append(ranks(row.pictures, texts.numpy()))
    return {direction: np.stack(found, 1) for direction, found in out.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", type=float, nargs="+", required=True)
    parser.add_argument("--text", type=Path, default=FOLDER / "text.pt")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tokens = tokenizer.load(START / "tokenizer.json")
    rows = list(rows_of(data.load(), Embedder(START / "vision.int8.onnx", START / "text.int8.onnx", tokens)))
    before = {row.name: found(published.weights_of(START), row, tokens) for row in rows}
    retold = published.weights_of(START).text
    retold.load_state_dict(torch.load(arguments.text, weights_only=True))
    for share in arguments.shares:
        model = published.weights_of(START)
        published.blend(model.text, retold, share)
        for row in rows:
            for direction, now in found(model, row, tokens).items():
                then = before[row.name][direction]
                by = {name: f"{one['points']:+.1f} ({one['low']:+.1f} to {one['high']:+.1f})" for name, one in difference(now, then).items()}
                shown = f"R@1 {100 * (then < 1).mean():.1f} → {100 * (now < 1).mean():.1f}: {by['r1']}; MRR {by['mrr']}"
                print(f"{share:g} | {row.name} ({len(now)}) | {direction} | {shown}", flush=True)


if __name__ == "__main__":
    main()

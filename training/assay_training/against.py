"""Two versions of assay-clip on every held-out test, query by query.

    mkdir -p <state>/assay-clip-1.3.0 && git archive <commit> models/assay-clip | tar -x -C <state>/assay-clip-1.3.0 --strip-components 2
    python -m assay_training.against <state>/assay-clip-1.3.0

Prints a Markdown table: R@1 of both, and the difference with the paired bootstrap's 95 % interval over pictures. The
fixtures are asked with all five sentences of a picture, as `npm start` asks them; a picture is sought by its sentences.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from . import augment, data, paths, tokenizer
from .comparison import difference
from .evaluate import Embedder, galleries

FIXTURES = {
    "fixture `twemoji-retrieval`": ("twemoji-retrieval/dataset.json", "twemoji-retrieval/images"),
    "fixture `scenes-retrieval`": ("scenes/dataset.json", "scenes/images"),
    "fixture `unseen-scenes-retrieval`": ("family/scenes/dataset.json", "family/scenes/images"),
}
SENTENCES = 5
DIRECTIONS = ("text → image", "image → text")


def tests(dataset: data.Dataset) -> Iterator[tuple[str, np.ndarray, list[list[str]]]]:
    """Title, pixels [n, 3, 64, 64] and the texts of each picture."""
    for gallery in galleries(dataset):
        yield gallery.title, gallery.pixels, [[line] for line in gallery.lines]
    for title, (file, images) in FIXTURES.items():
        rows = json.loads((paths.REPOSITORY / "fixtures" / file).read_text("utf-8"))["images"]
        pixels = [augment.preprocess(Image.open(paths.REPOSITORY / "fixtures" / images / row["filename"])) for row in rows]
        yield title, np.stack(pixels), [[one["raw"] for one in row["sentences"][:SENTENCES]] for row in rows]


def places(images: np.ndarray, texts: np.ndarray) -> dict[str, np.ndarray]:
    """Ranks, from 0, of the best right item: of pictures by each of their texts, [n, k], and of texts by each picture, [n].

    ``texts`` [n, k, d]; ties count against the model.
    """
    count, each, _ = texts.shape
    scores = (texts.reshape(count * each, -1) @ images.T).reshape(count, each, count)
    own = scores[np.arange(count), :, np.arange(count)]
    asked = scores.reshape(count * each, count).T  # of each picture, every text's score
    is_other = np.repeat(np.arange(count), each)[None] != np.arange(count)[:, None]
    return {
        DIRECTIONS[0]: (scores >= own[..., None]).sum(2) - 1,
        DIRECTIONS[1]: ((asked >= own.max(1)[:, None]) & is_other).sum(1),
    }


def model_of(folder: Path) -> Embedder:
    return Embedder(folder / "vision.int8.onnx", folder / "text.int8.onnx", tokenizer.load(folder / "tokenizer.json"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("--model", type=Path, default=paths.MODELS / "assay-clip")
    arguments = parser.parse_args()
    models = [model_of(arguments.before), model_of(arguments.model)]
    towers = [(folder / "vision.int8.onnx").read_bytes() for folder in (arguments.before, arguments.model)]
    is_same_tower = towers[0] == towers[1]
    print("| test | pictures | direction | R@1 before | R@1 now | difference (95 %) |\n| --- | ---: | --- | ---: | ---: | --- |", flush=True)
    for title, pixels, said in tests(data.load()):
        lines = [line for own in said for line in own]
        seen = [models[0].images(pixels)]
        seen.append(seen[0] if is_same_tower else models[1].images(pixels))
        found = [places(images, model.texts(lines).reshape(len(said), -1, 256)) for images, model in zip(seen, models, strict=True)]
        for direction in DIRECTIONS:
            before, now = (one[direction] for one in found)
            one = difference(now, before)["r1"]
            mark = "**" if one["low"] > 0 or one["high"] < 0 else ""
            shown = f"{mark}{one['points']:+.1f}{mark} ({one['low']:+.1f} to {one['high']:+.1f})".replace("-", "−")
            levels = " | ".join(f"{100 * (each < 1).mean():.1f}" for each in (before, now))
            print(f"| {title} | {len(said)} | {direction} | {levels} | {shown} |", flush=True)


if __name__ == "__main__":
    main()

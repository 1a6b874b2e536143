"""Every held-out test as a Karpathy-format folder, so that Assay itself can measure the model through its API.

    python -m assay_training.write_splits        # -> <state>/splits/<test>/{dataset.json, images/}
    npm run bench -- quality <state>/splits      # imports each, runs it on the edge, prints the table of docs/measurements/assay-clip-quality.md

One picture per concept with the one text that queries it, as ``evaluate`` has them. The folders hold artwork under its
vendors' licences (see ATTRIBUTION.md of the model): they stay outside the repository.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from . import augment, data, evaluate, paths


def pictures(gallery: evaluate.Gallery) -> list[Image.Image]:
    """The drawings at 128 pixels with their transparency; scenes as they are."""
    if gallery.raw:
        return [augment.straight(image) for image in gallery.raw]
    test = next(test for test in evaluate.SCENE_TESTS if test.name == gallery.name)
    scenes = data.load_scenes(paths.STATE / test.folder)
    assert scenes is not None
    return [Image.fromarray(np.asarray(image)) for image in scenes.pixels]


def write(gallery: evaluate.Gallery, folder: Path) -> None:
    """Replace ``folder`` by the gallery's dataset.json and images."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    images = []
    for number, (line, picture) in enumerate(zip(gallery.lines, pictures(gallery), strict=True)):
        name = f"{number:04d}.png"
        picture.save(folder / "images" / name)
        sentence = {"tokens": re.findall(r"\w+", line.lower()), "raw": line, "imgid": number, "sentid": number}
        images.append({"sentids": [number], "imgid": number, "sentences": [sentence], "split": "test", "filename": name})
    document = {"dataset": f"assay-{gallery.name}", "title": gallery.title, "images": images}
    (folder / "dataset.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=paths.STATE / "splits")
    out: Path = parser.parse_args().out
    for gallery in evaluate.galleries(data.load()):
        if gallery.name == evaluate.FIXTURE_TEST:
            continue  # the repository has it
        write(gallery, out / gallery.name)
        print(f"{len(gallery.lines):5d}  {gallery.name}")


if __name__ == "__main__":
    main()

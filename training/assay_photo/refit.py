"""A new image head for the text tower that ships:

    python -m assay_photo.refit recipes/assay-photo.toml

The head is in closed form, so new photographs need minutes, not the student's hour. Text file and tokenizer of the model's
folder stay as they are, byte for byte, with the bank of photographs as the earlier head saw them; image tower and manifest
are written anew, and ``finish`` does the rest.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from assay_training import paths, wordnet

from . import build, manifest, measure, packages
from .class_space import unit


def undo_shift(vectors: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Unit rows u from unit(u − ``shift``); one solution, since ``shift`` is shorter than 1."""
    along = vectors @ shift
    return shift + (np.sqrt(along**2 + 1 - shift @ shift) - along)[:, None] * vectors


class ShippedTexts:
    """What the shipped text tower says before its shift and its last dimensions: the vectors that a head is fitted to."""

    def __init__(self, folder: Path) -> None:
        self.model = measure.Model(folder)
        graph = onnx.load(str(folder / self.model.manifest["text"]["file"])).graph
        self.shift = next(numpy_helper.to_array(one) for one in graph.initializer if one.name == "shift").astype(np.float64)

    def shifted(self, sentences: list[str]) -> np.ndarray:
        """[n, 384] of unit length: what the file says without the last dimensions."""
        return unit(self.model.texts(sentences)[:, : len(self.shift)].astype(np.float64))

    def embed(self, sentences: list[str]) -> np.ndarray:
        return undo_shift(self.shifted(sentences), self.shift).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = tomllib.loads(arguments.recipe.read_text())
    out = paths.MODELS / recipe["id"]
    packages.main()
    texts = ShippedTexts(out)
    image = build.image_side(recipe, texts, wordnet.load(build.wordnet_folder()), centred=True)
    build.export_image(recipe, out, image, build.hubs_of(recipe, image, texts, texts.shift).texts)
    manifest.write(recipe, out)


if __name__ == "__main__":
    main()

"""What a model folder finds: retrieval on Karpathy folders, classification on labelled ones, and our validation photographs.

    python -m assay_photo.measure ../models/assay-photo FOLDER …     # a Karpathy folder has dataset.json, a labelled one labels.json
    python -m assay_photo.measure ../models/assay-photo --validation
    python -m assay_photo.measure ../models/assay-photo --fp32 $ASSAY_TRAINING_STATE/photo/assay-photo/fp32 FOLDER …

The last form measures the shipped files and the fp32 ones that the export keeps, and prints each row's ratio.
The numbers that are published come from Assay's own API; this is for choosing (``--validation``) and for a first look at the rest.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from tokenizers import Tokenizer

from . import packages

CUTOFFS = (1, 5, 10)


class Model:
    """The files of ``models/<id>`` in onnxruntime on the CPU, with the manifest's preprocessing.

    ``fp32``: a folder whose ``vision.fp32.onnx`` and ``text.fp32.onnx`` take the place of the manifest's files.
    """

    def __init__(self, folder: Path, fp32: Path | None = None) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.vision, self.text = (
            onnxruntime.InferenceSession(
                str(fp32 / f"{tower}.fp32.onnx" if fp32 else folder / self.manifest[tower]["file"]), options, providers=["CPUExecutionProvider"]
            )
            for tower in ("vision", "text")
        )
        self.tokenizer = Tokenizer.from_file(str(folder / self.manifest["tokenizer"]["file"]))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.manifest["tokenizer"]["max_length"])

    def pixels(self, content: bytes) -> np.ndarray:
        """[3, s, s] as ``image`` of the manifest says, for fit cover and contain."""
        image = self.manifest["image"]
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        if picture.mode in ("RGBA", "LA", "P"):
            picture = picture.convert("RGBA")
            ground = Image.new("RGBA", picture.size, "white")
            ground.alpha_composite(picture)
            picture = ground
        picture, size = picture.convert("RGB"), image["size"]
        width, height = picture.size
        if image["fit"] == "contain":
            side = max(width, height)
            ground = Image.new("RGB", (side, side), tuple(image["pad_color"]))
            ground.paste(picture, ((side - width) // 2, (side - height) // 2))
            picture = ground.resize((size, size), Image.Resampling.BICUBIC)
        else:
            edge = image.get("shortest_edge", size)
            scale = edge / min(width, height)
            picture = picture.resize((max(edge, round(width * scale)), max(edge, round(height * scale))), Image.Resampling.BICUBIC)
            left, top = (picture.width - size) // 2, (picture.height - size) // 2
            picture = picture.crop((left, top, left + size, top + size))
        values = np.asarray(picture, np.float32) / 255
        mean, deviation = np.array(image["mean"], np.float32), np.array(image["std"], np.float32)
        return ((values - mean) / deviation).transpose(2, 0, 1)

    def images(self, contents: list[bytes]) -> np.ndarray:
        name = self.manifest["vision"]["input"]
        return np.concatenate([np.asarray(self.vision.run(None, {name: self.pixels(content)[None]})[0]) for content in contents])

    def texts(self, sentences: list[str]) -> np.ndarray:
        name = self.manifest["text"]["input"]
        rows = (np.array([self.tokenizer.encode(self.manifest["prompt_prefix"] + sentence).ids]) for sentence in sentences)
        return np.concatenate([np.asarray(self.text.run(None, {name: row})[0]) for row in rows])


def ranks(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """1-based rank of the best right answer in each row; ties count against it. ``right``: bool, of the shape of ``scores``."""
    best = np.where(right, scores, -np.inf).max(1, keepdims=True)
    return ((scores >= best) & ~right).sum(1) + 1


def recalls(found: np.ndarray) -> dict[str, float]:
    return {f"r{cutoff}": round(float((found <= cutoff).mean()), 4) for cutoff in CUTOFFS}


def retrieval(images: np.ndarray, texts: np.ndarray, owner: np.ndarray) -> dict[str, dict[str, float]]:
    """``owner``: for each text, the number of its image."""
    scores = images @ texts.T
    right = owner[None, :] == np.arange(len(images))[:, None]
    return {"text_to_image": recalls(ranks(scores.T, right.T)), "image_to_text": recalls(ranks(scores, right))}


def karpathy(model: Model, folder: Path) -> dict:
    entries = [one for one in json.loads((folder / "dataset.json").read_text())["images"] if one["split"] == "test"]
    images = model.images([(folder / "images" / one["filename"]).read_bytes() for one in entries])
    sentences = [[sentence["raw"] for sentence in one["sentences"]] for one in entries]
    owner = np.repeat(np.arange(len(entries)), [len(row) for row in sentences])
    return retrieval(images, model.texts([sentence for row in sentences for sentence in row]), owner)


def labelled(model: Model, folder: Path) -> dict[str, float]:
    labels, names = (json.loads((folder / f"{file}.json").read_text()) for file in ("labels", "names"))
    images = model.images([(folder / "images" / file).read_bytes() for file in labels])
    scores = images @ model.texts(names).T
    right = np.array([[name == label for name in names] for label in labels.values()])
    found = ranks(scores, right)
    return {"top1": round(float((found <= 1).mean()), 4), "top5": round(float((found <= 5).mean()), 4)}


def validation(model: Model) -> dict:
    pairs = packages.pairs("validate")
    images = model.images([packages.picture_bytes(pair) for pair in pairs])
    owner = np.repeat(np.arange(len(pairs)), [len(pair.captions) for pair in pairs])
    return retrieval(images, model.texts([caption for pair in pairs for caption in pair.captions]), owner)


def measured(model: Model, folders: list[Path], validate: bool) -> dict[str, dict]:
    results = {"validation": validation(model)} if validate else {}
    for folder in folders:
        results[folder.name] = karpathy(model, folder) if (folder / "dataset.json").exists() else labelled(model, folder)
    return results


def rows(results: dict, name: str = "") -> dict[str, float]:
    """Nested results as one row per number: ``coco-239 text_to_image r1``."""
    found: dict[str, float] = {}
    for key, value in results.items():
        said = f"{name} {key}".strip()
        found |= rows(value, said) if isinstance(value, dict) else {said: value}
    return found


def against(shipped: dict, full: dict) -> dict[str, dict[str, float]]:
    """Each row of the shipped files beside fp32, and their ratio."""
    one, other = rows(shipped), rows(full)
    return {row: {"shipped": value, "fp32": other[row], "ratio": round(value / other[row], 4)} for row, value in one.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--fp32", type=Path, help="the folder of the fp32 files")
    arguments = parser.parse_intermixed_args()
    results = measured(Model(arguments.model), arguments.folders, arguments.validation)
    if arguments.fp32:
        results = against(results, measured(Model(arguments.model, arguments.fp32), arguments.folders, arguments.validation))
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

"""Checkpoint -> the files of ``models/assay-clip``: one command from averaged weights to manifest.

    python -m assay_training.export --checkpoint <state>/assay-clip/checkpoint.pt

fp32 ONNX files stay in ``<state>/export``; the repository gets int8 only.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from . import augment, data, packages, paths, quantize, tokenizer, words
from .dual_encoder import Config, DualEncoder
from .onnx_graph import export_graph, unit
from .training_loop import reestimate_norms

MODEL_ID = "assay-clip"


class VisionGraph(nn.Module):
    """pixel_values [b, 3, 64, 64] -> image_embeds [b, 256]."""

    def __init__(self, model: DualEncoder) -> None:
        super().__init__()
        self.trunk, self.project = model.image.trunk, model.image.project

    def forward(self, pixel_values: Tensor) -> Tensor:
        pooled = nn.functional.adaptive_avg_pool2d(self.trunk(pixel_values), 1).flatten(1)
        return unit(self.project(pooled))


class TextGraph(nn.Module):
    """input_ids [b, l], unpadded -> text_embeds [b, 256]."""

    def __init__(self, model: DualEncoder) -> None:
        super().__init__()
        self.text = model.text

    def forward(self, input_ids: Tensor) -> Tensor:
        return unit(self.text(input_ids))


def load_model(checkpoint: Path, word_dimensions: int = 0) -> tuple[DualEncoder, dict]:
    """The averaged weights, in evaluation mode, and the whole checkpoint; 0 keeps the word vectors' dimensions."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    saved = state["config"]
    config = Config(**{"clip": 0.0, "max_scale": 100.0, **saved, "widths": tuple(saved["widths"]), "blocks": tuple(saved["blocks"])})
    weights = state["averaged"]
    if config.words and word_dimensions:
        weights = words.narrow(weights, word_dimensions)
        config = replace(config, word_dimensions=word_dimensions)
    model = DualEncoder(config)
    model.load_state_dict(weights)
    return model.eval(), state


def fresh_pictures(sampler: data.Sampler, batches: int = 24, size: int = 128) -> Iterator[Tensor]:
    """Augmented training pictures at 64 pixels that no training step has drawn."""
    for number in range(batches):
        yield sampler.batch(10_000_000 + number, size, augment.IMAGE_SIZE).pixels


def export_onnx(model: DualEncoder, folder: Path) -> tuple[Path, Path]:
    """fp32 files; batch norm is folded into the convolutions by the exporter (evaluation mode)."""
    folder.mkdir(parents=True, exist_ok=True)
    vision, text = folder / "vision.fp32.onnx", folder / "text.fp32.onnx"
    export_graph(VisionGraph(model), torch.randn(1, 3, 64, 64), vision)
    export_graph(TextGraph(model), torch.tensor([[2, 7, 8, 9, 3]]), text)
    return vision, text


def described(file: Path) -> dict[str, object]:
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def training_data(dataset: data.Dataset) -> list[dict[str, object]]:
    """Packages whose drawings or texts the weights have seen, with the number of drawings."""
    counts: dict[str, int] = {}
    for index in dataset.indices("train"):
        package = dataset.drawings[index].package
        counts[package] = counts.get(package, 0) + 1
    return [
        {"package": source.package, "version": source.version, "licence": source.licence,
         "drawings": counts.get(source.package, 0)}
        for source in packages.SOURCES if source.use in ("train", "text")
    ]


def record_sources(dataset: data.Dataset) -> None:
    """data_sources.json with the number of drawings per package and split."""
    counts: dict[str, dict[str, int]] = {}
    for drawing, split in zip(dataset.drawings, dataset.split, strict=True):
        row = counts.setdefault(drawing.package, {})
        row[split] = row.get(split, 0) + 1
    packages.record(counts)


def write_manifest(folder: Path, scale: float, dataset: data.Dataset, version: str, vision: str) -> None:
    """manifest.json; ``quality`` is filled in by ``evaluate``."""
    manifest = {
        "schema": "assay.model/1",
        "id": MODEL_ID,
        "version": version,
        "released": datetime.date.today().isoformat(),
        "task": "image_text_embedding",
        "domain": {
            "pictures": ["drawing"],
            "description": "drawings: icons, emoji, clip art and generated scenes, with English and Chinese texts",
        },
        "embedding": {"dimensions": 256, "normalized": True, "logit_scale": round(scale, 4)},
        "vision": {**described(folder / "vision.int8.onnx"), "input": "pixel_values", "output": "image_embeds",
                   "quantization": vision, "prepack": True},
        "text": {**described(folder / "text.int8.onnx"), "input": "input_ids", "output": "text_embeds",
                 "quantization": "int8-dynamic", "prepack": True},
        "image": {"size": augment.IMAGE_SIZE, "fit": "contain", "pad_color": [255, 255, 255], "filter": "bicubic",
                  "mean": [augment.MEAN] * 3, "std": [augment.STD] * 3, "alpha": "white", "exif_orientation": True},
        "tokenizer": {key: value for key, value in described(folder / "tokenizer.json").items() if key != "bytes"}
        | {"max_length": tokenizer.MAX_LENGTH},
        "prompt_prefix": "",
        "languages": ["en", "zh"],
        "licence": "Apache-2.0",
        "training_data": training_data(dataset),
        "quality": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=paths.CHECKPOINT)
    parser.add_argument("--out", type=Path, default=paths.MODELS / MODEL_ID)
    parser.add_argument("--fp32", type=Path, default=paths.EXPORTS)
    parser.add_argument("--recipe", type=Path, default=paths.TRAINING / "recipes" / f"{MODEL_ID}.toml", help="names the version")
    parser.add_argument("--word-dimensions", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--vision", choices=("int8-static-qdq", "int8-weights"), default="int8-static-qdq")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    model, state = load_model(arguments.checkpoint, arguments.word_dimensions)
    dataset = data.load()
    vocabulary = arguments.checkpoint.parent / "tokenizer.json"
    sampler = data.Sampler(dataset, tokenizer.load(vocabulary), state["options"]["seed"], plain=True)
    reestimate_norms(model, model.image, fresh_pictures(sampler))
    vision, text = export_onnx(model, arguments.fp32)

    arguments.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(vocabulary, arguments.out / "tokenizer.json")
    if arguments.vision == "int8-weights":
        quantize.vision_weights(vision, arguments.out / "vision.int8.onnx")
    else:
        random = np.random.default_rng(state["options"]["seed"])
        chosen = random.choice(dataset.indices("train"), 512, replace=False, p=emphasis(dataset))
        calibration = data.evaluation_pixels(dataset, sorted(chosen.tolist())).numpy()
        quantize.vision_static(vision, arguments.out / "vision.int8.onnx", calibration)
    quantize.text_dynamic(text, arguments.out / "text.int8.onnx")
    scale = float(model.scale().detach())
    write_manifest(arguments.out, scale, dataset, tomllib.loads(arguments.recipe.read_text())["version"], arguments.vision)
    record_sources(dataset)
    for file in sorted(arguments.out.iterdir()):
        print(f"{file.stat().st_size:9d}  {file.name}")


def emphasis(dataset: data.Dataset) -> np.ndarray:
    """Calibration draws kinds in the shares of training, not of the catalogue (half of it monochrome icons)."""
    train = dataset.indices("train")
    kinds = [dataset.drawings[index].kind for index in train]
    counts = Counter(kinds)
    weights = np.array([data.SHARES[kind] / counts[kind] for kind in kinds])
    return weights / weights.sum()


if __name__ == "__main__":
    main()

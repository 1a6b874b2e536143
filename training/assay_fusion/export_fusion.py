"""Weights -> the files of a fusion model: detector and transformer as ONNX in fp32 and int8, namer, tokenizer, manifest.

    python -m assay_fusion.export_fusion recipes/assay-lxmert.toml --data <state>/data --eyes <state>/eyes --namer <state>/namer --fusion <state>/lxmert --out ../models/assay-lxmert
    python -m assay_fusion.export_fusion recipes/assay-visualbert.toml --fusion <state>/visualbert-settled --out ../models/assay-visualbert

Without ``--data``, ``--eyes`` and ``--namer`` the published folder ``--out`` keeps its tokenizer, detector and namer.

The detector is quantized statically (uint8 activations, int8 weights), the transformer dynamically, as assay-clip's
towers are. Parity of PyTorch and ONNX in fp32 is checked here; int8 is measured by ``measure_fusion``.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import random
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from scenes.sprites import Sprites
from torch import Tensor, nn

from assay_photo import packages as photo_packages
from assay_training import packages, quantize
from assay_training.onnx_graph import fold_identities

from . import published, texts
from .checkpoints import averaged_weights
from .drawings import Drawings
from .eyes import STRIDE, Eyes
from .fusion import Config, Fusion
from .namer import MARGIN, session_of
from .perceive import NAMED, OVERLAP, SURE
from .pictures import LONG, SHORT, ScenePictures, draw_boxes, tensor_of
from .things import MOST_THINGS, WIDTH
from .vocabulary import ANSWERS, COLOUR_NAMES, DRAWING_KINDS, SHAPE_KINDS

OPSET = 17
SAME = 1e-4  # most that fp32 ONNX may differ from PyTorch


class Answering(nn.Module):
    """The transformer with named outputs, with or without its attention."""

    def __init__(self, model: Fusion, attention: bool) -> None:
        super().__init__()
        self.model, self.attention = model, attention

    def forward(self, things: Tensor, ids: Tensor) -> tuple[Tensor, ...]:
        return self.model.attend(things, ids) if self.attention else self.model(things, ids)


def export_eyes(model: Eyes, file: Path) -> None:
    torch.onnx.export(
        model.eval(), (torch.zeros(1, 3, 104, 104),), str(file), opset_version=OPSET, dynamo=False,
        input_names=["pixel_values"], output_names=["cells"],
        dynamic_axes={"pixel_values": {0: "batch", 2: "height", 3: "width"}, "cells": {0: "batch", 2: "rows", 3: "columns"}},
    )
    onnx.checker.check_model(str(file))


def export_fusion(model: Fusion, file: Path, attention: bool = False) -> None:
    """``attention``: whether the graph has its attention as a further output (``Fusion.attend``)."""
    examples = (torch.rand(1, 7, WIDTH), torch.ones(1, 9, dtype=torch.long))
    torch.onnx.export(
        Answering(model, attention).eval(), examples, str(file), opset_version=OPSET, dynamo=False,
        input_names=["things", "ids"], output_names=["answer", "truth", "match", "attention"][: 4 if attention else 3],
        dynamic_axes={
            "things": {0: "batch", 1: "count"}, "ids": {0: "batch", 1: "length"},
            **({"attention": {0: "batch", 2: "from", 3: "to"}} if attention else {}),
        },
    )
    fold_identities(file)
    onnx.checker.check_model(str(file))


def largest_difference(model: nn.Module, file: Path, **inputs: np.ndarray) -> float:
    """Between PyTorch's outputs and ONNX Runtime's."""
    with torch.no_grad():
        ours = model(*(torch.from_numpy(value) for value in inputs.values()))
    ours = ours if isinstance(ours, tuple) else (ours,)
    theirs = session_of(file).run(None, inputs)
    return max(float(np.abs(a.numpy() - b).max()) for a, b in zip(ours, theirs, strict=True))


def calibration(count: int = 48) -> list[np.ndarray]:
    """Training pictures of both shapes, for the ranges of the detector's activations."""
    rng = random.Random("calibration")
    scenes = ScenePictures(20261129, 400, Sprites("train"))
    return [tensor_of(draw_boxes(rng).pixels if k % 3 == 0 else scenes.draw(rng).pixels)[None] for k in range(count)]


class Pictures(quantize.CalibrationDataReader):
    def __init__(self, pictures: list[np.ndarray]) -> None:
        self.rest = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        picture = next(self.rest, None)
        return None if picture is None else {"pixel_values": picture}


def eyes_static(source: Path, target: Path, pictures: list[np.ndarray]) -> None:
    """int8 but for the first convolution and the read-out: edges in pixels need more than eight bits."""
    convs = [node.name for node in onnx.load(str(source)).graph.node if node.op_type == "Conv"]
    quantize.quantize_static(
        str(source), str(target), Pictures(pictures), quant_format=quantize.QuantFormat.QDQ,
        activation_type=quantize.QuantType.QUInt8, weight_type=quantize.QuantType.QInt8, per_channel=True, reduce_range=True,
        calibrate_method=quantize.CalibrationMethod.MinMax, op_types_to_quantize=["Conv", "Clip", "Add"],
        nodes_to_exclude=[convs[0], convs[-1]],
    )
    onnx.checker.check_model(str(target))


def left_in_fp32(source: Path) -> list[str]:
    """Nodes that are not quantized: what counts things, since sums need exact addends. The quantizer renames a Gemm."""
    names = [n.name for n in onnx.load(str(source)).graph.node if "/heads/" in n.name or "/rows/" in n.name]
    return [*names, *(f"{name}_MatMul" for name in names if name.endswith("/Gemm"))]


def fusion_dynamic(source: Path, target: Path) -> None:
    """MatMul and Gemm of the blocks dynamic int8."""
    quantize.quantize_dynamic(
        str(source), str(target), per_channel=True, reduce_range=True, weight_type=quantize.QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=left_in_fp32(source),
    )
    onnx.checker.check_model(str(target))


def stored(file: Path, **more: Any) -> dict[str, Any]:
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **more}


def graph_of(out: Path, name: str, quantization: str) -> dict[str, Any]:
    """Its memory is an estimate until ``npm run bench -- resident`` has measured it: at most 2.5 times the file so far."""
    file = out / name
    return stored(file, quantization=quantization, prepack=True, resident_bytes=int(2.6 * file.stat().st_size))


def perceiving(recipe: dict[str, Any], out: Path) -> dict[str, Any]:
    """What every model that answers says of itself; quality is added by what measures it."""
    used = Drawings().packages
    sources = [{"package": s.package, "version": s.version, "licence": s.licence} for s in packages.SOURCES if s.package in used]
    sources += [{"package": s.package, "version": s.version, "licence": s.licence} for s in photo_packages.SOURCES if "lite0" in s.package]
    sources.append({"package": "easy-vqa", "version": "1.0", "licence": "MIT"})
    return {
        "schema": "assay.model/1",
        "id": recipe["id"],
        "version": recipe["version"],
        "released": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "domain": {"pictures": ["drawing"], "description": recipe["domain"]},
        "detector": graph_of(out, "detector.int8.onnx", "int8-static-qdq") | {
            "stride": STRIDE, "sure": SURE, "overlap": OVERLAP, "most": MOST_THINGS,
            "forms": [*SHAPE_KINDS, "drawing"], "colours": [*COLOUR_NAMES, "none"],
        },
        "namer": graph_of(out, "names.int8.onnx", "int8-static-qdq") | {"kinds": list(DRAWING_KINDS), "from": NAMED, "margin": MARGIN},
        "image": {
            "size": SHORT, "longest_edge": LONG, "fit": "bounded", "pad_color": [0, 0, 0], "filter": "bilinear",
            "mean": [0.5] * 3, "std": [0.5] * 3, "alpha": "white", "exif_orientation": True,
        },
        "tokenizer": stored(out / "tokenizer.json", type="WordPiece", max_length=texts.MAX_LENGTH),
        "skills": recipe["skills"],
        "languages": ["en"],
        "licence": "Apache-2.0",
        "training_data": sources,
        "quality": [],
    }


def manifest(recipe: dict[str, Any], out: Path) -> dict[str, Any]:
    return perceiving(recipe, out) | {
        "kind": "fusion", "task": "visual_question_answering", "fusion": graph_of(out, "fusion.int8.onnx", "int8-dynamic") | {"attention": True}, "answers": list(ANSWERS),
    }


def write_perception(eyes_folder: Path, namer_folder: Path, tokenizer: Path, fp32: Path, out: Path) -> float:
    """Detector, namer and tokenizer; the most that the detector's ONNX differs from PyTorch."""
    eyes = Eyes()
    eyes.load_state_dict(averaged_weights(eyes_folder))
    export_eyes(eyes, fp32 / "detector.onnx")
    pictures = calibration()
    eyes_static(fp32 / "detector.onnx", out / "detector.int8.onnx", pictures)
    shutil.copyfile(namer_folder / "names.int8.onnx", out / "names.int8.onnx")
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    return max(largest_difference(eyes, fp32 / "detector.onnx", pixel_values=p) for p in pictures[:6])


def refuse_difference(apart: dict[str, float]) -> None:
    print(json.dumps({"pytorch_against_onnx_fp32": apart}), flush=True)
    if max(apart.values()) > SAME:
        raise ValueError(f"ONNX differs from PyTorch by more than {SAME}: {apart}")


def blended(before: dict[str, Tensor], after: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """A mean of weights before and after a training keeps what the training would forget (Wortsman et al., 2022)."""
    return {name: before[name].lerp(value, share) for name, value in after.items()}


def write_transformer(lineage: str, weights: dict[str, Tensor], fp32: Path, out: Path) -> float:
    """The transformer of a training, in both precisions; the most that ONNX differs from PyTorch in fp32."""
    vocabulary = texts.load(out / "tokenizer.json").get_vocab_size()
    fusion = Fusion(Config(lineage=lineage, vocabulary=vocabulary))
    fusion.load_state_dict(weights)
    export_fusion(fusion, fp32 / "fusion.onnx", attention=True)
    fusion_dynamic(fp32 / "fusion.onnx", out / published.GRAPH)
    random_rows = np.random.default_rng(1).random((1, 9, WIDTH)).astype(np.float32)
    return largest_difference(Answering(fusion, True).eval(), fp32 / "fusion.onnx", things=random_rows, ids=np.arange(2, 14)[None])


def republished(recipe: dict[str, Any], out: Path) -> dict[str, Any]:
    """The manifest of a folder whose transformer is another; its quality is to be measured again."""
    known = json.loads((out / "manifest.json").read_text("utf-8"))
    # Its memory was measured; a transformer of the same sizes takes as much.
    graph = stored(out / published.GRAPH)
    released = datetime.datetime.now(datetime.UTC).date().isoformat()
    return known | {"version": recipe["version"], "released": released, "quality": [], "fusion": known["fusion"] | graph}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path)
    for name in ("fusion", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("data", "eyes", "namer"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--before", type=Path, help="weights that the recipe's share leaves in: a published folder, or a training")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = tomllib.loads(arguments.recipe.read_text("utf-8"))
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    fp32 = arguments.fusion / "export"
    fp32.mkdir(exist_ok=True)
    apart: dict[str, float] = {}
    perceives = bool(arguments.data and arguments.eyes and arguments.namer)
    if perceives:
        apart["detector"] = write_perception(arguments.eyes, arguments.namer, arguments.data / "tokenizer.json", fp32, out)
    elif arguments.data or arguments.eyes or arguments.namer or not published.is_published(out):
        parser.error("give --data, --eyes and --namer, or a published folder as --out")
    weights, share = averaged_weights(arguments.fusion), float(recipe.get("share", 1))
    if share < 1:
        before = arguments.before or parser.error("the recipe has a share of new weights: give --before")
        weights = blended(published.known_weights(before), weights, share)
    apart["fusion"] = write_transformer(recipe["lineage"], weights, fp32, out)
    refuse_difference(apart)
    said = manifest(recipe, out) if perceives else republished(recipe, out)
    (out / "manifest.json").write_text(json.dumps(said, indent=2) + "\n")


if __name__ == "__main__":
    main()

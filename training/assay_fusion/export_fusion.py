"""Weights -> the files of a fusion model: detector and transformer as ONNX in fp32 and int8, namer, tokenizer, manifest.

    python -m assay_fusion.export_fusion recipes/assay-lxmert.toml --data <state>/data --eyes <state>/eyes --namer <state>/namer --fusion <state>/lxmert --out ../models/assay-lxmert

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

from assay_training import packages, quantize

from . import texts
from .checkpoints import averaged_weights
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
    """The transformer with named outputs."""

    def __init__(self, model: Fusion) -> None:
        super().__init__()
        self.model = model

    def forward(self, things: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.model(things, ids)


def export_eyes(model: Eyes, file: Path) -> None:
    torch.onnx.export(
        model.eval(), (torch.zeros(1, 3, 104, 104),), str(file), opset_version=OPSET, dynamo=False,
        input_names=["pixel_values"], output_names=["cells"],
        dynamic_axes={"pixel_values": {0: "batch", 2: "height", 3: "width"}, "cells": {0: "batch", 2: "rows", 3: "columns"}},
    )
    onnx.checker.check_model(str(file))


def export_fusion(model: Fusion, file: Path) -> None:
    examples = (torch.rand(1, 7, WIDTH), torch.ones(1, 9, dtype=torch.long))
    torch.onnx.export(
        Answering(model).eval(), examples, str(file), opset_version=OPSET, dynamo=False,
        input_names=["things", "ids"], output_names=["answer", "truth", "match"],
        dynamic_axes={"things": {0: "batch", 1: "count"}, "ids": {0: "batch", 1: "length"}},
    )
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


def fusion_dynamic(source: Path, target: Path) -> None:
    """MatMul and Gemm of the blocks dynamic int8; what counts things stays fp32, since sums need exact addends."""
    keep = [n.name for n in onnx.load(str(source)).graph.node if "/heads/" in n.name or "/rows/" in n.name]
    quantize.quantize_dynamic(
        str(source), str(target), per_channel=True, reduce_range=True, weight_type=quantize.QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=keep,
    )
    onnx.checker.check_model(str(target))


def stored(file: Path, **more: Any) -> dict[str, Any]:
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **more}


def manifest(recipe: dict[str, Any], out: Path) -> dict[str, Any]:
    """Without quality, which ``measure_fusion`` adds."""
    emoji = [s for s in packages.SOURCES if s.use == "train" and ("emoji" in s.package or "noto" in s.package) and not s.note.startswith("since")]
    sources = [{"package": s.package, "version": s.version, "licence": s.licence} for s in emoji]
    sources.append({"package": "easy-vqa", "version": "1.0", "licence": "MIT"})

    def graph(name: str, quantization: str) -> dict[str, Any]:
        file = out / name
        return stored(file, quantization=quantization, prepack=True, resident_bytes=5 * file.stat().st_size)

    return {
        "schema": "assay.model/1",
        "kind": "fusion",
        "id": recipe["id"],
        "version": recipe["version"],
        "released": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "task": "visual_question_answering",
        "domain": {"pictures": ["drawing"], "description": recipe["domain"]},
        "detector": graph("detector.int8.onnx", "int8-static-qdq") | {
            "stride": STRIDE, "sure": SURE, "overlap": OVERLAP, "most": MOST_THINGS,
            "forms": [*SHAPE_KINDS, "drawing"], "colours": [*COLOUR_NAMES, "none"],
        },
        "namer": graph("names.int8.onnx", "int8-static-qdq") | {"kinds": list(DRAWING_KINDS), "from": NAMED, "margin": MARGIN},
        "fusion": graph("fusion.int8.onnx", "int8-dynamic"),
        "image": {
            "size": SHORT, "longest_edge": LONG, "fit": "bounded", "pad_color": [0, 0, 0], "filter": "bilinear",
            "mean": [0.5] * 3, "std": [0.5] * 3, "alpha": "white", "exif_orientation": True,
        },
        "tokenizer": stored(out / "tokenizer.json", type="WordPiece", max_length=texts.MAX_LENGTH),
        "answers": list(ANSWERS),
        "skills": recipe["skills"],
        "languages": ["en"],
        "licence": "Apache-2.0",
        "training_data": sources,
        "quality": [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path)
    for name in ("data", "eyes", "namer", "fusion", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = tomllib.loads(arguments.recipe.read_text("utf-8"))
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    fp32 = arguments.fusion / "export"
    fp32.mkdir(exist_ok=True)
    tokenizer = texts.load(arguments.data / "tokenizer.json")
    eyes = Eyes()
    eyes.load_state_dict(averaged_weights(arguments.eyes))
    fusion = Fusion(Config(lineage=recipe["lineage"], vocabulary=tokenizer.get_vocab_size()))
    fusion.load_state_dict(averaged_weights(arguments.fusion))
    export_eyes(eyes, fp32 / "detector.onnx")
    export_fusion(fusion, fp32 / "fusion.onnx")
    pictures = calibration()
    random_rows = np.random.default_rng(1).random((1, 9, WIDTH)).astype(np.float32)
    apart = {
        "detector": max(largest_difference(eyes, fp32 / "detector.onnx", pixel_values=p) for p in pictures[:6]),
        "fusion": largest_difference(fusion.eval(), fp32 / "fusion.onnx", things=random_rows, ids=np.arange(2, 14)[None]),
    }
    print(json.dumps({"pytorch_against_onnx_fp32": apart}), flush=True)
    if max(apart.values()) > SAME:
        raise ValueError(f"ONNX differs from PyTorch by more than {SAME}: {apart}")
    eyes_static(fp32 / "detector.onnx", out / "detector.int8.onnx", pictures)
    fusion_dynamic(fp32 / "fusion.onnx", out / "fusion.int8.onnx")
    shutil.copyfile(arguments.namer / "names.int8.onnx", out / "names.int8.onnx")
    shutil.copyfile(arguments.data / "tokenizer.json", out / "tokenizer.json")
    (out / "manifest.json").write_text(json.dumps(manifest(recipe, out), indent=2) + "\n")


if __name__ == "__main__":
    main()

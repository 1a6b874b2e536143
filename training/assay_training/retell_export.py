"""The files of assay-clip after ``retell``: a new text tower beside the image tower that ships already."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import torch

from . import paths, published, quantize
from .export import MODEL_ID, described, export_onnx


def export(start: Path, text: Path, share: float, scale: float, version: str) -> None:
    """Blend ``share`` of the weights in ``text`` into those of the files in ``start``; write the text tower and the manifest.

    fp32 files go to ``<state>/export``: those of the image tower are its int8 weights, dequantized.
    """
    folder = paths.MODELS / MODEL_ID
    model, retold = published.weights_of(start), published.weights_of(start).text
    retold.load_state_dict(torch.load(text, weights_only=True))
    published.blend(model.text, retold, share)
    _, exported = export_onnx(model.eval(), paths.EXPORTS)
    quantize.text_dynamic(exported, folder / "text.int8.onnx")
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    manifest |= {"version": version, "released": datetime.datetime.now(datetime.UTC).date().isoformat(), "quality": []}
    manifest["embedding"]["logit_scale"] = scale
    manifest["text"] |= described(folder / "text.int8.onnx")
    file.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")

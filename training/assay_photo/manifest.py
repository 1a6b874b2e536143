"""manifest.json of a model of this recipe; quality, calibration and card are filled in by ``evaluate``."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from pathlib import Path

from assay_training.export import described

from . import hubs, packages
from .efficientnet_lite import DEVIATION, MEAN
from .pictures import Frame
from .student import MAX_LENGTH


def training_data() -> list[dict[str, object]]:
    """Packages whose weights or photographs are in the model; ``drawings``: photographs (the schema's word)."""
    counts = Counter((pair.package, pair.version, pair.licence) for pair in packages.pairs("train"))
    parts = [{"package": one.package, "version": one.version, "licence": one.licence, "drawings": 0}
             for one in packages.SOURCES if not one.package.startswith("efficientnet-lite2")]
    return parts + [{"package": package, "version": version, "licence": licence, "drawings": count}
                    for (package, version, licence), count in sorted(counts.items())]


def write(recipe: dict, folder: Path) -> None:
    frame = Frame(recipe["image"]["size"])
    manifest = {
        "schema": "assay.model/1",
        "id": recipe["id"],
        "version": recipe["version"],
        "released": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "task": "image_text_embedding",
        "domain": {"pictures": ["photograph"], "description": "photographs, with English texts"},
        "embedding": {"dimensions": 384 + hubs.EXTRA, "normalized": True, "logit_scale": recipe["logit_scale"]},
        "vision": {**described(folder / "vision.int8.onnx"), "input": "pixel_values", "output": "image_embeds",
                   "quantization": "int8-static-qdq", "prepack": True, "resident_bytes": recipe["memory"]["vision"]},
        "text": {**described(folder / "text.int8.onnx"), "input": "input_ids", "output": "text_embeds",
                 "quantization": "int8-dynamic", "prepack": True, "resident_bytes": recipe["memory"]["text"]},
        "image": {"size": frame.size, "fit": "cover", "shortest_edge": frame.edge, "pad_color": [255, 255, 255], "filter": "bicubic",
                  "mean": [MEAN / 255] * 3, "std": [DEVIATION / 255] * 3, "alpha": "white", "exif_orientation": True},
        "tokenizer": {**described(folder / "tokenizer.json"), "max_length": MAX_LENGTH},
        "prompt_prefix": "",
        "languages": ["en"],
        "licence": "Apache-2.0",
        "training_data": training_data(),
        "quality": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")

"""Where things live. Everything heavy stays outside the repository, under ASSAY_TRAINING_STATE."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TRAINING = REPOSITORY / "training"
MODELS = REPOSITORY / "models"
RESULTS = TRAINING / "results"
DATA_SOURCES = TRAINING / "data_sources.json"

STATE = Path(os.environ.get("ASSAY_TRAINING_STATE", "/work/training-state"))
PACKAGES = STATE / "packages"
RENDERED = STATE / "rendered"
SCENES = STATE / "scenes-train"
CHECKPOINT = STATE / "restyled" / "checkpoint.pt"  # the last stage of assay-clip: what ships
EXPORTS = STATE / "export"

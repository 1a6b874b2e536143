"""From packages to ``src/models/domain/parameters.json`` and the confusion tables, one command:

    python -m assay_domain.build recipes/assay-domain.toml [--measure FOLDER …]

Pictures, variants and statistics are kept below the state folder (``$ASSAY_TRAINING_STATE/domain``). ``node`` is Node 22. ``--measure``
names folders of photographs that are only measured.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from assay_training import paths

from . import corpus
from .fit import BOUND, KINDS, Detector, balanced, fit


def shipped_form(detector: Detector, version: str) -> dict:
    def layer(weights: np.ndarray, bias: np.ndarray) -> list[list[float]]:
        return np.concatenate([weights, bias[:, None]], 1).tolist()

    return {
        "version": version,
        "statistics": "assay.picture-statistics/1",
        "kinds": list(KINDS),
        "mean": detector.mean.tolist(),
        "deviation": detector.deviation.tolist(),
        "bound": BOUND,
        "members": [
            {"hidden": layer(one.hidden, one.hidden_bias), "output": layer(one.output, one.output_bias)} for one in detector.members
        ],
    }


def confusion(truth: np.ndarray, seen: np.ndarray) -> dict[str, dict[str, int]]:
    return {
        kind: {other: int(((truth == at) & (seen == to)).sum()) for to, other in enumerate(KINDS)}
        for at, kind in enumerate(KINDS)
        if (truth == at).any()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--measure", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    recipe = tomllib.loads(arguments.recipe.read_text())
    torch.set_num_threads(1)
    rows = corpus.build(recipe)
    statistics = corpus.statistics([row.file for row in rows])
    rows = [row for row in rows if statistics[row.file] is not None]
    values = np.array([statistics[row.file] for row in rows])
    truth = np.array([KINDS.index(row.kind) for row in rows])
    learned = np.array([row.split == "train" for row in rows])
    weights = balanced(truth[learned], [row.source for row in rows if row.split == "train"])
    detector = fit(values[learned], truth[learned], weights, recipe["fit"], recipe["seed"])
    seen = detector.probabilities(values).argmax(1)

    folder = paths.REPOSITORY / "src/models/domain"
    (folder / "parameters.json").write_text(json.dumps(shipped_form(detector, recipe["version"])) + "\n")
    held = np.array([row.split == "test" for row in rows])
    apart = np.array([row.split == "apart" for row in rows])
    results = {
        "recipe": recipe,
        "learned_from": {kind: int((truth[learned] == at).sum()) for at, kind in enumerate(KINDS)},
        "held_out": confusion(truth[held], seen[held]),
        "held_out_by_source": {
            f"{kind} / {source}": {
                "pictures": count,
                "right": int(
                    sum(
                        KINDS[seen[at]] == kind
                        for at, row in enumerate(rows)
                        if row.split == "test" and (row.kind, row.source) == (kind, source)
                    )
                ),
            }
            for (kind, source), count in sorted(Counter((row.kind, row.source) for row in rows if row.split == "test").items())
        },
        "cut_out_photographs": confusion(truth[apart], seen[apart]),
        "measured_only": {folder.name: measured(detector, folder) for folder in arguments.measure},
    }
    (paths.RESULTS / "assay-domain.json").write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=1))


def measured(detector: Detector, folder: Path) -> dict[str, int]:
    files = sorted(str(file) for file in folder.rglob("*") if file.suffix in (".jpg", ".jpeg", ".png", ".webp"))
    found = corpus.statistics(files)
    values = np.array([found[file] for file in files if found[file] is not None])
    counts = Counter(KINDS[at] for at in detector.probabilities(values).argmax(1))
    return {kind: counts.get(kind, 0) for kind in KINDS}


if __name__ == "__main__":
    main()

"""Every stage of a recipe, one after the other, each skipped when finished and resumed when not.

    python -m assay_fusion.run recipes/assay-lxmert.toml

State and logs lie in ``<state>/<stage>``; what the whole run says, in ``<state>/log/<recipe>.txt``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from assay_training import paths

from .checkpoints import is_finished


def command(stage: dict[str, Any], state: Path) -> list[str]:
    """A stage's command line: its module, its folder, folders of other stages, and its other members as options."""
    out = state / stage["name"]
    options = ["--out", str(out)]
    for option, other in stage.get("inputs", {}).items():
        options += [f"--{option}", str(state / other)]
    for name, value in stage.items():
        if name not in ("name", "module", "inputs"):
            values = [] if value is True else value if isinstance(value, list) else [value]
            options += [f"--{name.replace('_', '-')}", *map(str, values)]
    return [sys.executable, "-m", stage["module"], *options]


def run(recipe: Path, state: Path) -> int:
    """0 when every stage is finished, else the failed stage's exit status."""
    document = tomllib.loads(recipe.read_text("utf-8"))
    (state / "log").mkdir(parents=True, exist_ok=True)
    with (state / "log" / f"{recipe.stem}.txt").open("a", encoding="utf-8") as log:
        for stage in document["stages"]:
            if is_finished(state / stage["name"]):
                continue
            line = command(stage, state)
            print(" ".join(line), file=log, flush=True)
            status = subprocess.run(line, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
            if status or not is_finished(state / stage["name"]):
                print(f"stage {stage['name']} ended with {status}", file=log, flush=True)
                return status or 1
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path, nargs="+", help="run in this order; a failed recipe stops the rest")
    arguments = parser.parse_args()
    for recipe in arguments.recipe:
        status = run(recipe, paths.STATE)
        if status:
            sys.exit(status)


if __name__ == "__main__":
    main()

"""Train every stage of a recipe, one after the other: one command from nothing to the weights that ship.

    python -m assay_training.run_recipe recipes/assay-clip.toml               # by the steps that the recipe records
    python -m assay_training.run_recipe recipes/assay-clip.toml --by-minutes  # by time, as version 1.3.0 was trained

Each stage keeps its checkpoint and log in ``<state>/<stage>``. Killed and started again, the command goes on with the
stage that was under way. A finished stage is skipped.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import paths
from .train_clip import Options, run


@dataclass(frozen=True)
class Stage:
    """One run of ``train_clip``: how long it takes, and the options that differ from the defaults."""

    name: str
    steps: int
    minutes: float
    options: dict[str, Any]


def read(recipe: Path) -> tuple[int, list[Stage]]:
    """The seed and the stages. A member that no option is named after is an error."""
    document = tomllib.loads(recipe.read_text("utf-8"))
    stages = [Stage(**stage) for stage in document["stages"]]
    known = set(Options.__dataclass_fields__)
    for stage in stages:
        unknown = set(stage.options) - known
        if unknown:
            raise ValueError(f"{recipe}: stage {stage.name} has unknown options {sorted(unknown)}")
    return document["seed"], stages


def options_of(stages: list[Stage], index: int, seed: int, *, by_minutes: bool, state: Path, **more: Any) -> Options:
    """The options of one stage. It starts from the averaged weights of the stage before."""
    stage = stages[index]
    init = str(state / stages[index - 1].name / "checkpoint.pt") if index > 0 else ""
    length = {"minutes": stage.minutes} if by_minutes else {"steps": stage.steps}
    return Options(out=state / stage.name, seed=seed, init=init, **length, **stage.options, **more)


def is_finished(folder: Path) -> bool:
    log = folder / "log.jsonl"
    return log.exists() and any(json.loads(line).get("event") == "end" for line in log.read_text("utf-8").splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--by-minutes", action="store_true", help="end each stage by its minutes instead of its steps")
    parser.add_argument("--until", default="", help="the last stage to train; default: the recipe's last")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    seed, stages = read(arguments.recipe)
    names = [stage.name for stage in stages]
    if arguments.until and arguments.until not in names:
        parser.error(f"--until {arguments.until}: the stages are {', '.join(names)}")
    for index, stage in enumerate(stages):
        if not is_finished(paths.STATE / stage.name):
            more = {"threads": arguments.threads, "device": arguments.device}
            options = options_of(stages, index, seed, by_minutes=arguments.by_minutes, state=paths.STATE, **more)
            run(options)
            if not is_finished(options.out):
                return  # stopped by SIGTERM
        if stage.name == arguments.until:
            return


if __name__ == "__main__":
    main()

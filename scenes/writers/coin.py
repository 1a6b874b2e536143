"""COIN's files: ``COIN.json``, the taxonomy's two sheets as rows, and results in ActivityNet's layout."""

from __future__ import annotations

from collections.abc import Iterable

from ..procedures import STEP_NUMBERS, TASK_NAMES, TASKS, Procedure, label
from .layout import compact

#: Our splits under the names that COIN.json gives them.
OFFICIAL = {"train": "training", "val": "validation", "test": "testing"}

Proposal = tuple[float, float, float, int]  # score, start, end, step


def database(videos: Iterable[tuple[str, Procedure]]) -> str:
    """The annotations; ``videos`` are (split, video), one a line."""
    records = []
    for split, video in videos:
        done = [
            {"id": str(STEP_NUMBERS[one.step]), "segment": [one.start / 10, one.end / 10], "label": label(one.step)}
            for one in video.done
        ]
        record = {
            "duration": video.duration / 10,
            "class": video.task,
            "video_url": "",
            "start": video.done[0].start / 10,
            "annotation": done,
            "subset": OFFICIAL[split],
            "end": video.done[-1].end / 10,
            "recipe_type": TASK_NAMES.index(video.task),
        }
        records.append(f"{compact(video.name)}:{compact(record)}")
    return '{"database":{\n' + ",\n".join(records) + "\n}}\n"


def taxonomy() -> str:
    """The sheets of ``taxonomy.xlsx`` as rows, a header first."""
    targets = [[domain, task] for domain, tasks in TASKS.items() for task in tasks]
    actions = [
        [TASK_NAMES.index(task), task, STEP_NUMBERS[step], label(step)]
        for tasks in TASKS.values()
        for task, steps in tasks.items()
        for step in dict.fromkeys(steps)
    ]
    sheets = {
        "domain_target_mapping": [["Domains", "Targets"], *targets],
        "target_action_mapping": [["Target Id", "Target Label", "Action Id", "Action Label"], *actions],
    }
    return compact(sheets) + "\n"


def results(said: Iterable[tuple[str, list[Proposal]]]) -> str:
    """A results file, a video a line."""
    records = [
        f"{compact(name)}:"
        + compact([{"score": s, "segment": [start, end], "label": str(step)} for s, start, end, step in own])
        for name, own in said
    ]
    return '{"version":"VERSION 1.3","results":{\n' + ",\n".join(records) + '\n},"external_data":{}}\n'

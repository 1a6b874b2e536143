"""Procedures: tasks done in steps over a minute or two, as COIN's videos are.

A task is a row of steps; a step is a deed by a thing of a category ("add a food"), so the same step comes in several
tasks. A video does its task's steps in order, now and then leaving one out or doing one twice, with pauses between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from .clips import split_of_deed
from .deeds import Deed, happens
from .draw import Stream
from .generate import World, first_scene, wide
from .graph import Scene
from .spacing import roomy
from .splits import TEST, TRAIN

Step = tuple[str, str | None]  # (verb, category)

#: domain -> task -> steps
TASKS: dict[str, dict[str, tuple[Step, ...]]] = {
    "Farm": {
        "FillTheStable": (("background", None), ("appears", "animal"), ("appears", "animal"), ("grows", "animal")),
        "PlantAGarden": (("background", None), ("appears", "plant"), ("grows", "plant"), ("appears", "plant")),
        "FeedAnAnimal": (("appears", "animal"), ("appears", "food"), ("moves", "food"), ("disappears", "food")),
        "BringInTheHarvest": (("appears", "plant"), ("shrinks", "plant"), ("disappears", "plant"), ("appears", "food")),
    },
    "Street": {
        "ParkAVehicle": (("appears", "vehicle"), ("moves", "vehicle"), ("shrinks", "vehicle")),
        "DriveAway": (("appears", "vehicle"), ("grows", "vehicle"), ("moves", "vehicle"), ("disappears", "vehicle")),
        "CrossTheStreet": (("appears", "animal"), ("appears", "vehicle"), ("moves", "animal"), ("moves", "vehicle")),
    },
    "Home": {
        "SetTheTable": (("appears", "object"), ("appears", "food"), ("appears", "food"), ("moves", "food")),
        "UnpackAParcel": (("appears", "object"), ("grows", "object"), ("appears", "object"), ("moves", "object")),
        "TidyUp": (("appears", "object"), ("moves", "object"), ("disappears", "object"), ("background", None)),
    },
    "Studio": {
        "DecorateACard": (("background", None), ("appears", "shape"), ("turns", "shape"), ("appears", "object")),
        "BuildAPattern": (("appears", "shape"), ("appears", "shape"), ("moves", "shape"), ("turns", "shape")),
        "HideAShape": (("appears", "shape"), ("shrinks", "shape"), ("moves", "shape"), ("disappears", "shape")),
    },
}

TASK_NAMES: tuple[str, ...] = tuple(chain.from_iterable(TASKS.values()))
STEPS: tuple[Step, ...] = tuple(
    dict.fromkeys(step for tasks in TASKS.values() for steps in tasks.values() for step in steps)
)
STEP_NUMBERS: dict[Step, int] = {step: number for number, step in enumerate(STEPS, 1)}

ORDERS = {
    "appears": "add {}", "disappears": "take away {}", "moves": "move {}", "grows": "enlarge {}",
    "shrinks": "shrink {}", "turns": "paint {}", "background": "change the background",
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """One step of a video: what, and from when to when, in tenths of a second."""

    step: Step
    deed: Deed
    start: int
    end: int


@dataclass(frozen=True)
class Procedure:
    """A video; ``duration`` in tenths of a second."""

    number: int
    task: str
    done: tuple[Done, ...]
    duration: int

    @property
    def name(self) -> str:
        """The video's id: eleven characters, as YouTube's."""
        return f"scene{self.number:06d}"

    @property
    def states(self) -> list[Scene]:
        """The scene before the first step and after each."""
        return [self.done[0].deed.before, *(one.deed.after for one in self.done)]


def label(step: Step) -> str:
    """ "add a food", "change the background"."""
    verb, category = step
    article = "an" if category in ("animal", "object") else "a"
    return ORDERS[verb].format(f"{article} {category}")


def procedures(seed: int, world: World) -> Iterator[Procedure]:
    """Video after video, the tasks by turns."""
    number = 1
    while True:
        task = TASK_NAMES[(number - 1) % len(TASK_NAMES)]
        attempt = 0
        while (made := _procedure(Stream(seed, "procedure", number, attempt), number, task, world)) is None:
            attempt += 1
        yield made
        number += 1


def _procedure(stream: Stream, number: int, task: str, world: World) -> Procedure | None:
    """One attempt; None where a step has no room. No training video has a deed of the test split, each test video has."""
    steps = _as_done(stream, next(tasks[task] for tasks in TASKS.values() if task in tasks))
    scene = roomy(stream, first_scene(stream, number, number, world))
    if len(scene.things) > 2:
        return None
    done: list[Done] = []
    splits: list[str] = []
    clock = stream.between(20, 80)
    for step in steps:
        verb, category = step
        deed = happens(stream, scene, verb, category, lambda d: world.split != TRAIN or split_of_deed(d) != TEST)
        if deed is None:
            return None
        end = clock + stream.between(40, 140)
        done.append(Done(step, deed, clock, end))
        splits.append(split_of_deed(deed))
        clock = end + stream.between(10, 60)
        scene = deed.after
    if (TEST in splits) != (world.split == TEST):
        return None
    return Procedure(number, task, tuple(done), clock + stream.between(10, 60))


def _as_done(stream: Stream, steps: tuple[Step, ...]) -> list[Step]:
    """Mostly every step once; one video in six leaves the last out, one in six does one twice."""
    out = list(steps)
    chance = stream.below(6)
    if chance == 0:
        out.pop()
    elif chance == 1:
        index = stream.below(len(out))
        out.insert(index, out[index])
    return out


def procedures_of_split(split: str, seed: int, count: int) -> list[Procedure]:
    """So many videos of a split of the wide world."""
    return list(islice(procedures(seed, wide(split)), count))

"""What the tests share: the generated scenes, and the committed fixtures as any reader sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenes.build import FIXTURES, PAIRS, SEED
from scenes.generate import make_scenes
from scenes.graph import Scene
from scenes.questions import Question, choose

FOLDER = FIXTURES / "scenes"


def load(file: Path) -> Any:
    """A JSON file."""
    return json.loads(file.read_text("utf-8"))


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    return make_scenes(SEED, PAIRS)


@pytest.fixture(scope="session")
def questions(scenes: list[Scene]) -> list[Question]:
    return choose(SEED, scenes)


@pytest.fixture(scope="session")
def graphs() -> dict[int, Any]:
    """The committed graphs by image id, as plain JSON."""
    lines = (FOLDER / "graphs.jsonl").read_text("utf-8").splitlines()
    return {graph["number"]: graph for graph in map(json.loads, lines)}


@pytest.fixture(scope="session", name="annotations")
def committed_annotations() -> list[Any]:
    """The committed annotations."""
    return list(load(FOLDER / "v2_assay_scenes2026_annotations.json")["annotations"])


@pytest.fixture(scope="session")
def asked() -> list[Any]:
    """The committed questions."""
    return list(load(FOLDER / "v2_OpenEnded_assay_scenes2026_questions.json")["questions"])

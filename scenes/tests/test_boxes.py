"""The world of NLVR v1: pictures pixel by pixel, statements against the truth."""

from __future__ import annotations

import itertools
import json
import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenes.boxes import render, statements, world

OFFICIAL = Path(os.environ.get("ASSAY_NLVR", Path(__file__).resolve().parents[3] / "shared" / "data" / "nlvr"))
ORDERS = list(itertools.permutations(range(3)))  # the corpus numbers a picture's six orders like this


@pytest.mark.skipif(not (OFFICIAL / "dev.json").exists(), reason="the corpus is not here")
def test_pictures_are_the_corpus_pixel_by_pixel() -> None:
    import io
    import tarfile

    lines = (OFFICIAL / "dev.json").read_text().splitlines()
    rows = [json.loads(line) for line in lines][::40]
    with tarfile.open(OFFICIAL / "dev-images.tar") as archive:
        for number, row in enumerate(rows):
            own = world.from_official(row["structured_rep"])
            k = number % 6
            name = f"./{row['directory']}/dev-{row['identifier']}-{k}.webp"
            file = archive.extractfile(name)
            assert file is not None
            official = np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB")).astype(int)
            ours = render.picture(own, ORDERS[k])  # type: ignore[arg-type]
            off = np.abs(official - ours).max(-1)
            assert off.max() <= 14, name  # one of sixteen levels of coverage, on the rim of a circle
            circles = sum(t.kind == "circle" for t in own.things)
            assert (off > 1).sum() <= 44 * circles, name


def test_every_sentence_is_true_of_one_world_and_false_of_another() -> None:
    for said, fits, fails in itertools.islice(statements.pairs(5), 300):
        assert said.holds(fits) and not said.holds(fails), said.sentence
        assert fits.has_towers == fails.has_towers


def test_sentences_repeat_with_their_seed_and_vary() -> None:
    one = [said.sentence for said, *_ in itertools.islice(statements.pairs(6), 200)]
    other = [said.sentence for said, *_ in itertools.islice(statements.pairs(6), 200)]
    assert one == other
    assert len(set(one)) > 150


def test_known_statements_are_judged_right() -> None:
    towers = world.World((world.tower(["black", "yellow"]), world.tower(["blue"]), world.tower(["blue", "blue", "black"])), True)
    words = {
        "a tower with a yellow block over a black block": lambda b: any(x.colour == "black" and y.colour == "yellow" for x, y in itertools.pairwise(b)),
    }
    assert [words["a tower with a yellow block over a black block"](box) for box in towers.boxes] == [True, False, False]
    rng = random.Random(3)
    seen: Counter[str] = Counter()
    for _ in range(4000):
        said = statements.statement(rng, True)
        text = said.sentence.lower().rstrip(".")
        if text in ("there is exactly one black block", "there are two towers with a blue block at the base", "there is a black tower"):
            seen[text] += 1
            assert said.holds(towers) is (text == "there are two towers with a blue block at the base"), text
    assert seen


def test_things_stay_inside_and_apart() -> None:
    rng = random.Random(4)
    for _ in range(200):
        for box in world.draw_world(rng).boxes:
            for k, thing in enumerate(box):
                assert thing.x >= 0 and thing.x + thing.size <= world.SIDE
                assert thing.y >= 0 and thing.y + thing.size <= world.SIDE
                assert all(world.apart(thing, other) for other in box[:k])

"""Drawings by another hand, and rows of things that are as unsure of them as the namer is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from assay_fusion import batches, doubts, texts, worlds
from assay_fusion.drawings import restyled
from assay_fusion.perceived import Perceived
from assay_fusion.things import COLOUR, KIND, N_KINDS, WIDTH, blurred
from assay_fusion.vocabulary import DRAWING, DRAWING_KINDS
from assay_training import augment


def test_another_hand_changes_what_it_may_and_edges_keep_no_fringe() -> None:
    sprite = np.zeros((96, 96, 4), np.uint8)
    sprite[20:70, 10:60] = 200, 40, 0, 255
    may = augment.MIRROR | augment.COLOUR | augment.FORM
    made = [restyled(sprite, may, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])
    assert all((one[..., :3] <= one[..., 3:]).all() for one in made)
    assert np.abs(restyled(sprite, 0, torch.Generator().manual_seed(1)).astype(int) - sprite).max() <= 1


def test_drawings_of_a_kind_share_the_namers_doubt_and_shapes_may_have_some(tmp_path: Path) -> None:
    names = np.zeros((len(DRAWING_KINDS), 4, 1, len(DRAWING_KINDS)), np.float16)
    for drawing in range(4):  # each drawing of a kind is taken for another one
        names[:, drawing, 0, 10 + drawing] = 1
    np.save(tmp_path / "names.npy", names)
    known = doubts.Doubts(tmp_path)
    rows = np.zeros((41, WIDTH), np.float32)
    rows[1:21, KIND.start + DRAWING] = rows[21:, KIND.start] = 1
    rows[1:, COLOUR.start] = 1
    taken, shapes = set(), []
    for seed in range(12):
        kinds = blurred(rows, np.random.default_rng(seed), known.of)[1:, KIND]
        assert np.allclose(kinds.sum(1), 1, atol=1e-5) and kinds.shape[1] == N_KINDS
        of_drawings = {int(k) for k in kinds[:20].argmax(1)}
        assert len(of_drawings) == 1  # one artist
        taken |= of_drawings
        shapes.append(kinds[20:, 0])
    assert taken <= {DRAWING + 10 + drawing for drawing in range(4)} and len(taken) > 1
    assert 0.03 < (np.concatenate(shapes) < 0.7).mean() < 0.2
    certain = np.concatenate([blurred(rows, np.random.default_rng(seed))[21:, KIND.start] for seed in range(12)])
    assert (certain < 0.7).mean() < 0.01


def test_only_pictures_that_were_looked_at(tmp_path: Path) -> None:
    examples = worlds.scene_statements(5, 12)
    tokenizer = texts.learn(one.text for one in examples.said)
    np.save(tmp_path / "statements.npy", np.zeros((16, WIDTH), np.float16))
    np.save(tmp_path / "statements.index.npy", np.arange(17))
    seen = Perceived(tmp_path)
    drawn = {}
    for only_seen in (False, True):
        world = batches.World("statements", examples, tokenizer, seen, 40, only_seen)
        drawn[only_seen] = {picture for lists, _ in world.forms for own in lists for k in own for picture in world.said[k].pictures}
    assert drawn[True] and max(drawn[True]) < 16 <= max(drawn[False])

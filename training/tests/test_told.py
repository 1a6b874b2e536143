"""What decides a statement about two scenes agrees with whether it is true."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice

import numpy as np
import torch
from scenes.generate import wide
from scenes.statements import FORMS, image_sets, offers
from scenes.templates import topics_of

from assay_fusion import batches, texts, worlds
from assay_fusion.told import mentioned, told


def test_the_number_decides_every_statement_of_every_form() -> None:
    forms: set[str] = set()
    for images in islice(image_sets(11, wide("train")), 60):
        topics = topics_of((*images.left, *images.right))
        for form, sentence, truth in offers(images):
            forms.add(form.name)
            accepted: dict[bool, set[int]] = defaultdict(set)
            for (left, right), holds in zip(images.pairs, truth, strict=True):
                why = told(form.name, sentence, topics, left, right, holds)
                accepted[holds].add(why.count)
                assert all(len(own) == len(left.things) + len(right.things) for own in why.marks)
                for own, scenes in zip(why.marks, [(left, right)] * 2, strict=False):
                    marked = {t.kind for t, m in zip((*scenes[0].things, *scenes[1].things), own, strict=True) if m}
                    assert form.name in ("total", "more-in-all") or len(marked) <= 1
            assert not accepted[True] & accepted[False], sentence
    assert forms == {form.name for form in FORMS}


def test_a_text_names_the_longest_topic_in_the_order_of_its_words() -> None:
    topics = [("star", "red"), ("star", "blue"), ("dog", None)]
    assert mentioned("a dog is above a blue star", topics) == [("dog", None), ("star", "blue")]
    assert mentioned("more red stars than dogs", topics) == [("star", "red"), ("dog", None)]
    assert mentioned("hotdogs", topics) == []


def test_each_picture_gets_the_marks_of_its_own_things() -> None:
    examples = worlds.scene_statements(5, 12)
    tokenizer = texts.learn(one.text for one in examples.said)
    world = batches.World("statements", examples, tokenizer, None, 40)
    checked = 0
    for one in examples.said:
        if not re.match("The left image contains exactly", one.text):
            continue
        rows, marks, panels = world.rows(one, np.random.default_rng(1), 0.0)
        right = rows[:, batches.WHICH] == 1
        assert int((marks[:, 0] == 1).sum()) == one.count and not (marks[right, 0] == 1).any()
        assert panels.tolist() == [float(one.count > 0), 0.0, 0.0]
        checked += 1
    assert checked > 3
    assert torch.isfinite(torch.from_numpy(world.batch(list(range(8)), np.random.default_rng(1), 0.0).marks.numpy())).all()


def test_what_is_chosen_by_is_not_trained_on() -> None:
    by = dict(worlds.to_choose_by(2, 4))
    assert by["scenes"].said and by["statements"].said
    for name, trained in (("scenes", worlds.scene_questions(worlds.SEED, 40)), ("statements", worlds.scene_statements(worlds.SEED + 1, 40))):
        assert not {one.items for one in by[name].seen} & {one.items for one in trained.seen}

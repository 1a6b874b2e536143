"""Batches of a world's examples: rows of things, as graphs made unsure or as seen, and what is right."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from torch import Tensor

from .doubts import Doubts
from .ends import COUNTS, MARKS
from .examples import Example, Examples
from .marks import marks_of_rows, panels_after
from .perceived import Perceived
from .things import BOX, WHICH, WIDTH, blurred, symbolic

PART = 56  # examples of a forward pass
DOUBTED = 0.8  # of the pictures whose rows are made up, that have the namer's own doubt where it is known
MOST_KEPT = 60_000  # pictures whose rows stay in memory
ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


@dataclass(frozen=True)
class Batch:
    things: Tensor
    ids: Tensor
    heads: Tensor
    targets: Tensor
    counts: Tensor
    marks: Tensor  # [b, n, MARKS]: 1 or 0 where a thing decides or not, -1 where nobody says
    panels: Tensor  # [b, 3], likewise


class World:
    """Examples of one world, drawn form by form. ``only_seen`` leaves out pictures that were not looked at."""

    def __init__(
        self, name: str, examples: Examples, tokenizer, perceived: Perceived | None, held_out: int, only_seen: bool = False,
        doubts: Doubts | None = None,
    ) -> None:
        self.name, self.seen, self.perceived, self.doubts = name, examples.seen, perceived, doubts
        self.kept: dict[int, np.ndarray] = {}
        texts_once = list({one.text: None for one in examples.said})
        encoded = dict(zip(texts_once, (e.ids for e in tokenizer.encode_batch(texts_once)), strict=True))
        self.ids = [encoded[one.text] for one in examples.said]
        self.said = examples.said
        # Whole pairs and sets of pictures are kept apart: 4 divides where they begin.
        self.validation = [k for k, one in enumerate(self.said) if one.pictures[0] // 4 % held_out == 0]
        forms: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for k, one in enumerate(self.said):
            if one.pictures[0] // 4 % held_out and not (only_seen and self.is_unseen(one)):
                forms[one.form][one.target].append(k)
        # A form comes up as often as the fourth root of its number, an answer as the square root of its number.
        self.forms = [(list(by.values()), [len(v) ** 0.5 for v in by.values()]) for by in forms.values()]
        power = 1.0 if name == "boxes" else 0.35
        self.weights = [sum(len(v) for v in by.values()) ** power for by in forms.values()]

    def is_unseen(self, example: Example) -> bool:
        return self.perceived is None or any(self.perceived.rows(self.name, index) is None for index in example.pictures)

    def draw(self, rng: random.Random, count: int) -> list[int]:
        out = []
        for lists, weights in rng.choices(self.forms, self.weights, k=count):
            out.append(rng.choice(rng.choices(lists, weights)[0]))
        return out

    def rows(self, example: Example, rng: np.random.Generator, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows of things, which of them decide, and which panels are as said."""
        parts, marks = [], []
        panels = np.full(3, -1, np.float32)
        marked = self.marks_by_picture(example)
        for which, index in enumerate(example.pictures):
            rows, order = None, (0, 1, 2)
            if self.perceived is not None and rng.random() < share:
                rows = self.perceived.rows(self.name, index)
            if rows is not None:
                own = marks_of_rows(marked[which], rows, self.clean(index))
            else:
                rows = blurred(self.clean(index), rng, self.doubts.of if self.doubts and rng.random() < DOUBTED else None)
                own = marks_of_rows(marked[which], rows, None)
                if self.name == "boxes":
                    order = ORDERS[rng.integers(6)]
                    permute(rows, order)
            if example.panels:
                panels = panels_after(example.panels, order)
            if which:
                rows = rows.copy()
                rows[:, WHICH] = which
            parts.append(rows)
            marks.append(own)
        return np.concatenate(parts), np.concatenate(marks), panels

    def marks_by_picture(self, example: Example) -> list[tuple[bytes, ...]]:
        """``example.marks`` go over the things of all its pictures."""
        ends = list(accumulate((len(self.seen[index].items) for index in example.pictures), initial=0))
        return [tuple(own[begin:end] for own in example.marks) for begin, end in pairwise(ends)]

    def clean(self, index: int) -> np.ndarray:
        """The picture's graph as rows, kept in few bytes."""
        kept = self.kept.get(index)
        if kept is None:
            seen = self.seen[index]
            kept = self.kept[index] = symbolic(seen.items, seen.ground, seen.size).astype(np.float16)
            if len(self.kept) > MOST_KEPT:
                self.kept.pop(next(iter(self.kept)))
        return kept.astype(np.float32)

    def parts(self, chosen: list[int], rng: np.random.Generator, share: float, size: int) -> list[Batch]:
        """The examples in batches of ``size``, like lengths together, so that little is padded."""
        def length(k: int) -> int:
            return len(self.ids[k]) + sum(len(self.seen[p].items) for p in self.said[k].pictures)

        ordered = sorted(chosen, key=length)
        return [self.batch(ordered[at : at + size], rng, share) for at in range(0, len(ordered), size)]

    def batch(self, chosen: list[int], rng: np.random.Generator, share: float) -> Batch:
        rows = [self.rows(self.said[k], rng, share) for k in chosen]
        most = max(len(own) for own, _, _ in rows)
        things, marks = np.zeros((len(rows), most, WIDTH), np.float32), np.full((len(rows), most, MARKS), -1, np.float32)
        length = max(len(self.ids[k]) for k in chosen)
        ids = np.zeros((len(rows), length), np.int64)
        for at, ((own, decide, _), k) in enumerate(zip(rows, chosen, strict=True)):
            things[at, : len(own)], marks[at, : len(own)] = own, decide
            ids[at, : len(self.ids[k])] = self.ids[k]
        heads = torch.tensor([self.said[k].head for k in chosen])
        targets = torch.tensor([self.said[k].target for k in chosen])
        counts = torch.tensor([min(self.said[k].count, COUNTS - 1) for k in chosen])
        panels = torch.from_numpy(np.stack([own for _, _, own in rows]))
        return Batch(torch.from_numpy(things), torch.from_numpy(ids), heads, targets, counts, torch.from_numpy(marks), panels)


def permute(rows: np.ndarray, places: tuple[int, int, int]) -> None:
    """Move each of the three boxes to another place, in place."""
    order = np.array(places)
    place = np.clip(np.floor(rows[1:, BOX.start] / 1.5 + 0.05), 0, 2).astype(int)
    shift = (order[place] - place) * 1.5
    rows[1:, BOX.start] += shift
    rows[1:, BOX.start + 2] += shift

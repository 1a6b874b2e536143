"""NLVR2's files: examples (JSON Lines in a file named ``.json``), predictions (CSV without a header), categories."""

from __future__ import annotations

from collections.abc import Iterable

from ..statements import Statement
from .layout import lines

#: Our splits under the names that the corpus gives them.
OFFICIAL = {"train": "train", "val": "dev", "test": "test1"}


def image_name(split: str, image_set: int, pair: int, side: int) -> str:
    """``split-set-pair-img0.png`` is the left picture, ``-img1`` the right one."""
    return f"{split}-{image_set}-{pair}-img{side}.png"


def examples(statements: Iterable[Statement]) -> str:
    """The examples. ``synset`` holds the form of the statement; nobody wrote or validated it but the graph."""
    return lines(
        {
            "sentence": s.sentence,
            "left_url": image_name(s.split, s.set, s.pair, 0),
            "right_url": image_name(s.split, s.set, s.pair, 1),
            "writer": "graph",
            "label": str(s.is_true),
            "validation": {"graph": str(s.is_true)},
            "synset": s.template,
            "query": f"{s.template}{s.set}",
            "identifier": s.identifier,
        }
        for s in statements
    )


def predictions(said: Iterable[tuple[Statement, bool]]) -> str:
    """``identifier,prediction`` a line."""
    return "".join(f"{statement.identifier},{answer}\n" for statement, answer in said)


def categories(statements: Iterable[Statement]) -> str:
    """Blocks as in ``annotated_dev_examples.txt``: a sentence, then its categories."""
    known = {statement.sentence: statement.categories for statement in statements}
    return "\n".join(
        f"{sentence}\n" + "".join(f"* {category}\n" for category in own) for sentence, own in known.items()
    )

"""The closed lists that the detector, the namer and the answer heads share. Their order is part of the weights."""

from __future__ import annotations

from scenes.vocabulary import COLOURS, NUMBERS, PLACES, SHAPES, WIDE_DRAWINGS

SHAPE_KINDS = (*(noun.one for noun in SHAPES), "rectangle")
DRAWING_KINDS = tuple(noun.one for noun in WIDE_DRAWINGS)
KINDS = SHAPE_KINDS + DRAWING_KINDS
KIND_INDEX = {kind: index for index, kind in enumerate(KINDS)}
#: What the detector itself tells apart: each shape, and a drawing of whatever kind.
DRAWING = len(SHAPE_KINDS)
FORMS = len(SHAPE_KINDS) + 1

COLOUR_NAMES = (*COLOURS, "gray", "teal")
NO_COLOUR = len(COLOUR_NAMES)  # a drawing keeps its artist's colors
COLOUR_INDEX = {name: index for index, name in enumerate(COLOUR_NAMES)}

MANY = {noun.one: noun.many for noun in (*SHAPES, *WIDE_DRAWINGS)} | {"rectangle": "rectangles"}

COUNTS = tuple(str(count) for count in range(max(10, len(NUMBERS))))
ANSWERS = tuple(dict.fromkeys(("yes", "no", *COUNTS, *COLOUR_NAMES, *PLACES, *KINDS)))
ANSWER_INDEX = {answer: index for index, answer in enumerate(ANSWERS)}

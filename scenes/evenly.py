"""Questions of the wide world: twins again, chosen pair after pair so that no answer of a template gets ahead.

``questions.choose`` weighs every open offer each time, which is right for a small set and quadratic. This takes the
pairs as they come, so it serves any number of them, and refuses a twin that would lift one answer of its template
(or of its very words) more than ``SLACK`` above an even share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .draw import Stream
from .graph import Scene
from .questions import FEWEST, MOST, Question, Twin, twins

SLACK = 0.02  # above one answer's even share of its template
FREE = 2  # twins of a template or a text that may come before shares mean anything


class Ledger:
    """How often each template, text and answer was taken."""

    def __init__(self) -> None:
        self.templates: Counter[str] = Counter()
        self.answers: Counter[tuple[str, str]] = Counter()
        self.texts: Counter[str] = Counter()
        self.answered: Counter[tuple[str, str]] = Counter()

    def take(self, twin: Twin) -> None:
        """Count a twin: two questions, one text."""
        self.templates[twin.template.name] += 2
        self.texts[twin.text] += 2
        for answer in twin.answers:
            self.answers[twin.template.name, answer] += 1
            self.answered[twin.text, answer] += 1

    def is_crowded(self, twin: Twin) -> bool:
        """Whether one of its answers has its share already, or is too rare to have one (five of a kind)."""
        if twin.template.answer_type == "yes/no":
            return False  # even by construction
        if not set(twin.answers) <= set(twin.template.domain):
            return True
        share = twin.template.chance + SLACK
        asked = self.templates[twin.template.name] + 2
        said = self.texts[twin.text] + 2
        return any(
            self.answers[twin.template.name, answer] + 1 > FREE + share * asked
            or self.answered[twin.text, answer] + 1 > FREE + 1.25 * share * said
            for answer in twin.answers
        )

    def cost(self, twin: Twin) -> tuple[float, ...]:
        """What to avoid: a template that was asked often, then answers that were given often."""
        name = twin.template.name
        return self.templates[name], sum(self.answers[name, answer] for answer in twin.answers), self.texts[twin.text]


def choose_evenly(seed: int, pairs: Iterable[tuple[Scene, Scene]]) -> list[Question]:
    """Up to five questions a scene, each asked of both scenes of a pair with another answer in each."""
    ledger = Ledger()
    out: list[Question] = []
    for first, second in pairs:
        stream = Stream(seed, "evenly", first.pair)
        offers = stream.shuffled(twins(first, second))
        taken: list[Twin] = []
        for _ in range(stream.between(FEWEST, MOST)):
            asked = {twin.template.name for twin in taken}
            open_offers = [t for t in offers if t.template.name not in asked and not ledger.is_crowded(t)]
            if not open_offers:
                break
            twin = min(open_offers, key=ledger.cost)
            ledger.take(twin)
            taken.append(twin)
        for side, scene in enumerate((first, second)):
            out.extend(
                Question(scene.number * 1000 + index, scene.number, twin.text, twin.answers[side], twin.template)
                for index, twin in enumerate(taken)
            )
    return out

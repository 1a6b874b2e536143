"""NLVR2: statements about two pictures, true of one half of a set's pairs and false of the other.

A set has four scenes, two for either side, all of the same kinds of things; its four pairs are all the ways to put one
of the left beside one of the right. A statement is kept only if it holds for exactly two of the four pairs, as
NLVR2's writers were asked for. So every text is as often true as false, in every template: whoever does not look is
right half the time, exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, permutations

from .captions import at_place
from .draw import Stream
from .generate import World, complement, first_scene, wide
from .graph import Scene, of_kind
from .spacing import roomy
from .splits import split_of
from .templates import RELATIONS, Topics, topics_of
from .vocabulary import NOUNS, NUMBERS, with_article

SENTENCES = 2  # of a set
Truth = Callable[[Scene, Scene], bool]
Said = Iterator[tuple[str, Truth]]


@dataclass(frozen=True)
class ImageSet:
    """Two scenes for the left, two for the right."""

    number: int
    left: tuple[Scene, Scene]
    right: tuple[Scene, Scene]

    @property
    def pairs(self) -> list[tuple[Scene, Scene]]:
        """The four pairs in the order of their numbers."""
        return [(left, right) for left in self.left for right in self.right]


@dataclass(frozen=True)
class Form:
    """A kind of statement; ``categories`` are those that NLVR2's authors annotated."""

    name: str
    categories: tuple[str, ...]
    say: Callable[[ImageSet, Topics], Said]


@dataclass(frozen=True)
class Statement:
    """One example: a sentence about one pair."""

    split: str
    set: int
    pair: int
    sentence_number: int
    sentence: str
    template: str
    categories: tuple[str, ...]
    is_true: bool

    @property
    def identifier(self) -> str:
        """``split-set-pair-sentence``."""
        return f"{self.split}-{self.set}-{self.pair}-{self.sentence_number}"


def _count(scene: Scene, kind: str, colour: str | None) -> int:
    return len(of_kind(scene, kind, colour))


def _words(count: int, kind: str, colour: str | None) -> str:
    """ "one red circle", "three dogs"."""
    noun = NOUNS[kind].one if count == 1 else NOUNS[kind].many
    return " ".join(filter(None, [NUMBERS[count], colour, noun]))


def _a(kind: str, colour: str | None) -> str:
    return with_article(" ".join(filter(None, [colour, kind])))


def _many(kind: str, colour: str | None) -> str:
    return " ".join(filter(None, [colour, NOUNS[kind].many]))


def _one_side(_: ImageSet, topics: Topics) -> Said:
    for kind, colour in topics:
        for count in range(1, 5):
            words = _words(count, kind, colour)
            yield f"The left image contains exactly {words}.", lambda a, b, kind=kind, colour=colour, count=count: _count(a, kind, colour) == count
            yield f"The right image contains exactly {words}.", lambda a, b, kind=kind, colour=colour, count=count: _count(b, kind, colour) == count


def _together(_: ImageSet, topics: Topics) -> Said:
    for kind, colour in topics:
        for count in range(2, 7):
            yield (
                f"There are exactly {_words(count, kind, colour)} in the two images together.",
                lambda a, b, kind=kind, colour=colour, count=count: _count(a, kind, colour) + _count(b, kind, colour) == count,
            )


def _total(_: ImageSet, __: Topics) -> Said:
    for count in range(3, 7):
        words = f"{NUMBERS[count]} objects"
        yield f"There are at least {words} in the two images together.", lambda a, b, count=count: (
            len(a.things) + len(b.things) >= count
        )
        yield f"Each image contains at most {words}.", lambda a, b, count=count: max(len(a.things), len(b.things)) <= count
        yield f"At least one image contains {words} or more.", lambda a, b, count=count: max(len(a.things), len(b.things)) >= count


def _both(_: ImageSet, topics: Topics) -> Said:
    for kind, colour in topics:
        yield f"Both images contain {_a(kind, colour)}.", lambda a, b, kind=kind, colour=colour: bool(
            _count(a, kind, colour) and _count(b, kind, colour)
        )


def _only_one(_: ImageSet, topics: Topics) -> Said:
    for kind, colour in topics:
        yield f"Exactly one of the two images contains {_a(kind, colour)}.", lambda a, b, kind=kind, colour=colour: (
            bool(_count(a, kind, colour)) != bool(_count(b, kind, colour))
        )


def _neither(_: ImageSet, topics: Topics) -> Said:
    for kind, colour in topics:
        yield f"Neither image contains {_a(kind, colour)}.", lambda a, b, kind=kind, colour=colour: not (
            _count(a, kind, colour) or _count(b, kind, colour)
        )
        yield f"There is no {kind if not colour else f'{colour} {kind}'} in the left image.", lambda a, b, kind=kind, colour=colour: not _count(
            a, kind, colour
        )


def _more_of_kind(_: ImageSet, topics: Topics) -> Said:
    for kind, colour in topics:
        words = _many(kind, colour)
        yield f"There are more {words} in the left image than in the right image.", lambda a, b, kind=kind, colour=colour: (
            _count(a, kind, colour) > _count(b, kind, colour)
        )
        yield f"There are fewer {words} in the left image than in the right image.", lambda a, b, kind=kind, colour=colour: (
            _count(a, kind, colour) < _count(b, kind, colour)
        )


def _more_in_all(_: ImageSet, __: Topics) -> Said:
    yield "The left image contains more objects than the right image.", lambda a, b: len(a.things) > len(b.things)
    yield "The right image contains more objects than the left image.", lambda a, b: len(a.things) < len(b.things)
    yield "The two images contain the same number of objects.", lambda a, b: len(a.things) == len(b.things)


def _backgrounds(images: ImageSet, _: Topics) -> Said:
    yield "The two images have backgrounds of the same color.", lambda a, b: a.background == b.background
    for colour in dict.fromkeys(scene.background for scene in (*images.left, *images.right)):
        yield f"The background of the left image is {colour}.", lambda a, b, colour=colour: a.background == colour
        yield f"At least one image has a {colour} background.", lambda a, b, colour=colour: colour in (a.background, b.background)


def _relation(_: ImageSet, topics: Topics) -> Said:
    for one, other in permutations(topics, 2):
        for words, holds in RELATIONS.items():
            for side, where in enumerate(("left", "right")):

                def is_so(a: Scene, b: Scene, side=side, holds=holds, one=one, other=other) -> bool:
                    scene = (a, b)[side]
                    return any(holds(x, y) for x in of_kind(scene, *one) for y in of_kind(scene, *other))

                yield f"In the {where} image, {_a(*one)} is {words} {_a(*other)}.", is_so


def _place(images: ImageSet, _: Topics) -> Said:
    for side, (where, scenes) in enumerate((("left", images.left), ("right", images.right))):
        for thing in (thing for scene in scenes for thing in scene.things):

            def is_so(a: Scene, b: Scene, side=side, thing=thing) -> bool:
                return any(
                    (t.row, t.column) == (thing.row, thing.column)
                    for t in of_kind((a, b)[side], thing.kind, thing.colour)
                )

            yield f"In the {where} image, {_a(thing.kind, thing.colour)} is {at_place(thing.row, thing.column)}.", is_so


def _each_its_own(_: ImageSet, topics: Topics) -> Said:
    for one, other in permutations(topics, 2):
        yield (
            f"The left image contains {_a(*one)} and the right image contains {_a(*other)}.",
            lambda a, b, one=one, other=other: bool(_count(a, *one) and _count(b, *other)),
        )
        yield (
            f"The left image contains {_a(*one)} or the right image contains {_a(*other)}.",
            lambda a, b, one=one, other=other: bool(_count(a, *one) or _count(b, *other)),
        )


FORMS: tuple[Form, ...] = (
    Form("one-side", ("hard cardinality",), _one_side),
    Form("together", ("hard cardinality",), _together),
    Form("total", ("soft cardinality",), _total),
    Form("both", ("universal quantifier",), _both),
    Form("only-one", ("hard cardinality", "existential quantifier"), _only_one),
    Form("neither", ("negation",), _neither),
    Form("more-of-kind", ("comparison",), _more_of_kind),
    Form("more-in-all", ("comparison",), _more_in_all),
    Form("backgrounds", ("comparison",), _backgrounds),
    Form("relation", ("spatial relation", "existential quantifier"), _relation),
    Form("place", ("spatial relation", "existential quantifier"), _place),
    Form("each-its-own", ("coordination",), _each_its_own),
)


def image_sets(seed: int, world: World) -> Iterator[ImageSet]:
    """Set after set, each of the world's split in all four scenes; its scenes are numbered from ``4 * set + 1``."""
    number = 0
    while True:
        attempt = 0
        while (drawn := _image_set(seed, world, number, attempt)) is None:
            attempt += 1
        yield drawn
        number += 1


def _image_set(seed: int, world: World, number: int, attempt: int) -> ImageSet | None:
    scenes = [first_scene(Stream(seed, "set", number, attempt), 4 * number + 1, number, world)]
    while split_of(scenes[-1]) == world.split:
        if len(scenes) == 4:
            a, b, c, d = (roomy(Stream(seed, "spacing", "set", scene.number), scene) for scene in scenes)
            return ImageSet(number, (a, b), (c, d))
        scenes.append(complement(Stream(seed, "set", number, attempt, len(scenes)), scenes[-1], world))
    return None


def offers(images: ImageSet) -> list[tuple[Form, str, tuple[bool, ...]]]:
    """Every statement that holds for exactly two of the four pairs, with where it holds."""
    topics = topics_of((*images.left, *images.right))
    out = []
    for form in FORMS:
        for sentence, holds in form.say(images, topics):
            truth = tuple(holds(left, right) for left, right in images.pairs)
            if sum(truth) == len(truth) // 2:
                out.append((form, sentence, truth))
    return out


def choose_statements(seed: int, split: str, sets: list[ImageSet]) -> list[Statement]:
    """Two sentences a set, of two forms, taking the forms (and within them the sentences) that were said least."""
    said: Counter[str] = Counter()
    out: list[Statement] = []
    for images in sets:
        stream = Stream(seed, "statements", images.number)
        open_offers = {sentence: (form, truth) for form, sentence, truth in stream.shuffled(offers(images))}
        for index in range(SENTENCES):
            if not open_offers:
                break
            sentence = min(open_offers, key=lambda text: (said[open_offers[text][0].name], said[text]))
            form, truth = open_offers[sentence]
            said.update((form.name, sentence))
            open_offers = {text: offer for text, offer in open_offers.items() if offer[0] is not form}
            out.extend(
                Statement(split, images.number, pair, index, sentence, form.name, form.categories, truth[pair])
                for pair in range(len(truth))
            )
    return out


def image_sets_of_split(split: str, seed: int, count: int) -> list[ImageSet]:
    """So many sets of a split of the wide world."""
    return list(islice(image_sets(seed, wide(split)), count))


def statements_of_split(split: str, seed: int, sets: int) -> list[Statement]:
    """Examples over so many sets."""
    return choose_statements(seed, split, image_sets_of_split(split, seed, sets))

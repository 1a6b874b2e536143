"""Statements about a world of boxes, and whether they hold. The sentences are ours; their kinds follow the corpus.

A grammar draws a sentence with its truth function. ``pairs`` then looks for two worlds that differ a little, of which
one fulfils the sentence and the other does not: every sentence is as often true as false, so that none can be judged
without looking.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .world import COLOURS, SHAPES, Box, Shape, World, draw_world, edited

Truth = Callable[[World], bool]
OfThing = Callable[[Shape], bool]
OfBox = Callable[[Box], bool]
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ATTEMPTS = 40


OfThings = Callable[[Box], list[bool]]


@dataclass(frozen=True)
class Shown:
    """What decides a statement: things that a reader would point at, kind by kind, and which boxes are as said."""

    things: tuple[OfThings, ...] = ()
    box: OfBox | None = None


@dataclass(frozen=True)
class Has:
    """Whether a box is as said, and the things that make it so."""

    holds: OfBox
    things: tuple[OfThings, ...] = ()

    def __call__(self, box: Box) -> bool:
        return self.holds(box)


@dataclass(frozen=True)
class Counted:
    """Truth that a number decides: how many things or boxes are as said."""

    count: Callable[[World], int]
    fits: Callable[[int], bool]
    shown: Shown = Shown()

    def __call__(self, world: World) -> bool:
        return self.fits(self.count(world))


@dataclass(frozen=True)
class Plain:
    """Truth that no single number decides."""

    holds: Truth
    shown: Shown

    def __call__(self, world: World) -> bool:
        return self.holds(world)


def each(fits: OfThing) -> OfThings:
    return lambda box: [fits(t) for t in box]


def at_index(index: int, fits: OfThing) -> OfThings:
    """The thing at that index of a box, if it fits; negative indices count from the end."""
    return lambda box: [k == index % len(box) and -len(box) <= index < len(box) and fits(t) for k, t in enumerate(box)]


def boxes_that(has: OfBox, fits: Callable[[int], bool]) -> Counted:
    """How many boxes are as said decides."""
    return Counted(lambda world: sum(map(has, world.boxes)), fits, Shown(has.things if isinstance(has, Has) else (), has))


def things_that(are: OfThing, fits: Callable[[int], bool]) -> Counted:
    """How many things are as said decides."""
    return Counted(lambda world: sum(map(are, world.things)), fits, Shown((each(are),)))


@dataclass(frozen=True)
class Statement:
    """A sentence of a form and its truth."""

    form: str
    sentence: str
    holds: Truth

    def count(self, world: World) -> int | None:
        """The number that decides, if the sentence has one: it teaches more than true or false."""
        return self.holds.count(world) if isinstance(self.holds, Counted) else None

    def marked(self, world: World) -> tuple[list[list[bool]], list[bool]]:
        """Of each kind of thing that decides, which of ``world.things`` they are; and which boxes are as said.

        Empty where the sentence has none.
        """
        shown = self.holds.shown if isinstance(self.holds, Counted | Plain) else Shown()
        things = [[mark for box in world.boxes for mark in which(box)] for which in shown.things]
        return things, [shown.box(box) for box in world.boxes] if shown.box else []


def number(rng: random.Random, count: int) -> str:
    """ "2" or "two"."""
    return str(count) if rng.random() < 0.4 else WORDS[count]


def a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


@dataclass(frozen=True)
class Amount:
    """ "exactly two": the words before a noun, whether it is one, and the test of a count."""

    words: str
    is_one: bool
    fits: Callable[[int], bool]


def amount(rng: random.Random, most: int, zero: bool = True) -> Amount:
    """A quantifier about numbers up to ``most``. A bare number means just as many."""
    n = rng.choice((1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7)[: 3 + 2 * most])
    n = min(n, most)
    said = number(rng, n)
    kind = rng.random()
    if kind < 0.2:
        return Amount(f"exactly {said}", n == 1, lambda c: c == n)
    if kind < 0.4:
        head = "at least" if rng.random() < 0.8 else "atleast"
        said = rng.choice(("a", "one", "1")) if n == 1 else said
        return Amount(f"{head} {said}", n == 1, lambda c: c >= n)
    if kind < 0.52:
        return Amount(f"only {said}", n == 1, lambda c: c == n)
    if kind < 0.57:
        return Amount(f"at most {said}", n == 1, lambda c: c <= n)
    if kind < 0.63:
        return Amount(f"{rng.choice(('more than', 'more than', 'over'))} {said}", n == 1, lambda c: c > n)
    if kind < 0.66 and n > 1:
        return Amount(f"{rng.choice(('less than', 'fewer than'))} {said}", False, lambda c: c < n)
    if kind < 0.72 and zero:
        return Amount("no", rng.random() < 0.6, lambda c: c == 0)
    if kind < 0.84:
        return Amount("a", True, lambda c: c >= 1)
    return Amount(said, n == 1, lambda c: c == n)


def there(rng: random.Random, many: Amount) -> str:
    if rng.random() < 0.05:
        return ""
    if many.is_one:
        return "there is" if rng.random() < 0.93 else "there are"
    return "there are" if rng.random() < 0.9 else "there is"


@dataclass(frozen=True)
class Noun:
    """Words for one thing and for several, and which things they mean."""

    one: str
    many: str
    fits: OfThing

    def of(self, many: Amount) -> str:
        if many.words == "a":
            return a(self.one)
        return f"{many.words} {self.one if many.is_one else self.many}"


def colour_words(rng: random.Random) -> tuple[str, OfThing]:
    """ "black", "black or yellow", "non-blue"."""
    colour = rng.choice(COLOURS)
    kind = rng.random()
    if kind < 0.9:
        return colour, lambda t: t.colour == colour
    other = rng.choice([c for c in COLOURS if c != colour])
    if kind < 0.97:
        return f"{colour} or {other}", lambda t: t.colour in (colour, other)
    return f"non {colour}", lambda t: t.colour != colour


def thing(rng: random.Random, towers: bool, plain: float = 0.12, colour: bool | None = None) -> Noun:
    """A noun phrase: size, color and shape, each perhaps."""
    adjective: list[str] = []
    tests: list[OfThing] = []
    if not towers and rng.random() < 0.08:
        size, value = rng.choice((("small", 10), ("medium", 20), ("big", 30), ("large", 30)))
        adjective.append(size)
        tests.append(lambda t: t.size == value)
    if colour is True or (colour is None and rng.random() > plain):
        words, fits = colour_words(rng)
        adjective.append(words)
        tests.append(fits)
    if towers:
        one = rng.choices(("block", "square", "item", "box", "object", "cube", "brick"), (24, 3, 3, 1.5, 2, 0.5, 0.5))[0]
    elif rng.random() < 0.5 or (not adjective and rng.random() < 0.5):
        one = rng.choice(SHAPES)
        tests.append(lambda t: t.kind == one)
    else:
        one = rng.choice(("item", "item", "object", "object", "shape", "thing", "figure"))
    many = "boxes" if one == "box" else f"{one}s"
    head = " ".join(adjective)
    return Noun(f"{head} {one}".strip(), f"{head} {many}".strip(), lambda t: all(test(t) for test in tests))


def wall(rng: random.Random) -> tuple[str, OfThing]:
    """Something to touch."""
    kind = rng.random()
    if kind < 0.5:
        name = rng.choice(("edge", "edge", "wall", "side", "border"))
        article = rng.choice(("the", "the", "an" if name == "edge" else "a", "any", "a"))
        tail = rng.choice(("", "", "", " of a box", " of the box", " of the grey box"))
        return f"{article} {name}{tail}", lambda t: t.touches
    if kind < 0.64:
        tail = rng.choice(("", "", " of a box", " of the box"))
        return f"{rng.choice(('the', 'the', 'a'))} {rng.choice(('base', 'bottom', 'floor', 'bottom edge', 'bottom wall'))}{tail}", lambda t: t.walls[3]
    if kind < 0.74:
        return f"{rng.choice(('the', 'the', 'a'))} {rng.choice(('top', 'top edge', 'top wall', 'ceiling'))}{rng.choice(('', ' of a box', ' of the box'))}", lambda t: t.walls[1]
    if kind < 0.88:
        side = rng.choice(("left", "right"))
        at = 0 if side == "left" else 2
        words = f"{rng.choice(('the ', 'the ', '', 'a '))}{side} {rng.choice(('wall', 'wall', 'side', 'edge'))}"
        return f"{words}{rng.choice(('', ' of a box', ' of the box'))}", lambda t: t.walls[at]
    words = rng.choice(("a corner", "the corner", "a corner of a box", "a box corner", "any corner", "the corner of a box"))
    return words, lambda t: t.in_corner


def touching(rng: random.Random) -> tuple[str, OfThing]:
    """ "touching the edge", "that are not touching any wall"."""
    words, at = wall(rng)
    verb = rng.choice(("touching", "touching", "touching", "closely touching", "which is touching", "that is touching"))
    if rng.random() < 0.3:
        verb = verb.replace("touching", "not touching") if "closely" not in verb else "not touching"
        return f"{verb} {words}", lambda t: not at(t)
    return f"{verb} {words}", at


# --- what a box or tower has -------------------------------------------------------------------------------------

Content = tuple[str, Has]  # words after "with"


def _has_things(rng: random.Random, towers: bool) -> Content:
    what, many = thing(rng, towers, plain=0.3), amount(rng, 4 if towers else 6)
    return what.of(many), Has(lambda box: many.fits(sum(map(what.fits, box))), (each(what.fits),))


def _two_kinds(rng: random.Random, towers: bool) -> Content:
    (one, first), (other, second) = _has_things(rng, towers), _has_things(rng, towers)
    if rng.random() < 0.15:
        third, last = _has_things(rng, towers)
        return f"{one}, {other} and {third}", Has(lambda box: first(box) and second(box) and last(box), (*first.things, *second.things))
    return f"{one} {rng.choice(('and', 'and', 'and', 'but'))} {other}", Has(lambda box: first(box) and second(box), (*first.things, *second.things))


def _only(rng: random.Random, towers: bool) -> Content:
    colours = rng.sample(COLOURS, rng.choice((1, 1, 2, 2)))
    items = rng.choice(("blocks",) if towers else ("items", "objects", "shapes"))
    listed = f" {rng.choice(('and', 'and', 'or'))} ".join(colours)
    words = rng.choice((f"only {listed} {items}", f"{items} of only {listed} {rng.choice(('color', 'colour'))}", f"only {listed}"))
    strict = " and " in listed
    shown = (each(lambda t: t.colour in colours),)
    if strict:
        return words, Has(lambda box: {t.colour for t in box} == set(colours), shown)
    return words, Has(lambda box: bool(box) and {t.colour for t in box} <= set(colours), shown)


def _colours(rng: random.Random, towers: bool) -> Content:
    n = rng.choice((1, 1, 2, 2, 3, 3))
    items = "blocks" if towers else rng.choice(("items", "objects", "shapes"))
    if n == 1:
        words = rng.choice(("only one color", f"{items} of only one color", f"{items} of the same color", f"all {items} of the same color", "just one color", f"all the {items} in one color"))
    elif n == 2:
        words = rng.choice((f"{number(rng, 2)} different colors", f"{items} of {number(rng, 2)} different colors", f"only {number(rng, 2)} colors", f"exactly {number(rng, 2)} colors"))
    else:
        words = rng.choice((f"all {number(rng, 3)} colors", f"{items} of all {number(rng, 3)} colors", f"{items} of {number(rng, 3)} different colours", "all three different colors", "all the colors"))
    return words, Has(lambda box: len({t.colour for t in box}) == n)


def _same_coloured(rng: random.Random, towers: bool) -> Content:
    n = rng.choice((2, 2, 3))
    items = "blocks" if towers else "items"
    words = rng.choice((f"{number(rng, n)} {items} of the same color", f"at least {number(rng, n)} {items} of the same color", f"{number(rng, n)} same colored {items}"))
    return words, Has(lambda box: any(sum(t.colour == c for t in box) >= n for c in COLOURS))


def _end(rng: random.Random, _: bool) -> Content:
    what = thing(rng, True, plain=0.0)
    top = rng.random() < 0.5
    if top:
        words = rng.choice((f"{a(what.one)} at the top", f"{a(what.one)} on top", f"{a(what.one)} on the top", f"{a(what.one)} as its top", f"{a(what.one)} at top"))
    else:
        words = rng.choice((f"{a(what.one)} at the base", f"{a(what.one)} at the bottom", f"{a(what.one)} as its base", f"{a(what.one)} as the base", f"{a(what.one)} at base", f"{a(what.one)} on the bottom"))
        if " or " not in what.one and "non" not in what.one and rng.random() < 0.2:
            words = f"{a(what.one.rsplit(' ', 1)[0])} base"
    end = -1 if top else 0
    return words, Has(lambda box: bool(box) and what.fits(box[end]), (at_index(end, what.fits),))


def _height(rng: random.Random, _: bool) -> Content:
    many = amount(rng, 4, zero=False)
    word = rng.choice(("block", "block", "block", "item", "square"))
    return f"{many.words} {word}{'' if many.is_one else 's'}", Has(lambda box: many.fits(len(box)), (each(lambda _: True),))


def _over(rng: random.Random, _: bool) -> Content:
    one, other = thing(rng, True, plain=0.02), thing(rng, True, plain=0.02)
    word = rng.choice(("over", "over", "above", "above", "on top of", "on", "directly above", "right on top of", "below", "under", "right below", "beneath"))
    above = word not in ("below", "under", "right below", "beneath")
    first, second = (one, other) if above else (other, one)

    def upper(box: Box) -> list[bool]:
        return [k > 0 and first.fits(up) and second.fits(box[k - 1]) for k, up in enumerate(box)]

    return f"{a(one.one)} {word} {a(other.one)}", Has(lambda box: any(upper(box)), (upper,))


def _stacked(rng: random.Random, _: bool) -> Content:
    n, colour = rng.choice((2, 2, 3)), rng.choice(COLOURS)
    words = rng.choice((f"{number(rng, n)} {colour} blocks stacked together", f"{number(rng, n)} {colour} blocks in a row", f"{number(rng, n)} consecutive {colour} blocks", f"{number(rng, n)} {colour} blocks on top of each other"))
    holds = Has(lambda box: any(all(t.colour == colour for t in box[k : k + n]) for k in range(len(box) - n + 1)), (each(lambda t: t.colour == colour),))
    return words, holds


def _nth(rng: random.Random, _: bool) -> Content:
    n, colour = rng.choice((2, 2, 3)), rng.choice(COLOURS)
    word = "second" if n == 2 else "third"
    if rng.random() < 0.7:
        words = rng.choice((f"{a(colour)} {word} block", f"{a(colour)} block as the {word} block", f"{a(colour)} block as the {word} from the base", f"{a(colour)} block at the {word} position", f"the {word} block from the base being {colour}"))
        return words, Has(lambda box: len(box) >= n and box[n - 1].colour == colour, (at_index(n - 1, lambda t: t.colour == colour),))
    return f"{a(colour)} block as the {word} from the top", Has(lambda box: len(box) >= n and box[-n].colour == colour, (at_index(-n, lambda t: t.colour == colour),))


def _height_and_end(rng: random.Random, _: bool) -> Content:
    (height, tall), (end, ends) = _height(rng, True), rng.choice((_end, _end, _over, _has_things))(rng, True)
    joint = rng.choice((" with ", " and ", " having ", ", and it has ", " which has ", " and has "))
    return f"{height}{joint}{end}", Has(lambda box: tall(box) and ends(box), (*ends.things, *tall.things))


def _touching_things(rng: random.Random, _: bool) -> Content:
    what, many, (words, at) = thing(rng, False, plain=0.25), amount(rng, 3), touching(rng)
    return f"{what.of(many)} {words}", Has(lambda box: many.fits(sum(what.fits(t) and at(t) for t in box)), (each(lambda t: what.fits(t) and at(t)),))


def _on_top(rng: random.Random, _: bool) -> Content:
    what = thing(rng, False, plain=0.0)
    words = rng.choice((f"{a(what.one)} on top", f"{a(what.one)} at the top", f"{a(what.one)} on top of other items", f"{a(what.one)} above all others"))

    def highest(box: Box) -> list[bool]:
        return [t is min(box, key=lambda one: one.y) and what.fits(t) for t in box]

    return words, Has(lambda box: any(highest(box)), (highest,))


def _count_and(rng: random.Random, _: bool) -> Content:
    n = rng.randint(1, 7)
    (words, more) = rng.choice((_touching_things, _on_top, _colours, _only, _has_things))(rng, False)
    items = rng.choice(("item", "object")) + ("" if n == 1 else "s")
    joint = rng.choice((" and ", " and ", " with ", " including ", ", "))
    return f"{number(rng, n)} {items}{joint}{words}", Has(lambda box: len(box) == n and more(box), more.things)


TOWER_CONTENTS = ((_end, 6), (_has_things, 5), (_height, 4), (_over, 5), (_height_and_end, 3), (_two_kinds, 2), (_only, 1.5), (_colours, 1.5), (_stacked, 1.2), (_nth, 1.2), (_same_coloured, 0.8))
BOX_CONTENTS = ((_has_things, 6), (_touching_things, 5), (_two_kinds, 4), (_only, 3), (_colours, 2), (_count_and, 2.5), (_on_top, 1.2), (_same_coloured, 0.8))


def content(rng: random.Random, towers: bool) -> Content:
    table = TOWER_CONTENTS if towers else BOX_CONTENTS
    made = rng.choices([one for one, _ in table], [weight for _, weight in table])[0]
    return made(rng, towers)


def container(rng: random.Random, towers: bool) -> tuple[str, str]:
    if towers and rng.random() < 0.9:
        return rng.choice((("tower", "towers"),) * 6 + (("stack", "stacks"),))
    one = rng.choice(("box", "box", "box", "grey box", "grey square", "gray box", "square"))
    return one, f"{one}es" if one.endswith("x") else f"{one}s"


def having(rng: random.Random, one: bool) -> str:
    pool = ("with", "with", "with", "having", "that has", "which has", "that contains", "containing") if one else (
        "with", "with", "with", "having", "that have", "which have", "that has", "that contain", "containing")
    return rng.choice(pool)


# --- whole statements --------------------------------------------------------------------------------------------


def _there_are_boxes(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    many, (words, has) = amount(rng, 3), content(rng, towers)
    one, several = container(rng, towers)
    head = a(one) if many.words == "a" else f"{many.words} {one if many.is_one else several}"
    text = f"{there(rng, many)} {head} {having(rng, many.is_one)} {words}"
    return text, boxes_that(has, many.fits)


def _boxes_have(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    words, has = content(rng, towers)
    one, several = container(rng, towers)
    kind = rng.random()
    if kind < 0.35:
        head = rng.choice((f"each {one} has", f"every {one} has", f"all {several} have", f"all the {several} contain", f"each {one} contains", f"all 3 {several} have", f"all three {several} have", f"each of the {several} has"))
        return f"{head} {words}", boxes_that(has, lambda count: count == 3)
    if kind < 0.45:
        head = rng.choice((f"no {one} has", f"none of the {several} has", f"none of the {several} have", f"no {one} contains"))
        return f"{head} {words}", boxes_that(has, lambda count: count == 0)
    many = amount(rng, 3, zero=False)
    said = "one" if many.words == "a" else many.words
    of = rng.choice((f" of the {several}", f" of the three {several}", f" of the {one}", f" {one if many.is_one else several}", f" {one if many.is_one else several}"))
    verb = rng.choice(("has", "contains", "has") if many.is_one else ("have", "contain", "has"))
    return f"{said}{of} {verb} {words}", boxes_that(has, many.fits)


def _there_are_things(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    what, many = thing(rng, towers, plain=0.2), amount(rng, 7)
    return f"{there(rng, many)} {what.of(many)}", things_that(what.fits, many.fits)


def _things_touching(rng: random.Random, _: bool) -> tuple[str, Truth]:
    what, many, (words, at) = thing(rng, False, plain=0.2), amount(rng, 4), touching(rng)
    if not many.is_one:
        words = words.replace("which is", "which are").replace("that is", "that are")

    holds = things_that(lambda t: what.fits(t) and at(t), many.fits)
    if rng.random() < 0.2:
        verb = "is" if many.is_one else "are"
        words = words.replace("which is ", "").replace("that is ", "").replace("which are ", "").replace("that are ", "")
        return f"{what.of(many)} {verb} {words}", holds
    return f"{there(rng, many)} {what.of(many)} {words}", holds


def _all_things(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    what, (words, at) = thing(rng, towers, plain=0.05, colour=True), touching(rng)
    words = words.replace("which is ", "").replace("that is ", "")
    kind = rng.random()
    if not towers and kind < 0.45:
        head = rng.choice((f"all {what.many} are", f"all the {what.many} are", f"every {what.one} is", f"{what.many} are"))
        return f"{head} {words}", things_that(lambda t: what.fits(t) and not at(t), lambda count: count == 0)
    if not towers and kind < 0.6:
        while "not touching" in words:
            words, at = touching(rng)
            words = words.replace("which is ", "").replace("that is ", "")
        return f"none of the {what.many} are {words}", things_that(lambda t: what.fits(t) and at(t), lambda count: count == 0)
    place = "tower" if towers else "box"
    head = rng.choice((f"all {what.many}", f"all the {what.many}", f"the {what.many}"))
    tail = rng.choice((f"are in the same {place}", f"are in one {place}", f"are in the same {place}"))
    return f"{head} {tail}", boxes_that(Has(lambda box: any(map(what.fits, box)), (each(what.fits),)), lambda count: count == 1)


def _ends(rng: random.Random, _: bool) -> tuple[str, Truth]:
    """ "there are two black blocks as the base of a tower with at least two blocks"."""
    what, many = thing(rng, True, plain=0.0), amount(rng, 3)
    top = rng.random() < 0.5
    end = rng.choice(("top", "top") if top else ("base", "base", "bottom"))
    words = f"{there(rng, many)} {what.of(many)} {rng.choice(('as', 'as', 'at', 'on'))} the {end} of a tower"
    tall: OfBox = bool
    if rng.random() < 0.4:
        height, tall = _height(rng, True)
        words += f" with {height}"
    at = -1 if top else 0
    return words, boxes_that(Has(lambda box: bool(box and tall(box)) and what.fits(box[at]), (at_index(at, what.fits),)), many.fits)


def _tower_of_height(rng: random.Random, _: bool) -> tuple[str, Truth]:
    """ "the top of the three blocks tower is blue"."""
    n, colour, top = rng.randint(1, 4), rng.choice(COLOURS), rng.random() < 0.5
    said, block = number(rng, n), "block" if n == 1 else rng.choice(("blocks", "block"))
    every = rng.random() < 0.15
    towers = "towers" if every else "tower"
    verb = "are" if every else "is"
    end = rng.choice(("top", "top block") if top else ("base", "bottom", "base block"))
    words = rng.choice((
        f"the {end} of the {said} {block} {towers} {verb} {colour}",
        f"the {towers} with {said} {'block' if n == 1 else 'blocks'} {'have' if every else 'has'} a {colour} block at the {'top' if top else rng.choice(('base', 'bottom'))}",
        f"the {said} {block} {towers} {'have' if every else 'has'} a {colour} {'top' if top else 'base'}",
    ))

    def holds(world: World) -> bool:
        those = [box for box in world.boxes if len(box) == n]
        return bool(those) and all(box[-1 if top else 0].colour == colour for box in those)

    return words, Plain(holds, Shown((at_index(-1 if top else 0, lambda t: t.colour == colour),), lambda box: len(box) == n))


def _stack_of(rng: random.Random, _: bool) -> tuple[str, Truth]:
    """ "there is a black block on a yellow block", in any tower."""
    words, has = _over(rng, True)
    head = rng.choice(("there is", "there is", "there is at least one", "there is no", "there is exactly one"))
    if head != "there is":
        words = words.split(" ", 1)[1]
    fits: Callable[[int], bool] = {"there is no": lambda c: c == 0, "there is exactly one": lambda c: c == 1}.get(head, lambda c: c >= 1)
    return f"{head} {words}", boxes_that(has, fits)


def _kind_of_tower(rng: random.Random, _: bool) -> tuple[str, Truth]:
    """ "there is a black tower", "there are two three block towers"."""
    many = amount(rng, 3)
    if rng.random() < 0.3:
        colour = rng.choice(COLOURS)
        one, has = f"{colour} tower", lambda box: bool(box) and all(t.colour == colour for t in box)
    else:
        n = rng.randint(1, 4)
        one, has = f"{number(rng, n)} {rng.choice(('block', 'blocks'))} tower", lambda box: len(box) == n
    head = a(one) if many.words == "a" else f"{many.words} {one}{'' if many.is_one else 's'}"
    text = f"{there(rng, many)} {head}"
    if rng.random() < 0.4:
        words, more = content(rng, True)
        return f"{text} {having(rng, many.is_one)} {words}", boxes_that(Has(lambda box: has(box) and more(box), more.things), many.fits)
    return text, boxes_that(has, many.fits)


def _alike(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    """Towers of one height or one base color; boxes with as many things."""
    aspects: list[tuple[str, Callable[[Box], object]]] = (
        [("height", len), ("base color", lambda b: b[0].colour), ("top color", lambda b: b[-1].colour), ("number of blocks", len)]
        if towers else [("number of items", len), ("number of objects", len)]
    )
    aspect, key = rng.choice(aspects)
    one, several = ("tower", "towers") if towers else ("box", "boxes")

    def most(world: World) -> int:
        values = [key(box) for box in world.boxes if box]
        return max((values.count(v) for v in values), default=0)

    kind = rng.random()
    if kind < 0.4:
        text = f"there are at least {number(rng, 2)} {several} {rng.choice(('with', 'having', 'of', 'which have'))} the same {aspect}"
        return text, Counted(most, lambda count: count >= 2)
    if kind < 0.65:
        text = f"there are {rng.choice(('exactly', 'only', ''))} {number(rng, 2)} {several} {rng.choice(('with', 'that have', 'which has'))} the same {aspect}"
        return text, Counted(most, lambda count: count == 2)
    if kind < 0.85:
        text = rng.choice((f"all {several} have the same {aspect}", f"all three {several} have the same {aspect}", f"the {several} have the same {aspect}"))
        return text, Counted(most, lambda count: count == 3)
    text = rng.choice((f"all {several} have different {aspect}s", f"each {one} has a different {aspect}", f"there are three {several} with different {aspect}"))
    return text, Counted(most, lambda count: count == 1)


def _colours_touching(rng: random.Random, _: bool) -> tuple[str, Truth]:
    words, at = wall(rng)
    n = rng.choice((1, 1, 2, 3))
    head = {1: rng.choice(("there is only one color", "only one color is", "just one color is")), 2: f"only {number(rng, 2)} colors are", 3: f"all {number(rng, 3)} {rng.choice(('', 'different '))}colors are"}[n]
    return f"{head} touching {words}", Counted(lambda world: len({t.colour for t in world.things if at(t)}), lambda count: count == n, Shown((each(at),)))


def _both(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    table = TOWER_FORMS if towers else BOX_FORMS
    makers = [maker for name, maker, _ in table if name not in ("both", "fragment")]
    (one, first), (other, second) = rng.choice(makers)(rng, towers), rng.choice(makers)(rng, towers)
    other = other.removeprefix("there is ").removeprefix("there are ") if rng.random() < 0.6 else other
    return f"{one} and {other}", lambda world: first(world) and second(world)


def _fragment(rng: random.Random, towers: bool) -> tuple[str, Truth]:
    """No verb: "yellow block at the top"."""
    words, has = (_end if towers else _touching_things)(rng, towers)
    return words.removeprefix("a ").removeprefix("an "), boxes_that(has, lambda count: count >= 1)


Maker = Callable[[random.Random, bool], tuple[str, Truth]]
TOWER_FORMS: tuple[tuple[str, Maker, float], ...] = (
    ("boxes-with", _there_are_boxes, 9), ("boxes-have", _boxes_have, 4), ("things", _there_are_things, 3), ("ends", _ends, 3.5),
    ("of-height", _tower_of_height, 2), ("stack", _stack_of, 2), ("kind-of-tower", _kind_of_tower, 2), ("alike", _alike, 1.2),
    ("same-place", _all_things, 0.5), ("both", _both, 0.8), ("fragment", _fragment, 0.3),
)
BOX_FORMS: tuple[tuple[str, Maker, float], ...] = (
    ("boxes-with", _there_are_boxes, 8), ("boxes-have", _boxes_have, 5), ("things", _there_are_things, 3.5), ("touching", _things_touching, 8),
    ("all", _all_things, 2), ("alike", _alike, 0.5), ("colours-touching", _colours_touching, 0.8), ("both", _both, 0.8), ("fragment", _fragment, 0.3),
)


def statement(rng: random.Random, towers: bool) -> Statement:
    """One sentence. It may hold always or never; ``pairs`` finds that out."""
    table = TOWER_FORMS if towers else BOX_FORMS
    name, maker, _ = rng.choices(table, [weight for *_, weight in table])[0]
    words, holds = maker(rng, towers)
    words = " ".join(words.split())
    if rng.random() < 0.5:
        words = words[0].upper() + words[1:]
    if rng.random() < 0.5:
        words += "."
    return Statement(f"{'tower' if towers else 'box'}/{name}", words, holds)


def pairs(seed: int) -> Iterator[tuple[Statement, World, World]]:
    """Sentence after sentence without end, with a world where it holds and a similar one where it does not."""
    rng = random.Random(seed)
    while True:
        world = draw_world(rng)
        said = statement(rng, world.has_towers)
        truth = said.holds(world)
        for attempt in range(ATTEMPTS):
            if attempt and attempt % 8 == 0:  # this world may be far from the other truth
                world = _drawn_like(rng, world)
                truth = said.holds(world)
            other = edited(rng, world)
            if said.holds(other) != truth:
                yield (said, world, other) if truth else (said, other, world)
                break


def _drawn_like(rng: random.Random, world: World) -> World:
    while True:
        drawn = draw_world(rng)
        if drawn.has_towers == world.has_towers:
            return drawn

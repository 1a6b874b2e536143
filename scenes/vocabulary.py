"""The words and looks that scenes are made of. Nothing else lists them, but ``nouns.tsv`` the wide world's drawings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Noun:
    """A kind of thing. ``others`` are names that another annotator may write for the same picture."""

    one: str
    many: str
    others: tuple[str, ...] = ()
    icon: str | None = None  # the artwork's name; None for a geometric shape

    @property
    def is_shape(self) -> bool:
        """Shapes come in any colour; drawn things keep the artist's."""
        return self.icon is None


SHAPES: tuple[Noun, ...] = (
    Noun("circle", "circles", ("round",)),
    Noun("square", "squares", ("box",)),
    Noun("triangle", "triangles"),
    Noun("star", "stars"),
    Noun("heart", "hearts"),
    Noun("hexagon", "hexagons", ("polygon",)),
)

DRAWINGS: tuple[Noun, ...] = (
    Noun("dog", "dogs", ("puppy",), "dog"),
    Noun("cat", "cats", ("kitten",), "cat"),
    Noun("horse", "horses", (), "horse"),
    Noun("cow", "cows", ("bull",), "cow"),
    Noun("pig", "pigs", (), "pig"),
    Noun("rabbit", "rabbits", ("bunny",), "rabbit"),
    Noun("elephant", "elephants", (), "elephant"),
    Noun("penguin", "penguins", ("bird",), "penguin"),
    Noun("owl", "owls", ("bird",), "owl"),
    Noun("duck", "ducks", ("mallard",), "duck"),
    Noun("turtle", "turtles", ("tortoise",), "turtle"),
    Noun("fish", "fish", ("tropical fish",), "tropical-fish"),
    Noun("crab", "crabs", (), "crab"),
    Noun("butterfly", "butterflies", (), "butterfly"),
    Noun("bee", "bees", ("honeybee",), "honeybee"),
    Noun("snail", "snails", (), "snail"),
    Noun("sunflower", "sunflowers", ("flower",), "sunflower"),
    Noun("cactus", "cactuses", ("plant",), "cactus"),
    Noun("mushroom", "mushrooms", ("toadstool",), "mushroom"),
    Noun("apple", "apples", ("red apple",), "red-apple"),
    Noun("banana", "bananas", (), "banana"),
    Noun("strawberry", "strawberries", ("berry",), "strawberry"),
    Noun("lemon", "lemons", (), "lemon"),
    Noun("carrot", "carrots", (), "carrot"),
    Noun("donut", "donuts", ("doughnut",), "doughnut"),
    Noun("hamburger", "hamburgers", ("burger",), "hamburger"),
    Noun("car", "cars", ("red car",), "automobile"),
    Noun("bus", "buses", (), "bus"),
    Noun("bicycle", "bicycles", ("bike",), "bicycle"),
    Noun("tractor", "tractors", (), "tractor"),
    Noun("airplane", "airplanes", ("plane",), "airplane"),
    Noun("rocket", "rockets", ("spaceship",), "rocket"),
    Noun("boat", "boats", ("sailboat",), "sailboat"),
    Noun("umbrella", "umbrellas", (), "umbrella"),
    Noun("key", "keys", (), "key"),
    Noun("guitar", "guitars", ("electric guitar",), "guitar"),
    Noun("drum", "drums", (), "drum"),
    Noun("balloon", "balloons", ("red balloon",), "balloon"),
    Noun("chair", "chairs", ("seat",), "chair"),
    Noun("camera", "cameras", (), "camera"),
    Noun("teapot", "teapots", ("kettle",), "teapot"),
    Noun("crown", "crowns", (), "crown"),
)

NOUN_TABLE = Path(__file__).with_name("nouns.tsv")


def noun_rows() -> list[list[str]]:
    """The table of the wide world: one, many, another name, category, icon, Chinese, its measure word."""
    lines = NOUN_TABLE.read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


# The classic world's drawings stay as they are: its fixture's bytes follow from them.
WIDE_DRAWINGS: tuple[Noun, ...] = tuple(
    Noun(one, many, tuple(filter(None, [other])), icon) for one, many, other, _, icon, _, _ in noun_rows()
)
CATEGORIES: dict[str, str] = {one: category for one, _, _, category, *_ in noun_rows()} | {
    noun.one: "shape" for noun in SHAPES
}

NOUNS: dict[str, Noun] = {noun.one: noun for noun in WIDE_DRAWINGS + SHAPES + DRAWINGS}

COLOURS: dict[str, str] = {
    "red": "#d92b2b",
    "orange": "#f28a1c",
    "yellow": "#f7cf1d",
    "green": "#2f9e44",
    "blue": "#2563d9",
    "purple": "#8e3bbf",
    "pink": "#f277b0",
    "brown": "#7d4a26",
    "black": "#1d1d1f",
    "white": "#ffffff",
}

# Lighter than the shapes' colours, so that a shape never melts into the background.
BACKGROUNDS: dict[str, str] = {
    "white": "#ffffff",
    "gray": "#b9bec6",
    "blue": "#a9d3f5",
    "green": "#b4e0b1",
    "yellow": "#fbeea6",
    "pink": "#f9cfe0",
}

COLOUR_OTHERS: dict[str, tuple[str, ...]] = {
    "gray": ("grey", "silver"),
    "purple": ("violet",),
    "blue": ("light blue",),
    "green": ("light green",),
    "pink": ("light pink",),
    "brown": ("dark brown",),
    "yellow": ("gold",),
}

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")

ROWS = ("top", "middle", "bottom")
COLUMNS = ("left", "center", "right")


def place_name(row: int, column: int) -> str:
    """The cell's name: "top left", "top", "left", "center", ..."""
    if (row, column) == (1, 1):
        return "center"
    if row == 1:
        return COLUMNS[column]
    if column == 1:
        return ROWS[row]
    return f"{ROWS[row]} {COLUMNS[column]}"


PLACES = tuple(place_name(row, column) for row in range(3) for column in range(3))

PLACE_OTHERS: dict[str, tuple[str, ...]] = {
    "top left": ("upper left", "top left corner"),
    "top right": ("upper right", "top right corner"),
    "bottom left": ("lower left", "bottom left corner"),
    "bottom right": ("lower right", "bottom right corner"),
    "top": ("top center",),
    "bottom": ("bottom center",),
    "center": ("middle",),
    "left": ("left side",),
    "right": ("right side",),
}


def with_article(words: str) -> str:
    """ "a dog", "an owl". Every word here that starts with a vowel letter also starts with a vowel sound."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def listed(parts: list[str]) -> str:
    """ "x", "x and y", "x, y and z"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

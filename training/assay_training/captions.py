"""What is said about a drawing during training: a caption is sampled anew at every visit."""

from __future__ import annotations

import re

import numpy as np

from . import augment
from .catalogue import CLIPART, EMOJI, Drawing

# The plain label is the query of the tests and of most users, hence its large share.
PLAIN_SHARE, TEMPLATE_SHARE, LABEL_AND_TAGS_SHARE = 0.5, 0.15, 0.15  # the rest: tags alone
CHINESE_SHARE = 0.5  # of the second caption, where there is Chinese: 25 % of emoji captions

TEMPLATES = {
    EMOJI: ("a picture of {}", "{} emoji", "an emoji of {}", "a drawing of {}", "an image of {}", "a sticker of {}"),
    CLIPART: ("a picture of {}", "a drawing of {}", "clip art of {}", "an illustration of {}", "an image of {}"),
    "icon": ("{} icon", "an icon of {}", "a symbol for {}", "a pictogram of {}", "a picture of {}"),
}
# People write "a dog" where a label says "dog". Without these, an article alone made a caption look like a scene's.
ARTICLE_SHARE = 0.35
PHRASES = (
    "{}", "{}", "{}", "a picture of {}", "an image of {}", "a drawing of {}", "a cartoon of {}", "an illustration of {}",
    "an emoji of {}", "an icon of {}", "an icon that shows {}", "a symbol for {}", "a sticker with {}", "this is {}",
    "{} on a white background", "a simple picture of {}",
)
NOUN_PHRASE = re.compile(r"^[a-z][a-z\- ]{1,30}$")

TEMPLATES_ZH = ("{}表情", "{}的图片", "一张{}的图", "{}图标", "{}的表情符号")

COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (20, 20, 20), "red": (214, 40, 40), "orange": (245, 133, 20), "yellow": (250, 205, 35),
    "green": (45, 160, 70), "blue": (35, 100, 220), "purple": (130, 60, 190), "pink": (240, 110, 170),
    "brown": (125, 80, 45), "gray": (128, 128, 128),
}
COLOUR_NAMES = tuple(COLOURS)


# Names of what has a hand, a direction or writing: its mirror image is another thing.
ONE_WAY = re.compile(
    r"\b(left|right|arrow|east|west|forward|back|backward|return|reply|clock|o’clock|thirty|moon|quarter|flag|keycap|button|"
    r"letter|letters|number|sign|symbol|japanese|latin|text|abc|signature|index|align|sort|chart|graph|play|percent|question|"
    r"musical|note|mark|currency|dollar|euro|pound|yen|first|last|next|previous|in|out|up|down|flip|turn|undo|redo|rotate)\b"
)
COLOURED = re.compile(
    rf"\b({'|'.join(COLOUR_NAMES)}|white|grey|gold|golden|silver|colou?rs?|rainbow|1st|2nd|3rd|light|dark|flag|hair|heart)\b"
)


def styles(drawing: Drawing) -> int:
    """Which changes of style (``augment.MIRROR | COLOUR | FORM``) leave true what its label says."""
    # Icons are full of signs and letters that their names do not mention.
    mirrors = drawing.kind in (EMOJI, CLIPART) and not ONE_WAY.search(drawing.label) and not drawing.flag
    may = augment.FORM | (augment.MIRROR if mirrors else 0)
    if not drawing.mono and not drawing.flag and not COLOURED.search(drawing.label):
        may |= augment.COLOUR
    return may


def with_article(label: str, random: np.random.Generator) -> str:
    """"dog" -> "a dog", now and then "the dog"; plurals and what is not a plain noun phrase stay bare."""
    if not NOUN_PHRASE.match(label) or label.endswith("s"):
        return label
    article = "the" if random.random() < 0.15 else "an" if label[0] in "aeiou" else "a"
    return f"{article} {label}"


def english(drawing: Drawing, random: np.random.Generator, plain: float = PLAIN_SHARE) -> str:
    """One English caption."""
    tags = drawing.tags
    if random.random() < ARTICLE_SHARE:
        phrase = PHRASES[random.integers(len(PHRASES))].format(with_article(drawing.label, random))
        if tags and random.random() < 0.25:
            phrase = f"{phrase}, {tags[random.integers(len(tags))]}"
        return phrase
    roll = random.random()
    if roll < plain or (not tags and roll >= plain + TEMPLATE_SHARE):
        return drawing.label
    if roll < plain + TEMPLATE_SHARE:
        templates = TEMPLATES.get(drawing.kind, TEMPLATES["icon"])
        return templates[random.integers(len(templates))].format(drawing.label)
    count = min(len(tags), int(random.integers(1, 4)))
    chosen = [tags[index] for index in random.permutation(len(tags))[:count]]
    if roll < plain + TEMPLATE_SHARE + LABEL_AND_TAGS_SHARE:
        return ", ".join([drawing.label, *chosen])
    return ", ".join(chosen) if count > 1 else f"{chosen[0]}"


def chinese(drawing: Drawing, random: np.random.Generator) -> str:
    """One Chinese caption; only for drawings with ``label_zh``."""
    roll = random.random()
    if roll < 0.6 or not drawing.tags_zh:
        return drawing.label_zh
    if roll < 0.75:
        return TEMPLATES_ZH[random.integers(len(TEMPLATES_ZH))].format(drawing.label_zh)
    count = min(len(drawing.tags_zh), int(random.integers(1, 4)))
    chosen = [drawing.tags_zh[index] for index in random.permutation(len(drawing.tags_zh))[:count]]
    return "，".join([drawing.label_zh, *chosen] if roll < 0.88 else chosen)


def pair(drawing: Drawing, random: np.random.Generator, colour: str | None) -> tuple[str, str]:
    """Two captions of one picture; ``colour`` is named in the first when the drawing was recoloured.

    The text tower costs a tenth of the image tower, so a second caption is nearly free.
    """
    first = f"{colour} {drawing.label}" if colour else english(drawing, random)
    if drawing.label_zh and random.random() < CHINESE_SHARE:
        return first, chinese(drawing, random)
    return first, english(drawing, random, plain=0.35)


def corpus(drawings: list[Drawing]) -> list[str]:
    """Every string that training can show, once per drawing: the tokenizer's training text."""
    lines: list[str] = []
    for drawing in drawings:
        lines.extend([drawing.label, *drawing.tags])
        if drawing.label_zh:
            lines.extend([drawing.label_zh, *drawing.tags_zh])
    for templates in (*TEMPLATES.values(), TEMPLATES_ZH):
        lines.extend(template.format("") for template in templates for _ in range(50))
    lines.extend(name for name in COLOUR_NAMES for _ in range(50))
    return lines

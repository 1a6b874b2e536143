"""The Twemoji retrieval set: drawings by a vendor that no model of ours was trained on, with captions.

concepts.tsv says which drawings, and in words made from emojibase's labels and tags what each shows.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from .artwork import Artwork
from .draw import Stream
from .vocabulary import listed

TABLE = Path(__file__).with_name("concepts.tsv")
FEWEST_CAPTIONS = 5


@dataclass(frozen=True)
class Concept:
    """One drawing: what it shows, another true name for it, its kind in words, and a few tags."""

    icon: str
    shows: str
    also: str
    kind: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """How one drawing is stored; ``across`` and ``down`` are pixels."""

    format: str
    across: int
    down: int

    @property
    def extension(self) -> str:
        """The file name's ending."""
        return {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[self.format]

    @property
    def background(self) -> str:
        """What is behind the drawing, in words that stay true when alpha is laid on white."""
        return "white" if self.format == "JPEG" else "plain"


def read_concepts() -> list[Concept]:
    """The table's rows in its order; ``also`` is ``shows`` where there is no other name."""
    out: list[Concept] = []
    for line in TABLE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            icon, shows, also, kind, tags = line.split("\t")
            out.append(Concept(icon, shows, also or shows, kind, tuple(filter(None, tags.split(", ")))))
    return out


def check_tags(concepts: list[Concept], tags: dict[str, tuple[str, ...]]) -> None:
    """Raise ValueError when the table claims a tag that emojibase does not give."""
    for concept in concepts:
        unknown = set(concept.tags) - set(tags[concept.icon])
        if unknown:
            raise ValueError(f"concepts.tsv: {concept.icon} has tags that emojibase lacks: {sorted(unknown)}")


def form_of(index: int) -> Form:
    """Two thirds PNG, the rest JPEG and WebP; a fifth of the canvases, of every format, are not square."""
    form = ("PNG", "PNG", "JPEG", "PNG", "PNG", "WEBP")[index % 6]
    if index % 10 == 4:
        return Form(form, 112, 84)
    if index % 10 == 7:
        return Form(form, 84, 112)
    side = (96, 112, 96, 104, 96)[index % 5]
    return Form(form, side, side)


def captions(seed: int, index: int, concept: Concept) -> list[str]:
    """Five captions, six or seven for every twenty-fifth drawing; each names the thing."""
    stream = Stream(seed, "emoji captions", concept.icon)
    background = form_of(index).background
    style = stream.shuffled(["a drawing of", "a cartoon of", "an illustration of", "a clip art picture of"])
    tagged = f", tagged {listed(stream.shuffled(concept.tags))}" if concept.tags else ""
    first = [
        f"{style[0]} {concept.shows}",
        f"{concept.shows} on a {background} background",
        f"an emoji of {concept.shows}" if concept.also == concept.shows else f"{style[1]} {concept.also}",
        f"{concept.shows}, {concept.kind}",
        f"an icon showing {concept.also}{tagged}",
    ]
    more = [f"{style[2]} {concept.also}", f"{concept.shows} drawn in flat colors"]
    extra = (1 + index // 25 % 2) if index % 25 == 0 else 0
    return stream.shuffled(first) + more[:extra]


def encode(artwork: Artwork, concept: Concept, form: Form) -> bytes:
    """The drawing as a file: PNG and WebP keep alpha, JPEG is on white."""
    from PIL import Image

    from assay_training.render import render_svg  # needs librsvg, which tests must not

    short, long = sorted((form.across, form.down))
    svg = artwork.svg(concept.icon, form.across / short, form.down / short)
    left, top = (long - form.across) // 2, (long - form.down) // 2
    picture = Image.fromarray(render_svg(svg, long), "RGBA")
    picture = picture.crop((left, top, left + form.across, top + form.down))
    out = io.BytesIO()
    if form.format == "PNG":
        picture.save(out, "PNG", optimize=True)
    elif form.format == "WEBP":
        picture.save(out, "WEBP", quality=88, method=6)
    else:
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        white.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()

"""Scene graph -> one SVG document -> pixels -> PNG bytes.

Building the document needs nothing; drawing it needs the system Python (librsvg, see assay_training/render.py).
"""

from __future__ import annotations

import io
from math import cos, pi, sin

from .artwork import Artwork
from .graph import Scene, Thing
from .vocabulary import BACKGROUNDS, COLOURS

EXTENT = {"small": 0.185, "big": 0.295}  # a thing's width in sides; a cell is 0.333
OUTLINE = "#3a3a40"


def _polygon(corners: int, inner: float = 1.0) -> str:
    """A regular polygon in the unit square, or a star whose inner radius is ``inner`` of the outer."""
    steps = corners * 2 if inner < 1 else corners
    points = []
    for step in range(steps):
        radius = 0.5 * (inner if inner < 1 and step % 2 else 1.0)
        angle = 2 * pi * step / steps - pi / 2
        points.append(f"{0.5 + radius * cos(angle):.4f},{0.5 + radius * sin(angle):.4f}")
    return f'<polygon points="{" ".join(points)}"/>'


# Each fills the unit square.
SHAPE_ART: dict[str, str] = {
    "circle": '<circle cx=".5" cy=".5" r=".47"/>',
    "square": '<rect x=".06" y=".06" width=".88" height=".88"/>',
    "triangle": '<polygon points=".5,.06 .97,.92 .03,.92"/>',
    "star": _polygon(5, 0.42),
    "heart": '<path d="M.5 .95 C.16 .68 .02 .5 .02 .31 C.02 .15 .13 .06 .26 .06 C.37 .06 .46 .13 .5 .24 '
    'C.54 .13 .63 .06 .74 .06 C.87 .06 .98 .15 .98 .31 C.98 .5 .84 .68 .5 .95 Z"/>',
    "hexagon": _polygon(6),
}


def box(thing: Thing) -> tuple[float, float, float]:
    """A thing's centre (x, y) and width, in sides of the picture."""
    centre_x = (thing.column + 0.5) / 3 + thing.dx / 1000
    centre_y = (thing.row + 0.5) / 3 + thing.dy / 1000
    return centre_x, centre_y, thing.width / 1000 or EXTENT[thing.size]


def _drawn(thing: Thing, side: int, artwork: Artwork) -> str:
    """One thing as SVG."""
    x, y, width = (value * side for value in box(thing))
    left, top = x - width / 2, y - width / 2
    if thing.noun.icon:
        return artwork.nested(thing.noun.icon, left, top, width)
    style = f'fill="{COLOURS[thing.colour or ""]}" stroke="{OUTLINE}" stroke-width=".035" stroke-linejoin="round"'
    place = f"translate({left:.2f} {top:.2f}) scale({width:.2f})"
    return f'<g transform="{place}" {style}>{SHAPE_ART[thing.kind]}</g>'


def scene_svg(scene: Scene, artwork: Artwork) -> str:
    """The whole picture as one document of ``side`` x ``side`` pixels."""
    things = "".join(_drawn(thing, scene.side, artwork) for thing in scene.things)
    fill = BACKGROUNDS[scene.background]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.side} {scene.side}">'
        f'<rect width="100%" height="100%" fill="{fill}"/>{things}</svg>'
    )


def scene_png(scene: Scene, artwork: Artwork) -> bytes:
    """The picture as an RGB PNG."""
    from PIL import Image

    from assay_training.render import render_svg  # needs librsvg, which tests must not

    pixels = render_svg(scene_svg(scene, artwork), scene.side)
    out = io.BytesIO()
    Image.fromarray(pixels[..., :3].copy(), "RGB").save(out, "PNG", optimize=True)
    return out.getvalue()

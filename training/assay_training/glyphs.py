"""Emoji fonts as drawings: the outline of the one glyph that a code point sequence is shaped to, as SVG."""

# uharfbuzz takes its names from a compiled module, which pyright cannot read.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

MARGIN = 0.04  # of the longer side, on every side


def outlines(font: Path, sequences: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(hexcode, SVG document in ``currentColor``) of each sequence ("1F468-200D-1F373") that the font draws as one glyph.

    Left out: sequences that come out as several glyphs or as the missing one, and glyphs that stand for more than
    one of the sequences (a font may draw a cook, whoever cooks, once).
    """
    import uharfbuzz
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.ttLib import TTFont

    shaper = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font))))
    found: dict[int, list[str]] = {}
    for sequence in sequences:
        buffer = uharfbuzz.Buffer()
        buffer.add_codepoints([int(part, 16) for part in sequence.split("-")])
        buffer.guess_segment_properties()
        uharfbuzz.shape(shaper, buffer)
        glyphs = [info.codepoint for info in buffer.glyph_infos]
        if len(glyphs) == 1 and glyphs[0] != 0:
            found.setdefault(glyphs[0], []).append(sequence)
    with TTFont(font) as file:
        shapes = file.getGlyphSet()
        for glyph, standing_for in found.items():
            if len(standing_for) > 1:
                continue
            shape = shapes[file.getGlyphName(glyph)]
            bounds = BoundsPen(shapes)
            shape.draw(bounds)
            if bounds.bounds is None:
                continue
            left, bottom, right, top = bounds.bounds
            side = max(right - left, top - bottom) * (1 + 2 * MARGIN)
            x, y = (left + right - side) / 2, (bottom + top + side) / 2
            path = SVGPathPen(shapes)
            shape.draw(TransformPen(path, (1, 0, 0, -1, -x, y)))  # a font's y grows upwards
            yield standing_for[0], (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side:g} {side:g}" width="{side:g}" '
                f'height="{side:g}"><path fill="currentColor" d="{path.getCommands()}"/></svg>'
            )

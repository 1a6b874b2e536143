"""SVG -> RGBA with librsvg (never resvg, which aborts the process on some of these files).

This module is the only one that runs under the system Python, because librsvg's bindings come from
Debian (``apt-get install python3-gi python3-gi-cairo gir1.2-rsvg-2.0 python3-numpy python3-pil``);
of the rest of the package it imports nothing but ``pixels``:

    cd training && /usr/bin/python3 -m assay_training.render --items items.jsonl --out folder --size 96

For one picture, from other code: ``render_svg(svg, size)`` gives straight-alpha RGBA.
"""

from __future__ import annotations

import argparse
import json
import sys
from multiprocessing import Pool
from pathlib import Path

import cairo  # pyright: ignore[reportMissingImports]
import gi  # pyright: ignore[reportMissingImports]
import numpy as np
from PIL import Image

gi.require_version("Rsvg", "2.0")
from gi.repository import Rsvg  # noqa: E402  # pyright: ignore[reportMissingImports]

from .pixels import premultiply, unpremultiply  # noqa: E402


def render_svg_premultiplied(svg: str, size: int) -> np.ndarray:
    """Render an SVG document, centred and fitted, to [size, size, 4] uint8 with premultiplied alpha.

    ``currentColor`` is black. Raises ValueError when librsvg refuses the document.
    """
    try:
        handle = Rsvg.Handle.new_from_data(svg.encode("utf-8"))
        if handle is None:
            raise ValueError("empty document")
        surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, size, size)
        viewport = Rsvg.Rectangle()
        viewport.x = viewport.y = 0.0
        viewport.width = viewport.height = float(size)
        handle.render_document(cairo.Context(surface), viewport)
    except (gi.repository.GLib.Error, TypeError) as error:
        raise ValueError(str(error)) from error
    surface.flush()
    rows = np.frombuffer(surface.get_data(), np.uint8).reshape(size, surface.get_stride() // 4, 4)
    # cairo's ARGB32 is native-endian: on x86 the bytes are B, G, R, A.
    return rows[:, :size, [2, 1, 0, 3]].copy()


def render_svg(svg: str, size: int) -> np.ndarray:
    """Render an SVG document to straight-alpha RGBA, [size, size, 4] uint8."""
    return unpremultiply(render_svg_premultiplied(svg, size))


def raster_premultiplied(path: str, size: int) -> np.ndarray:
    """A bitmap file (webp, png) resized to fit [size, size, 4] uint8, premultiplied."""
    with Image.open(path) as image:
        premultiplied = Image.fromarray(premultiply(np.asarray(image.convert("RGBA"))), "RGBA")
    if premultiplied.size != (size, size):
        # Channel by channel: Pillow would premultiply an RGBA image once more.
        planes = [plane.resize((size, size), Image.Resampling.BICUBIC) for plane in premultiplied.split()]
        premultiplied = Image.merge("RGBA", planes)
    out = np.asarray(premultiplied).copy()
    out[..., :3] = np.minimum(out[..., :3], out[..., 3:])  # bicubic may overshoot alpha
    return out


def render_item(job: tuple[str, str | None, str | None, int]) -> np.ndarray | None:
    """One item -> premultiplied RGBA, or None if it cannot be drawn or is empty."""
    _, svg, path, size = job
    try:
        if path and not path.endswith((".svg", ".SVG")):
            out = raster_premultiplied(path, size)
        else:
            document = svg if svg is not None else Path(str(path)).read_text("utf-8", "replace")
            out = render_svg_premultiplied(document, size)
    except (ValueError, OSError):
        return None
    return out if int(out[..., 3].max()) > 32 else None


def main() -> None:
    """Render every line of ``--items`` ({id, svg | path}) to ``<out>/pixels.npy`` and ``ok.npy``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--items", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    lines = arguments.items.read_text("utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    jobs = [(item["id"], item.get("svg"), item.get("path"), arguments.size) for item in items]
    arguments.out.mkdir(parents=True, exist_ok=True)
    shape = (len(jobs), arguments.size, arguments.size, 4)
    pixels = np.lib.format.open_memmap(arguments.out / "pixels.npy", "w+", np.uint8, shape)
    ok = np.zeros(len(jobs), bool)
    with Pool(arguments.workers, maxtasksperchild=2000) as pool:
        for index, out in enumerate(pool.imap(render_item, jobs, chunksize=64)):
            if out is not None:
                pixels[index] = out
                ok[index] = True
    pixels.flush()
    np.save(arguments.out / "ok.npy", ok)
    print(f"rendered {int(ok.sum())} of {len(jobs)}; failed or empty {int((~ok).sum())}", file=sys.stderr)


if __name__ == "__main__":
    main()

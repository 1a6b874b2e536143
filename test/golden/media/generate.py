"""Writes the golden files beside it: small images of every accepted coding and what Pillow makes of them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pillow==13.0.0 numpy==2.4.6
    /tmp/venv/bin/python test/golden/media/generate.py

images/NAME              encoded pictures
decoded/NAME.rgba        Pillow's pixels of all but the exif-* pictures, RGBA
decoded-in-parts/NAME.rgba  the same of pictures that are never decoded whole
square/NAME.rgb          upright, on white, padded to a square, bicubic to 64 x 64, RGB
resized/WxH-NxM-F.rgb    noise(W, H) resized to N x M by filter F, RGB
cover/WxH-N-F.rgb        noise(W, H), shorter edge to N, centre crop, RGB
over-white.sha256        of alpha_composite on white for all (alpha, value) pairs, alpha-major

Everything is a function of this file and of the library versions.
"""

import hashlib
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def noise(width, height):
    """RGB noise from a 32-bit LCG (Numerical Recipes), high byte of each state; reproduced in test/unit/media/golden.ts."""
    state = (width * 65536 + height) & 0xFFFFFFFF
    values = bytearray()
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(state >> 24)
    return Image.frombytes("RGB", (width, height), bytes(values))


def picture(width=33, height=21):
    """A gradient with an edge and a disc: smooth enough for JPEG, asymmetric enough to betray a wrong orientation."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // (width - 1), y * 255 // (height - 1), (x + y) * 255 // (width + height - 2)], -1)
    rgb[(x - 9) ** 2 + (y - 8) ** 2 < 25] = (240, 40, 20)
    rgb[:, 28:] = (10, 30, 200)
    return Image.fromarray(rgb.astype(np.uint8))


def alpha_ramp(width=33, height=21):
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(((x * 8 + y * 3) % 256).astype(np.uint8))


def write(folder, name, data):
    (HERE / folder).mkdir(exist_ok=True)
    (HERE / folder / name).write_bytes(data)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(width, height, depth, color, rows, interlace=0, extra=b""):
    """A PNG from unfiltered rows: for what Pillow cannot write (16-bit RGB, Adam7, keyed transparency)."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def adam7_rows(pixels):
    for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for row in pixels[y::dy, x::dx]:
            if row.size:
                yield row.tobytes()


def sixteen(rgb):
    """16-bit big-endian samples whose low bytes are not their high bytes."""
    high = np.asarray(rgb).astype(np.uint16)
    return ((high << 8) | ((high * 7 + 13) & 255)).astype(">u2")


def encode_all():
    rgb, alpha = picture(), alpha_ramp()
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    gray = rgb.convert("L")

    def save(name, image, **options):
        (HERE / "images").mkdir(exist_ok=True)
        image.save(HERE / "images" / name, **options)

    save("rgb.png", rgb)
    save("rgba.png", rgba)
    save("gray.png", gray)
    save("gray-alpha.png", Image.merge("LA", (gray, alpha)))
    save("one-bit.png", gray.convert("1"))
    palette = rgb.quantize(29)
    save("palette.png", palette)
    save("palette-transparency.png", palette, transparency=bytes(range(0, 256, 9))[:29])
    save("palette-2-bit.png", rgb.quantize(4), bits=2)
    save("exif-6.png", rgb, exif=exif(6))
    array = np.asarray(rgb)
    write("images", "interlaced.png", raw_png(33, 21, 8, 2, adam7_rows(array), interlace=1))
    write("images", "interlaced-tiny.png", raw_png(3, 2, 8, 2, adam7_rows(array[:2, :3]), interlace=1))
    key = struct.pack(">HHH", 10, 30, 200)
    write("images", "rgb-key.png", raw_png(33, 21, 8, 2, [row.tobytes() for row in array], extra=chunk(b"tRNS", key)))
    gray4 = np.asarray(gray) >> 4
    packed = [bytes((a << 4) | b for a, b in zip(row[0::2], [*row[1::2], 0])) for row in gray4.tolist()]
    write("images", "gray-4-bit.png", raw_png(33, 21, 4, 0, packed))
    write("images", "rgb-16-bit.png", raw_png(33, 21, 16, 2, [row.tobytes() for row in sixteen(rgb)]))
    write("images", "rgba-16-bit.png", raw_png(33, 21, 16, 6, [row.tobytes() for row in sixteen(rgba)]))

    save("baseline.jpg", rgb, quality=85)
    save("full-chroma.jpg", rgb, quality=90, subsampling=0)
    save("half-chroma.jpg", rgb, quality=90, subsampling=1)
    save("progressive.jpg", rgb, quality=85, progressive=True)
    save("gray.jpg", gray, quality=85)
    save("restart.jpg", rgb, quality=85, restart_marker_blocks=2)
    for orientation in range(1, 9):
        save(f"exif-{orientation}.jpg", rgb, quality=85, exif=exif(orientation))
    save("cmyk.jpg", rgb.convert("CMYK"), quality=85)

    save("lossy.webp", rgb, quality=80)
    save("lossless.webp", rgb, lossless=True)
    save("lossy-alpha.webp", rgba, quality=80)
    save("lossless-alpha.webp", rgba, lossless=True, exact=True)
    save("exif-8.webp", rgb, quality=80, exif=exif(8))


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def square(image, side=64):
    image = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    flat = Image.alpha_composite(white, image).convert("RGB")
    edge = max(flat.size)
    canvas = Image.new("RGB", (edge, edge), (255, 255, 255))
    canvas.paste(flat, ((edge - flat.width) // 2, (edge - flat.height) // 2))
    return canvas.resize((side, side), Image.Resampling.BICUBIC)


def expect_all():
    for path in sorted((HERE / "images").iterdir()):
        if path.name == "cmyk.jpg":
            with Image.open(path) as image:
                write("decoded-in-parts", f"{path.name}.rgba", image.convert("RGB").convert("RGBA").tobytes())
            continue
        with Image.open(path) as image:
            if not path.name.startswith("exif-"):
                write("decoded", f"{path.name}.rgba", image.convert("RGBA").tobytes())
            if path.name in SQUARE:
                write("square", f"{path.name}.rgb", square(image).tobytes())
    for width, height, to_width, to_height in RESIZES:
        for name, resampling in FILTERS.items():
            resized = noise(width, height).resize((to_width, to_height), resampling)
            write("resized", f"{width}x{height}-{to_width}x{to_height}-{name}.rgb", resized.tobytes())
    for width, height, side in COVERS:
        short = min(width, height)
        resized = noise(width, height).resize((side * width // short, side * height // short), Image.Resampling.BICUBIC)
        left, top = (resized.width - side) // 2, (resized.height - side) // 2
        write("cover", f"{width}x{height}-{side}-bicubic.rgb", resized.crop((left, top, left + side, top + side)).tobytes())
    alpha, value = np.mgrid[0:256, 0:256].astype(np.uint8)
    layer = Image.merge("RGBA", [Image.fromarray(c) for c in (value, value, value, alpha)])
    white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    composited = Image.alpha_composite(white, layer).getchannel(0).tobytes()
    pasted = Image.new("RGB", layer.size, (255, 255, 255))
    pasted.paste(layer.convert("RGB"), mask=layer.getchannel(3))
    assert pasted.getchannel(0).tobytes() == composited, "Pillow's two ways of compositing on white agree"
    (HERE / "over-white.sha256").write_text(hashlib.sha256(composited).hexdigest() + "\n")


SQUARE = ["rgb.png", "rgba.png", "palette-transparency.png", "baseline.jpg", "exif-6.jpg", "exif-7.jpg", "lossy-alpha.webp"]
RESIZES = [
    (37, 61, 64, 64),
    (300, 200, 64, 64),
    (5, 3, 64, 64),
    (1, 1, 64, 64),
    (256, 256, 64, 64),
    (1000, 7, 16, 16),
    (7, 1000, 16, 16),
    (13, 200, 31, 9),
]
COVERS = [(90, 60, 32), (61, 97, 32), (9, 400, 16)]

if __name__ == "__main__":
    encode_all()
    expect_all()

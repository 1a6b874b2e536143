"""One picture as it may reach the service: cropped, resized, on another ground, encoded again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Generator = np.random.Generator


def on_ground(picture: Image.Image, g: Generator) -> Image.Image:
    """A picture with transparency on white, or, now and then, another colour or a gradient."""
    if picture.mode not in ("RGBA", "LA", "P", "PA"):
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    if g.random() < 0.35:
        ground = Image.new("RGBA", picture.size, tuple(int(v) for v in g.integers(0, 256, 3)))
    elif g.random() < 0.15:
        ramp = Image.linear_gradient("L").resize(picture.size)
        first, second = (tuple(int(v) for v in g.integers(0, 256, 3)) for _ in range(2))
        ground = ImageOps.colorize(ramp, first, second).convert("RGBA")
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def on_white(picture: Image.Image) -> Image.Image:
    """As the service sees it."""
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture.convert("RGBA"))
    return ground.convert("RGB")


def scene(drawings: list[Image.Image], g: Generator) -> Image.Image:
    """Several drawings on one ground, as in the generated scenes."""
    side = int(2 ** g.uniform(6.5, 9.5))
    ground = Image.new("RGBA", (side, side), tuple(int(v) for v in g.integers(150, 256, 3)))
    pen = ImageDraw.Draw(ground)
    for _ in range(int(g.integers(0, 4))):
        size = side * g.uniform(0.1, 0.4)
        left, top = (float(one) for one in g.uniform(0, side - size, 2))
        colour = tuple(int(v) for v in g.integers(0, 256, 3))
        box = (left, top, left + size, top + size)
        [pen.ellipse, pen.rectangle, pen.ellipse][int(g.integers(0, 3))](box, fill=colour)
    for drawing in drawings:
        size = int(side * g.uniform(0.15, 0.45))
        small = drawing.convert("RGBA").resize((size, size), Image.Resampling.BICUBIC)
        ground.alpha_composite(small, (int(g.integers(0, side - size)), int(g.integers(0, side - size))))
    return ground.convert("RGB")


def small_scene(drawings: list[Image.Image], g: Generator) -> Image.Image:
    """A few small things, some of them several times, on a small ground: each is a few pixels wide."""
    side = int(g.integers(88, 193))
    shade = 255 if g.random() < 0.4 else 120
    ground = Image.new("RGB", (side, int(side * g.choice([1, 1, g.uniform(0.75, 1)]))), tuple(int(v) for v in g.integers(shade, 256, 3)))
    pen = ImageDraw.Draw(ground)
    if g.random() < 0.2:  # a floor, a horizon
        pen.rectangle((0, int(ground.height * g.uniform(0.4, 0.9)), side, ground.height), fill=tuple(int(v) for v in g.integers(40, 256, 3)))
    for _ in range(int(g.integers(0, 4))):
        draw_shapes(pen, ground.size, int(g.integers(1, 4)), g)
    for drawing in drawings:
        size = max(7, int(side * g.uniform(0.1, 0.34)))
        tiny = drawing.convert("RGBA").resize((size, size), Image.Resampling.BICUBIC)
        for _ in range(int(g.integers(1, 4))):
            ground.paste(tiny, (int(g.integers(0, side - size)), int(g.integers(0, max(1, ground.height - size)))), tiny)
    return ground


def draw_shapes(pen: ImageDraw.ImageDraw, within: tuple[int, int], count: int, g: Generator) -> None:
    """One shape, ``count`` times: with a dark line around it, hollow or plain."""
    width, height = within
    size = width * g.uniform(0.07, 0.3)
    colour: tuple[int, ...] | None = tuple(int(v) for v in g.integers(0, 256, 3))
    chance = g.random()
    line = (40, 40, 40) if chance < 0.5 else colour
    if 0.5 <= chance < 0.65:
        colour = None
    corners = int(g.choice([3, 4, 5, 6, 10, 40]))  # ten: a star; forty: a disc
    turn = g.uniform(0, 2 * np.pi) if g.random() < 0.3 else -np.pi / 2 if corners != 4 else np.pi / 4
    for _ in range(count):
        x, y = float(g.uniform(size / 2, width - size / 2)), float(g.uniform(size / 2, max(size / 2 + 1, height - size / 2)))
        radii = [size / 2 * (0.45 if corners == 10 and at % 2 else 1) for at in range(corners)]
        angles = [turn + 2 * np.pi * at / corners for at in range(corners)]
        points = [(x + radius * np.cos(angle), y + radius * np.sin(angle)) for radius, angle in zip(radii, angles, strict=True)]
        pen.polygon(points, fill=colour, outline=line)


def tiny_jpeg(picture: Image.Image, g: Generator) -> tuple[str, bytes]:
    """A drawing as small as an emoji in a sentence, as a JPEG: blocks and ringing are most of it."""
    picture = on_ground(picture, g)
    picture = resized(cropped(picture, g, 0.45) if g.random() < 0.4 else picture, g, 32, 128)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=int(g.integers(30, 93)), subsampling=int(g.choice([0, 2])))
    return "jpg", buffer.getvalue()


def resized(picture: Image.Image, g: Generator, least: int, most: int) -> Image.Image:
    """Longer side between the bounds, evenly in its logarithm; seldom more than the picture has."""
    longest = max(picture.size)
    most = min(most, int(longest * (1.6 if g.random() < 0.15 else 1)))
    wanted = int(2 ** g.uniform(np.log2(least), np.log2(max(least + 1, most))))
    scale = wanted / longest
    how = Image.Resampling.BICUBIC if g.random() < 0.7 else Image.Resampling.BILINEAR
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), how)


def cropped(picture: Image.Image, g: Generator, least: float) -> Image.Image:
    width, height = (max(8, int(side * g.uniform(least, 1))) for side in picture.size)
    left, top = int(g.integers(0, picture.width - width + 1)), int(g.integers(0, picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def altered(picture: Image.Image, kind: str, g: Generator) -> Image.Image:
    """What cameras, editors and frames do."""
    if kind == "photograph":
        if g.random() < 0.12:
            picture = ImageOps.grayscale(picture).convert("RGB")
        if g.random() < 0.25:
            picture = ImageEnhance.Brightness(picture).enhance(g.uniform(0.35, 1.5))
        if g.random() < 0.2:
            picture = ImageEnhance.Contrast(picture).enhance(g.uniform(0.5, 1.6))
        if g.random() < 0.15:
            picture = ImageEnhance.Color(picture).enhance(g.uniform(0.2, 1.8))
        if g.random() < 0.15:
            noisy = np.asarray(picture, float) + g.normal(0, g.uniform(2, 14), (picture.height, picture.width, 3))
            picture = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
        if g.random() < 0.15:
            picture = picture.filter(ImageFilter.GaussianBlur(g.uniform(0.5, 2.5)))
        if g.random() < 0.06:  # bars above and below, or a frame
            border = int(min(picture.size) * g.uniform(0.02, 0.18))
            sides = (0, border) if g.random() < 0.5 else (border, border)
            picture = ImageOps.expand(picture, (sides[0], sides[1]), fill=str(g.choice(["white", "black"])))
        if g.random() < 0.015:  # a thing photographed before white
            picture = before_white(picture, g)
    elif kind == "drawing" and g.random() < 0.1:
        picture = picture.filter(ImageFilter.GaussianBlur(g.uniform(0.3, 1.2)))
    return picture


def before_white(picture: Image.Image, g: Generator) -> Image.Image:
    width, height = picture.size
    y, x = np.mgrid[0:height, 0:width]
    inside = ((x / width - 0.5) / g.uniform(0.25, 0.48)) ** 2 + ((y / height - 0.5) / g.uniform(0.25, 0.48)) ** 2
    mask = Image.fromarray((255 * np.clip(1.02 - inside, 0, 0.03) / 0.03).astype(np.uint8))
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=mask)
    return ground


def encoded(picture: Image.Image, kind: str, g: Generator) -> tuple[str, bytes]:
    """Suffix and bytes. Photographs mostly as JPEG, all others mostly as PNG: but each as each."""
    jpeg = 0.75 if kind == "photograph" else 0.35
    buffer, chance = io.BytesIO(), g.random()
    if chance < jpeg:
        picture.save(buffer, "JPEG", quality=int(g.integers(45, 97)), subsampling=int(g.choice([0, 2])))
        return "jpg", buffer.getvalue()
    if chance < jpeg + 0.1:
        picture.save(buffer, "WEBP", quality=int(g.integers(50, 97)), lossless=bool(g.random() < 0.3), method=2)
        return "webp", buffer.getvalue()
    if kind != "photograph" and g.random() < 0.2:
        picture = picture.quantize(int(2 ** g.integers(4, 9))).convert("RGB")
    picture.save(buffer, "PNG", compress_level=1)
    return "png", buffer.getvalue()


BOUNDS = {"photograph": (96, 1600), "drawing": (32, 640), "screenshot": (320, 1400)}


def variant(picture: Image.Image, kind: str, g: Generator) -> Image.Image:
    least, most = BOUNDS[kind]
    picture = on_ground(picture, g)
    if kind == "photograph" or g.random() < 0.3:
        picture = cropped(picture, g, 0.5 if kind == "photograph" else 0.6)
    if kind != "screenshot" or g.random() < 0.4:
        picture = resized(picture, g, least, most)
    return altered(picture, kind, g)

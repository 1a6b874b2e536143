"""Animations, and the first frame of each as Pillow decodes it: `test/golden/media/animations`.

Run: `python test/golden/generate/animations.py` with Pillow 13.0.0.
"""

from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parents[1] / "media" / "animations"
WIDTH, HEIGHT = 37, 29


def frame(number: int, mode: str = "RGB") -> Image.Image:
    """A gradient that differs per frame, with a transparent corner if the mode has alpha."""
    picture = Image.new("RGBA", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            alpha = 0 if x + y < 9 else 255
            picture.putpixel((x, y), ((x * 7 + number * 60) % 256, (y * 9) % 256, (x * y) % 256, alpha))
    return picture.convert(mode)


def save(name: str, frames: list[Image.Image], **options: object) -> None:
    path = FOLDER / name
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    with Image.open(path) as opened:
        opened.seek(0)
        (FOLDER / f"{name}.rgba").write_bytes(opened.convert("RGBA").tobytes())


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    paletted = [frame(number).quantize(200) for number in range(3)]
    save("three.gif", paletted, duration=100, loop=0)
    save("still.gif", paletted[:1], interlace=False)
    save("interlaced.gif", paletted[:1], interlace=True)
    save("transparent.gif", [frame(0, "RGBA")], interlace=False)
    save("two-colours.gif", [frame(0).convert("1")], interlace=False)
    save("three.png", [frame(number, "RGBA") for number in range(3)], duration=100)
    save("lossy.webp", [frame(number) for number in range(3)], duration=100, quality=80)
    save("lossless.webp", [frame(number, "RGBA") for number in range(3)], duration=100, lossless=True, exact=True)
    save("alpha.webp", [frame(number, "RGBA") for number in range(3)], duration=100, quality=80)


if __name__ == "__main__":
    main()

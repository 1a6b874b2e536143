"""Measure the exported model on everything it never saw, fp32 and int8, through ONNX Runtime.

    python -m assay_training.evaluate        # -> training/results/assay-clip.json, manifest quality, parity.json, card

Images go through the published preprocessing from 128-pixel renders; texts one at a time, unpadded.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import platform
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from tokenizers import Tokenizer

from . import augment, calibrate, card, catalogue, data, paths, tokenizer
from .catalogue import Drawing

RENDER_SIZE = 128
TEST_SPLITS = ("test_vendor", "unseen_concept", "lucide_seen", "lucide_unseen", "clipart")


@dataclass(frozen=True)
class Test:
    """A gallery (one drawing per concept) and the text that queries it."""

    name: str
    title: str
    split: str
    keep: Callable[[Drawing], bool]
    text: Callable[[Drawing], str]


TESTS = (
    Test("twemoji_no_flags", "Twemoji, English label", "test_vendor", lambda d: not d.flag, lambda d: d.label),
    Test("twemoji_no_flags_zh", "Twemoji, Chinese label", "test_vendor", lambda d: not d.flag and bool(d.label_zh),
         lambda d: d.label_zh),
    Test("twemoji_flags", "Twemoji flags, English label", "test_vendor", lambda d: d.flag, lambda d: d.label),
    Test("unseen_concepts", "emoji concepts never trained (Noto)", "unseen_concept", lambda d: not d.flag,
         lambda d: d.label),
    Test("lucide_seen", "Lucide icons, name trained in other sets", "lucide_seen", lambda d: True, lambda d: d.label),
    Test("lucide_unseen", "Lucide icons, name never trained", "lucide_unseen", lambda d: True, lambda d: d.label),
    Test("clipart_title", "clip art, title", "clipart", lambda d: True, lambda d: d.label),
    Test("clipart_title_keywords", "clip art, title and keywords", "clipart", lambda d: True,
         lambda d: ", ".join([d.label, *d.tags[:4]])),
)


@dataclass(frozen=True)
class SceneTest:
    """A folder of scenes (scenes/training_pictures.py), and which of a scene's captions queries it."""

    name: str
    title: str
    folder: str
    caption: int


SCENE_TESTS = (
    SceneTest("scenes_unseen", "scenes, unseen compositions and vendor: counts and colours", "scenes-test", 0),
    SceneTest("scenes_unseen_place", "same scenes: places and relations", "scenes-test", 2),
    SceneTest("scenes_composition", "scenes, unseen compositions, trained artwork", "scenes-test-composition", 0),
    SceneTest("scenes_artwork", "scenes, unseen vendor, trained compositions", "scenes-test-artwork", 0),
)


# A slice that anybody's clone holds: the fixture made of the test vendor's drawings. Its numbers are checked by npm test.
FIXTURE = paths.REPOSITORY / "fixtures" / "twemoji-retrieval"
FIXTURE_SENTENCE = 2
FIXTURE_TEST = "fixture_twemoji"


@dataclass(frozen=True)
class Gallery:
    """One test's input: picture i ([n, 3, 64, 64]) belongs to line i. ``raw``: the drawings behind it, if drawings."""

    name: str
    title: str
    pixels: np.ndarray
    lines: list[str]
    raw: list[np.ndarray]


def galleries(dataset: data.Dataset) -> Iterator[Gallery]:
    """Every test's input, one after the other."""
    rendered = render_tests(dataset, paths.RENDERED / "tests")
    for test in TESTS:
        found = [dataset.drawings[index] for index in dataset.indices(test.split)]
        chosen = list({d.concept: d for d in found if d.id in rendered and test.keep(d)}.values())
        raw = [rendered[d.id] for d in chosen]
        pixels = np.stack([augment.preprocess(augment.straight(image)) for image in raw])
        yield Gallery(test.name, test.title, pixels, [test.text(d) for d in chosen], raw)
    for test in SCENE_TESTS:
        scenes = data.load_scenes(paths.STATE / test.folder)
        if scenes is None:
            raise FileNotFoundError(f"{paths.STATE / test.folder}: make it with scenes.training_pictures (README)")
        pixels = np.stack([augment.preprocess(Image.fromarray(image)) for image in scenes.pixels])
        yield Gallery(test.name, test.title, pixels, [said[test.caption] for said in scenes.english], [])
    images = json.loads((FIXTURE / "dataset.json").read_text("utf-8"))["images"]
    pixels = np.stack([augment.preprocess(Image.open(FIXTURE / "images" / image["filename"])) for image in images])
    lines = [image["sentences"][FIXTURE_SENTENCE]["raw"] for image in images]
    yield Gallery(FIXTURE_TEST, "fixture twemoji-retrieval, third sentences", pixels, lines, [])


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's 95 % interval of a proportion (Wilson 1927)."""
    share, square = hits / total, z * z
    centre = (share + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def render_tests(dataset: data.Dataset, folder: Path) -> dict[str, np.ndarray]:
    """Test drawings at 128 pixels, by id ([128, 128, 4] uint8, premultiplied). Rendered once."""
    wanted = [dataset.drawings[index] for index in dataset.indices(*TEST_SPLITS)]
    listing = folder / "items.jsonl"
    text = "".join(json.dumps(asdict(drawing), ensure_ascii=False) + "\n" for drawing in wanted)
    if not (folder / "ok.npy").exists() or listing.read_text("utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        listing.write_text(text, "utf-8")
        # librsvg's bindings belong to Debian's own Python.
        command = ["/usr/bin/python3", "-m", "assay_training.render", "--items", str(listing), "--out", str(folder)]
        subprocess.run([*command, "--size", str(RENDER_SIZE)], check=True, cwd=paths.TRAINING)
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    ok = np.load(folder / "ok.npy")
    return {drawing.id: pixels[row] for row, drawing in enumerate(wanted) if ok[row]}


class Embedder:
    """Both ONNX files of one precision, on one thread."""

    def __init__(self, vision: Path, text: Path, tokens: Tokenizer) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.vision = onnxruntime.InferenceSession(str(vision), options, providers=["CPUExecutionProvider"])
        self.text = onnxruntime.InferenceSession(str(text), options, providers=["CPUExecutionProvider"])
        self.tokens = tokens

    def images(self, pixels: np.ndarray) -> np.ndarray:
        """[n, 3, 64, 64] -> [n, 256]."""
        parts = [np.asarray(self.vision.run(None, {"pixel_values": pixels[at : at + 1]})[0]) for at in range(len(pixels))]
        return np.concatenate(parts)

    def texts(self, lines: list[str]) -> np.ndarray:
        """One text at a time, unpadded -> [n, 256]."""
        ids = [np.array([self.tokens.encode(line).ids], np.int64) for line in lines]
        return np.concatenate([np.asarray(self.text.run(None, {"input_ids": one})[0]) for one in ids])


def ranks(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """How many other items score at least as well as the right one (ties count against the model)."""
    scores = queries @ gallery.T
    return (scores >= np.diagonal(scores)[:, None]).sum(1) - 1


def measured(name: str, precision: str, images: np.ndarray, texts: np.ndarray) -> list[dict[str, object]]:
    """R@1, 5, 10 in both directions with intervals, as manifest ``quality`` rows (shares, not percent)."""
    rows: list[dict[str, object]] = []
    total = len(images)
    for direction, rank in (("text_to_image", ranks(texts, images)), ("image_to_text", ranks(images, texts))):
        for k in (1, 5, 10):
            hits = int((rank < k).sum())
            low, high = wilson(hits, total)
            rows.append({
                "split": name, "direction": direction, "gallery": total, "precision": precision, "metric": f"R@{k}",
                "value": round(hits / total, 4), "low": round(low, 4), "high": round(high, 4),
                "interval": "wilson 95 %", "chance": round(k / total, 5),
            })
    return rows


@dataclass(frozen=True)
class ScoreDrift:
    """How far int8 moves the cosines of a gallery from fp32."""

    split: str
    mean: float  # of |difference| over all text-picture pairs
    max: float
    rank_correlation: float  # Spearman over all pairs


def score_drift(
    split: str, fp32: tuple[np.ndarray, np.ndarray], int8: tuple[np.ndarray, np.ndarray]
) -> ScoreDrift:
    """Compare every pair's cosine; each argument is (images [n, d], texts [n, d])."""
    before, after = ((texts @ images.T).ravel() for images, texts in (fp32, int8))
    moved = np.abs(before - after)
    # Cosines of float32 practically never tie, so plain ranks do.
    rank = [np.argsort(np.argsort(values)).astype(np.float64) for values in (before, after)]
    spearman = float(np.corrcoef(rank[0], rank[1])[0, 1])
    return ScoreDrift(split, round(float(moved.mean()), 6), round(float(moved.max()), 6), round(spearman, 6))


def thumbnails(images: list[np.ndarray], side: int = 16) -> np.ndarray:
    """Premultiplied renders over white, [n, side * side * 3] in 0..1."""
    out = []
    for image in images:
        over = image[..., :3].astype(np.int32) + 255 - image[..., 3:]
        small = Image.fromarray(np.clip(over, 0, 255).astype(np.uint8)).resize((side, side), Image.Resampling.BOX)
        out.append(np.asarray(small, np.float32).reshape(-1) / 255)
    return np.stack(out)


def lookalikes(dataset: data.Dataset, images: list[np.ndarray], limit: float = 0.04) -> np.ndarray:
    """Which test pictures have a trained emoji drawing within ``limit`` root mean square (of 1) at 16 pixels.

    A check that the test vendor's artwork did not slip into training through another package.
    """
    train = [index for index in dataset.indices("train", "val") if dataset.drawings[index].kind == catalogue.EMOJI]
    known = thumbnails([dataset.pixels[index] for index in train])
    asked = thumbnails(images)
    distance = (asked**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * asked @ known.T
    return np.sqrt(np.maximum(distance.min(1), 0) / asked.shape[1]) < limit


PARITY_TEXTS = (
    "red apple", "一只黑猫", "Crème Brûlée à l'Île", "flag: Côte d’Ivoire!", "",
    "a very long caption that goes on and on about every single thing which can be seen in this rather crowded "
    "picture of a busy market square",
    "生日蛋糕 birthday-cake #1 🎂",
)


def parity_images(dataset: data.Dataset) -> list[tuple[str, np.ndarray]]:
    """Five small RGBA pictures ([h, w, 4] uint8, straight alpha): made up, and one drawing (Noto, Apache-2.0)."""
    y, x = np.mgrid[0:28, 0:40]
    gradient = np.stack([x * 6, y * 9, 255 - x * 6, np.full_like(x, 255)], -1).astype(np.uint8)
    tall = np.zeros((40, 24, 4), np.uint8)
    tall[8:32, 4:20] = (200, 30, 60, 255)
    tall[16:24, 8:16] = (0, 120, 255, 100)
    noise = np.random.default_rng(7).integers(0, 256, (48, 48, 4)).astype(np.uint8)
    square = np.full((64, 64, 4), 255, np.uint8)
    square[16:48, 16:48, :3] = (255, 200, 0)
    by_id = {drawing.id: row for row, drawing in enumerate(dataset.drawings)}
    drawing = dataset.pixels[by_id["@iconify-json/noto/banana"]]
    return [
        ("gradient 40x28", gradient), ("alpha 24x40", tall), ("noise with alpha 48x48", noise),
        ("no resize 64x64", square), ("noto banana 96x96", np.asarray(augment.straight(drawing))),
    ]


def parity(embedder: Embedder, dataset: data.Dataset) -> dict[str, object]:
    """Cases for other implementations of the same tokenizer, preprocessing and graphs."""
    texts = [
        {"text": line, "input_ids": embedder.tokens.encode(line).ids,
         "embedding_head": [round(float(v), 6) for v in embedder.texts([line])[0, :8]]}
        for line in PARITY_TEXTS
    ]
    images = []
    for name, rgba in parity_images(dataset):
        pixels = augment.preprocess(Image.fromarray(rgba, "RGBA"))
        rgb = np.rint((pixels * 0.5 + 0.5) * 255).astype(np.uint8).transpose(1, 2, 0)
        images.append({
            "name": name, "width": rgba.shape[1], "height": rgba.shape[0],
            "rgba_base64": base64.b64encode(rgba.tobytes()).decode(),
            "resized_rgb_base64": base64.b64encode(rgb.tobytes()).decode(),
            "embedding_head": [round(float(v), 6) for v in embedder.images(pixels[None])[0, :8]],
        })
    return {
        "schema": "assay.parity/1",
        "note": "resized_rgb is [64, 64, 3] uint8 after compositing, padding and Pillow's bicubic resize",
        "texts": texts,
        "images": images,
    }


def stages(checkpoint: Path) -> list[dict[str, object]]:
    """The runs that led to a checkpoint, first to last, by their ``init``."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    log = [json.loads(line) for line in (checkpoint.parent / "log.jsonl").read_text().splitlines()]
    before = stages(Path(state["options"]["init"])) if state["options"].get("init") else []
    options = {**state["options"], "out": checkpoint.parent.name}
    if options.get("init"):
        options["init"] = Path(options["init"]).parent.name
    return [*before, {
        "name": checkpoint.parent.name, "minutes": round(state["seconds"] / 60, 1), "steps": state["step"],
        "pairs": state["pairs"], "options": options,
        # More than one number: packages joined while the run was stopped.
        "train_drawings": list(dict.fromkeys(row["train"] for row in log if row.get("event") == "start")),
        "validation_curve": [{"minutes": row["minutes"], "pairs": row["pairs"], **row["validation"]}
                             for row in log if "validation" in row],
    }]


def training_facts(checkpoint: Path) -> dict[str, object]:
    """How long, how much and on what the weights were trained: from the checkpoints and their logs."""
    runs = stages(checkpoint)
    last = json.loads((checkpoint.parent / "log.jsonl").read_text().splitlines()[0])
    cpu = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    pairs = sum(run["pairs"] for run in runs)  # type: ignore[misc]
    return {
        "minutes": round(sum(run["minutes"] for run in runs), 1),  # type: ignore[misc]
        "steps": sum(run["steps"] for run in runs),  # type: ignore[misc]
        "words": {"tokens": last["vocabulary"], "learned_rows": last.get("learned_rows", last["vocabulary"])},
        "pairs": pairs, "captions": 2 * pairs, "parameters": last["parameters"],
        "train_drawings": runs[-1]["train_drawings"][-1],  # type: ignore[index]
        "seed": runs[-1]["options"]["seed"],  # type: ignore[index]
        "machine": f"{len(cpu)} shared cores of {cpu[0] if cpu else platform.machine()}, no GPU, fp32",
        "torch": last["torch"],
        "stages": runs,
    }


def known_facts(checkpoint: Path, published: Path) -> dict[str, object]:
    """Facts of the stages: from the checkpoints, or as the last results have them where no checkpoint is kept; and of ``retell``."""
    known = training_facts(checkpoint) if checkpoint.exists() else json.loads(published.read_text("utf-8"))["training"]
    return known | {"retold": json.loads((paths.STATE / "retold" / "facts.json").read_text("utf-8"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=paths.MODELS / "assay-clip")
    parser.add_argument("--fp32", type=Path, default=paths.EXPORTS)
    parser.add_argument("--checkpoint", type=Path, default=paths.CHECKPOINT)
    parser.add_argument("--out", type=Path, default=paths.RESULTS / "assay-clip.json")
    parser.add_argument("--only-parity", action="store_true", help="write parity.json and stop")
    arguments = parser.parse_args()

    dataset = data.load()
    tokens = tokenizer.load(arguments.model / "tokenizer.json")
    int8 = Embedder(arguments.model / "vision.int8.onnx", arguments.model / "text.int8.onnx", tokens)
    (arguments.model / "parity.json").write_text(
        json.dumps(parity(int8, dataset), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    if arguments.only_parity:
        return
    fp32 = Embedder(arguments.fp32 / "vision.fp32.onnx", arguments.fp32 / "text.fp32.onnx", tokens)
    fitted = calibrate.fit(int8.images, int8.texts, dataset, json.loads((arguments.model / "manifest.json").read_text()))

    rows: list[dict[str, object]] = []
    titles: dict[str, str] = {}
    extra: dict[str, object] = {}
    drift: dict[str, list[np.ndarray]] = {"vision": [], "text": []}
    moved: list[ScoreDrift] = []
    for gallery in galleries(dataset):
        embedded = {}
        for precision, embedder in (("fp32", fp32), ("int8", int8)):
            embedded[precision] = images, texts = embedder.images(gallery.pixels), embedder.texts(gallery.lines)
            rows += measured(gallery.name, precision, images, texts)
        titles[gallery.name] = gallery.title
        for at, tower in enumerate(("vision", "text")):
            drift[tower].append(1 - (embedded["fp32"][at] * embedded["int8"][at]).sum(1))
        moved.append(score_drift(gallery.name, embedded["fp32"], embedded["int8"]))
        images, texts = embedded["int8"]
        if gallery.name == "twemoji_no_flags":
            alike = lookalikes(dataset, gallery.raw)
            hit = ranks(texts, images) < 1
            extra["lookalikes"] = {
                "what": "Twemoji drawings with a trained drawing within 0.04 RMS at 16 px over white",
                "count": int(alike.sum()), "of": len(hit),
                "text_to_image_r1_without_them": round(float(hit[~alike].mean()), 4),
            }
            extra["calibration_on_twemoji"] = calibrate.errors(images, texts, fitted, seed=2)
            print(extra)
        best = [r for r in rows if r["split"] == gallery.name and r["precision"] == "int8"]
        print(gallery.name, len(images), [(r["direction"], r["metric"], r["value"]) for r in best], flush=True)

    gate = next(r for r in rows if r["split"] == "twemoji_no_flags" and r["precision"] == "int8"
                and r["direction"] == "text_to_image" and r["metric"] == "R@1")
    result = {
        "schema": "assay.training-result/1",
        "model": "assay-clip",
        "gate": {"rule": "Twemoji without flags, text to image R@1, int8: lower 95 % bound >= 0.20",
                 "low": gate["low"], "met": float(gate["low"]) >= 0.20},  # type: ignore[arg-type]
        "training": known_facts(arguments.checkpoint, arguments.out),
        "tests": titles,
        "quality": rows,
        "quantization_drift": {
            tower: {"mean_1_minus_cosine": float(np.concatenate(values).mean().round(6)),
                    "max_1_minus_cosine": float(np.concatenate(values).max().round(6))}
            for tower, values in drift.items()
        },
        "score_drift": [asdict(one) for one in moved],
        "calibration": fitted,
        "bytes": {file.name: file.stat().st_size for file in (
            arguments.fp32 / "vision.fp32.onnx", arguments.fp32 / "text.fp32.onnx",
            arguments.model / "vision.int8.onnx", arguments.model / "text.int8.onnx", arguments.model / "tokenizer.json")},
        **extra,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")

    manifest_file = arguments.model / "manifest.json"
    manifest = json.loads(manifest_file.read_text("utf-8"))
    manifest["calibration"] = fitted
    manifest["quality"] = [row for row in rows if row["precision"] == "int8"]
    manifest_file.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    card.write(arguments.model, result, manifest)


if __name__ == "__main__":
    main()

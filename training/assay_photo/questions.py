"""ImageNet photographs (`{wnid}_{name}.jpg`) as three classification folders that Assay's quality bench reads.

    python -m assay_photo.questions IMAGES OUT

- ``names``: which of the 1,000 first WordNet names ("a photo of a …")?
- ``synonyms``: which of the 1,000 *last* names? Only photographs of classes with more than one are asked.
- ``kinds``: which of 25 everyday kinds? Of classes with none, no photograph is asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from assay_training import wordnet

from . import build, class_space

KINDS = (
    "dog", "cat", "bird", "fish", "snake", "lizard", "frog", "spider", "insect", "monkey", "bear", "butterfly", "turtle", "vehicle",
    "boat", "airplane", "musical instrument", "furniture", "clothing", "food", "fruit", "vegetable", "building", "tool", "flower",
)


def kind_of(synsets: dict[str, wordnet.Synset], id: str) -> str | None:
    """The nearest of ``KINDS`` at or above a synset."""
    above = [id, *wordnet.ancestors(synsets, id)]
    return next((kind for one in above for kind in KINDS if kind in synsets[one].lemmas), None)


def write(folder: Path, images: Path, labels: dict[str, str], names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "images").exists():
        (folder / "images").symlink_to(images.resolve())
    (folder / "labels.json").write_text(json.dumps(labels, indent=1))
    (folder / "names.json").write_text(json.dumps(names, indent=1))


def main() -> None:
    images, out = map(Path, sys.argv[1:])
    synsets = wordnet.load(build.wordnet_folder())
    ids = list(class_space.read_captions())
    files = {file.name: file.name.split("_")[0] for file in sorted(images.glob("n*.jpg"))}
    first, last = ({id: class_space.photo_of(synsets[id].lemmas[at]) for id in ids} for at in (0, -1))
    write(out / "names", images, {file: first[id] for file, id in files.items()}, list(dict.fromkeys(first.values())))
    many = {file: last[id] for file, id in files.items() if len(synsets[id].lemmas) > 1}
    write(out / "synonyms", images, many, list(dict.fromkeys(last.values())))
    kinds = {file: kind for file, id in files.items() if (kind := kind_of(synsets, id))}
    write(out / "kinds", images, {file: class_space.photo_of(kind) for file, kind in kinds.items()}, [class_space.photo_of(kind) for kind in KINDS])
    print({"names": len(files), "synonyms": len(many), "kinds": len(kinds)})


if __name__ == "__main__":
    main()

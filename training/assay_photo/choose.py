"""Heads on what may choose between them: our validation photographs, and made-up pictures of the classes.

    python -m assay_photo.choose recipes/assay-photo.toml "" "temperature=1.4 roots=2 common=0.75" "text_weight=0" …

Each argument changes the recipe's head or what is taken off for hubs, and gives one row: recall of sentences and of
photographs, the right one of the 1,000 first names, and of 25 everyday kinds, in %. Features are exact, texts those of the
shipped tower before its last dimensions. A made-up picture here is one of which the classifier is sure, as it is of
ImageNet's: pictures that it doubts chose a head that lost names and kinds (docs/measurements/photographs-tried.md).
"""

from __future__ import annotations

import argparse
import dataclasses
import tomllib
from pathlib import Path

import numpy as np
import torch

from assay_training import paths, wordnet

from . import build, class_space, head, made_up, measure, packages, pictures, questions, refit

SURE = 7.0  # step along the class: the classifier finds each of them, with a probability of 0.99 on average
ROUNDS = 2


def changed(recipe: dict, settings: str) -> dict:
    """``recipe`` with ``name=number`` pairs put into its head and its hubs; a name that neither has is an error."""
    head_table, hub_table = dataclasses.asdict(head.Mix(**recipe["head"])), dict(recipe["hubs"])
    for name, _, value in (setting.partition("=") for setting in settings.split()):
        table = hub_table if name in hub_table else head_table
        table[name] = type(table[name])(value)
    return {**recipe, "head": head_table, "hubs": hub_table}


def share_right(images: np.ndarray, texts: np.ndarray, right: np.ndarray) -> float:
    """Share of images [n, 388] whose best text [t, 388] is ``right`` [n]."""
    return float(((images @ texts.T).argmax(1) == right).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("heads", nargs="+", help='settings of a head, "" for the recipe\'s own')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = tomllib.loads(arguments.recipe.read_text())
    synsets, texts = wordnet.load(build.wordnet_folder()), refit.ShippedTexts(paths.MODELS / recipe["id"])
    parts = build.material(recipe, texts, synsets, centred=True)

    pairs = packages.pairs("validate")
    features, logits = pictures.seen(parts.network, pictures.batch(pairs, recipe["image"]["size"]))
    said = texts.shifted([caption for pair in pairs for caption in pair.captions])
    owner = np.repeat(np.arange(len(pairs)), [len(pair.captions) for pair in pairs])

    ids = list(class_space.read_captions())
    kinds = [questions.kind_of(synsets, id) for id in ids]
    with_kind = np.array([at for at, kind in enumerate(kinds) if kind])
    right_kind = np.array([questions.KINDS.index(kind) for kind in kinds if kind])
    first = [class_space.photo_of(synsets[id].lemmas[0]) for id in ids]
    names, right_name = texts.shifted(first), np.array([first.index(name) for name in first])  # a few classes share a name
    kind_names = texts.shifted([class_space.photo_of(kind) for kind in questions.KINDS])
    made = made_up.of_classes(parts.network, features, recipe["seed"], ROUNDS, SURE)

    print("sentences | photographs | names | kinds | head")
    for settings in arguments.heads:
        own = changed(recipe, settings)
        side = parts.side(head.Mix(**own["head"]))
        found = build.hubs_of(own, side, texts, texts.shift)
        rows = measure.retrieval(found.of_images(side.head.embed(features, logits)), found.of_texts(said), owner)
        images = [found.of_images(side.head.embed(*one)) for one in made]
        named = np.mean([share_right(one, found.of_texts(names), right_name) for one in images])
        kind = np.mean([share_right(one[with_kind], found.of_texts(kind_names), right_kind) for one in images])
        recalls = (" / ".join(f"{100 * value:.1f}" for value in row.values()) for row in rows.values())
        print(*recalls, f"{100 * named:.1f}", f"{100 * kind:.1f}", settings or "the recipe's", sep=" | ", flush=True)


if __name__ == "__main__":
    main()

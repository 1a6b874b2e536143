"""Pictures of the three worlds with the things in them, for the detector."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import numpy as np
from PIL import Image
from scenes.boxes import render as boxes_render
from scenes.boxes.world import World, draw_world
from scenes.draw import Stream
from scenes.generate import pairs_of_scenes, wide
from scenes.graph import Scene, Thing
from scenes.paste import Sprite, resized, scene_pixels
from scenes.render import box
from scenes.sprites import Sprites

from .eyes import STRIDE
from .other_shapes import UNNAMED, Cell, varied
from .vocabulary import COLOUR_INDEX, DRAWING, DRAWING_KINDS, KIND_INDEX, NO_COLOUR, SHAPE_KINDS

SHORT, LONG = 100, 400  # pixels of a picture's sides after preprocessing, at most
SIDES = (80, 100, 112, 112, 128, 128, 144, 144)
TURN = 10
DRAWING_SET = frozenset(DRAWING_KINDS)


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in a picture: pixels of the preprocessed picture, indices of ``vocabulary``; -1 where unknown."""

    kind: int
    colour: int
    left: float
    top: float
    right: float
    bottom: float
    walls: tuple[bool, bool, bool, bool] | None = None

    @property
    def form(self) -> int:
        return min(self.kind, DRAWING)


@dataclass(frozen=True, slots=True)
class Picture:
    """Preprocessed pixels [h, w, 3] uint8, not yet padded; ``ground`` is a color's index or -1."""

    pixels: np.ndarray
    items: tuple[Item, ...]
    ground: int


def preprocessed(pixels: np.ndarray) -> np.ndarray:
    """The published contract: the shorter side becomes 100 pixels, unless the longer would pass 400 (Pillow, bilinear)."""
    height, width = pixels.shape[:2]
    scale = min(SHORT / min(height, width), LONG / max(height, width))
    size = (max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5)))
    if size == (width, height):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def tensor_of(pixels: np.ndarray) -> np.ndarray:
    """[3, h, w] float32 in -1..1, padded on the right and at the bottom with 0 to multiples of 8."""
    height, width = pixels.shape[:2]
    out = np.zeros((3, -(-height // STRIDE) * STRIDE, -(-width // STRIDE) * STRIDE), np.float32)
    out[:, :height, :width] = pixels.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1
    return out


def target_of(picture: Picture, height: int, width: int) -> np.ndarray:
    """[13, height, width] of ``eyes.eyes_loss``, in cells."""
    out = np.zeros((13, height, width), np.float32)
    for item in picture.items:
        x, y = (item.left + item.right) / 2 / STRIDE, (item.top + item.bottom) / 2 / STRIDE
        column, row = min(int(x), width - 1), min(int(y), height - 1)
        centre_x, centre_y = column + 0.5, row + 0.5
        edges = (centre_x - item.left / STRIDE, centre_y - item.top / STRIDE, item.right / STRIDE - centre_x, item.bottom / STRIDE - centre_y)
        out[0, row, column] = 1
        out[1:5, row, column] = edges
        out[5:9, row, column] = item.walls or (False,) * 4
        out[9:13, row, column] = item.form, item.colour, picture.ground, item.walls is not None
    return out


class ScenePictures:
    """Scenes of the wide world's training split, drawn anew each time."""

    def __init__(self, seed: int, count: int, sprites: Sprites, split: str = "train") -> None:
        self.scenes: list[Scene] = list(islice(chain.from_iterable(pairs_of_scenes(seed, wide(split))), count))
        self.sprites = sprites

    def draw(self, rng: random.Random, vary: bool = False) -> Picture:
        """``vary``: with colors and outlines that have no name (``other_shapes``)."""
        scene = self.scenes[rng.randrange(len(self.scenes))]
        return (varied_picture if vary else scene_picture)(scene, self.sprites, rng)


def scene_picture(
    scene: Scene, sprites: Sprites, rng: random.Random, turn: int = TURN, drawn: Mapping[Cell, Sprite] | None = None
) -> Picture:
    """A scene with drawings chosen by ``rng``. ``drawn`` has the sprites of cells whose things have no drawing."""
    drawn = drawn or {}
    stream = Stream("fusion", rng.getrandbits(48))
    chosen = {t.kind: sprites.choose(stream, t.kind) for t in scene.things if not t.colour and (t.row, t.column) not in drawn}
    turns = {kind: rng.randint(-turn, turn) for kind in chosen}
    side = rng.choice(SIDES)

    def sprite_of(thing: Thing, across: int) -> Sprite:
        own = drawn.get((thing.row, thing.column))
        return resized(sprites.pixels(chosen[thing.kind]), across, turns[thing.kind]) if own is None else resized(own, across)

    pixels = scene_pixels(scene, side, sprite_of)
    return Picture(preprocessed(pixels), scene_items(scene), COLOUR_INDEX[scene.background])


def varied_picture(scene: Scene, sprites: Sprites, rng: random.Random) -> Picture:
    """As ``scene_picture``, but some shapes have a color, or an outline, without a name; -1 stands for it."""
    shown, others = varied(scene, rng)
    picture = scene_picture(shown, sprites, rng, drawn={cell: sprite for cell, (sprite, _, _) in others.items()})
    items = []
    for thing, item in zip(scene.things, scene_items(scene), strict=True):
        _, kind, colour = others.get((thing.row, thing.column), (None, True, True))
        items.append(replace(item, kind=item.kind if kind else UNNAMED, colour=item.colour if colour else UNNAMED))
    return replace(picture, items=tuple(items))


def scene_items(scene: Scene) -> tuple[Item, ...]:
    """Where the things of a scene are in its preprocessed picture of 100 x 100 pixels."""
    out = []
    for thing in scene.things:
        x, y, width = (value * SHORT for value in box(thing))
        left, top = min(max(x - width / 2, 0), SHORT - width), min(max(y - width / 2, 0), SHORT - width)
        colour = COLOUR_INDEX[thing.colour] if thing.colour else NO_COLOUR
        out.append(Item(KIND_INDEX[thing.kind], colour, left, top, left + width, top + width))
    return tuple(out)


def boxes_items(world: World, order: tuple[int, int, int] = (0, 1, 2)) -> tuple[Item, ...]:
    """The shapes of three grey boxes, in pixels of the whole picture."""
    out = []
    for place, index in enumerate(order):
        left = place * 150
        for t in world.boxes[index]:
            out.append(Item(KIND_INDEX[t.kind], COLOUR_INDEX[t.colour], left + t.x, t.y, left + t.x + t.size, t.y + t.size, t.walls))
    return tuple(out)


def boxes_picture(world: World) -> Picture:
    return Picture(boxes_render.picture(world), boxes_items(world), COLOUR_INDEX["gray"])


def draw_boxes(rng: random.Random) -> Picture:
    return boxes_picture(draw_world(rng))


class EasyVqa:
    """The training pictures of easy-VQA. What is in one follows from its questions; where, from its pixels."""

    def __init__(self, folder: Path, split: str = "train") -> None:
        self.questions: dict[int, list[tuple[str, str]]] = {}
        for text, answer, image in json.loads((folder / split / "questions.json").read_text()):
            self.questions.setdefault(image, []).append((text, answer))
        self.pictures: dict[int, Picture] = {}
        for image, asked in self.questions.items():
            pixels = np.asarray(Image.open(folder / split / "images" / f"{image}.png").convert("RGB"))
            self.pictures[image] = easy_picture(pixels, asked)
        self.ids = sorted(self.pictures)

    def draw(self, rng: random.Random) -> Picture:
        return self.pictures[rng.choice(self.ids)]


def easy_picture(pixels: np.ndarray, asked: list[tuple[str, str]]) -> Picture:
    """One shape on a light ground."""
    said = {answer for _, answer in asked}
    kinds = {"circle", "rectangle", "triangle"}
    for text, answer in asked:
        kind = next((k for k in kinds if f"{k}" in text), None)
        if kind and ("color" in text or (answer == "yes") != (" not " in text or " no " in text)):
            said.add(kind)
    shape = next((k for k in SHAPE_KINDS if k in said & kinds), None)
    colour = next((COLOUR_INDEX[c] for c in COLOUR_INDEX if c in said), -1)
    if colour < 0:
        for text, answer in asked:
            name = next((c for c in COLOUR_INDEX if f" {c} " in f" {text.replace('?', ' ')} "), None)
            if (name and (answer in kinds or (answer == "yes") != (" not " in text or " no " in text)) and answer != "no") or (
                name and answer == "no" and (" not " in text or " no " in text)
            ):
                colour = COLOUR_INDEX[name]
    ground = pixels[0, 0].astype(int)
    inside = np.abs(pixels.astype(int) - ground).sum(-1) > 60
    rows, columns = np.nonzero(inside.any(1))[0], np.nonzero(inside.any(0))[0]
    scale = SHORT / pixels.shape[0]
    edges = [v * scale for v in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)]
    kind = KIND_INDEX[shape] if shape else -1
    return Picture(preprocessed(pixels), (Item(kind, colour, *edges),), -1)

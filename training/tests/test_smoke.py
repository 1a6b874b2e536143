"""The whole way in under two minutes of one core: train on made-up drawings, export, quantize, retrieve drawings never seen.

``npm test`` runs this file where PyTorch is present (test/integration/scripts/training-smoke.test.ts).
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image, ImageDraw

from assay_training import augment, data, evaluate, export, quantize, tokenizer, training_loop
from assay_training.captions import COLOURS, corpus
from assay_training.catalogue import EMOJI, Drawing
from assay_training.dual_encoder import Config
from assay_training.train_clip import Options, Trainer

SHAPES = {"square": "方块", "disc": "圆", "triangle": "三角", "bar": "条"}
SHADES = {"black": "黑", "red": "红", "yellow": "黄", "green": "绿", "blue": "蓝", "purple": "紫"}
TRAINED = 5  # drawings of each of the 24 concepts; one more is held out


def draw(shape: str, colour: str, random: np.random.Generator) -> np.ndarray:
    """[96, 96, 4] uint8, premultiplied: a shape of some size somewhere."""
    side = int(random.integers(40, 61))
    left, top = (int(random.integers(4, 92 - side)) for _ in range(2))
    box = [left, top, left + side, top + (side // 3 if shape == "bar" else side)]
    picture = Image.new("RGBA", (96, 96))
    pen = ImageDraw.Draw(picture)
    if shape == "triangle":
        pen.polygon([box[0], box[3], box[2], box[3], (box[0] + box[2]) // 2, box[1]], fill=COLOURS[colour])
    else:
        (pen.ellipse if shape == "disc" else pen.rectangle)(box, fill=COLOURS[colour])
    return np.asarray(picture)


def made_up() -> data.Dataset:
    random = np.random.default_rng(1)
    drawings, split, pixels = [], [], []
    for number in range(TRAINED + 1):
        for shape, shape_zh in SHAPES.items():
            for colour, colour_zh in SHADES.items():
                label = f"{colour} {shape}"
                drawings.append(Drawing(f"{label} {number}", "p", EMOJI, label, label, label_zh=colour_zh + shape_zh))
                split.append("val" if number == TRAINED else "train")
                pixels.append(draw(shape, colour, random))
    return data.Dataset(drawings, split, np.stack(pixels))


def run(file: Path, **inputs: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def test_two_minutes_from_drawings_to_int8_retrieval(tmp_path: Path) -> None:
    began = time.process_time()
    torch.set_num_threads(1)
    dataset = made_up()
    tokens = tokenizer.train(corpus(dataset.drawings), size=300)
    config = Config(
        vocabulary=tokens.get_vocab_size(), widths=(8, 16, 24, 32), blocks=(1, 1, 1, 1), text_width=48, text_layers=1
    )
    options = Options(out=tmp_path, steps=240, batch=48, memory=96, threads=1)
    sampler = data.Sampler(dataset, tokens, options.seed)
    trainer = Trainer(options, config, sampler)
    losses = [trainer.train_step() for _ in range(options.steps)]
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[:20])

    model = trainer.averaged
    training_loop.reestimate_norms(model, model.image, export.fresh_pictures(sampler, batches=8, size=48))
    vision, text = export.export_onnx(model, tmp_path)
    trained, held_out = dataset.indices("train"), dataset.indices("val")
    quantize.vision_static(vision, tmp_path / "vision.int8.onnx", data.evaluation_pixels(dataset, trained).numpy())
    quantize.text_dynamic(text, tmp_path / "text.int8.onnx")

    pictures = data.evaluation_pixels(dataset, held_out).numpy()
    assert pictures.shape[-1] == augment.IMAGE_SIZE
    images = run(tmp_path / "vision.int8.onnx", pixel_values=pictures)
    for field in ("label", "label_zh"):
        said = [np.array([tokens.encode(getattr(dataset.drawings[index], field)).ids]) for index in held_out]
        texts = np.concatenate([run(tmp_path / "text.int8.onnx", input_ids=ids) for ids in said])
        for row in evaluate.measured(field, "int8", images, texts):
            if row["metric"] == "R@1":
                assert row["low"] > 5 * row["chance"], row
    assert time.process_time() - began < 120

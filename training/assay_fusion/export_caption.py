"""Weights -> the files of a captioner: detector, namer, encoder and one step of the decoder as ONNX.

    python -m assay_fusion.export_caption recipes/assay-caption.toml --eyes <state>/eyes --namer <state>/namer --caption <state>/caption --out ../models/assay-caption
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from . import texts
from .caption import LONGEST, CaptionConfig, Captioner
from .checkpoints import averaged_weights
from .export_fusion import OPSET, fusion_dynamic, graph_of, largest_difference, perceiving, refuse_difference, write_perception
from .things import WIDTH

BEAMS = 3
LENGTH_POWER = 0.7


class Encoder(nn.Module):
    """things [1, n, WIDTH] -> memory, looked, names."""

    def __init__(self, model: Captioner) -> None:
        super().__init__()
        self.model = model

    def forward(self, things: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.model.encode(things)


class OneStep(nn.Module):
    """One token of each beam -> logits of the next, and keys and values with those of this token."""

    def __init__(self, model: Captioner) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, position: Tensor, past: Tensor, memory: Tensor, looked: Tensor, names: Tensor) -> tuple[Tensor, Tensor]:
        return self.model.decode(ids, position, past, memory, looked, names, torch.zeros(1, 1, 1, 1))


def examples_of(model: Captioner, beams: int = 2, tokens: int = 3, things: int = 5) -> dict[str, Tensor]:
    """Inputs of a step, some tokens into a caption."""
    generator = torch.Generator().manual_seed(1)
    config = model.config
    memory, looked, names = model.encode(torch.rand(1, things, WIDTH, generator=generator))
    past = torch.randn(config.layers, 2, beams, config.heads, tokens, config.width // config.heads, generator=generator)
    ids = torch.arange(5, 5 + beams).unsqueeze(1)
    return {"ids": ids, "position": torch.tensor([tokens]), "past": past, "memory": memory.detach(), "looked": looked.detach(), "names": names.detach()}


def export_captioner(model: Captioner, folder: Path) -> None:
    """``encoder.onnx`` and ``step.onnx`` in fp32."""
    torch.onnx.export(
        Encoder(model).eval(), (torch.rand(1, 5, WIDTH),), str(folder / "encoder.onnx"), opset_version=OPSET, dynamo=False,
        input_names=["things"], output_names=["memory", "looked", "names"],
        dynamic_axes={"things": {1: "count"}, "memory": {4: "count"}, "looked": {1: "count"}, "names": {1: "count"}},
    )
    inputs = examples_of(model)
    torch.onnx.export(
        OneStep(model).eval(), tuple(inputs.values()), str(folder / "step.onnx"), opset_version=OPSET, dynamo=False,
        input_names=list(inputs), output_names=["logits", "present"],
        dynamic_axes={
            "ids": {0: "beams"}, "past": {2: "beams", 4: "tokens"}, "memory": {4: "count"}, "looked": {1: "count"}, "names": {1: "count"},
            "logits": {0: "beams"}, "present": {2: "beams", 4: "more"},
        },
    )
    for name in ("encoder", "step"):
        onnx.checker.check_model(str(folder / f"{name}.onnx"))


def differences(model: Captioner, folder: Path) -> dict[str, float]:
    """Of ONNX in fp32 from PyTorch; also of the first step, whose past is empty."""
    apart = {"encoder": largest_difference(Encoder(model), folder / "encoder.onnx", things=np.random.default_rng(1).random((1, 7, WIDTH)).astype(np.float32))}
    for name, tokens in (("step", 4), ("first step", 0)):
        inputs = {key: value.numpy() for key, value in examples_of(model, 1 if tokens == 0 else 3, tokens, 6).items()}
        apart[name] = largest_difference(OneStep(model), folder / "step.onnx", **inputs)
    return apart


def manifest(recipe: dict[str, Any], out: Path, config: CaptionConfig, begin: int, end: int) -> dict[str, Any]:
    search = {"begin": begin, "end": end, "longest": LONGEST, "beams": BEAMS, "length_power": LENGTH_POWER}
    shape = {"layers": config.layers, "heads": config.heads, "depth": config.width // config.heads}
    return perceiving(recipe, out) | {
        "kind": "captioner", "task": "image_captioning",
        "encoder": graph_of(out, "encoder.int8.onnx", "int8-dynamic"),
        "step": graph_of(out, "step.int8.onnx", "int8-dynamic") | shape | search,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path)
    for name in ("eyes", "namer", "caption", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = tomllib.loads(arguments.recipe.read_text("utf-8"))
    out: Path = arguments.out
    fp32 = arguments.caption / "export"
    for folder in (out, fp32):
        folder.mkdir(parents=True, exist_ok=True)
    tokenizer = texts.load(arguments.caption / "tokenizer.json")
    config = CaptionConfig(vocabulary=tokenizer.get_vocab_size())
    model = Captioner(config)
    model.load_state_dict(averaged_weights(arguments.caption))
    model.eval()
    apart = {"detector": write_perception(arguments.eyes, arguments.namer, arguments.caption / "tokenizer.json", fp32, out)}
    export_captioner(model, fp32)
    refuse_difference(apart | differences(model, fp32))
    for name in ("encoder", "step"):
        fusion_dynamic(fp32 / f"{name}.onnx", out / f"{name}.int8.onnx")
    begin, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    (out / "manifest.json").write_text(json.dumps(manifest(recipe, out, config, begin, end), indent=2) + "\n")


if __name__ == "__main__":
    main()

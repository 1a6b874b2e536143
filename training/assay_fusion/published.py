"""The shipped files of a fusion model as weights in PyTorch, so that a training can go on from a published version.

Checkpoints are not kept with the repository; the int8 files are. Dequantized, they give the answers of the files
themselves, but for the rounding of activations.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from . import texts
from .blocks import Config
from .checkpoints import averaged_weights
from .fusion import Fusion

GRAPH = "fusion.int8.onnx"
ENDINGS = ("_quant", "_MatMul", "/MatMul", "/Gemm")  # of a product's node behind its module's name, from the right


def is_published(folder: Path) -> bool:
    return (folder / GRAPH).exists()


def weights_of(folder: Path) -> dict[str, Tensor]:
    """Every parameter of a fusion model's graph by its name in PyTorch; products in int8 as the floats they stand for.

    Embeddings, biases and norms keep their names in the graph. A product's weights lost theirs, but its node is called
    after its module; weights that two products share are taken from the first.
    """
    graph = onnx.load(str(folder / GRAPH)).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    out = {name.removeprefix("model."): values for name, values in stored.items() if name.startswith("model.") and values.dtype == np.float32}
    for node in graph.node:
        if node.op_type in ("MatMul", "MatMulInteger", "Gemm") and node.input[1] in stored:
            module = node.name
            for ending in ENDINGS:
                module = module.removesuffix(ending)
            out.setdefault(f"{module.strip('/').replace('/', '.')}.weight", weight_of(node, stored))
    return {name: torch.from_numpy(np.array(values, np.float32)) for name, values in out.items()}


def known_weights(folder: Path) -> dict[str, Tensor]:
    """Of a published model, or the averaged ones of a training."""
    return weights_of(folder) if is_published(folder) else averaged_weights(folder)


def weight_of(node: onnx.NodeProto, stored: dict[str, np.ndarray]) -> np.ndarray:
    """[out, in] of a product whose second factor is stored."""
    values = stored[node.input[1]]
    if node.op_type == "MatMulInteger":
        stem = node.input[1].removesuffix("_quantized")
        values = (values.astype(np.float32) - stored[f"{stem}_zero_point"].astype(np.float32)) * stored[f"{stem}_scale"]
    is_transposed = any(one.name == "transB" and one.i for one in node.attribute)
    return values if is_transposed else values.T


def model_of(folder: Path) -> Fusion:
    """The transformer of a published folder, in evaluation mode. A parameter that the graph lacks is an error."""
    lineage = json.loads((folder / "manifest.json").read_text("utf-8"))["id"].removeprefix("assay-")
    model = Fusion(Config(lineage=lineage, vocabulary=texts.load(folder / "tokenizer.json").get_vocab_size()))
    own, stored = model.state_dict(), weights_of(folder)
    model.load_state_dict({name: stored[name] for name in own})
    return model.eval()

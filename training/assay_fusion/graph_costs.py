"""What a graph costs: its weights, and its multiply-adds for one input."""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np
import onnx
from onnx import helper
from onnxruntime import InferenceSession

COUNTED = ("MatMul", "Gemm")


def weights_of(file: Path) -> int:
    """Numbers in fp32 that the graph holds."""
    floats = (onnx.TensorProto.FLOAT,)
    return sum(prod(tensor.dims) for tensor in onnx.load(str(file)).graph.initializer if tensor.data_type in floats)


def multiply_adds(file: Path, things: np.ndarray, ids: list[int]) -> int:
    """Of all matrix products of an fp32 graph, for one picture's rows and one text; shapes are read off a run."""
    model = onnx.load(str(file))
    products = [node for node in model.graph.node if node.op_type in COUNTED]
    constants = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    known = {one.name for one in model.graph.output}
    wanted = dict.fromkeys(name for node in products for name in (node.input[0], node.output[0]) if name not in constants)
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in wanted if name not in known)
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {"things": things[None], "ids": np.array([ids], np.int64)}
    shapes = constants | {name: np.asarray(value).shape for name, value in zip(wanted, session.run(list(wanted), feeds), strict=True)}
    total = 0
    for node in products:
        is_turned = any(one.name == "transA" and one.i for one in node.attribute)
        total += prod(shapes[node.output[0]]) * shapes[node.input[0]][-2 if is_turned else -1]
    return total

"""Weights of MatMul stored in four bits, as ONNX Runtime's ``MatMulNBits`` reads them.

A column of a matrix [k, n] is cut into blocks of 32 weights; each block has a scale in fp32, and each weight is one of
16 steps of it, -8 to 7. Two weights share a byte, the earlier one in its lower half. ONNX Runtime's own tool needs one more
package for the same layout.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 32
DOMAIN = "com.microsoft"


def packed(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[k, n] fp32 -> (bytes [n, blocks, BLOCK / 2] uint8, scales [n * blocks] fp32). Rows are filled up with zeros."""
    rows, columns = weights.shape
    blocks = -(-rows // BLOCK)
    filled = np.zeros((blocks * BLOCK, columns), np.float32)
    filled[:rows] = weights
    cells = filled.T.reshape(columns, blocks, BLOCK)
    # The weight that is farthest from zero becomes -8 steps, so all 16 steps are used.
    farthest = np.take_along_axis(cells, np.abs(cells).argmax(-1, keepdims=True), -1)
    scales = np.where(farthest == 0, 1, farthest / -8).astype(np.float32)
    steps = np.clip(np.round(cells / scales), -8, 7).astype(np.int8) + 8
    return (steps[..., 0::2] | (steps[..., 1::2] << 4)).astype(np.uint8), scales.reshape(-1)


def unpacked(stored: np.ndarray, scales: np.ndarray, rows: int) -> np.ndarray:
    """What ``packed`` stands for, [rows, n]."""
    columns, blocks, _ = stored.shape
    steps = np.stack([stored & 15, stored >> 4], -1).reshape(columns, blocks, BLOCK).astype(np.float32) - 8
    return (steps * scales.reshape(columns, blocks, 1)).reshape(columns, -1).T[:rows]


def four_bits(source: Path, target: Path, left: Collection[str]) -> None:
    """Store the weights of every MatMul in four bits but for the nodes that are ``left`` in fp32."""
    model = onnx.load(str(source))
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes, unused = [], set()
    for node in graph.node:
        constant = constants.get(node.input[1]) if node.op_type == "MatMul" and node.name not in left else None
        weights = None if constant is None else numpy_helper.to_array(constant)
        if weights is None or weights.ndim != 2 or min(weights.shape) < BLOCK:
            nodes.append(node)
            continue
        name = node.input[1]
        unused.add(name)
        stored, scales = packed(weights)
        if f"{name}.4bit" not in constants:
            for suffix, values in (("4bit", stored), ("scales", scales)):
                tensor = numpy_helper.from_array(values, f"{name}.{suffix}")
                constants[tensor.name] = tensor
                graph.initializer.append(tensor)
        rows, columns = weights.shape
        nodes.append(helper.make_node(
            "MatMulNBits", [node.input[0], f"{name}.4bit", f"{name}.scales"], list(node.output), name=node.name, domain=DOMAIN,
            K=rows, N=columns, bits=4, block_size=BLOCK,
        ))
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name not in unused - used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    if all(one.domain != DOMAIN for one in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    onnx.save(model, str(target))

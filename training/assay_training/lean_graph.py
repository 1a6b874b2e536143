"""A quantized network of depthwise convolutions with smaller activations. Every output keeps its bits.

A convolution that widens a large picture takes an int32 sum per output value inside ONNX Runtime, and a Pad takes a
copy in fp32. In EfficientNet-Lite0 at 224 px the first expansion and its Pad took 6.6 MB of WebAssembly memory.

- A constant Pad before a convolution becomes the convolution's own padding.
- A 1x1 convolution followed by a depthwise one is split by channels, and the parts are concatenated after the depthwise
  one, where they are a quarter as large if it has stride 2. Channels do not mix in between. In fp32 the output of the
  first is as large as the sums.

    python -m assay_training.lean_graph vision.int8.onnx      # rewrites the file
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from .onnx_graph import areas_of

# Bytes of int32 sums, or of fp32 values, that one convolution may take.
MOST_SUMS = 2_000_000
# ONNX Runtime's depthwise kernels take 16 channels at a time.
CHANNELS = 16


class Graph:
    """Look-ups in a graph that changes."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.tensors = {one.name: one for one in graph.initializer}

    def array(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.tensors[name])

    def producer(self, name: str) -> NodeProto | None:
        return next((node for node in self.graph.node if name in node.output), None)

    def only_user(self, name: str) -> NodeProto | None:
        users = [node for node in self.graph.node if name in node.input]
        return users[0] if len(users) == 1 else None

    def add(self, name: str, array: np.ndarray) -> str:
        if name not in self.tensors:
            self.tensors[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
            self.graph.initializer.append(self.tensors[name])
        return name


def attributes(node: NodeProto) -> dict:
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def fold_pads(graph: Graph) -> int:
    """The number of Pads that became part of the convolution behind them."""
    pads = [node for node in graph.graph.node if node.op_type == "Pad"]
    return sum(fold_pad(graph, pad) for pad in pads)


def fold_pad(graph: Graph, pad: NodeProto) -> bool:
    if pad.input[1] not in graph.tensors or (len(pad.input) > 2 and pad.input[2] and graph.array(pad.input[2]) != 0):
        return False
    begin, end = np.split(graph.array(pad.input[1]), 2)
    between: list[NodeProto] = []
    user = graph.only_user(pad.output[0])
    while user is not None and user.op_type in ("QuantizeLinear", "DequantizeLinear"):
        between.append(user)
        user = graph.only_user(user.output[0])
    if user is None or user.op_type != "Conv" or begin[:2].any() or end[:2].any() or not same_scale(graph, pad, between):
        return False
    own = next(one for one in user.attribute if one.name == "pads")
    if any(own.ints):
        return False
    del own.ints[:]
    own.ints.extend(int(one) for one in (*begin[2:], *end[2:]))
    user.input[0] = pad.input[0]
    for node in (pad, *between):
        graph.graph.node.remove(node)
    return True


def same_scale(graph: Graph, pad: NodeProto, between: list[NodeProto]) -> bool:
    """Whether what is quantized behind the Pad has the scale and zero point of what comes before it."""
    if not between:
        return True
    before = graph.producer(pad.input[0])
    return before is not None and before.op_type == "DequantizeLinear" and all(
        np.array_equal(graph.array(before.input[at]), graph.array(node.input[at])) for node in between for at in (1, 2)
    )


def split_expansions(graph: Graph, areas: dict[str, int]) -> int:
    """The number of expansions that were split. ``areas``: pixels of each tensor."""
    convolutions = [node for node in graph.graph.node if node.op_type == "Conv" and attributes(node)["group"] == 1]
    return sum(split_expansion(graph, node, areas.get(node.output[0], 0)) for node in convolutions)


def split_expansion(graph: Graph, expand: NodeProto, area: int) -> bool:
    chain = to_depthwise(graph, expand)
    if chain is None:
        return False
    channels = constant(graph, expand.input[1]).shape[0]
    parts = next((count for count in range(1, channels // CHANNELS + 1)
                  if channels % (count * CHANNELS) == 0 and 4 * area * channels // count <= MOST_SUMS), 1)
    if parts == 1:
        return False
    nodes = list(graph.graph.node)
    at = nodes.index(chain[-1])
    made, outputs = [], []
    for part in range(parts):
        rows = slice(part * channels // parts, (part + 1) * channels // parts)
        made += part_of(graph, chain, f"_part{part}", rows, channels)
        outputs.append(made[-1].output[0])
    made.append(helper.make_node("Concat", outputs, [chain[-1].output[0]], name=f"{chain[-1].name}_parts", axis=1))
    del graph.graph.node[:]
    graph.graph.node.extend(one for one in [*nodes[: at + 1], *made, *nodes[at + 1:]] if all(one is not old for old in chain))
    return True


def to_depthwise(graph: Graph, expand: NodeProto) -> list[NodeProto] | None:
    """A 1x1 convolution, the depthwise one behind it, and what changes each value alone between and after them."""
    chain = [expand, *alone(graph, expand)]
    depthwise = graph.only_user(chain[-1].output[0])
    if depthwise is None or depthwise.op_type != "Conv" or set(attributes(expand)["kernel_shape"]) != {1}:
        return None
    if attributes(depthwise)["group"] != constant(graph, expand.input[1]).shape[0]:
        return None
    return [*chain, depthwise, *alone(graph, depthwise, ("Clip", "Relu", "QuantizeLinear"))]


def alone(graph: Graph, node: NodeProto, kinds: tuple[str, ...] = ("Clip", "Relu", "QuantizeLinear", "DequantizeLinear")) -> list[NodeProto]:
    """The nodes of these kinds that follow one by one."""
    found: list[NodeProto] = []
    user = graph.only_user(node.output[0])
    while user is not None and user.op_type in kinds:
        found.append(user)
        user = graph.only_user(user.output[0])
    return found


def constant(graph: Graph, name: str) -> np.ndarray:
    """Weights, or the int8 rows from which they are dequantized."""
    source = graph.producer(name)
    return graph.array(source.input[0] if source is not None else name)


def part_of(graph: Graph, chain: list[NodeProto], suffix: str, rows: slice, channels: int) -> list[NodeProto]:
    """The chain for some of its channels."""
    made: list[NodeProto] = []

    def cut(name: str) -> str:
        array = graph.array(name)
        return graph.add(name + suffix, array[rows]) if array.ndim > 0 and array.shape[0] == channels else name

    def operand(name: str) -> str:
        source = graph.producer(name)
        if source is None:
            return cut(name)
        made.append(helper.make_node(source.op_type, [cut(one) for one in source.input], [name + suffix], name=source.name + suffix, **attributes(source)))
        return name + suffix

    for place, node in enumerate(chain):
        first = node.input[0] if place == 0 else node.input[0] + suffix
        others = [operand(name) for name in node.input[1:]] if node.op_type == "Conv" else list(node.input[1:])
        more = attributes(node)
        if more.get("group", 1) == channels:
            more["group"] = rows.stop - rows.start
        made.append(helper.make_node(node.op_type, [first, *others], [node.output[0] + suffix], name=node.name + suffix, **more))
    return made


def drop_unused(graph: onnx.GraphProto) -> None:
    while True:
        used = {name for node in graph.node for name in node.input} | {one.name for one in graph.output}
        idle = [node for node in graph.node if not used.intersection(node.output)]
        if not idle:
            break
        for node in idle:
            graph.node.remove(node)
    for tensor in [one for one in graph.initializer if one.name not in used]:
        graph.initializer.remove(tensor)


def lean(file: Path) -> None:
    """Rewrites ``file``."""
    model = onnx.load(str(file))
    graph = Graph(model.graph)
    fold_pads(graph)
    split_expansions(graph, areas_of(model))
    drop_unused(model.graph)
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(file))


if __name__ == "__main__":
    lean(Path(sys.argv[1]))

"""int8: static QDQ (or weights alone) for the image tower, dynamic for the text tower.

Static QDQ is what pays in WebAssembly for convolutions (4-5 ms an image against 9 in fp32 and 47 with
dynamic quantization); dynamic MatMul is fine for a text tower that runs unpadded.

Weights use 7 of the 8 bits (``reduce_range``), or all of them unsigned. x86 processors with AVX2 but no VNNI multiply uint8 by int8
into 16-bit pairs that saturate: with full-range weights the same file gave a mean cosine to fp32 of 0.48 on
such a machine and 0.9998 elsewhere. With 7 bits nothing can saturate (2 x 255 x 64 < 32768), every runtime
agrees.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from .onnx_graph import areas_of


class Pictures(CalibrationDataReader):
    """Preprocessed training pictures [n, 3, 64, 64], a few at a time."""

    def __init__(self, pixels: np.ndarray, chunk: int = 32) -> None:
        self.rows: Iterator[np.ndarray] = iter(np.array_split(pixels, max(1, len(pixels) // chunk)))

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        rows = next(self.rows, None)
        return None if rows is None else {"pixel_values": rows}


def vision_static(source: Path, target: Path, calibration: np.ndarray, fp32_from: int | None = None, whole_range: bool = False, fp32_head: bool = False) -> None:
    """uint8 activations, int8 per-channel weights, ranges from the calibration pictures' extremes.

    ``fp32_from``: layers whose output has at least this many pixels (height times width) stay fp32. ONNX Runtime's
    WebAssembly has vector kernels for depthwise convolutions and bounds in fp32, and none in int8: there each
    product and each requantized value is computed alone. So the layers of many pixels and few channels are faster in
    fp32, those of few pixels and many channels in int8 (docs/measurements/edge-time.md).

    For towers with bounded activations (``Config.clip``). In one without, some pictures (black silhouettes) drive the
    deep layers to hundreds of times the usual values, and a range that holds them leaves the others a handful of
    steps: after 283,392 pairs the mean cosine to fp32 on validation drawings was 0.44 with extremes and 0.995 with the
    best percentile; bounded at 6 it is 0.9999 with extremes.

    The first convolution, pooling, projection and the last normalisation stay fp32: they cost next to nothing. Most
    of a picture is one flat ground, on which the rounding errors of the first weights add up to a constant that every
    layer carries on: in int8 it made the mean drift on validation drawings 2.4 times as large, the largest 7 times.

    ``whole_range``: weights use all eight bits and are stored unsigned around 128, since products of two unsigned bytes
    saturate on no processor.

    ``fp32_head``: behind the pooling only convolutions use bytes, and whatever else reads the pooled features reads them exactly.
    One range for all 1,280 features leaves the middle one a single step, and each sum of a head cost as much again.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(str(prepared))
        first = next(node.name for node in model.graph.node if node.op_type == "Conv")
        areas = areas_of(model) if fp32_from is not None else {}
        head = behind_pooling(model) if fp32_head else []
        large = [node.name for node in model.graph.node if fp32_from is not None and areas.get(node.output[0], 0) >= fp32_from]
        quantize_static(
            str(prepared),
            str(target),
            Pictures(calibration),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=not whole_range,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "Relu", "Clip", "Add"],
            nodes_to_exclude=[first, *large, *head],
        )
    if whole_range:
        convolutions_unsigned(target)
    if fp32_head:
        read_pooled_exactly(target)
    onnx.checker.check_model(str(target))


def behind_pooling(model: onnx.ModelProto) -> list[str]:
    """Names of all nodes that read the pooled features, directly or not, but for convolutions."""
    pooled = next(node.output[0] for node in model.graph.node if node.op_type in ("ReduceMean", "GlobalAveragePool"))
    reached, names = {pooled}, []
    for node in model.graph.node:  # in topological order
        if reached & set(node.input):
            reached.update(node.output)
            if node.op_type != "Conv":
                names.append(node.name)
    return names


def read_pooled_exactly(file: Path) -> None:
    """Whatever reads the pooled features from bytes, but for a convolution, reads the features themselves."""
    model = onnx.load(str(file))
    pooled = next(node.output[0] for node in model.graph.node if node.op_type in ("ReduceMean", "GlobalAveragePool"))
    stored = {node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] == pooled}
    again = {node.output[0] for node in model.graph.node if node.op_type == "DequantizeLinear" and node.input[0] in stored}
    for node in model.graph.node:
        if node.op_type != "Conv":
            for index, name in enumerate(node.input):
                if name in again:
                    node.input[index] = pooled
    onnx.save(model, str(file))


def convolutions_unsigned(file: Path) -> None:
    """``unsigned`` for the weights of all convolutions of a QDQ file."""
    model = onnx.load(str(file))
    made_by = {node.output[0]: node for node in model.graph.node if node.op_type == "DequantizeLinear"}
    sources = [made_by[node.input[1]] for node in model.graph.node if node.op_type == "Conv" and node.input[1] in made_by]
    unsigned(model, [node.input[0] for node in sources], [node.input[2] for node in sources])
    onnx.save(model, str(file))


def products_unsigned(model: onnx.ModelProto) -> None:
    """``unsigned`` for the matrices of all dynamic products."""
    products = [node for node in model.graph.node if node.op_type == "MatMulInteger"]
    unsigned(model, [node.input[1] for node in products], [node.input[3] for node in products])


def unsigned(model: onnx.ModelProto, weights: list[str], zeros: list[str]) -> None:
    """Store int8 weights and their zero points as uint8, 128 higher: the same numbers. Other tensors stay."""
    named = {*weights, *zeros}
    for tensor in model.graph.initializer:
        if tensor.name in named and tensor.data_type == TensorProto.INT8:
            values = numpy_helper.to_array(tensor).astype(np.int16) + 128
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.uint8), tensor.name))


def weights_to_int8(graph: onnx.GraphProto, tensor: TensorProto, axis: int) -> None:
    """Replace one tensor of weights by int8 rows, dequantized when the session opens; a scale per index along ``axis``."""
    weights = numpy_helper.to_array(tensor)
    others = tuple(each for each in range(weights.ndim) if each != axis)
    scale = np.maximum(np.abs(weights).max(others, keepdims=True), 1e-8) / 127
    rows = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    name = tensor.name
    graph.initializer.remove(tensor)
    graph.initializer.append(numpy_helper.from_array(rows, f"{name}_int8"))
    graph.initializer.append(numpy_helper.from_array(scale.reshape(-1).astype(np.float32), f"{name}_scale"))
    graph.initializer.append(numpy_helper.from_array(np.zeros(scale.size, np.int8), f"{name}_zero"))
    inputs = [f"{name}_int8", f"{name}_scale", f"{name}_zero"]
    graph.node.insert(0, helper.make_node("DequantizeLinear", inputs, [name], axis=axis))


def vision_weights(source: Path, target: Path) -> None:
    """int8 weights per output channel, dequantized when the session opens; arithmetic in fp32.

    As small as ``vision_static``, but as slow as fp32: for towers whose activations are not bounded.
    """
    model = onnx.load(str(source))
    graph = model.graph
    used = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    for tensor in [one for one in graph.initializer if one.name in used]:
        weights_to_int8(graph, tensor, axis=0)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def text_dynamic(source: Path, target: Path, whole_range: bool = False) -> None:
    """MatMul and Gemm dynamic int8 (per channel); the tables of tokens and of word vectors int8 per row, read by Gather.

    The map of the word vectors stays fp32: it is the first thing that happens to a word, and small. So does a matrix that
    is called ``rest``. ``whole_range`` as in ``vision_static``.
    """
    exact = [node.name for node in onnx.load(str(source)).graph.node if "/lift/" in node.name or "/rest/" in node.name]
    quantize_dynamic(
        str(source), str(target), per_channel=True, reduce_range=not whole_range, weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=exact,
    )
    model = onnx.load(str(target))
    tables_to_int8(model)
    if whole_range:
        products_unsigned(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def matrices_dynamic(file: Path, within: str) -> None:
    """The matrices of MatMul nodes whose name contains ``within`` as unsigned bytes, with dynamic inputs as in ``text_dynamic``; others stay.

    A matrix that is dequantized when the session opens takes four times its file's bytes; this one stays bytes.
    """
    named = [node.name for node in onnx.load(str(file)).graph.node if node.op_type == "MatMul" and within in node.name]
    quantize_dynamic(
        str(file), str(file), per_channel=True, reduce_range=False, weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"], nodes_to_quantize=named,
    )
    model = onnx.load(str(file))
    products_unsigned(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


def tables_to_int8(model: onnx.ModelProto) -> None:
    """Replace the Gather of each table that is read by token id by: int8 rows x their fp32 scales, both gathered.

    Row-wise scales keep the error of a rare token independent of the frequent ones, and only the rows of
    one text are ever expanded to fp32 (a dequantized table would be four times as large).
    """
    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer}
    by_id = {"input_ids"}  # and what is made of ids alone: the learned rows' numbers are the ids, clamped
    for node in graph.node:
        if node.op_type in ("Clip", "Min", "Cast") and node.input[0] in by_id:
            by_id.update(node.output)
    gathers = [
        node for node in graph.node
        if node.op_type == "Gather" and node.input[0] in tables and len(tables[node.input[0]].dims) == 2
        and node.input[1] in by_id
    ]
    if not gathers:
        raise ValueError("no table is read by token id")
    for gather in gathers:
        name, ids, out = gather.input[0], gather.input[1], gather.output[0]
        table = numpy_helper.to_array(tables[name])
        scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
        rows = np.clip(np.rint(table / scale), -127, 127).astype(np.int8)
        graph.initializer.remove(tables[name])
        graph.initializer.append(numpy_helper.from_array(rows, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale"))
        replacement = [
            helper.make_node("Gather", [f"{name}_int8", ids], [f"{out}_int8"], axis=0),
            helper.make_node("Cast", [f"{out}_int8"], [f"{out}_float"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [f"{name}_scale", ids], [f"{out}_row_scale"], axis=0),
            helper.make_node("Mul", [f"{out}_float", f"{out}_row_scale"], [out]),
        ]
        at = list(graph.node).index(gather)
        graph.node.remove(gather)
        for offset, node in enumerate(replacement):
            graph.node.insert(at + offset, node)

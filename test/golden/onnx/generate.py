"""Models so small that their outputs can be checked by hand. Needs PyPI's `onnx` (1.23.2)."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent

weights = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(3, 2), "w")
bias = numpy_helper.from_array(np.ones(2, np.float32), "b")
graph = helper.make_graph(
    [helper.make_node("Gemm", ["x", "w", "b"], ["y"])],
    "affine",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
    [weights, bias],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
model.ir_version = 8
onnx.checker.check_model(model)
onnx.save(model, HERE / "affine.onnx")

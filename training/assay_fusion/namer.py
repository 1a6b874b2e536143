"""The namer: which of the drawings' kinds a thing is. assay-clip's shipped image tower, and a linear layer over it.

    python -m assay_fusion.namer --out <state>/namer

``names.int8.onnx``: picture [1, 3, h, w] in -1..1 and boxes [k, 4] in its pixels -> distribution over the drawings'
kinds [k, DRAWING_KINDS]. RoiAlign cuts each box out at the tower's 64 x 64 pixels. The tower stays as it ships; the
layer is fitted on crops of training scenes, with boxes as far off as a detector's.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, compose, helper, numpy_helper
from scenes.sprites import Sprites

from assay_training import paths

from .checkpoints import Log
from .pictures import ScenePictures, tensor_of
from .vocabulary import DRAWING, DRAWING_KINDS

TOWER = paths.MODELS / "assay-clip" / "vision.int8.onnx"
SIDE = 64
DIMENSIONS = 256
MARGIN = 0.04  # of a box's width, added on every side


def crop_graph() -> onnx.ModelProto:
    """picture, boxes -> pixel_values of the tower."""
    nodes = [
        helper.make_node("Shape", ["boxes"], ["boxes_shape"]),
        helper.make_node("Gather", ["boxes_shape", "first"], ["count"], axis=0),
        helper.make_node("ConstantOfShape", ["count"], ["batch"], value=numpy_helper.from_array(np.zeros(1, np.int64))),
        helper.make_node(
            "RoiAlign", ["picture", "boxes", "batch"], ["crops"], mode="avg", output_height=SIDE, output_width=SIDE,
            sampling_ratio=1, spatial_scale=1.0, coordinate_transformation_mode="half_pixel",
        ),
    ]
    graph = helper.make_graph(
        nodes, "crops",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"]), helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["things", 4])],
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["things", 3, SIDE, SIDE])],
        [numpy_helper.from_array(np.array([0], np.int64), "first")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def embedding_graph() -> onnx.ModelProto:
    """picture, boxes -> unit embeddings of the crops [k, 256]."""
    tower = onnx.load(str(TOWER))
    crops = crop_graph()
    crops.ir_version = tower.ir_version
    crops.opset_import[0].version = next(o.version for o in tower.opset_import if o.domain in ("", "ai.onnx"))
    return compose.merge_models(crops, tower, io_map=[("crops", "pixel_values")])


def with_layer(weight: np.ndarray, bias: np.ndarray) -> onnx.ModelProto:
    """The whole namer."""
    model = embedding_graph()
    graph = model.graph
    graph.initializer.extend([numpy_helper.from_array(weight.astype(np.float32), "layer"), numpy_helper.from_array(bias.astype(np.float32), "layer_bias")])
    graph.node.extend([
        helper.make_node("Gemm", ["image_embeds", "layer", "layer_bias"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["names"], axis=1),
    ])
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("names", TensorProto.FLOAT, ["things", len(DRAWING_KINDS)]))
    onnx.checker.check_model(model)
    return model


def session_of(model: onnx.ModelProto | Path) -> onnxruntime.InferenceSession:
    """One thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def cropped_boxes(boxes: np.ndarray) -> np.ndarray:
    """Boxes [k, 4] with the margin that the namer expects."""
    size = (boxes[:, 2:] - boxes[:, :2]) * MARGIN
    return np.concatenate([boxes[:, :2] - size, boxes[:, 2:] + size], 1).astype(np.float32)


def features(pictures: ScenePictures, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and kinds of the drawings in ``count`` pictures."""
    rng, noise = random.Random(f"namer/{seed}"), np.random.default_rng(seed)
    session = session_of(embedding_graph())
    vectors, kinds = [], []
    for _ in range(count):
        picture = pictures.draw(rng)
        drawn = [item for item in picture.items if item.kind >= DRAWING]
        if drawn:
            boxes = np.array([[i.left, i.top, i.right, i.bottom] for i in drawn], np.float32)
            boxes += noise.normal(0, 0.7, boxes.shape)
            feeds = {"picture": tensor_of(picture.pixels)[None], "boxes": cropped_boxes(boxes)}
            vectors.append(session.run(None, feeds)[0])
            kinds += [item.kind - DRAWING for item in drawn]
    return np.concatenate(vectors), np.array(kinds)


def fit(x: np.ndarray, y: np.ndarray, steps: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial regression with weight decay, whole batch."""
    torch.manual_seed(0)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    layer = torch.nn.Linear(x.shape[1], len(DRAWING_KINDS))
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.5, weight_decay=1e-4)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.5 * (1 - step / steps)
        optimizer.zero_grad()
        F.cross_entropy(layer(inputs), targets, label_smoothing=0.02).backward()
        optimizer.step()
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=9000)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    log = Log(out, "namer")
    x, y = features(ScenePictures(20261129, 9000, Sprites("train")), arguments.pictures, 1)
    log.say(event="features", crops=len(y))
    weight, bias = fit(x, y)
    onnx.save(with_layer(weight, bias), str(out / "names.int8.onnx"))
    logits = x @ weight.T + bias
    log.say(event="fitted", train=round(float((logits.argmax(1) == y).mean()), 4))
    unseen = ScenePictures(20261130, 400, Sprites("test_vendor"), split="val")
    x, y = features(unseen, 400, 2)
    log.say(event="end", unseen_artwork=round(float(((x @ weight.T + bias).argmax(1) == y).mean()), 4), crops=len(y))


if __name__ == "__main__":
    main()

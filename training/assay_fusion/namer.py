"""The namer: which of the drawings' kinds a thing is, by the network that ``train_namer`` trained.

    python -m assay_fusion.namer --out <state>/namer --names <state>/names

``names.int8.onnx``: picture [1, 3, h, w] in -1..1 and boxes [k, 4] in its pixels -> distribution over the drawings'
kinds [k, DRAWING_KINDS]. RoiAlign cuts each box out at the network's 80 x 80 pixels.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, compose, helper, numpy_helper
from scenes.sprites import Sprites
from torch import Tensor, nn

from assay_photo.graphs import vision_int8
from assay_training.onnx_graph import export_graph

from .checkpoints import Log, averaged_weights
from .drawings import Drawings
from .pictures import ScenePictures, tensor_of
from .train_namer import SIDE, Names, published
from .vocabulary import DRAWING

MARGIN = 0.04  # of a box's width, added on every side
SAME = 1e-4  # most that fp32 ONNX may differ from PyTorch


class NamesGraph(nn.Module):
    """Crops -> distribution."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names

    def forward(self, crops: Tensor) -> Tensor:
        return self.names(crops).softmax(1)


def crop_graph() -> onnx.ModelProto:
    """picture, boxes -> crops [k, 3, SIDE, SIDE]."""
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


def behind_crops(network: Path) -> onnx.ModelProto:
    """picture, boxes -> names: the crops, then the network of a file."""
    tower = onnx.load(str(network))
    crops = crop_graph()
    crops.ir_version = tower.ir_version
    del crops.opset_import[:]
    crops.opset_import.extend(tower.opset_import)
    model = compose.merge_models(crops, tower, io_map=[("crops", "pixel_values")])
    for node in model.graph.node:
        for index, name in enumerate(node.output):
            if name == "image_embeds":
                node.output[index] = "names"
    model.graph.output[0].name = "names"
    onnx.checker.check_model(model)
    return model


def session_of(model: onnx.ModelProto | Path) -> onnxruntime.InferenceSession:
    """One thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def cropped_boxes(boxes: np.ndarray) -> np.ndarray:
    """Boxes [k, 4] with the margin that the namer expects."""
    size = (boxes[:, 2:] - boxes[:, :2]) * MARGIN
    return np.concatenate([boxes[:, :2] - size, boxes[:, 2:] + size], 1).astype(np.float32)


def crops_of(pictures: ScenePictures, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of ``count`` pictures: pixels, boxes of the drawings as far off as a detector's, kinds."""
    rng, noise = random.Random(f"namer/{seed}"), np.random.default_rng(seed)
    for _ in range(count):
        picture = pictures.draw(rng)
        drawn = [item for item in picture.items if item.kind >= DRAWING]
        if drawn:
            boxes = np.array([[i.left, i.top, i.right, i.bottom] for i in drawn], np.float32)
            boxes += noise.normal(0, 0.7, boxes.shape)
            yield tensor_of(picture.pixels)[None], cropped_boxes(boxes), np.array([item.kind - DRAWING for item in drawn])


def right_names(session: onnxruntime.InferenceSession, pictures: ScenePictures, count: int) -> tuple[float, int]:
    """Share of the drawings that get their name, and how many there are."""
    right = [session.run(None, {"picture": pixels, "boxes": boxes})[0].argmax(1) == kinds for pixels, boxes, kinds in crops_of(pictures, count, 2)]
    return float(np.concatenate(right).mean()), sum(map(len, right))


def export(names: Names, out: Path) -> float:
    """Write ``names.onnx`` and ``names.int8.onnx``; the most that the fp32 graph differs from PyTorch."""
    calibration = torch.cat([Drawings().batch(7, step, 96, SIDE)[0] for step in range(4)]).numpy()
    export_graph(NamesGraph(names), torch.zeros(1, 3, SIDE, SIDE), out / "tower.onnx")
    vision_int8(out / "tower.onnx", out / "tower.int8.onnx", calibration)
    for kind in ("onnx", "int8.onnx"):
        onnx.save(behind_crops(out / f"tower.{kind}"), str(out / f"names.{kind}"))
    with torch.no_grad():
        ours = NamesGraph(names)(torch.from_numpy(calibration[:32])).numpy()
    return float(np.abs(ours - session_of(out / "tower.onnx").run(None, {"pixel_values": calibration[:32]})[0]).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--names", type=Path, required=True, help="folder of train_namer")
    parser.add_argument("--pictures", type=int, default=400, help="of the artist whom no training saw, to measure")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    log = Log(out, "namer")
    names = published()
    names.load_state_dict(averaged_weights(arguments.names))
    apart = export(names.eval(), out)
    log.say(event="exported", pytorch_against_onnx_fp32=apart)
    if apart > SAME:
        raise ValueError(f"ONNX differs from PyTorch by more than {SAME}: {apart}")
    unseen = ScenePictures(20261130, 400, Sprites("test_vendor"), split="val")
    for precision in ("names.onnx", "names.int8.onnx"):
        share, crops = right_names(session_of(out / precision), unseen, arguments.pictures)
        log.say(file=precision, unseen_artwork=round(share, 4), crops=crops)
    log.say(event="end")


if __name__ == "__main__":
    main()

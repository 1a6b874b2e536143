"""What a smaller fusion model costs: bytes, multiply-adds, accuracy and time of its transformer in many forms.

    python -m assay_fusion.efficiency ../models/assay-lxmert --state <state> --nlvr <folder> --nlvr-images <folder> --out <folder>
    npm run bench -- efficiency <folder> --plot docs/images/efficiency.svg

``<state>`` holds the trained ``lxmert`` and what ``distill`` made of it: ``student``, ``alone``, ``cut-25`` and
``cut-50``.
Detector and namer stay as shipped, so every form reads the same rows. ``<folder>`` gets the graph of every form,
``forms.json`` with what was measured here, and inputs for the bench, which adds the time in WebAssembly.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from assay_training import paths, quantize

from . import texts
from .distill import small, whole
from .export_fusion import export_fusion, fusion_dynamic, left_in_fp32
from .fusion import Fusion
from .graph_costs import multiply_adds, weights_of
from .measure_fusion import Asked, Model, nlvr, questions, statements, wilson
from .namer import session_of
from .nibbles import four_bits

Make = Callable[[Path, Path], None]
TIMED = 200  # texts whose native time is taken


@dataclass(frozen=True)
class Form:
    """A network in one storage format."""

    name: str
    network: str  # a folder of the state
    make: Make


def as_it_is(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def per_tensor(source: Path, target: Path) -> None:
    quantize.quantize_dynamic(
        str(source), str(target), per_channel=False, reduce_range=True, weight_type=quantize.QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=left_in_fp32(source),
    )


def in_four_bits(source: Path, target: Path) -> None:
    four_bits(source, target, left_in_fp32(source))


def pruned(share: float) -> Make:
    """Set the smallest weights of each matrix to zero, without training afterwards."""

    def make(source: Path, target: Path) -> None:
        model = onnx.load(str(source))
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.ndim == 2 and values.dtype == np.float32 and min(values.shape) >= 32:
                kept = np.where(np.abs(values) < np.quantile(np.abs(values), share), 0, values)
                tensor.CopyFrom(numpy_helper.from_array(kept.astype(np.float32), tensor.name))
        onnx.save(model, str(target))

    return make


FORMS = (
    Form("fp32", "lxmert", as_it_is),
    Form("int8 per tensor", "lxmert", per_tensor),
    Form("int8 per channel (shipped)", "lxmert", fusion_dynamic),
    Form("4-bit weights", "lxmert", in_four_bits),
    Form("30 % of the weights zero", "lxmert", pruned(0.3)),
    Form("50 % of the weights zero", "lxmert", pruned(0.5)),
    Form("70 % of the weights zero", "lxmert", pruned(0.7)),
    Form("25 % of heads and units cut", "cut-25", as_it_is),
    Form("50 % of heads and units cut", "cut-50", as_it_is),
    Form("50 % cut, int8 per channel", "cut-50", fusion_dynamic),
    Form("student, taught", "student", as_it_is),
    Form("student, taught, int8 per channel", "student", fusion_dynamic),
    Form("student, taught, 4-bit weights", "student", in_four_bits),
    Form("student, not taught", "alone", as_it_is),
)


def network_of(state: Path, name: str) -> Fusion:
    if (state / name / "sizes.json").exists():
        return small(state / name)
    return whole(state / name, name, texts.load(state / "data" / "tokenizer.json"))


def accuracy(model: Model, asked: list[Asked]) -> dict[str, Any]:
    right = sum(model.answer(one) == one.right for one in asked)
    low, high = wilson(right, len(asked))
    return {"accuracy": round(right / len(asked), 4), "low": round(low, 4), "high": round(high, 4), "n": len(asked)}


def native_milliseconds(model: Model, asked: list[Asked]) -> float:
    """Median CPU time of one text about one picture on one thread."""
    times = []
    for one in asked[:TIMED]:
        began = time.process_time_ns()
        model.say(one.rows, one.text)
        times.append((time.process_time_ns() - began) / 1e6)
    return round(float(np.median(times)), 2)


def inputs_of(model: Model, asked: list[Asked], count: int) -> list[dict[str, Any]]:
    """Inputs with the native answers of the form that is loaded."""
    out = []
    for one in asked[:count]:
        answer, truth = model.say(one.rows, one.text)
        ids = model.tokenizer.encode(one.text).ids
        said = [round(float(value), 4) for value in (*answer, truth)]
        out.append({"things": one.rows.round(5).ravel().tolist(), "count": len(one.rows), "ids": ids, "said": said})
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name in ("state", "nlvr", "nlvr-images", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    model, fixtures = Model(arguments.folder), paths.REPOSITORY / "fixtures"
    tests = {
        "nlvr-v1-dev": nlvr(model, arguments.nlvr, arguments.nlvr_images, 1),
        "unseen-scenes-vqa": questions(model, fixtures / "family" / "scenes"),
        "unseen-scenes-nlvr2": statements(model, fixtures / "family" / "nlvr2"),
    }
    asked = tests["unseen-scenes-vqa"]
    rows = []
    for number, form in enumerate(FORMS):
        source = out / f"{form.network}.fp32.onnx"
        if not source.exists():
            export_fusion(network_of(arguments.state, form.network), source)
        file = out / f"{number:02}.onnx"
        form.make(source, file)
        model.fusion = session_of(file)
        inputs = inputs_of(model, asked, 24)
        (out / f"{number:02}.json").write_text(json.dumps(inputs) + "\n")
        rows.append({
            "name": form.name, "file": file.name, "inputs": f"{number:02}.json", "bytes": file.stat().st_size, "weights": weights_of(source),
            "multiply_adds": multiply_adds(source, asked[0].rows, model.tokenizer.encode(asked[0].text).ids),
            "native_ms": native_milliseconds(model, asked), "tests": {name: accuracy(model, own) for name, own in tests.items()},
        })
        print(json.dumps(rows[-1]), flush=True)
    (out / "forms.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()

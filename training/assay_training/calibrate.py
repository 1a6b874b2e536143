"""A temperature that makes probabilities mean something, and how far they are from meaning it.

Temperature scaling and the expected calibration error of Guo et al. 2017 ("On calibration of modern neural networks"):
P(label) = softmax over the candidate labels of cosine / temperature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import data

LABELS = 20  # candidates a picture is given: its own and 19 others
BINS = 15


def candidate_cosines(images: np.ndarray, texts: np.ndarray, seed: int, labels: int = LABELS) -> np.ndarray:
    """[n, labels]: column 0 is the picture's own label, the others are drawn without replacement from the rest."""
    random = np.random.default_rng(seed)
    total = len(images)
    out = np.empty((total, labels))
    for row in range(total):
        others = random.choice(total - 1, labels - 1, replace=False)
        others += others >= row
        out[row] = texts[[row, *others]] @ images[row]
    return out


def probabilities(cosines: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax over the columns."""
    exponents = np.exp((cosines - cosines.max(1, keepdims=True)) / temperature)
    return exponents / exponents.sum(1, keepdims=True)


def negative_log_likelihood(cosines: np.ndarray, temperature: float) -> float:
    """Of column 0, mean over rows."""
    scaled = cosines / temperature
    top = scaled.max(1)
    return float((np.log(np.exp(scaled - top[:, None]).sum(1)) + top - scaled[:, 0]).mean())


def best_temperature(cosines: np.ndarray) -> float:
    """The temperature of least negative log likelihood; it is convex in 1 / temperature, so golden section finds it."""
    low, high = 1.0, 400.0  # of 1 / temperature
    golden = (5**0.5 - 1) / 2
    for _ in range(80):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if negative_log_likelihood(cosines, 1 / first) < negative_log_likelihood(cosines, 1 / second):
            high = second
        else:
            low = first
    return 2 / (low + high)


def expected_calibration_error(cosines: np.ndarray, temperature: float, bins: int = BINS) -> float:
    """Mean over equal-width bins of confidence of |accuracy - confidence|, weighted by their sizes."""
    shares = probabilities(cosines, temperature)
    confidence, right = shares.max(1), shares.argmax(1) == 0
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[bin_of == b].sum() - confidence[bin_of == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(cosines))


def errors(images: np.ndarray, texts: np.ndarray, fitted: dict[str, Any], seed: int) -> dict[str, float]:
    """On another split: top-1 accuracy among the candidates and the calibration error at the fitted temperature."""
    cosines = candidate_cosines(images, texts, seed, fitted["labels"])
    return {
        "accuracy": round(float((cosines.argmax(1) == 0).mean()), 4),
        "ece": round(expected_calibration_error(cosines, fitted["temperature"]), 4),
        "labels": fitted["labels"],
        "n": len(images),
    }


def fit(
    embed_images: Callable[[np.ndarray], np.ndarray],
    embed_texts: Callable[[list[str]], np.ndarray],
    dataset: data.Dataset,
    manifest: dict[str, Any],
) -> dict[str, Any]:
    """The manifest's ``calibration``: fitted on the validation drawings, one per concept, English labels."""
    indices = sorted({dataset.drawings[index].concept: index for index in dataset.indices("val")}.values())
    images = embed_images(data.evaluation_pixels(dataset, indices).numpy())
    texts = embed_texts([dataset.drawings[index].label for index in indices])
    cosines = candidate_cosines(images, texts, seed=1)
    temperature = best_temperature(cosines)
    return {
        "temperature": round(temperature, 6),
        "method": "temperature-scaling",
        "split": "val",
        "n": len(indices),
        "labels": LABELS,
        "ece_before": round(expected_calibration_error(cosines, 1 / manifest["embedding"]["logit_scale"]), 4),
        "ece_after": round(expected_calibration_error(cosines, temperature), 4),
        "bins": BINS,
    }

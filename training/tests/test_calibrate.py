"""The fitted temperature is the one that made the data, and calibration error is zero where confidence is right."""

from __future__ import annotations

import numpy as np
import pytest

from assay_training import calibrate


def drawn_at(temperature: float, rows: int = 20_000, labels: int = 5) -> np.ndarray:
    """Cosines whose column 0 is the right label as often as softmax at ``temperature`` says."""
    random = np.random.default_rng(3)
    cosines = random.uniform(-0.2, 0.4, (rows, labels))
    chances = calibrate.probabilities(cosines, temperature)
    right = (chances.cumsum(1) > random.random((rows, 1))).argmax(1)
    cosines[np.arange(rows), right], cosines[:, 0] = cosines[:, 0].copy(), cosines[np.arange(rows), right].copy()
    return cosines


@pytest.mark.parametrize("temperature", [0.02, 0.1, 0.5])
def test_the_temperature_that_made_the_data_is_found(temperature: float) -> None:
    cosines = drawn_at(temperature)
    assert calibrate.best_temperature(cosines) == pytest.approx(temperature, rel=0.08)
    assert calibrate.expected_calibration_error(cosines, temperature) < 0.012
    assert calibrate.expected_calibration_error(cosines, temperature / 5) > 0.05


def test_candidates_hold_the_right_label_first_and_no_label_twice() -> None:
    texts = np.eye(30)
    cosines = calibrate.candidate_cosines(np.eye(30), texts, seed=1, labels=20)
    assert (cosines[:, 0] == 1).all() and (cosines[:, 1:] == 0).all()
    spread = calibrate.candidate_cosines(np.ones((30, 30)) * np.arange(30), texts, seed=1, labels=20)
    assert all(len(set(row)) == 20 for row in spread)

"""Writes bounds.json: reference values of exponential-sum.ts and bounded-mean.ts. Run by hand with scipy 1.17.1: python3 make-expected-bounds.py

P(sum of e_i y_i <= 0) for standard exponentials e_i, by numerical inversion of the characteristic function (Gil-Pelaez 1951); ends by root
finding on it; proportions from scipy's beta distribution.
"""
import json
import pathlib

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import beta

EDGES = np.linspace(-30, 12, 400)


def not_positive(y):
    y = np.asarray(y, float)
    y = y[y != 0]
    if (y > 0).all():
        return 0.0
    if (y < 0).all():
        return 1.0
    y = y / np.abs(y).max()

    def integrand(x):
        return float(np.imag(np.exp(-np.log(1 - 1j * np.exp(x) * y).sum())))

    pieces = [quad(integrand, a, b, epsabs=1e-14, epsrel=1e-11, limit=200)[0] for a, b in zip(EDGES[:-1], EDGES[1:])]
    return 0.5 - sum(pieces) / np.pi


def half_unseen(sums, sizes, end, unseen, c):
    y = sums - c * sizes
    return 0.5 * not_positive(np.r_[y, unseen * (end - c)]) + 0.5 * not_positive(y)


def ends(sums, sizes, least, greatest, unseen, level):
    sums, sizes = np.asarray(sums, float), np.asarray(sizes, float)

    def low(sums, least):
        return brentq(lambda c: half_unseen(sums, sizes, least, unseen, c) - (1 - level) / 2, least + 1e-9, sums.sum() / sizes.sum(), xtol=1e-11)

    return [low(sums, least), -low(-sums, -greatest)]


def proportion(k, n, level):
    def low(k):
        if k == 0:
            return 0.0
        without = (lambda p: beta.cdf(p, k, n - k)) if k < n else (lambda p: 0.0)
        return brentq(lambda p: 0.5 * (beta.cdf(p, k, n - k + 1) + without(p)) - (1 - level) / 2, 1e-15, 1 - 1e-15, xtol=1e-16)

    return [low(k), 1 - low(n - k)]


probabilities = [
    [-0.9, -0.2, 0.4, 0.4, 0.6],
    [-3, -1, -1] + [0.5] * 8,
    [float(x) for x in np.linspace(-1, 1.5, 40)],
    [0.63] * 25 + [-0.37] * 26,
    [-2.0, 0.1, 0.2, 0.7],
    [1.0, -0.1, -0.2, -0.4],
    [0.02] * 40 + [-0.9, -0.5],
]
means = [
    [[1, 0, 0.3, 0.6, 1, 1, 0.9, 0, 0.3, 1], [1] * 10, 0, 1, 1, 0.95],
    [[0] * 16 + [0.2, 0.9, 0.05, 0.6], [1] * 20, 0, 1, 1, 0.95],
    [[1] * 48 + [0.9, 0], [1] * 50, 0, 1, 1, 0.95],
    [[1, 1.9, 1, 0.9, 1.3], [2, 3, 1, 2, 2], 0, 1, 2.2, 0.95],
    [[0] * 12 + [0.5, -0.3, 0.6, 0.2, 1, -0.1, 0.4, 0.3], [1] * 20, -1, 1, 1, 0.9],
]
expected = {
    "probabilities": [[y, not_positive(y)] for y in probabilities],
    "means": [[case, ends(*case)] for case in means],
    "p": [
        [case[:5], 2 * min(half_unseen(np.array(case[0]), np.array(case[1]), case[2], case[4], 0), half_unseen(-np.array(case[0]), np.array(case[1]), -case[3], case[4], 0))]
        for case in means[4:]
    ],
    "proportions": [[k, n, level, *proportion(k, n, level)] for k, n, level in [(7, 10, 0.95), (0, 50, 0.95), (1, 50, 0.95), (50, 50, 0.95), (3, 200, 0.9), (196, 200, 0.95), (120, 1000, 0.99)]],
}
pathlib.Path(__file__).with_name("bounds.json").write_text(json.dumps(expected))

"""Writes tests.json: reference values for the paired tests. Run by hand with scipy 1.17.1 and statsmodels 0.15.0: python3 make-expected-tests.py"""
import itertools
import json
import pathlib

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(20261124)


def sign_flip(differences):
    """Exact two-sided p over all 2^n signs."""
    d = np.array(differences)
    totals = np.array([abs(np.dot(signs, d)) for signs in itertools.product([-1, 1], repeat=len(d))])
    return float(np.mean(totals >= abs(d.sum()) - 1e-9))


def wilcoxon_pratt(differences):
    """Exact two-sided p of the signed-rank sum, zeros ranked and then left out, by enumeration."""
    d = np.array(differences)
    ranks = stats.rankdata(np.abs(d))[d != 0]
    signs = np.sign(d[d != 0])
    totals = np.array([abs(np.dot(s, ranks)) for s in itertools.product([-1, 1], repeat=len(ranks))])
    return float(np.mean(totals >= abs(np.dot(signs, ranks)) - 1e-9))


small = [[1.0, -0.3, 0.7, 0.0, 0.3, 0.3, -0.1], [0.5, 0.5, 0.5, 0.5, 0.5], [1.0, -1.0, 1.0, 1.0, 0.0, 1.0, -1.0, 1.0, 1.0]]
small += [rng.integers(-3, 6, size=12).astype(float).tolist() for _ in range(3)] + [rng.normal(0.4, 1, size=11).tolist()]
large = rng.normal(0.1, 1, size=400).tolist()
p_values = [rng.uniform(size=k).round(4).tolist() for k in (1, 4, 9)] + [[0.01, 0.04, 0.03, 0.005], [0.2, 0.2, 0.9, 1.0, 0.0]]
mid_p = lambda b, c: min(1.0, 2 * stats.binom.cdf(min(b, c), b + c, 0.5) - stats.binom.pmf(min(b, c), b + c, 0.5))


def bonett_price(b, c, n, level=0.95):
    p12, p21 = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = stats.norm.ppf(0.5 + level / 2) * np.sqrt((p12 + p21 - (p21 - p12) ** 2) / (n + 2))
    return [max(-1, p21 - p12 - half), min(1, p21 - p12 + half)]


def betting_ends(x, population, level=0.95, stake=0.75):
    """Running-intersection hedged-capital bounds by brute force over a grid of means (step 1e-4), straight from the papers' formulas."""
    x, n = np.array(x), len(x)
    t = np.arange(1, n + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = np.append(0.25, (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1))[:n]
    bets = np.sqrt(2 * np.log(2 / (1 - level)) / (variance * t * np.log1p(t)))
    before = np.append(0, np.cumsum(x))[:n]
    alive = []
    for m in np.arange(1e-4, 1, 1e-4):
        mu = (population * m - before) / (population - t + 1)
        if (mu < 0).any() or (mu > 1).any():
            continue
        with np.errstate(divide="ignore"):
            up = np.cumprod(1 + np.minimum(bets, stake / mu) * (x - mu))
            down = np.cumprod(1 - np.minimum(bets, stake / (1 - mu)) * (x - mu))
        if max(up.max(), down.max()) < 2 / (1 - level):
            alive.append(float(m))
    return [alive[0], alive[-1]]


scores = rng.choice([0, 0.3, 0.6, 0.9, 1], size=90, p=[0.25, 0.07, 0.08, 0.1, 0.5]).tolist()
rare = rng.choice([0.0, 1.0], size=90, p=[0.95, 0.05]).tolist()

out = {
    "withoutReplacement": [[x, 200, betting_ends(x, 200)] for x in (scores, rare)],
    "signFlip": [[d, sign_flip(d)] for d in small],
    "wilcoxon": [[d, wilcoxon_pratt(d)] for d in small],
    "wilcoxonNormal": [large, float(stats.wilcoxon(large, zero_method="pratt", correction=False, method="asymptotic").pvalue)],
    "holm": [[p, multipletests(p, method="holm")[1].tolist()] for p in p_values],
    "benjaminiHochberg": [[p, multipletests(p, method="fdr_bh")[1].tolist()] for p in p_values],
    "mcnemarMidP": [[b, c, float(mid_p(b, c))] for b, c in [(0, 0), (0, 1), (1, 7), (5, 5), (3, 12), (40, 60), (500, 610), (10, 3)]],
    "bonettPrice": [[b, c, n, *map(float, bonett_price(b, c, n))] for b, c, n in [(1, 7, 21), (0, 0, 50), (0, 5, 5), (40, 60, 1000)]],
}
pathlib.Path(__file__).with_name("tests.json").write_text(json.dumps(out).replace("], \"", "],\n \"") + "\n")

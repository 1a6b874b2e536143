"""Writes distributions.json: reference values of scipy 1.17.1 for special-functions.test.ts. Run by hand: python3 make-expected.py"""
import json
import pathlib

from scipy import special, stats

beta_x = [1e-6, 0.01, 0.2, 0.5, 0.9, 0.999]
counts = [1, 10, 100, 5000]
shares = [0.01, 0.3, 0.5, 0.97]
ks = lambda n: sorted({0, 1, n // 3, n // 2, n - 1, n})
expected = {
    "normalCdf": [[z, stats.norm.cdf(z)] for z in [-37, -20, -8, -5, -3, -2.83, -2.82, -1.96, -1, -0.1, 0, 0.5, 1, 2.5, 4, 8]],
    "normalQuantile": [[p, stats.norm.ppf(p)] for p in [1e-300, 1e-20, 1e-5, 0.001, 0.025, 0.1, 0.4, 0.6, 0.975, 0.9999]],
    "lgamma": [[x, special.gammaln(x)] for x in [1e-5, 0.1, 0.5, 1.5, 2.5, 7, 15.5, 100, 1e5, 1e10]],
    "incompleteBeta": [[x, a, b, special.betainc(a, b, x)] for x in beta_x for a in [0.5, 1, 3, 50, 2000] for b in [0.5, 1, 7, 300]],
    "inverseIncompleteBeta": [[p, a, b, special.betaincinv(a, b, p)] for p in [0.0005, 0.025, 0.5, 0.975] for a in [1, 3, 50, 2000] for b in [1, 7, 300, 1e5]],
    "studentTCdf": [[t, df, stats.t.cdf(t, df)] for t in [-50, -5, -2, -0.1, 0, 1, 3] for df in [1, 2, 5, 30, 1000, 1e6]],
    "studentTQuantile": [[p, df, stats.t.ppf(p, df)] for p in [0.0001, 0.005, 0.025, 0.4, 0.9, 0.975, 0.9995] for df in [1, 2, 3, 5, 29, 30, 1000, 1e6]],
    "binomialProbability": [[k, n, p, stats.binom.pmf(k, n, p)] for n in counts for p in shares for k in ks(n)],
    "binomialCdf": [[k, n, p, stats.binom.cdf(k, n, p)] for n in counts for p in shares for k in ks(n)],
    "wilson": [[k, n, level, *stats.binomtest(k, n).proportion_ci(level, "wilson")] for n in [1, 10, 137] for k in ks(n) for level in [0.9, 0.95]],
    "clopperPearson": [[k, n, level, stats.beta.ppf((1 - level) / 2, k, n - k + 1) if k else 0, stats.beta.isf((1 - level) / 2, k + 1, n - k) if k < n else 1] for n in [1, 10, 137] for k in ks(n) for level in [0.9, 0.95]],
}
rows = {name: [[float(x) for x in row] for row in table] for name, table in expected.items()}
text = json.dumps(rows).replace("]], ", "]],\n ")
pathlib.Path(__file__).with_name("distributions.json").write_text(text + "\n")

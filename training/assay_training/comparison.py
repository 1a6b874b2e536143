"""What ``compare`` measured: intervals, paired differences, the committed result and its Markdown table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from . import paths
from .evaluate import wilson

FILE = paths.RESULTS / "comparison.json"
CUTOFFS = (1, 5, 10)
RESAMPLES = 10_000
Ranks = list[int] | np.ndarray  # of the right item, from 0
READ_OUTS = [(gallery, language) for gallery in ("large", "small") for language in ("en", "zh")]


def measures(ranks: list[int]) -> dict[str, object]:
    """Recall in percent at each cutoff with Wilson's interval, and the mean reciprocal rank times 100."""
    total = len(ranks)
    out: dict[str, object] = {"queries": total, "mrr": round(100 * float(np.mean(1 / (np.array(ranks) + 1))), 2)}
    for k in CUTOFFS:
        hits = sum(rank < k for rank in ranks)
        low, high = wilson(hits, total)
        out[f"r{k}"] = {"percent": round(100 * hits / total, 1), "low": round(100 * low, 1), "high": round(100 * high, 1)}
    return out


def difference(ranks: Ranks, reference: Ranks, seed: int = 20261124) -> dict[str, dict[str, float]]:
    """Row minus reference in points, with the paired bootstrap's 95 % percentile interval over queries.

    Both rows answer the same queries, so a resample takes both answers of a query or neither. Ranks of shape [n, k] are of
    n pictures with k queries each: a resample takes all of a picture's queries or none.
    """
    ours, theirs = np.array(ranks), np.array(reference)
    single = {"mrr": 1 / (ours + 1) - 1 / (theirs + 1), "r1": (ours < 1) * 1.0 - (theirs < 1)}
    per_query = {name: values.reshape(len(ours), -1).mean(1) for name, values in single.items()}
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(ours), np.full(len(ours), 1 / len(ours)), size=RESAMPLES) / len(ours)
    out = {}
    for name, values in per_query.items():
        low, high = np.percentile(100 * (drawn @ values), [2.5, 97.5])
        out[name] = {"points": round(100 * float(values.mean()), 2), "low": round(float(low), 2), "high": round(float(high), 2)}
    return out


def summarize(results: list[dict], names: list[str], reference: str) -> dict[str, object]:
    """One object from the rows' files. Rows of other options than the first's are an error."""
    options, costs = results[0]["options"], results[0]["costs"]
    for result in results:
        if result["options"] != options or result["costs"] != costs:
            raise ValueError(f"row {result['name']!r} was run at another price than {results[0]['name']!r}: remove its file")
    base = next(result for result in results if result["name"] == reference)
    rows = []
    for result in sorted(results, key=lambda one: names.index(one["name"])):
        row = {key: value for key, value in result.items() if key not in ("small", "large", "options", "costs")}
        for gallery, language in READ_OUTS:
            ranks = result[gallery][language]
            row[f"{gallery}_{language}"] = measures(ranks)
            if result is not base:
                row[f"{gallery}_{language}"]["difference"] = difference(ranks, base[gallery][language])
        rows.append(row)
    return {
        "schema": "assay.training-comparison/1",
        "command": f"python -m assay_training.compare --seconds {options['seconds']:g}",
        "options": options,
        "costs": costs,
        "galleries": {gallery: len(base[gallery]["en"]) for gallery in ("large", "small")},
        "reference": reference,
        "missing": [name for name in names if name not in {result["name"] for result in results}],
        "rows": rows,
    }


def write(folder: Path, names: list[str], reference: str) -> None:
    """The finished rows of ``folder`` -> ``training/results/comparison.json``."""
    results = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    FILE.write_text(json.dumps(summarize(results, names, reference), indent=1) + "\n", "utf-8")


def read() -> dict:
    return json.loads(FILE.read_text("utf-8"))


def signed(value: float, digits: int) -> str:
    """2.0 -> "+2.0", -2.0 -> "−2.0"."""
    return f"{value:+.{digits}f}".replace("-", "−")


def interval(low: float, high: float) -> str:
    return f"({signed(low, 1)} to {signed(high, 1)})"


def table(result: dict) -> str:
    """The Markdown table. A difference is bold where its interval leaves out zero."""
    large, small = result["galleries"]["large"], result["galleries"]["small"]
    lines = [
        f"| row | pictures: pre-training + pairs | English, {large:,}: R@1 (95 %) | R@5 | R@10 | MRR | MRR against the reference (95 %) "
        f"| Chinese, {large:,}: R@1 (95 %) | MRR | against the reference | English, {small}: R@1 (95 %) |",
        "| --- | ---: | --- | ---: | ---: | ---: | --- | --- | ---: | --- | --- |",
    ]

    def recall(read_out: dict) -> str:
        r1 = read_out["r1"]
        return f"{r1['percent']:.1f} ({r1['low']:.1f}–{r1['high']:.1f})"

    def against(read_out: dict) -> str:
        if "difference" not in read_out:
            return "reference"
        found = read_out["difference"]["mrr"]
        told = signed(found["points"], 1)
        told = f"**{told}**" if found["low"] > 0 or found["high"] < 0 else told
        return f"{told} {interval(found['low'], found['high'])}"

    for row in result["rows"]:
        english, chinese = row["large_en"], row["large_zh"]
        lines.append(
            f"| {row['name']} | {row['pretraining_pictures']:,} + {row['pictures']:,} | {recall(english)} | {english['r5']['percent']:.1f} "
            f"| {english['r10']['percent']:.1f} | {english['mrr']:.1f} | {against(english)} | {recall(chinese)} | {chinese['mrr']:.1f} "
            f"| {against(chinese)} | {recall(row['small_en'])} |"
        )
    return "\n".join(lines)

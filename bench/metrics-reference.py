"""BLEU, ROUGE-L and CIDEr-D of COCO caption files by the official classes of the Python package pycocoevalcap.

    python bench/metrics-reference.py --annotations A.json --results R.json [--per-image]

Prints one JSON object: scores, the seconds of each part, CPU seconds with Java's. Does what pycocoevalcap/eval.py does, less
METEOR and SPICE, and reads the files with json alone, which is faster than pycocotools.
"""

import argparse
import contextlib
import json
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

parser = argparse.ArgumentParser()
parser.add_argument("--annotations", required=True)
parser.add_argument("--results", required=True)
parser.add_argument("--per-image", action="store_true")
options = parser.parse_args()

seconds = {}
started = time.perf_counter()


def note(part):
    global started
    now = time.perf_counter()
    seconds[part] = now - started
    started = now


with open(options.annotations) as file:
    dataset = json.load(file)
with open(options.results) as file:
    results = json.load(file)
references = {image["id"]: [] for image in dataset["images"]}
for annotation in dataset["annotations"]:
    references[annotation["image_id"]].append(annotation)
found = {result["image_id"]: [result] for result in results}
references = {image: captions for image, captions in references.items() if image in found}
candidates = {image: found[image] for image in references}
note("read")

scores = {}
images = {image: {} for image in references}


def keep(names, corpus, single):
    for name, value, values in zip(names, corpus, single):
        scores[name] = float(value)
        if options.per_image:
            for image, of_image in zip(references, values):
                images[image][name] = float(of_image)


# The scorers print on stdout.
with contextlib.redirect_stdout(sys.stderr):
    tokenizer = PTBTokenizer()
    references = tokenizer.tokenize(references)
    candidates = tokenizer.tokenize(candidates)
    note("tokenize")
    keep(["Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4"], *Bleu(4).compute_score(references, candidates))
    note("BLEU")
    corpus, single = Rouge().compute_score(references, candidates)
    keep(["ROUGE_L"], [corpus], [single])
    note("ROUGE-L")
    corpus, single = Cider().compute_score(references, candidates)
    keep(["CIDEr"], [corpus], [single])
    note("CIDEr-D")

uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(use.ru_utime + use.ru_stime for use in uses)
report = {"scores": scores, "seconds": seconds, "cpu": cpu}
if options.per_image:
    java = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr.splitlines()[0]
    report["per_image"] = images
    report["versions"] = f"pycocoevalcap {version('pycocoevalcap')}, Python {platform.python_version()}, {java}"
print(json.dumps(report))

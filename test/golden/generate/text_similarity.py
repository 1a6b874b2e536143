"""Numbers of text similarity by the packages that docs/graders.md names.

    pip install rapidfuzz==3.14.6 sacrebleu==2.6.0 nltk==3.10.4 rouge-score==0.1.2
    python test/golden/generate/text_similarity.py > test/golden/text-similarity/expected.json
"""

import json
import random
import sys

import sacrebleu
from nltk.translate.gleu_score import sentence_gleu
from rapidfuzz import fuzz
from rouge_score import rouge_scorer
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

BY_HAND = [
    ("", ""),
    ("", "a word"),
    ("a word", ""),
    ("Paris", "Paris"),
    ("paris", "Paris"),
    ("The capital is Paris.", "Paris"),
    ("the the the the", "the cat"),
    ("a red boat lies on the beach", "a red boat is lying on a beach"),
    ("12,345.67 and 3-4", "12,345.67 and 3 - 4"),
    ("don't stop -- now!", "do not stop now"),
    ("&quot;A&amp;B&quot; &lt;c&gt;", '"A&B" <c>'),
    ("end of line-\nbroken\nlines", "end of linebroken lines"),
    ("größer als 5 €", "grösser als 5 €"),
    ("日本語の文", "日本語の本"),
    ("🟢🟡🔴", "🟢🔴🟡"),
    ("tabs\tand   spaces ", " tabs and spaces"),
    ("{json: [1, 2]}", '{"json": [1,2]}'),
    ("3.14.15,9", "3.14,15.9"),
    ("x" * 70, "x" * 33 + "y" + "x" * 35),
    ("no overlap here", "completely different words"),
]
WORDS = "a the red blue boat dog runs sleeps on under table beach 7 42 3.5 isn't (maybe) co-op end. yes, U.S.".split()


def cases():
    draw = random.Random(7)
    yield from BY_HAND
    for _ in range(140):
        reference = [draw.choice(WORDS) for _ in range(draw.randint(1, 40))]
        words = [draw.choice(WORDS) if draw.random() < 0.25 else word for word in reference]
        if draw.random() < 0.3:
            draw.shuffle(words)
        yield " ".join(words[draw.randint(0, 2) :]), " ".join(reference)


def scores(text, reference, tokens, rouge):
    by_rouge = rouge.score(reference, text)
    return {
        "fuzzy_match": fuzz.ratio(text, reference) / 100,
        "bleu": sacrebleu.sentence_bleu(text, [reference]).score / 100,
        "gleu": sentence_gleu([tokens(reference.rstrip()).split()], tokens(text.rstrip()).split()),
        **{f"rouge_{n}": by_rouge[f"rouge{n}"].fmeasure for n in range(1, 6)},
        "rouge_l": by_rouge["rougeL"].fmeasure,
    }


def main():
    rouge = rouge_scorer.RougeScorer([*(f"rouge{n}" for n in range(1, 6)), "rougeL"], use_stemmer=False)
    tokens = Tokenizer13a()
    lines = [
        json.dumps({"input": text, "reference": reference, **scores(text, reference, tokens, rouge)})
        for text, reference in cases()
    ]
    sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")


main()

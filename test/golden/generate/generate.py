"""Makes the golden sets whose sentences are ours: inputs by `sentences.py`, numbers by the official programs.

    python test/golden/generate/generate.py --official FOLDER [--wordnet FOLDER] [--python2 PATH] [SET …]

`bench/conformance/official/programs.py` says what is needed and how FOLDER is laid out. Each set is a folder of `test/golden`; its
`made-by.json` says with which files (SHA-256) and versions its numbers were made. The inputs depend on the seed in this file alone; a
second run with the same programs writes the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GOLDEN = HERE.parent
sys.path.insert(0, str(ROOT / "bench" / "conformance" / "official"))

import programs as official  # noqa: E402
import sentences  # noqa: E402
from sentences import stream  # noqa: E402

SEED = "assay-golden-1"
Programs = official.Programs
KEYS = ("Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "CIDEr")


def write(path: Path, value: object) -> None:
    """JSON, one entry a line where a list or map is long; text as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, str):
        path.write_text(value, encoding="utf-8", newline="")
        return
    one = lambda entry: json.dumps(entry, ensure_ascii=False, separators=(",", ":"))  # noqa: E731
    if isinstance(value, list) and len(value) > 8:
        text = "[\n" + ",\n".join(map(one, value)) + "\n]\n"
    elif isinstance(value, dict):
        parts = []
        for key, entry in value.items():
            if isinstance(entry, list) and len(entry) > 8 and isinstance(entry[0], (dict, list)):
                parts.append(f"{one(key)}:[\n" + ",\n".join(map(one, entry)) + "\n]")
            elif isinstance(entry, dict) and len(entry) > 8:
                parts.append(f"{one(key)}:{{\n" + ",\n".join(f"{one(k)}:{one(v)}" for k, v in entry.items()) + "\n}")
            else:
                parts.append(f"{one(key)}:{one(entry)}")
        text = "{\n" + ",\n".join(parts) + "\n}\n"
    else:
        text = one(value) + "\n"
    path.write_text(text, encoding="utf-8")


def tokenized(programs: Programs, items: list[dict]) -> list[dict]:
    """Items with the tokens that pycocoevalcap scores: references as one text, then candidates as another."""
    flat = [text.replace("\n", " ") for item in items for text in item["references"]]
    references = iter(map(official.without_punctuation, official.ptb_lines(programs, flat)))
    candidates = map(official.without_punctuation, official.ptb_lines(programs, [item["candidate"].replace("\n", " ") for item in items]))
    return [
        {"id": item["id"], "candidate": words, "references": [next(references) for _ in item["references"]]}
        for item, words in zip(items, candidates)
    ]


# --- tokens ---------------------------------------------------------------------------------------------------------------------

def ptb_tokenizer(programs: Programs, folder: Path) -> None:
    """Lines by hand and by the grammar of the conformance bench; each kind is one text, as captions are to the tokenizer."""
    drawn = subprocess.run(["node", str(HERE / "tokenizer-lines.ts")], stdout=subprocess.PIPE, check=True).stdout
    kinds = {"hand": json.loads((HERE / "hard-lines.json").read_text("utf-8")), **json.loads(drawn)}
    rows = []
    for kind, lines in kinds.items():
        rows += [{"kind": kind, "raw": raw, "ptb": ptb, "coco": official.without_punctuation(ptb)} for raw, ptb in zip(lines, official.ptb_lines(programs, lines))]
    write(folder / "lines.json", rows)


# --- captions -------------------------------------------------------------------------------------------------------------------

def drawn_captions(count: int, name: str) -> list[dict]:
    items = []
    for index in range(count):
        random = stream(SEED, name, index)
        of = sentences.scene(random)
        how_many = 5 if random.random() < 0.85 else random.choice([1, 2, 3, 6, 7])
        references = [sentences.written(random, sentences.caption(random, of)) for _ in range(how_many)]
        said = sentences.candidate(random, of)
        items.append({"id": str(1000 + 7 * index), "candidate": said if random.random() < 0.8 else sentences.written(random, said), "references": references})
    items[17]["candidate"] = ""
    items[18]["candidate"] = "!"
    items[19]["references"] = ["", *items[19]["references"]]
    items[20]["references"] = [items[20]["references"][0]] * 5
    items[21]["candidate"] = items[21]["references"][0]
    return items


def coco_captions(programs: Programs, folder: Path) -> None:
    items = drawn_captions(240, "captions")
    # as in the official file an image's captions do not stand together
    rounds = [(item["id"], text) for place in range(7) for item in items for text in item["references"][place : place + 1]]
    write(folder / "annotations.json", {
        "info": {"description": "Made here: see test/golden/README.md"}, "licenses": [], "type": "captions",
        "images": [{"id": int(item["id"]), "file_name": f"made_{int(item['id']):06d}.jpg"} for item in items],
        "annotations": [{"image_id": int(id), "id": number, "caption": text} for number, (id, text) in enumerate(rounds, 1)],
    })
    write(folder / "results.json", [{"image_id": int(item["id"]), "caption": item["candidate"]} for item in items])
    words = tokenized(programs, items)
    write(folder / "tokenized.json", {item["id"]: {"refs": item["references"], "test": item["candidate"]} for item in words})
    expected = official.caption_scores(programs, words)
    with tempfile.TemporaryDirectory() as made:
        official.meteor_synonyms(programs, Path(made))
        vocabulary = sorted({word for item in words for text in [item["candidate"], *item["references"]] for word in text.split()})
        # METEOR's normaliser parts some words again, so its own words are asked for too
        vocabulary = sorted({*vocabulary, *(part for word in vocabulary for part in word.replace("'", " ").replace("-", " ").replace(".", "").split())})
        synsets = official.spice_scores(programs, [], Path(made), True, vocabulary)["synsets"]
        write(folder / "synsets.json", {word: sorted(synsets[word]) for word in vocabulary if synsets[word]})
        for modules in (["exact"], ["exact", "stem"], ["exact", "stem", "synonym"]):
            key = "_".join(modules)
            scores = official.meteor_scores(programs, words, modules, Path(made) if "synonym" in modules else None)
            expected["aggregate"][f"METEOR_noparaphrase:{key}"] = scores["score"]
            expected.setdefault("meteor_aggregate", {})[key] = {"score": scores["score"]}
            for id, row in scores["per_image"].items():
                expected["per_image"][id][f"METEOR_noparaphrase:{key}"] = row["score"]
                expected.setdefault("meteor_statistics", {}).setdefault(id, {})[key] = " ".join(f"{number:g}" for number in row["statistics"])
    write(folder / "expected.json", expected)


def cider_document_frequencies(programs: Programs, folder: Path) -> None:
    """CIDEr and CIDEr-D by vrama91/cider: frequencies of the set itself, and a table over a larger made corpus."""
    items = tokenized(programs, drawn_captions(240, "captions"))
    some = items[:60]
    corpus = [*items, *tokenized(programs, drawn_captions(1200, "captions of the table"))]
    frequencies: dict[str, int] = {}
    for item in corpus:
        grams = set()
        for text in item["references"]:
            words = text.split()
            grams |= {" ".join(words[at : at + size]) for size in range(1, 5) for at in range(len(words) - size + 1)}
        for gram in grams:
            frequencies[gram] = frequencies.get(gram, 0) + 1
    needed = set()
    for item in some:
        for text in [item["candidate"], *item["references"]]:
            words = text.split()
            needed |= {" ".join(words[at : at + size]) for size in range(1, 5) for at in range(len(words) - size + 1)}
    table = {gram: frequencies[gram] for gram in sorted(needed) if gram in frequencies}
    write(folder / "document_frequencies.json", {"ref_len": len(corpus), "document_frequency": table})
    ids = [item["id"] for item in some]
    expected: dict = {"image_ids": ids}
    for key, variant in (("CIDEr", "CIDEr"), ("CIDErD", "CIDEr-D")):
        scores = official.cider_scores(programs, some, variant, {"documents": len(corpus), "frequencies": table})
        expected[key] = dict(zip(ids, scores))
    whole = official.cider_scores(programs, items, "CIDEr")
    expected["whole_file_corpus_idf"] = {
        "CIDEr": math.fsum(whole) / len(whole), "CIDEr_per_image": dict(zip([item["id"] for item in items], whole)),
    }
    write(folder / "expected.json", expected)


EDGE_BASE = {
    "b1": (["a badger digs beside the gate", "the badger is digging near a gate"], "a badger is digging beside the gate"),
    "b2": (["two herons sleep on a jetty"], "two herons sleeping on the jetty"),
    "b3": (["a sailor mends a sail on the deck", "a seaman repairs a big sail", "sailor mending"], "a sailor mending a sail"),
}


def caption_metric_edge_cases(programs: Programs, folder: Path) -> None:
    """Small cases on tokenised text, each beside the same three images or alone."""
    x = {
        "empty_candidate": (["a kettle boils", "the kettle"], ""), "empty_reference": ([""], "a kettle boils"), "both_empty": ([""], ""),
        "one_of_refs_empty": (["", "a kettle boils"], "a kettle boils over"), "one_word": (["kettle"], "kettle"), "two_words": (["old kettle"], "old kettle"),
        "no_overlap": (["a kettle boils"], "three donkeys"), "exact_copy": (["a tin kettle boils on the stove"], "a tin kettle boils on the stove"),
        "repetition_gaming": (["the kettle on the stove boils"], "the the the the the the the"),
        "long_candidate": (["a kettle boils"], "a kettle boils and boils and then it boils over the edge of the old stove"),
        "short_candidate": (["a tin kettle boils over on the stove in the attic"], "a kettle"),
        "closest_reflen_tie": (["a kettle boils now on it", "a tin kettle boils over on the old stove here"], "a kettle boils over on the stove ok"),
        "closest_reflen_tie_reversed": (["a tin kettle boils over on the old stove here", "a kettle boils now on it"], "a kettle boils over on the stove ok"),
        "closest_is_not_shortest": (["a kettle", "a tin kettle boils over there", "the tin kettle boils over on an old black stove"], "a tin kettle boils over"),
        "precision_and_recall_of_different_references": (["kettle stove", "a b c kettle d e f stove g h"], "kettle x stove y"),
        "nbsp_inside_token": (["a 2\u00a01/2 pint kettle"], "a 2\u00a01/2 pint kettle"), "nbsp_vs_space": (["a 2\u00a01/2 pint kettle"], "a 2 1/2 pint kettle"),
        "double_space": (["a  kettle boils"], "a kettle  boils"), "unicode": (["ein Kessel \u00fcber dem caf\u00e9 \u65e5\u672c"], "ein Kessel \u00fcber caf\u00e9 \u65e5\u672c"),
        "duplicate_refs": (["a kettle boils"] * 4, "a kettle boils twice"), "clipped_bigrams": (["a b a b c"], "a b a b a b a b"),
        "very_long": (["w " * 70 + "end"], "w " * 64 + "stop w w"),
        "much_longer_than_its_reference": (["kettle on stove"], "kettle on stove and " * 8 + "end"),
    }
    cases: dict[str, tuple[dict, dict]] = {}
    for name, (references, said) in x.items():
        images = {**EDGE_BASE, "x": (references, said)}
        cases[name] = ({id: r for id, (r, _) in images.items()}, {id: [c] for id, (_, c) in images.items()})
    cases["single_image"] = ({"x": ["a kettle boils", "the kettle"]}, {"x": ["a kettle boils over"]})
    cases["two_images"] = ({k: EDGE_BASE[k][0] for k in ("b1", "b2")}, {k: [EDGE_BASE[k][1]] for k in ("b1", "b2")})
    cases["identical_image_sets"] = ({"p": ["a red kite", "the kite"], "q": ["a red kite", "the kite"]}, {"p": ["a red kite"], "q": ["the kite"]})
    out = {}
    for name, (gts, res) in cases.items():
        scores = official.caption_scores(programs, [{"id": id, "candidate": res[id][0], "references": gts[id]} for id in gts])
        out[name] = {"gts": gts, "res": res, "expected": {"aggregate": scores["aggregate"], "per_image": scores["per_image"]}}
    write(folder / "cases.json", out)


def meteor_cases(programs: Programs, folder: Path) -> None:
    """METEOR on sentences as people type them, with tokens that its normaliser takes apart, and on rows of inflected words."""
    items = []
    for index in range(400):
        said, references = sentences.metered(stream(SEED, "meteor", index))
        items.append({"id": str(index), "candidate": said, "references": references})
    rows = official.meteor_scores(programs, items, ["exact", "stem"])["per_image"]
    write(folder / "cases.json", [
        {"candidate": item["candidate"], "references": item["references"], "statistics": " ".join(f"{n:g}" for n in rows[item["id"]]["statistics"]), "score": rows[item["id"]]["score"]}
        for item in items
    ])


def msvd(programs: Programs, folder: Path) -> None:
    """Clips in the layout of S2VT's text files."""
    items, lines = [], []
    for number in range(1, 41):
        random = stream(SEED, "clip", number)
        of = sentences.scene(random)
        plain = lambda text: " ".join("".join(c for c in text.lower() if c.isalnum() or c in " '").split())  # noqa: E731
        own = [plain(sentences.caption(random, of)) for _ in range(random.randrange(6, 14))]
        items.append({"id": f"vid{number}", "candidate": plain(sentences.candidate(random, of)) or "a", "references": own})
        lines += [f"vid{number}\t{text}\n" for text in own]
    write(folder / "sentences.txt", "".join(lines))
    write(folder / "results.json", [{"image_id": item["id"], "caption": item["candidate"]} for item in items])
    write(folder / "youtube_mapping.txt", "\n".join(f"made{number:03d}clip_{number}_{number + 9} vid{number}" for number in range(1, 41)))
    write(folder / "list.txt", "\n".join(f"made{number:03d}clip_{number}_{number + 9}" for number in range(1, 41)))
    scores = official.caption_scores(programs, tokenized(programs, items))
    write(folder / "expected.json", {"aggregate": scores["aggregate"], "per_image": scores["per_image"]})


def flickr8k_judgements(programs: Programs, folder: Path) -> None:
    """Judgements in the layouts of Flickr8k-Expert and -CF, under the protocol of jmhessel/clipscore's example."""
    import scipy.stats

    random = stream(SEED, "judgements")
    scenes = [sentences.scene(stream(SEED, "judged", index)) for index in range(40)]
    images = [f"made{index:02d}.jpg" for index in range(40)]
    said = {image: [f"{sentences.caption(stream(SEED, 'judged caption', image, k), of).capitalize()} ." for k in range(5)] for image, of in zip(images, scenes)}
    by_id = {f"{image}#{k}": text for image in images for k, text in enumerate(said[image])}
    # one caption is also said of another picture: Expert leaves the pair out, CF takes it from the references
    by_id["made01.jpg#2"] = said["made01.jpg"][2] = said["made00.jpg"][1]
    write(folder / "captions.token.txt", "".join(f"{id}\t{text}\n" for id, text in by_id.items()))
    kin = lambda a, b: sum((a.agent == b.agent, a.deed == b.deed, a.thing == b.thing, a.place == b.place))  # noqa: E731
    expert, crowd = [], []
    for index, image in enumerate(images):
        for other in [index, *random.sample(range(40), 5)]:
            near = 4 if other == index else kin(scenes[index], scenes[other])
            id = f"{images[other]}#{random.randrange(5)}"
            expert.append((image, id, [max(1, min(4, near + random.choice([-1, 0, 0, 1]))) for _ in range(3)]))
            yes = sum(random.random() < near / 4 for _ in range(3))
            crowd.append((image, id, yes / 3, yes, 3 - yes))
    expert += [("made00.jpg", "made01.jpg#2", [4, 4, 3])]
    crowd += [("made01.jpg", "made00.jpg#1", 2 / 3, 2, 1)]
    write(folder / "expert.txt", "".join(f"{i}\t{c}\t{s[0]}\t{s[1]}\t{s[2]}\n" for i, c, s in expert))
    write(folder / "crowd.txt", "".join(f"{i}\t{c}\t{f!r}\t{y}\t{n}\n" for i, c, f, y, n in crowd))
    out = {}
    for kind in ("expert", "crowdflower"):
        items, human, skipped = [], [], 0
        used = {by_id[c] for _, c, *_ in crowd}
        for image, id, *scores in expert if kind == "expert" else crowd:
            if kind == "expert" and by_id[id] in said[image]:
                skipped += 1
                continue
            references = said[image] if kind == "expert" else [text for text in said[image] if text not in crowd_candidates(crowd, by_id, image)]
            for rating in scores[0] if kind == "expert" else scores[:1]:
                items.append({"id": str(len(items)), "candidate": by_id[id], "references": references})
                human.append(rating)
        rows = list(official.caption_scores(programs, tokenized(programs, items))["per_image"].values())
        variant = "c" if kind == "expert" else "b"
        taus = {key: float(scipy.stats.kendalltau([row[key] for row in rows], human, variant=variant)[0]) for key in KEYS}
        out[kind] = {"n_judgements": len(items), "n_pairs_skipped_candidate_in_references": skipped, "kendall_tau": {key: {variant: tau} for key, tau in taus.items()}, "scores": rows[::3] if kind == "expert" else rows}
    write(folder / "expected.json", out)


def crowd_candidates(crowd: list, by_id: dict, image: str) -> set[str]:
    """Captions judged of a picture."""
    return {by_id[id] for judged, id, *_ in crowd if judged == image}


# --- VQA ------------------------------------------------------------------------------------------------------------------------

TYPES_OF_TIES = [("how many", "number"), ("is the", "yes/no"), ("what is the", "other")]


def vqa_rows(count: int, name: str, alike: bool = False) -> tuple[list, list, list]:
    """Questions, annotations and results; with ``alike`` some answers of a question have the same id, which no published file has."""
    questions, annotations, results = [], [], []
    for index in range(count):
        random = stream(SEED, name, index)
        question_type, answer_type, template, answers = sentences.QUESTIONS[index % len(sentences.QUESTIONS)]
        question_id, image_id = 10 * (index // 3 + 1) + index % 3, index // 3 + 1
        text = sentences.filled(random, template)
        true = random.choice(answers)
        kind = random.random()
        if kind < 0.25:
            ten = [true] * 10
        else:
            ten = [
                true if random.random() < 0.55 else sentences.respelled(random, true) if random.random() < 0.6
                else random.choice(answers) if random.random() < 0.5 else sentences.mistaken(random, answer_type)
                for _ in range(10)
            ]
        confidence = [random.choice(["yes", "yes", "maybe", "no"]) for _ in ten]
        ids = list(range(1, 11))
        if alike and index % 2 == 0:
            # answers alike in everything leave each other out
            ids[4], ids[7], confidence[4], confidence[7] = ids[1], ids[1], confidence[1], confidence[1]
            ten[4] = ten[7] = ten[1]
        if alike and index % 2 == 1:
            # these differ in confidence alone, so each counts for the other
            ids[2], ids[8], ten[8] = ids[5], ids[5], ten[2]
            ten[5], confidence[2], confidence[5], confidence[8] = ten[2], "yes", "maybe", "yes"
        said = random.random()
        if said < 0.4:
            prediction = true
        elif said < 0.7:
            prediction = sentences.respelled(random, random.choice(ten))
        elif said < 0.85:
            prediction = random.choice(ten)
        else:
            prediction = sentences.mistaken(random, answer_type)
        questions.append({"image_id": image_id, "question": text[0].upper() + text[1:] + "?", "question_id": question_id})
        annotations.append({
            "question_type": question_type, "multiple_choice_answer": true, "image_id": image_id, "answer_type": answer_type, "question_id": question_id,
            "answers": [{"answer": a, "answer_confidence": c, "answer_id": i} for a, c, i in zip(ten, confidence, ids)],
        })
        results.append({"question_id": question_id, "answer": prediction})
    return questions, annotations, results


def vqa_files(folder: Path, questions: list, annotations: list, results: list) -> None:
    head = {"info": {"description": "Made here: see test/golden/README.md", "version": "1"}, "data_type": "made", "data_subtype": "golden", "license": {}}
    write(folder / "questions.json", {**head, "task_type": "Open-Ended", "questions": questions})
    write(folder / "annotations.json", {**head, "annotations": annotations})
    write(folder / "results.json", results)


def vqa_expected(programs: Programs, scorer: str, annotations: list, results: list) -> dict:
    done = official.vqa_scores(programs, scorer, [{"annotations": annotations, "results": results, "decimals": n} for n in (2, 15)])["sets"]
    return dict(zip(("rounded_n2", "unrounded_n15"), done))


def vqa_v2(programs: Programs, folder: Path) -> None:
    questions, annotations, results = vqa_rows(400, "vqa")
    vqa_files(folder, questions, annotations, results)
    write(folder / "expected.json", vqa_expected(programs, "vqa-2021", annotations, results))
    write(folder / "expected_before_2021.json", vqa_expected(programs, "vqa-2015", annotations, results))
    questions, annotations, results = vqa_rows(60, "vqa alike", alike=True)
    vqa_files(folder / "alike", questions, annotations, results)
    write(folder / "alike" / "expected.json", vqa_expected(programs, "vqa-2021", annotations, results))
    texts = sentences.normalisation_texts(stream(SEED, "normalisation"), 500)
    steps = official.vqa_scores(programs, "vqa-2021", [], texts)["texts"]
    write(folder / "normalisation.json", [
        {"input": text, "cleaned": cleaned, "processPunctuation": punctuation, "processDigitArticle": final}
        for text, (cleaned, punctuation, final) in zip(texts, steps)
    ])
    # 32 questions of which one has one match in ten: 3.125 %, a half of the second decimal
    questions, annotations, results = vqa_rows(32, "vqa rounding")
    for index, (annotation, result) in enumerate(zip(annotations, results)):
        annotation["question_type"], annotation["answer_type"] = TYPES_OF_TIES[index % 3]
        for place, answer in enumerate(annotation["answers"]):
            answer.update(answer=f"thing {place if index else place // 4}", answer_id=place + 1)
        result["answer"] = "nothing like it" if index else "thing 0"
    vqa_files(folder / "rounding", questions, annotations, results)
    write(folder / "rounding" / "expected.json", vqa_expected(programs, "vqa-2021", annotations, results))


# --- NLVR2 ----------------------------------------------------------------------------------------------------------------------

def nlvr2(programs: Programs, folder: Path) -> None:
    """Sets of four pairs and two sentences; predictions in mixed letter case, some given twice, some with more fields."""
    random = stream(SEED, "nlvr2")
    examples, categories = [], {}
    for number in range(60):
        for place in range(2):
            template, names = sentences.STATEMENTS[(2 * number + place) % len(sentences.STATEMENTS)]
            text = sentences.filled(random, template)
            if number >= 55:
                # one sentence said of two sets: two groups, but one sentence to categories
                text = next(e["sentence"] for e in examples if e["identifier"] == f"dev-{number - 5}-0-{place}")
            categories.setdefault(text, names)
            for pair in range(random.choice([2, 4, 4])):
                label = random.choice(["True", "False"])
                examples.append({"sentence": text, "label": label, "identifier": f"dev-{number}-{pair}-{place}", "writer": "made"})
    lines = lambda rows: "".join(json.dumps(row) + "\n" for row in rows)  # noqa: E731
    balanced = [e for e in examples if int(e["identifier"].split("-")[1]) % 3 == 0]
    unbalanced = [e for e in examples if int(e["identifier"].split("-")[1]) % 3 == 1]
    files = {"examples.json": lines(examples), "balanced.json": lines(balanced), "unbalanced.json": lines(unbalanced)}
    answers, invalid = [], []
    for example in random.sample(examples, len(examples)):
        right = random.random() < 0.85
        label = example["label"] if right else {"True": "False", "False": "True"}[example["label"]]
        word = random.choice([label, label, label.lower(), label.upper(), label.swapcase()])
        if random.random() < 0.05:
            answers.append(f"{example['identifier']},{'False' if label == 'True' else 'True'}\n")
        answers.append(f"{example['identifier']},{word}{',0.93' if random.random() < 0.1 else ''}\n")
        invalid.append(f"{example['identifier']},{random.choice(['yes', '1', 'maybe']) if random.random() < 0.06 else word}\n")
    # the last annotation of a sentence wins; a category may have no example, a sentence none
    blocks = [f"{text}\n" + "".join(f"* {name}\n" for name in names) for text, names in categories.items()]
    first = next(iter(categories))
    blocks = [f"{first}\n* universal quantifier\n* an earlier word\n", *blocks, "A samovar that no example mentions.\n* sbar ambiguity\n* presupposition\n"]
    files |= {"predictions.csv": "".join(answers), "predictions_invalid.csv": "".join(invalid), "annotated_examples.txt": "\n".join(blocks)}
    for name, text in files.items():
        write(folder / name, text)
    expected: dict = {}
    for key, name in (("metrics.py", "predictions.csv"), ("metrics.py invalid", "predictions_invalid.csv")):
        out = official.nlvr2_output(programs, "metrics.py", [files[name], files["examples.json"]])
        accuracy, consistency = (float(line.split("=")[1]) for line in out.strip().split("\n"))
        expected[key] = {"accuracy": accuracy, "consistency": consistency}
    groups = {tuple(e["identifier"].split("-")[i] for i in (0, 1, 3)) for e in examples}
    expected |= {"n_examples": len(examples), "n_consistency_groups": len(groups)}
    predictions = dict(line.strip().split(",")[:2] for line in files["predictions.csv"].splitlines())
    odd = dict(line.strip().split(",")[:2] for line in files["predictions_invalid.csv"].splitlines())
    for name, rows in (("balanced", balanced), ("unbalanced", unbalanced)):
        expected[f"filtered {name}"] = filtered(rows, predictions)
        expected[f"filtered {name} invalid"] = filtered(rows, odd)
    annotated = {block.split("\n")[0]: [line[2:] for line in block.split("\n")[1:] if line] for block in blocks}
    expected["categories"] = by_category(annotated, examples, predictions)
    write(folder / "expected.json", expected)


def filtered(rows: list, predictions: dict) -> dict:
    """The rule of `compute_filtered_accuracy.py`, written from its description: invalid predictions leave the denominator.

    The script was not at hand; the same lines give its 75.0 and 80.28846153846155 on the real subsets of `../shared/golden`.
    """
    valid = [row for row in rows if predictions[row["identifier"]].lower() in ("true", "false")]
    right = sum(predictions[row["identifier"]].lower() == row["label"].lower() for row in valid)
    return {"accuracy_percent": 100 * right / len(valid), "n": len(valid)}


def by_category(annotated: dict, examples: list, predictions: dict) -> dict:
    """The rule of `compute_category_accuracy.py`, written from its description and its recorded output: a sentence annotated twice has the
    categories of the last time; null where no example has the category."""
    out = {}
    for name in sorted({name for names in annotated.values() for name in names}):
        rows = [e for e in examples if name in annotated.get(e["sentence"], [])]
        right = sum(predictions[e["identifier"]].lower() == e["label"].lower() for e in rows)
        out[name] = {"accuracy_percent": 100 * right / len(rows) if rows else None, "n": len(rows)}
    # a category that only an earlier annotation names is known, and empty
    out.setdefault("an earlier word", {"accuracy_percent": None, "n": 0})
    return dict(sorted(out.items()))


# --- SPICE ----------------------------------------------------------------------------------------------------------------------

RELATIONS = ["on", "in", "with", "beside", "near", "next to", "under", "hold", "carry", "be on", "be in", "be carry", "mend", "repair", "be mend", "of"]


def spice_tuples(random) -> list:
    """Tuples as a parser might give them, with words that share synsets, colours, sizes and numbers."""
    nouns = [word for (one, other) in sentences.AGENTS for word in (one[0], other[0])] + [word for pair in sentences.THINGS for word in pair]
    few = random.sample(nouns, random.randrange(2, 6))
    if random.random() < 0.3:
        few += random.sample(sentences.POLYSEMOUS, random.randrange(3, 7))
    if random.random() < 0.6:
        pair = random.choice([*((a[0], b[0]) for a, b in sentences.AGENTS), *sentences.THINGS])
        few += list(pair)
    out = [[word] for word in few]
    for _ in range(random.randrange(0, 7)):
        attribute = random.choice([random.choice(sentences.COLOURS), random.choice(sentences.SIZES), random.choice(sentences.NUMBERS), random.choice(sentences.ADJECTIVES), "big/large"])
        out.append([random.choice(few), attribute])
    for _ in range(random.randrange(0, 5)):
        out.append([random.choice(few), random.choice(RELATIONS), random.choice(few)])
    if random.random() < 0.3:
        # a parser's tuples need not stand in the order of their nouns
        random.shuffle(out)
    return out


def spice_from_tuples(programs: Programs, folder: Path) -> None:
    images = []
    for index in range(160):
        random = stream(SEED, "tuples", index)
        truth = spice_tuples(random)
        said = [kept for kept in truth if random.random() < 0.5] + [other for other in spice_tuples(random) if random.random() < 0.4]
        nouns = [word for pair in (*((a[0], b[0]) for a, b in sentences.AGENTS), *sentences.THINGS) for word in pair]
        said = [[random.choice(nouns), *kept[1:]] if random.random() < 0.25 else kept for kept in said]
        images.append({"image_id": index + 1, "test_tuples": said, "ref_tuples": truth})
    images[3]["test_tuples"] = []
    images[4]["ref_tuples"] = []
    images[5] |= {"test_tuples": [["infant"], ["baby"], ["child"], ["kid"]], "ref_tuples": [["baby"], ["kid"], ["children"]]}
    images[6] |= {"test_tuples": [["man", "be on", "jetty"], ["man", "on", "jetty"]], "ref_tuples": [["man", "on", "jetty"], ["man", "be be on", "jetty"]]}
    # each candidate matches the one reference; and the most similar object is not the first, which shows in what else it is similar to
    images[7] |= {"test_tuples": [["lawsuit"], ["become"]], "ref_tuples": [["suit"]]}
    images[8] |= {"test_tuples": [["dump"], ["grace"], ["deck", "red"]], "ref_tuples": [["ditch", "red"], ["ditch"]]}
    words = sorted({word for image in images for key in ("test_tuples", "ref_tuples") for tuple_ in image[key] for word in tuple_})
    plain = sorted({word.removeprefix("be ").replace(" ", "_") for word in words} | {word.replace(" ", "_") for word in words})
    with tempfile.TemporaryDirectory() as made:
        official.meteor_synonyms(programs, Path(made))
        merged = official.spice_scores(programs, images, Path(made), True, plain)
        exact = official.spice_scores(programs, images, Path(made), False)
        # where a word is equally similar to two others, the order of the images decides: such images do not belong here
        turned = official.spice_scores(programs, images[::-1], Path(made), True)["scores"][::-1]
    undecided = [one["image_id"] for one, other in zip(merged["scores"], turned) if one != other]
    assert not undecided, undecided
    write(folder / "input_tuples.json", images)
    write(folder / "synsets.json", {word: sorted(merged["synsets"][word]) for word in plain})
    mean = lambda rows: math.fsum(row["scores"]["All"]["f"] for row in rows) / len(rows)  # noqa: E731
    write(folder / "expected.json", {
        "mean_F": {"with_synsets": mean(merged["scores"]), "noSynsets": mean(exact["scores"])},
        "with_synsets": merged["scores"], "noSynsets": exact["scores"],
    })


# --- vectors --------------------------------------------------------------------------------------------------------------------

def vector(random, size: int, near: list | None = None, noise: float = 0.6) -> list[float]:
    """A unit vector of five decimals before scaling, near another one if given."""
    values = [random.gauss(0, 1) for _ in range(size)]
    if near is not None:
        values = [a + noise * b / math.sqrt(size) * math.sqrt(sum(x * x for x in near)) for a, b in zip(near, values)]
    length = math.sqrt(sum(x * x for x in values))
    return [round(x / length, 5) for x in values]


def retrieval_image_text(programs: Programs, folder: Path) -> None:
    """60 images in Karpathy's layout, some with six or seven captions, of which the first five count."""
    random = stream(SEED, "retrieval")
    images, captions, entries, kept = [], [], [], []
    for index in range(60):
        image = vector(random, 12)
        images.append(image)
        count = 5 if index % 9 else random.choice([6, 7])
        own = []
        of = sentences.scene(random)
        for _ in range(count):
            own.append(len(captions))
            captions.append(vector(random, 12, image, random.choice([0.8, 1.4, 2.2])))
        kept += own[:5]
        texts = [sentences.caption(random, of) for _ in own]
        entries.append({
            "imgid": index, "split": "test", "filename": f"made_{index:03d}.jpg", "sentids": own,
            "sentences": [{"raw": text[0].upper() + text[1:] + ".", "tokens": text.split(), "imgid": index, "sentid": id} for text, id in zip(texts, own)],
        })
    entries.insert(7, {"imgid": 60, "split": "train", "filename": "made_060.jpg", "sentids": [len(captions)], "sentences": [{"raw": "A samovar.", "tokens": ["a", "samovar"], "imgid": 60, "sentid": len(captions)}]})
    write(folder / "dataset.json", {"dataset": "made", "images": entries})
    write(folder / "embeddings.json", {"image": images, "caption": captions})
    five = [captions[id] for id in kept]
    whole = official.vsepp_ranks(programs, images, five)
    folds = []
    for fold in range(5):
        part = official.vsepp_ranks(programs, images[12 * fold : 12 * fold + 12], five[60 * fold : 60 * fold + 60])
        folds.append([*part["i2t"].values(), *part["t2i"].values(), part["rsum"]])
    names = [f"{way} {key}" for way in ("i2t", "t2i") for key in ("R@1", "R@5", "R@10", "medr", "meanr")] + ["rsum"]
    write(folder / "expected.json", {
        "i2t": whole["i2t"], "t2i": whole["t2i"], "rsum": whole["rsum"],
        "i2t_rank_0based_per_image": whole["i2t_ranks"], "t2i_rank_0based_per_caption": whole["t2i_ranks"],
        "fold5_mean": dict(zip(names, [math.fsum(row[slot] for row in folds) / 5 for slot in range(11)])), "fold5": folds,
    })
    ties = []
    for rows in (
        [[1, 1, 1]] * 3, [[3, 1, 1], [2, 2, 1], [1, 1, 1]], [[1, 2], [2, 2]], [[4, 4, 4, 1], [4, 4, 1, 1], [2, 3, 3, 3], [5, 5, 5, 5]],
        [[0, 1, 2, 2, 2], [1, 1, 0, 0, 0], [3, 3, 3, 0, 3], [9, 8, 7, 7, 7], [1, 1, 1, 1, 2]],
    ):
        import numpy as np

        one = official.collaborative_experts(programs, rows)["t2v"]
        ties.append({
            "sims_rows_are_queries": rows,
            "CE_averaging": {key: one[key] for key in ("R1", "R5", "R10", "MedR", "MeanR")},
            "CLIP4Clip_compute_metrics": official.clip4clip_rows(programs, rows),
            # i2t and t2i sort with numpy's argsort turned round; so short a row is sorted by insertion, which is stable
            "rank0_argsort_reversed_numpy": [int(np.where(np.argsort(row, kind="stable")[::-1] == index)[0][0]) for index, row in enumerate(rows)],
        })
    write(folder / "ties.json", ties)


def retrieval_text_video(programs: Programs, folder: Path) -> None:
    random = stream(SEED, "text-video")
    videos, counts, captions, listed = [], [], [], []
    for index in range(30):
        video = vector(random, 12)
        videos.append(video)
        count = random.randrange(3, 12)
        counts.append(count)
        captions += [vector(random, 12, video, random.choice([0.9, 1.6, 2.4])) for _ in range(count)]
        of = sentences.scene(random)
        listed.append([f"vid{index + 1}", [sentences.caption(random, of) for _ in range(count)]])
    # the same vector twice: sentences of one video that tie
    captions[1] = captions[0]
    write(folder / "captions.json", listed)
    write(folder / "embeddings.json", {"video_ids": [id for id, _ in listed], "video": videos, "captions_per_video": counts, "caption": captions})
    own, at = [], 0
    for count in counts:
        own.append(captions[at : at + count])
        at += count
    four = official.clip4clip(programs, videos, own)
    longest = max(counts)
    import numpy as np

    matrix, mask = np.zeros((len(own) * longest, len(videos))), np.zeros((len(own), longest))
    for index, rows in enumerate(own):
        matrix[index * longest : index * longest + len(rows)] = np.array(rows) @ np.array(videos).T
        mask[index, : len(rows)] = 1
    experts = official.collaborative_experts(programs, matrix.tolist(), mask.tolist())
    write(folder / "expected.json", {
        "CLIP4Clip_multi_sentence": {"t2v": four["t2v"], "v2t": four["v2t"], "t2v_ranks_0based_in_caption_order": four["t2v_ranks"]},
        "collaborative-experts": experts,
    })


def clipscore(programs: Programs, folder: Path) -> None:
    """Vectors with edge cases first, and two made sets of captions with references as the repository's example has."""
    random = stream(SEED, "clipscore")
    images, candidates, references = [], [], []

    def add(image: list, said: list, pool: list) -> None:
        images.append(image)
        candidates.append(said)
        references.append(pool)

    unit = lambda *values: [float(v) for v in values] + [0.0] * (16 - len(values))  # noqa: E731
    add(unit(1), unit(1), [unit(1)])  # the same
    add(unit(1), unit(-1), [unit(-1)])  # opposite: clipped to 0, its reference is not
    add(unit(3, 4), unit(4, -3), [unit(1, 1)])  # exactly orthogonal
    add(unit(1, 2, 2), unit(2, 1, 2), [unit(-1, -1, -1)])  # the text side alone negative
    add(unit(1, 1), unit(-1, -1), [unit(1, 1), unit(2, 2)])  # clipped image side, negative text side
    for _ in range(34):
        image = vector(random, 16)
        said = vector(random, 16, image, random.choice([0.6, 1.5, 3.0]))
        add([round(3 * x, 5) for x in image], said, [vector(random, 16, said, random.choice([0.5, 2.0])) for _ in range(random.randrange(1, 6))])
    write(folder / "embeddings.json", {"image": images, "candidate": candidates, "references": references})
    write(folder / "expected.json", {dtype: official.clipscores(programs, images, candidates, references, dtype) for dtype in ("float64", "float32")})
    scenes = [sentences.scene(stream(SEED, "clipscore example", index)) for index in range(4)]
    said = {f"image{k}": [sentences.written(stream(SEED, "clipscore reference", k, j), sentences.caption(stream(SEED, "clipscore said", k, j), of)).strip() for j in range(1 + k)] for k, of in enumerate(scenes)}
    write(folder / "example_references.json", said)
    for name in ("good", "bad"):
        own = {f"image{k}": sentences.caption(stream(SEED, "clipscore", name, k), of if name == "good" else scenes[k ^ 1]) for k, of in enumerate(scenes)}
        write(folder / f"example_{name}_captions.json", own)
        words = tokenized(programs, [{"id": id, "candidate": text, "references": said[id]} for id, text in own.items()])
        scores = official.caption_scores(programs, words)
        meteor = official.meteor_scores(programs, words, ["exact", "stem"])
        scores["aggregate"]["METEOR_noparaphrase:exact_stem"] = meteor["score"]
        write(folder / f"example_{name}_expected.json", scores)


def coin(programs: Programs, folder: Path) -> None:
    """Videos of a made taxonomy in COIN's layout: overlapping, reversed and empty segments, classes 0 and -1 among the proposals."""
    random = stream(SEED, "coin")
    tasks = [f"Mend{thing.title().replace(' ', '')}" for thing, _ in sentences.THINGS[:8]]
    steps = [(index + 1, f"{sentences.DEEDS[index % 10][0][1]} the {sentences.THINGS[index % 15][0]}") for index in range(40)]
    own = {task: random.sample(range(1, 41), 5) for task in tasks}
    write(folder / "taxonomy.json", {
        "domain_target_mapping": [["Domains", "Targets"], *(["Workshop", task] for task in tasks)],
        "target_action_mapping": [["Target Id", "Target Label", "Action Id", "Action Label"], *([index, task, step, steps[step - 1][1]] for index, task in enumerate(tasks) for step in own[task])],
    })
    database, results, truth, proposals = {}, {}, [], []
    for number in range(30):
        id, task = f"made{number:07d}", tasks[number % 8]
        at, annotation, said = 0.0, [], []
        for step in random.sample(own[task], random.randrange(1, 5)):
            start = round(at + random.uniform(0, 9), 3)
            at = end = round(start + random.uniform(2, 25), 3)
            annotation.append({"id": str(step), "segment": [start, end], "label": steps[step - 1][1]})
            for _ in range(random.randrange(1, 7)):
                shift = lambda: random.gauss(0, 3)  # noqa: E731
                said.append((step if random.random() < 0.85 else random.choice(own[task]), round(start + shift(), 4), round(end + shift(), 4), round(random.random(), 3)))
        if number % 4 == 1:
            # as near to one ground truth as to the other of its class
            step = annotation[0]["id"]
            annotation += [{"id": step, "segment": [200.0 + 20 * k, 210.0 + 20 * k], "label": annotation[0]["label"]} for k in (0, 1)]
            said += [(int(step), 200.0, 230.0, 0.9), (int(step), 221.0, 229.5, 0.8), (int(step), 195.0, 235.0, 0.55)]
        for _ in range(random.randrange(0, 8)):
            begin = round(random.uniform(0, 60), 4)
            said.append((random.randrange(1, 41), begin, round(begin + random.uniform(1, 20), 4), round(random.random() * 0.6, 3)))
        if number % 5 == 0:
            # ends before it starts, twice alike: suppression compares them all the same
            said += [(int(annotation[0]["id"]), 8.0, 7.0, 0.41), (int(annotation[0]["id"]), 8.0, 7.0, 0.4)]
        if number % 7 == 0:
            said += [(-1, 1.0, 9.0, 0.3), (777, 1.0, 9.0, 0.2), (0, 2.0, 5.0, 0.1)]
        if number == 11:
            said += [(own[task][0], float(k % 9), float(k % 9 + 4 + k % 5), round(0.2 + k / 400, 4)) for k in range(70)]
        subset = "training" if number % 10 == 9 else "testing"
        database[id] = {"duration": at + 5, "class": task, "video_url": f"https://example.com/{id}", "start": 0.0, "end": at + 5, "recipe_type": number % 8, "subset": subset, "annotation": annotation}
        if subset == "training":
            continue
        results[id] = [{"label": str(step), "score": score, "segment": [start, end]} for step, start, end, score in said]
        truth += [{"video": id, "step": int(row["id"]), "start": row["segment"][0], "end": row["segment"][1]} for row in annotation]
        proposals += [{"video": id, "step": step, "start": start, "end": end, "score": score} for step, start, end, score in said]
    write(folder / "annotations.json", {"database": database})
    write(folder / "results.json", {"version": "VERSION 1.3", "results": results, "external_data": {}})
    write(folder / "expected.json", {
        key: {"n_videos": len(results), "n_gt": len(truth), **official.coin_scores(programs, truth, proposals, 778, nms)}
        for key, nms in (("with_nms_0.6_top60", 0.6), ("without_nms_top60", None))
    })


def correlation(programs: Programs, folder: Path) -> None:
    """scipy's rank correlations, with ties, constants and few points."""
    import scipy.stats

    random = stream(SEED, "correlation")
    out = []
    for size, kinds in ((2, 3), (3, 2), (10, 4), (50, 3), (200, 5), (200, 200), (400, 2), (5, 1), (60, 7), (1000, 4)):
        x = [round(random.random(), 2 if size > 100 else 6) for _ in range(size)]
        y = [float(min(kinds - 1, int(kinds * (0.5 * a + 0.5 * random.random())))) for a in x]
        number = lambda value: None if math.isnan(value) else float(value)  # noqa: E731
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out.append({
                "x": x, "y": y,
                "tau_b": number(scipy.stats.kendalltau(x, y, variant="b")[0]), "tau_c": number(scipy.stats.kendalltau(x, y, variant="c")[0]),
                "spearman": number(scipy.stats.spearmanr(x, y)[0]), "pearson": number(scipy.stats.pearsonr(x, y)[0]) if size > 1 else None,
            })
    write(folder / "vectors.json", out)


SETS = {
    "ptb-tokenizer": ptb_tokenizer,
    "coco-captions": coco_captions, "cider-document-frequencies": cider_document_frequencies, "caption-metric-edge-cases": caption_metric_edge_cases,
    "meteor-cases": meteor_cases, "msvd": msvd, "flickr8k-judgements": flickr8k_judgements, "vqa-v2": vqa_v2, "nlvr2": nlvr2, "spice-from-tuples": spice_from_tuples,
    "retrieval-image-text": retrieval_image_text, "retrieval-text-video": retrieval_text_video, "clipscore": clipscore, "coin": coin,
    "correlation": correlation,
}


def made_by(programs: Programs, name: str) -> dict:
    """The programs that a set's numbers came from."""
    import numpy
    import scipy

    def short(path: Path) -> str:
        for root in (programs.official, programs.wordnet):
            if root is not None and path.is_relative_to(root):
                return f"{root.name if root == programs.wordnet else 'official'}/{path.relative_to(root)}"
        return str(path).split("site-packages/")[-1]

    java = subprocess.run([programs.java, "-version"], stderr=subprocess.PIPE).stderr.decode().split("\n")[0]
    return {
        "command": f"python test/golden/generate/generate.py --official FOLDER {name}",
        "seed": SEED, "python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__, "java": java,
        "files": {short(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(programs.used)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--official", type=Path)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--python2", default="python2.7")
    parser.add_argument("--java", default="java")
    parser.add_argument("--out", type=Path, default=GOLDEN)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    options = parser.parse_args()
    for name in options.sets or SETS:
        programs = Programs(options.official and options.official.resolve(), options.python2, options.java, options.wordnet.resolve())
        SETS[name](programs, options.out / name)
        write(options.out / name / "made-by.json", made_by(programs, name))
        print(name)


if __name__ == "__main__":
    main()

"""The committed family, read back from its official files by the tests' own readers, against the committed graphs."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from scenes.build import FAMILY_SIZE, FIXTURES
from scenes.vocabulary import NUMBERS

from .conftest import load
from .test_answers import CELLS, SIDE, SIDES, find
from .test_answers import read as read_question

FAMILY = FIXTURES / "family"
Graph = dict[str, Any]


def rows(path: str) -> list[Any]:
    """A JSON Lines file."""
    return [json.loads(line) for line in (FAMILY / path).read_text("utf-8").splitlines()]


# --- VQA v2 and captions


def test_every_answer_follows_from_the_graph() -> None:
    graphs = {graph["number"]: graph for graph in rows("scenes/graphs.jsonl")}
    questions = load(FAMILY / "scenes/v2_OpenEnded_assay_family-test2026_questions.json")["questions"]
    annotations = load(FAMILY / "scenes/v2_assay_family-test2026_annotations.json")["annotations"]
    assert len(questions) == len(annotations) >= 140
    for question, annotation in zip(questions, annotations, strict=False):
        graph = graphs[question["image_id"]]
        answer = annotation["multiple_choice_answer"]
        assert read_question(question["question"], graph) == answer
        complement = graphs[(question["image_id"] - 1 ^ 1) + 1]
        assert read_question(question["question"], complement) != answer


# --- NLVR2


def some(words: str, graph: Graph) -> list[Graph]:
    """What "a red circle" or "three dogs" or "dog" may mean in a picture."""
    return find(graph, re.sub(rf"^(?:an?|{'|'.join(NUMBERS[1:])}) ", "", words))


def number(words: str) -> int:
    return NUMBERS.index(words.split(" ")[0])


COUNT = "|".join(NUMBERS[1:])
Judge = Callable[..., bool]


def _placed(graph: Graph, words: str, place: str) -> bool:
    return any((thing["row"], thing["column"]) == CELLS[place] for thing in some(words, graph))


def _stands(graph: Graph, one: str, side: str, other: str) -> bool:
    return any(SIDES[side](a, b) for a in some(one, graph) for b in some(other, graph))


def _side(left: Graph, right: Graph, name: str) -> Graph:
    return {"left": left, "right": right}[name]


JUDGES: list[tuple[str, Judge]] = [
    (
        rf"The (left|right) image contains exactly ((?:{COUNT}) .+)\.",
        lambda a, b, side, what: len(some(what, _side(a, b, side))) == number(what),
    ),
    (
        rf"There are exactly ((?:{COUNT}) .+) in the two images together\.",
        lambda a, b, what: len(some(what, a)) + len(some(what, b)) == number(what),
    ),
    (
        rf"There are at least ({COUNT}) objects in the two images together\.",
        lambda a, b, n: len(a["things"]) + len(b["things"]) >= number(n),
    ),
    (
        rf"Each image contains at most ({COUNT}) objects\.",
        lambda a, b, n: all(len(g["things"]) <= number(n) for g in (a, b)),
    ),
    (
        rf"At least one image contains ({COUNT}) objects or more\.",
        lambda a, b, n: any(len(g["things"]) >= number(n) for g in (a, b)),
    ),
    (r"Both images contain (an? .+)\.", lambda a, b, what: all(some(what, g) for g in (a, b))),
    (
        r"Exactly one of the two images contains (an? .+)\.",
        lambda a, b, what: sum(bool(some(what, g)) for g in (a, b)) == 1,
    ),
    (r"Neither image contains (an? .+)\.", lambda a, b, what: not any(some(what, g) for g in (a, b))),
    (r"There is no (.+) in the left image\.", lambda a, b, what: not some(what, a)),
    (
        r"There are (more|fewer) (.+) in the left image than in the right image\.",
        lambda a, b, way, what: (
            len(some(what, a)) > len(some(what, b)) if way == "more" else len(some(what, a)) < len(some(what, b))
        ),
    ),
    (
        r"The (left|right) image contains more objects than the (?:left|right) image\.",
        lambda a, b, side: len(a["things"]) != len(b["things"])
        and (len(a["things"]) > len(b["things"])) == (side == "left"),
    ),
    (r"The two images contain the same number of objects\.", lambda a, b: len(a["things"]) == len(b["things"])),
    (r"The two images have backgrounds of the same color\.", lambda a, b: a["background"] == b["background"]),
    (r"The background of the left image is (\w+)\.", lambda a, b, colour: a["background"] == colour),
    (
        r"At least one image has a (\w+) background\.",
        lambda a, b, colour: colour in (a["background"], b["background"]),
    ),
    (
        rf"In the (left|right) image, (an? .+?) is ({SIDE}) (an? .+)\.",
        lambda a, b, side, one, way, other: _stands(_side(a, b, side), one, way, other),
    ),
    (
        r"In the (left|right) image, (an? .+?) is (?:at|in|on) the (.+)\.",
        lambda a, b, side, what, place: _placed(_side(a, b, side), what, place),
    ),
    (
        r"The left image contains (an? .+) and the right image contains (an? .+)\.",
        lambda a, b, one, other: bool(some(one, a) and some(other, b)),
    ),
    (
        r"The left image contains (an? .+) or the right image contains (an? .+)\.",
        lambda a, b, one, other: bool(some(one, a) or some(other, b)),
    ),
]


def judge(sentence: str, left: Graph, right: Graph) -> bool:
    for pattern, holds in JUDGES:
        if match := re.fullmatch(pattern, sentence):
            return bool(holds(left, right, *match.groups()))
    raise AssertionError(f"no reading for {sentence!r}")


@pytest.fixture(scope="module", name="examples")
def committed() -> list[Any]:
    return rows("nlvr2/test1.json")


def test_every_label_follows_from_the_graphs(examples: list[Any]) -> None:
    sets = {one["set"]: one for one in rows("nlvr2/graphs.jsonl")}
    for example in examples:
        _, image_set, pair, _ = example["identifier"].split("-")
        graphs = sets[int(image_set)]
        left, right = graphs["left"][int(pair) // 2], graphs["right"][int(pair) % 2]
        assert str(judge(example["sentence"], left, right)) == example["label"], (example, left, right)
        assert (FAMILY / "nlvr2/images" / example["left_url"]).exists()
        assert (FAMILY / "nlvr2/images" / example["right_url"]).exists()


def test_statements_are_as_often_true_as_false(examples: list[Any]) -> None:
    assert len(examples) == 8 * FAMILY_SIZE.sets
    groups: dict[str, list[str]] = defaultdict(list)
    forms: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        split, image_set, _, sentence = example["identifier"].split("-")
        groups[f"{split}-{image_set}--{sentence}"].append(example["label"])
        forms[example["synset"]].append(example["label"])
    assert all(sorted(labels) == ["False", "False", "True", "True"] for labels in groups.values())
    assert all(labels.count("True") * 2 == len(labels) for labels in forms.values())
    assert len(forms) == 12 and min(map(len, forms.values())) >= 16


def test_predictions_score_as_stated(examples: list[Any]) -> None:
    labels = {example["identifier"]: example["label"] for example in examples}
    stated = load(FAMILY / "nlvr2/expected.json")
    for name, expected in stated.items():
        said = dict(csv.reader((FAMILY / "nlvr2" / name).read_text().splitlines()))
        assert set(said) == set(labels)
        right = {identifier: said[identifier] == label for identifier, label in labels.items()}
        groups: dict[tuple[str, str], bool] = {}
        for identifier, own in right.items():
            _, image_set, _, sentence = identifier.split("-")
            groups[image_set, sentence] = groups.get((image_set, sentence), True) and own
        assert sum(right.values()) / len(right) == expected["accuracy"]
        assert sum(groups.values()) / len(groups) == pytest.approx(expected["consistency"])
    assert stated["predictions_strong.csv"]["accuracy"] > stated["predictions_weak.csv"]["accuracy"] + 0.1


# --- MSVD


def test_sentences_tell_what_happens() -> None:
    graphs = {graph["clip"]: graph for graph in rows("msvd/graphs.jsonl")}
    lines = (FAMILY / "msvd/sents_test_lc_nopunc.txt").read_text("utf-8").splitlines()
    told: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        clip, sentence = line.split("\t")
        told[clip].append(sentence)
    assert list(told) == list(graphs) and len(told) == FAMILY_SIZE.clips
    for clip, own in told.items():
        assert len(set(own)) == len(own) >= 5
        assert all(re.fullmatch(r"[a-z ]+", sentence) for sentence in own), own
        for sentence in own:
            assert happened(sentence, graphs[clip]["first"], graphs[clip]["last"]), (sentence, graphs[clip])


def happened(sentence: str, first: Graph, last: Graph) -> bool:
    """Whether the words fit the first and the last frame."""
    if match := re.search(r"(?:background turns from|changes its color from) (\w+) (?:to|becomes) (\w+)", sentence):  # noqa: SIM102
        if "picture" in sentence or "background turns" in sentence:
            return (first["background"], last["background"]) == match.groups()
    if match := re.search(r"a (\w+) background becomes (\w+)", sentence):
        return (first["background"], last["background"]) == match.groups()
    changed_before = [thing for thing in first["things"] if thing not in last["things"]]
    changed_after = [thing for thing in last["things"] if thing not in first["things"]]
    (subject,) = changed_before or changed_after
    if subject["kind"] not in sentence:
        return False
    if re.search(r"appears(?! from)|shows up|comes into", sentence) and "disappears" not in sentence:
        return not changed_before and len(last["things"]) == len(first["things"]) + 1
    if re.search(r"disappears|vanishes|leaves", sentence):
        return not changed_after and len(last["things"]) == len(first["things"]) - 1
    (after,) = changed_after
    if re.search(r"grow|bigger", sentence):
        return after["width"] > subject["width"] and after["size"] == "big"
    if re.search(r"shrink|smaller", sentence):
        return after["width"] < subject["width"] and after["size"] == "small"
    if (match := re.search(r"(?:turns|becomes|to) (\w+)(?: on| next|$)", sentence)) and after["colour"] != subject["colour"]:
        return match[1] == after["colour"]
    x, y = (_centre(after)[axis] - _centre(subject)[axis] for axis in (0, 1))
    if match := re.search(r"(?:from the ([\w ]+?) to|picture to) the ([\w ]+?)(?: on a| next to|$)", sentence):
        return CELLS[match[2]] == (after["row"], after["column"]) and (
            not match[1] or CELLS[match[1]] == (subject["row"], subject["column"])
        )
    if match := re.search(rf"ends up ({SIDE}) an? ([\w ]+?)(?: on a| next to|$)", sentence):
        (other,) = [thing for thing in find(last, match[2]) if thing != after]
        return SIDES[match[1]](after, other) and not SIDES[match[1]](subject, other)
    words = set(re.findall(r"\b(?:up|down|left|right)\b", sentence.split(" next to ")[0]))
    signs = {"left": x < 0, "right": x > 0, "up": y < 0, "down": y > 0}
    return bool(words) and all(signs[word] for word in words)


def _centre(thing: Graph) -> tuple[int, int]:
    return (2 * thing["column"] + 1) * 1000 // 6 + thing["dx"], (2 * thing["row"] + 1) * 1000 // 6 + thing["dy"]


def test_the_reader_of_sentences_notices_a_film_run_backwards() -> None:
    graphs = {graph["clip"]: graph for graph in rows("msvd/graphs.jsonl")}
    for line in (FAMILY / "msvd/sents_test_lc_nopunc.txt").read_text("utf-8").splitlines():
        clip, sentence = line.split("\t")
        assert not happened(sentence, graphs[clip]["last"], graphs[clip]["first"]), sentence


def test_the_corpus_csv_says_the_same_in_english_and_more_in_chinese() -> None:
    with (FAMILY / "msvd/MSR Video Description Corpus.csv").open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    mapping = dict(line.split(" ") for line in (FAMILY / "msvd/youtube_mapping.txt").read_text().splitlines())
    lines = [line.split("\t") for line in (FAMILY / "msvd/sents_test_lc_nopunc.txt").read_text().splitlines()]
    english = [
        [mapping[f"{r['VideoID']}_{r['Start']}_{r['End']}"], r["Description"].lower().rstrip(".")]
        for r in records
        if r["Language"] == "English"
    ]
    assert english == lines
    languages = Counter(record["Language"] for record in records)
    assert languages == {"English": len(lines), "Chinese": FAMILY_SIZE.clips}


# --- COIN


def test_procedures_keep_to_the_taxonomy() -> None:
    database = load(FAMILY / "coin/COIN.json")["database"]
    taxonomy = load(FAMILY / "coin/taxonomy.json")
    steps = {str(number): text for _, _, number, text in taxonomy["target_action_mapping"][1:]}
    of_task: dict[str, list[str]] = defaultdict(list)
    for _, task, number, _ in taxonomy["target_action_mapping"][1:]:
        of_task[task].append(str(number))
    assert {task for _, task in taxonomy["domain_target_mapping"][1:]} == set(of_task)
    subsets = Counter(video["subset"] for video in database.values())
    assert subsets["testing"] == FAMILY_SIZE.videos and subsets["training"] == 13
    for name, video in database.items():
        clock = 0.0
        for one in video["annotation"]:
            start, end = one["segment"]
            assert clock < start < end < video["duration"], name
            assert one["label"] == steps[one["id"]] and one["id"] in of_task[video["class"]], name
            clock = end
    for graph in rows("coin/graphs.jsonl"):
        assert len(graph["states"]) == len(database[graph["video"]]["annotation"]) + 1
        assert database[graph["video"]]["class"] == graph["task"]


@pytest.mark.parametrize("system", ["strong", "weak"])
def test_proposals_are_inside_their_videos(system: str) -> None:
    database = load(FAMILY / "coin/COIN.json")["database"]
    results = load(FAMILY / f"coin/results_{system}.json")["results"]
    assert set(results) == {name for name, video in database.items() if video["subset"] == "testing"}
    for own in results.values():
        for one in own:
            assert 0 <= one["score"] <= 1 and 0 <= one["segment"][0] < one["segment"][1]
            assert 1 <= int(one["label"]) <= 25

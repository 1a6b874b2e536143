"""Word vectors under the tokens: nothing trained is lost, and a word without a row is told by its vector alone."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from assay_training import tokenizer, words
from assay_training.dual_encoder import Config, DualEncoder

SIZES = {"widths": (8, 8, 8, 8), "blocks": (1, 1, 1, 1), "text_width": 16, "text_heads": 2, "dimensions": 16}
BEFORE = Config(vocabulary=60, **SIZES)
AFTER = Config(vocabulary=64, words=80, word_dimensions=6, **SIZES)


@pytest.fixture
def table() -> np.ndarray:
    rows = np.random.default_rng(1).standard_normal((80, 6)).astype(np.float32)
    rows[:20] = 0  # pieces and special tokens
    return rows


@pytest.fixture
def grafted(table: np.ndarray) -> tuple[DualEncoder, DualEncoder]:
    torch.manual_seed(0)
    before, after = DualEncoder(BEFORE).eval(), DualEncoder(AFTER).eval()
    after.load_state_dict(words.graft(before.state_dict(), AFTER.vocabulary, table))
    return before, after


def test_a_trained_token_means_what_it_meant(grafted: tuple[DualEncoder, DualEncoder]) -> None:
    before, after = grafted
    ids = torch.arange(1, 60)[None, :24]
    assert torch.allclose(before.embed_texts(ids), after.embed_texts(ids), atol=1e-5)
    ids = torch.arange(36, 60)[None]
    assert torch.allclose(before.embed_texts(ids), after.embed_texts(ids), atol=1e-5)


def test_words_without_a_row_differ_by_their_vectors_alone(grafted: tuple[DualEncoder, DualEncoder]) -> None:
    _, after = grafted
    one, other = after.text.embed(torch.tensor([[70, 75]]))[0]
    expected = after.text.lift(after.text.words[70] - after.text.words[75])
    assert torch.allclose(one - other, expected, atol=1e-6)
    assert not torch.allclose(one, other)


def test_a_dropped_row_is_the_shared_one_and_tokens_without_a_vector_keep_theirs(
    grafted: tuple[DualEncoder, DualEncoder],
) -> None:
    _, after = grafted
    after.train()
    after.text.word_drop = 1.0
    ids = torch.tensor([[5, 30]])
    piece, word = after.text.embed(ids)[0]
    assert torch.equal(piece, after.text.tokens.weight[5])
    assert torch.allclose(word, after.text.tokens.weight[63] + after.text.lift(after.text.words[30]))
    after.eval()
    assert torch.allclose(
        after.text.embed(ids)[0, 1], after.text.tokens.weight[30] + after.text.lift(after.text.words[30]), atol=1e-6
    )


def test_a_promoted_word_means_what_it_meant(grafted: tuple[DualEncoder, DualEncoder], table: np.ndarray, tmp_path: Path) -> None:
    """Renumbered, with a row that began as the shared one."""
    _, before = grafted
    names = [f"w{number}" for number in range(80)]
    (tmp_path / "old.json").write_text(json.dumps({"model": {"vocab": {name: row for row, name in enumerate(names)}}}))
    said = Counter({"w2": 9, "w63": words.ROW_FROM, "w70": words.ROW_FROM, "w75": words.ROW_FROM - 1})
    first = words.promoted({name: row for row, name in enumerate(names)}, AFTER.vocabulary, said)
    assert first == ["w63", "w70"]  # w63 has the shared row's number, and is without one
    words.renumber(tmp_path / "old.json", tmp_path / "new.json", AFTER.vocabulary, first)
    vocabulary = json.loads((tmp_path / "new.json").read_text())["model"]["vocab"]
    assert sorted(vocabulary.values()) == list(range(80))
    moved = np.stack([table[names.index(name)] for name in vocabulary])
    after = DualEncoder(replace(AFTER, vocabulary=AFTER.vocabulary + 2)).eval()
    after.load_state_dict(words.promote(before.state_dict(), AFTER.vocabulary + 2, moved))
    for name in ("w5", "w62", "w63", "w64", "w70", "w79"):
        old, new = torch.tensor([[2, names.index(name)]]), torch.tensor([[2, vocabulary[name]]])
        assert torch.allclose(before.embed_texts(old), after.embed_texts(new), atol=1e-6), name
    assert vocabulary["w63"] == 63 and vocabulary["w70"] == 64 and vocabulary["w64"] == 65


def test_narrow_words_are_the_nearest_that_their_width_allows(grafted: tuple[DualEncoder, DualEncoder]) -> None:
    weights = grafted[1].state_dict()
    whole = weights["text.words"] @ weights["text.lift.weight"].T
    values = torch.linalg.svdvals(whole)
    for dimensions in (6, 3):
        narrowed = words.narrow(weights, dimensions)
        assert narrowed["text.words"].shape == (80, dimensions)
        error = whole - narrowed["text.words"] @ narrowed["text.lift.weight"].T
        assert float(error.norm()) == pytest.approx(float(values[dimensions:].norm()), abs=1e-5)


def test_the_vectors_are_not_trained() -> None:
    model = DualEncoder(AFTER)
    assert "text.words" not in dict(model.named_parameters())
    assert "text.words" in model.state_dict()


def test_the_scale_is_bounded() -> None:
    model = DualEncoder(Config(vocabulary=60, max_scale=50.0, **SIZES))
    model.log_scale.data.fill_(9.0)
    assert float(model.scale().detach()) == pytest.approx(50.0)


def test_extending_a_tokenizer_keeps_its_numbers(tmp_path: Path) -> None:
    tokenizer.train(["red square", "green square", "a platypus", "a platypus"] * 5, size=60).save(str(tmp_path / "old.json"))
    known = json.loads((tmp_path / "old.json").read_text())["model"]["vocab"]
    words.extend(tmp_path / "old.json", tmp_path / "new.json", ["xylophone", "kiwifruit"])
    old, new = tokenizer.load(tmp_path / "old.json"), tokenizer.load(tmp_path / "new.json")
    assert new.encode("red square").ids == old.encode("red square").ids
    assert new.encode("kiwifruit").tokens == ["[CLS]", "kiwifruit", "[SEP]"]
    assert new.token_to_id("xylophone") == len(known)
    assert all(new.token_to_id(token) == number for token, number in known.items())


@pytest.mark.parametrize(
    ("noun", "expected"),
    [("dog", "dogs"), ("fox", "foxes"), ("berry", "berries"), ("key", "keys"), ("church", "churches"), ("bus", "buses")],
)
def test_regular_plurals(noun: str, expected: str) -> None:
    assert words.plural(noun) == expected


WORDNET = """  1 the licence
00001 05 n 02 platypus 0 Ornithorhynchus 0 001 @ 00000 n 0000 | an animal
00002 09 n 01 belief 0 000 | a thought
"""


def test_words_of_the_dictionary(tmp_path: Path) -> None:
    for part in ("noun", "verb", "adj"):
        (tmp_path / f"data.{part}").write_text(WORDNET if part == "noun" else "00003 00 s 01 red(a) 0 000 | red\n00004 30 v 01 run 0 000 | go\n")
    shown, every = words.wordnet_words(tmp_path)
    assert shown == {"platypus", "platypuses"}  # not the capital name
    assert every == {"platypus", "platypuses", "belief", "beliefs", "run"}

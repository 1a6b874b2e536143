"""Sentences around a name: what they may say, and that a shipped model can be read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from assay_training import against, evaluate, paths, published, retell, sentences, tokenizer, train_clip
from assay_training.catalogue import CLIPART, EMOJI, Drawing


def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    monkeypatch.setattr(sentences, "kinds", lambda _label: ("musical instrument",))
    return Drawing(id="a/violin", package="a", kind=EMOJI, concept="violin", label="violin", tags=["music", "strings"])


def test_frames_of_the_fixture_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    one = drawing(monkeypatch)
    teller = sentences.Teller(np.random.default_rng(3))
    said = {teller.sentence(one) for _ in range(600)}
    assert len(said) > 450  # most sentences are said once
    assert all("tagged" not in line and "plain background" not in line and "clip art" not in line for line in said)
    assert any("a musical instrument" in line for line in said)
    assert sum("violin" in line for line in said) > 0.8 * len(said)


def test_listed() -> None:
    assert sentences.listed(["a"], " and ") == "a"
    assert sentences.listed(["a", "b", "c"], " and ") == "a, b and c"


def test_the_shipped_files_are_read_back() -> None:
    folder = paths.MODELS / "assay-clip"
    model = published.weights_of(folder)
    shipped = evaluate.Embedder(folder / "vision.int8.onnx", folder / "text.int8.onnx", tokenizer.load(folder / "tokenizer.json"))
    pixels = np.random.default_rng(0).random((2, 3, 64, 64), np.float32) * 2 - 1
    line = "a drawing of a violin"
    with torch.no_grad():
        images = model.embed_images(torch.from_numpy(pixels)).numpy()
        texts = model.embed_texts(torch.tensor([shipped.tokens.encode(line).ids])).numpy()
    assert (images * shipped.images(pixels)).sum(1).min() > 0.995
    assert (texts * shipped.texts([line])).sum() > 0.999


LESSON = retell.Lesson(torch.eye(4)[:2], torch.tensor([1, 2]), [], torch.eye(4)[2:], torch.tensor([3, 1]))
RIGHT = torch.eye(4)[[0, 0, 1, 1]]


def test_contrast_prefers_the_right_picture() -> None:
    empty = train_clip.Memory(0, 4, "cpu")
    assert retell.contrast(RIGHT, LESSON, empty, 10.0) < retell.contrast(RIGHT.flip(0), LESSON, empty, 10.0)


def test_a_remembered_text_is_told_apart_unless_it_is_of_the_same_thing() -> None:
    def after(direction: int, concept: int) -> float:
        memory = train_clip.Memory(8, 4, "cpu")
        memory.push(torch.eye(4)[direction : direction + 1], torch.tensor([concept]))
        return float(retell.contrast(RIGHT, LESSON, memory, 10.0))

    none = float(retell.contrast(RIGHT, LESSON, train_clip.Memory(8, 4, "cpu"), 10.0))
    assert after(0, 9) > none + 0.05  # of another thing, and like the picture
    assert abs(after(2, 9) - none) < 0.01  # of another thing, and unlike
    assert after(2, 1) > none + 0.5  # of the same thing, and unlike


def test_new_weights_are_recovered_from_a_mean() -> None:
    start, new, mixed = (torch.nn.Linear(3, 2) for _ in range(3))
    mixed.load_state_dict(start.state_dict())
    published.blend(mixed, new, 0.5)
    for name, value in published.unblend(mixed, start, 0.5).items():
        torch.testing.assert_close(value, new.state_dict()[name])


class FewLessons(retell.Lessons):
    """Made up: two pictures, the same four texts in another order."""

    def __init__(self) -> None:
        pass

    def lesson(self, step: int) -> retell.Lesson:
        directions = torch.nn.functional.normalize(torch.randn(6, 256, generator=torch.Generator().manual_seed(step)))
        ids = [[2, 10 + step, 3], [2, 11, 3], [2, 12, 13, 3], [2, 14, 3]]
        return retell.Lesson(directions[:2], torch.tensor([1, 2]), ids, directions[2:], torch.tensor([3, 4, 5, 6]))


def test_a_stopped_retelling_resumes_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retell, "START", paths.MODELS / "assay-clip")
    options = retell.Options(seed=1, steps=4, batch=2, lr=1e-3, scale=30.0, scenes=0.0, keep=1.0, memory=6, share=0.5)
    retell.train(FewLessons(), options, tmp_path / "straight")
    first = retell.Retelling(FewLessons(), options)
    for _ in range(2):
        first.train_step()
    (tmp_path / "stopped").mkdir()
    train_clip.save(first.state(), tmp_path / "stopped" / "checkpoint.pt")
    retell.train(FewLessons(), options, tmp_path / "stopped")
    straight, stopped = (torch.load(tmp_path / name / "text.pt", weights_only=True) for name in ("straight", "stopped"))
    assert all(torch.equal(value, stopped[name]) for name, value in straight.items())


def test_names_that_are_left_out_are_no_emoji() -> None:
    kinds = [(CLIPART, "lamp"), (CLIPART, "dog"), (EMOJI, "dog"), (CLIPART, "held out")]
    drawings = [Drawing(id=name, package="a", kind=kind, concept=name, label=name) for kind, name in kinds]
    assert retell.untold(drawings, ["train", "train", "train", "clipart"])[CLIPART] == {"lamp"}


def test_best_sentence_of_a_picture_counts() -> None:
    images = np.eye(3, dtype=np.float32)
    texts = images[:, None].repeat(2, 1)
    texts[0, 1] = images[2]  # the second sentence of the first picture is about the third
    found = against.places(images, texts)
    assert found["text → image"].tolist() == [[0, 2], [0, 0], [0, 0]]
    assert found["image → text"].tolist() == [0, 0, 1]

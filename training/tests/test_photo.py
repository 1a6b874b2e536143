"""assay-photo: what is learned from may be learned from, and the closed forms do what they say. Needs no package."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch

from assay_photo import choose, class_space, corpus, distil, graphs, head, hubs, made_up, measure, own_texts, packages, refit, student
from assay_photo.efficientnet_lite import VARIANTS, EfficientNetLite, SameConv
from assay_training import wordnet

FREE = {"CC0-1.0", "CC-BY-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0", "public domain", "public-domain", "MIT", "HPND", "Apache-2.0"}


def test_photographs_learned_from_are_free_and_others_only_choose() -> None:
    trained, chosen = packages.pairs("train"), packages.pairs("validate")
    kept = packages.pairs("fixture")
    assert {pair.licence for pair in trained + kept} <= FREE
    assert not {pair.sha256 for pair in kept} & {pair.sha256 for pair in trained + chosen}
    assert not {pair.sha256 for pair in trained} & {pair.sha256 for pair in chosen}
    assert len({pair.sha256 for pair in trained}) == len(trained)
    for pair in trained:
        assert len(set(pair.captions)) == 5, pair.path
    for pair in chosen:
        assert len(set(pair.captions)) == 2, pair.path


def test_every_class_has_captions() -> None:
    captions = class_space.read_captions()
    assert len(captions) == 1000
    assert list(captions) == sorted(captions)  # the classifier's order is that of the WordNet ids
    assert all(len(set(sentences)) == len(sentences) >= 10 for sentences in captions.values())
    assert all(sentence.strip() == sentence != "" for sentences in captions.values() for sentence in sentences)


def test_made_up_photographs_name_classes_and_none_is_there_twice() -> None:
    made = made_up.photographs()
    sentences = [caption for one in made for caption in one.captions]
    assert all(len(one.captions) == 3 for one in made)
    assert len({sentence.lower() for sentence in sentences}) == len(sentences) > 10_000
    shares = made_up.shares(made)
    assert shares.shape == (len(made), 1000)
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
    lines = made_up.PHOTOGRAPHS.read_text().splitlines()
    assert all(line.isascii() and line.count("\t") == 1 for line in lines)


def test_a_made_up_picture_of_classes_is_given_these_classes() -> None:
    network = EfficientNetLite(VARIANTS["lite0"]).eval()
    torch.nn.init.normal_(network.classes.weight, std=0.05)
    torch.nn.init.zeros_(network.classes.bias)
    features = np.square(np.random.default_rng(1).standard_normal((20, 1280))).astype(np.float32)
    shares = np.zeros((2, 1000), np.float32)
    shares[0, 7], shares[1, [3, 800]] = 1, 0.5
    seen, logits = made_up.seen(network, features, shares, 30.0, np.random.default_rng(2))
    assert (seen >= 0).all()
    assert logits[0].argmax() == 7
    assert set(np.argsort(logits[1])[-2:]) == {3, 800}


def test_a_score_loses_the_popularity_of_both_sides() -> None:
    random = np.random.default_rng(8)
    images, texts = (class_space.unit(random.standard_normal((40, 24))) for _ in range(2))
    found = hubs.banks(images, texts, 0.8, 0.5)
    of_texts, of_images = found.photographs.popularity(texts), found.texts.popularity(images)
    assert abs(of_texts.mean()) < 1e-9 and abs(of_images.mean()) < 1e-9
    best = np.sort(texts[0] @ images.T)[-hubs.NEAREST:].mean()
    assert of_texts[0] == pytest.approx(0.8 * (best - found.photographs.middle))
    left, right = hubs.extended(images, of_images, image=True), hubs.extended(texts, of_texts, image=False)
    assert left.shape[1] == right.shape[1] == 24 + hubs.EXTRA
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(right, axis=1), 1)
    np.testing.assert_allclose(left @ right.T * hubs.LENGTH**2, images @ texts.T - of_texts[None] - of_images[:, None], atol=1e-12)


def test_a_sentence_near_many_photographs_no_longer_comes_first_for_each() -> None:
    random = np.random.default_rng(9)
    common = class_space.unit(random.standard_normal(48))
    shown = random.standard_normal((30, 48))
    images = class_space.unit(class_space.unit(shown) + common)
    texts = class_space.unit(class_space.unit(shown + 1.2 * random.standard_normal((30, 48))) + 0.4 * common)
    texts = np.concatenate([texts, common[None]])  # the hub
    bank = class_space.unit(class_space.unit(random.standard_normal((200, 48))) + common)
    found = hubs.banks(bank, texts, 0.8, 0.0)
    right = np.arange(30)
    before = (images @ texts.T).argmax(1)
    after = (hubs.extended(images, found.texts.popularity(images), image=True) @ hubs.extended(texts, found.photographs.popularity(texts), image=False).T).argmax(1)
    assert (before == 30).mean() > 0.5 > 0.1 > (after == 30).mean()
    assert (after == right).mean() > 0.8 > (before == right).mean()


def test_wordnet_line() -> None:
    line = "02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 001 @ 02083346 n 0000 | a member of the genus Canis; \"the dog barked all night\"  "
    synset = wordnet.parse(line)
    assert synset.id == "n02084071"
    assert synset.lemmas == ("dog", "domestic dog", "Canis familiaris")
    assert synset.definition == "a member of the genus Canis"
    assert synset.examples == ("the dog barked all night",)
    assert synset.hypernyms == ("n02083346",)


@pytest.mark.parametrize(("side", "kernel", "stride"), [(8, 3, 2), (7, 3, 2), (12, 5, 2), (9, 5, 1)])
def test_padding_is_tensorflows(side: int, kernel: int, stride: int) -> None:
    convolution = SameConv(1, 1, kernel, stride)
    torch.nn.init.ones_(convolution.weight)
    torch.nn.init.zeros_(convolution.bias)
    out = convolution(torch.ones(1, 1, side, side))[0, 0]
    expected = -(-side // stride)
    total = max(0, (expected - 1) * stride + kernel - side)
    assert out.shape == (expected, expected)
    inside = min(kernel - total // 2, side)  # of the first window, what lies on the picture
    assert float(out[0, 0].detach()) == inside**2


def test_variants_have_the_published_number_of_parameters() -> None:
    # Trunk and classes with folded norms; the study counted 3.4 + 1.3 and 4.8 + 1.3 million.
    millions = {name: sum(weight.numel() for weight in EfficientNetLite(VARIANTS[name]).parameters()) / 1e6 for name in VARIANTS}
    assert millions["lite0"] == pytest.approx(4.65, abs=0.05)
    assert millions["lite2"] == pytest.approx(6.09, abs=0.1)


BANK = hubs.Bank(class_space.unit(np.random.default_rng(1).standard_normal((30, 384))), 0.5, 0.1)


def close_classes() -> class_space.ClassTexts:
    """Sixty classes in pairs that lie close together: their mean says the pair, not the class."""
    random = np.random.default_rng(3)
    pairs = np.repeat(random.standard_normal((30, 96)), 2, 0)
    names = class_space.unit(pairs + 0.25 * random.standard_normal((60, 96)))
    is_a = np.zeros((60, 3))
    is_a[np.arange(60), np.arange(60) // 20] = 1
    kinds = class_space.unit(np.stack([names[is_a[:, kind] > 0].mean(0) for kind in range(3)]))
    return class_space.ClassTexts(names, names, names, kinds, is_a)


def test_sharp_vectors_tell_close_classes_apart() -> None:
    texts, weights = close_classes(), class_space.Weights()
    centre = class_space.centre_of(texts, weights)
    probability = np.full((60, 60), 0.2 / 58)
    index = np.arange(60)
    probability[index, index] = 0.43
    probability[index, index ^ 1] = 0.37
    said = class_space.unit(texts.names - centre)

    def margin(vectors: np.ndarray) -> float:
        scores = class_space.unit(probability @ vectors) @ said.T
        return float((scores[index, index] - scores[index, index ^ 1]).mean())

    assert margin(class_space.sharp(texts, weights)) > 1.5 * margin(class_space.conse(texts, weights)) > 0


def test_head_learns_what_classes_do_not_say_and_onnx_agrees() -> None:
    random = np.random.default_rng(5)
    classes = random.standard_normal((1000, 384)) * 0.05
    scenes = random.standard_normal((120, 12))
    features = np.square(2 + scenes @ random.standard_normal((12, 1280)) / 12).astype(np.float32)
    wanted = class_space.unit(scenes @ random.standard_normal((12, 384)))
    logits = np.zeros((120, 1000), np.float32)
    fitted = head.fit(classes, classes, features[:100], logits[:100], [row[None] for row in wanted[:100]], head.Mix(ridge=0.1))
    assert (fitted.embed(features[100:], logits[100:]) * wanted[100:]).sum(1).mean() > 0.25
    unlearned = head.fit(classes, classes, features[:100], logits[:100], [row[None] for row in wanted[99::-1]], head.Mix(ridge=0.1))
    assert abs((unlearned.embed(features[100:], logits[100:]) * wanted[100:]).sum(1).mean()) < 0.1

    network = EfficientNetLite(VARIANTS["lite0"]).eval()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        seen, scored = (value.numpy() for value in network(pixels))
        graph = graphs.VisionGraph(network, fitted, BANK).eval()(pixels).numpy()
    rows = fitted.embed(seen, scored)
    np.testing.assert_allclose(graph, hubs.extended(rows, BANK.popularity(rows), image=True), atol=2e-4)


def test_a_head_with_every_option_agrees_with_its_graph_and_keeps_what_made_up_pictures_show() -> None:
    random = np.random.default_rng(6)
    classes = class_space.unit(random.standard_normal((1000, 384)))
    features = np.square(random.standard_normal((40, 1280))).astype(np.float32)
    logits = random.standard_normal((40, 1000)).astype(np.float32)
    captions = [class_space.unit(random.standard_normal((2, 384))) for _ in features]
    made = np.square(random.standard_normal((30, 1280))).astype(np.float32), class_space.unit(random.standard_normal((30, 384)))
    mix = head.Mix(temperature=1.4, ridge=0.1, roots=2, common=0.75)

    def shown(weight: float) -> float:
        kept = head.fit(classes, classes, features, logits, captions, mix, [head.MadeUp(*made, weight)])
        return float((class_space.unit(kept.mixed(made[0], np.zeros((30, 1000)))) * made[1]).sum(1).mean())

    assert shown(1.0) > shown(0.0) + 0.2
    fitted = head.fit(classes, classes, features, logits, captions, mix, [head.MadeUp(*made, 0.1)])
    # The mean of what the classes say of the photographs is mostly gone.
    bare = head.fit(classes, classes, features, logits, captions, dataclasses.replace(mix, common=0.0), [head.MadeUp(*made, 0.1)])
    assert np.linalg.norm(fitted.mixed(features, logits).mean(0)) < 0.6 * np.linalg.norm(bare.mixed(features, logits).mean(0))
    network = EfficientNetLite(VARIANTS["lite0"]).eval()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        seen, scored = (value.numpy() for value in network(pixels))
        graph = graphs.VisionGraph(network, fitted, BANK).eval()(pixels).numpy()
    rows = fitted.embed(seen, scored)
    np.testing.assert_allclose(graph, hubs.extended(rows, BANK.popularity(rows), image=True), atol=2e-4)


SMALL = student.Shape(vocabulary=60, rows=48, layers=(0,), heads=2, inner=64)


class MadeUpTeacher:
    """Sixty words; a sentence means the sum of its words' vectors, the first one four times: a bag of words is not enough."""

    def __init__(self) -> None:
        random = np.random.default_rng(2)

        def made(*size: int, scale: float = 0.02) -> torch.Tensor:
            return torch.from_numpy((scale * random.standard_normal(size)).astype(np.float32))

        self.weights = {"embeddings.word_embeddings.weight": made(60, 384, scale=1)}
        self.weights |= {f"embeddings.{kind}_embeddings.weight": torch.zeros(64, 384) for kind in ("token_type", "position")}
        norms = ["embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"]
        for name in norms:
            self.weights |= {f"{name}.weight": torch.ones(384), f"{name}.bias": torch.zeros(384)}
        for name, rows, columns in (
            ("attention.self.query", 384, 384), ("attention.self.key", 384, 384), ("attention.self.value", 384, 384),
            ("attention.output.dense", 384, 384), ("intermediate.dense", 64, 384), ("output.dense", 384, 64),
        ):
            self.weights |= {f"encoder.layer.0.{name}.weight": made(rows, columns), f"encoder.layer.0.{name}.bias": torch.zeros(rows)}
        self.tokenizer = self

    def encode_batch(self, sentences: list[str]) -> list[SimpleNamespace]:
        return [SimpleNamespace(ids=[int(word) for word in sentence.split()]) for sentence in sentences]

    def embed(self, sentences: list[str]) -> np.ndarray:
        table = self.weights["embeddings.word_embeddings.weight"].numpy()
        rows = ([int(word) for word in sentence.split()] for sentence in sentences)
        return class_space.unit(np.stack([table[row].sum(0) + 3 * table[row[0]] for row in rows]))


def test_student_starts_from_the_teacher_ignores_padding_and_its_int8_file_agrees(tmp_path: Path) -> None:
    model = student.Student(SMALL).eval()
    student.copy_teacher(model, MadeUpTeacher())
    ids, padding = torch.tensor([[5, 9, 7], [4, 8, 0]]), torch.tensor([[False, False, False], [False, False, True]])
    with torch.inference_mode():
        together, alone = model(ids, padding), model(torch.tensor([[4, 8]]))
    np.testing.assert_allclose(together[1].numpy(), alone[0].numpy(), atol=1e-5)
    shift = np.zeros(384)
    graphs.export_text(graphs.TextGraph(model, shift, BANK), tmp_path / "text.onnx")
    graphs.quantize.text_dynamic(tmp_path / "text.onnx", tmp_path / "text.int8.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "text.int8.onnx"), providers=["CPUExecutionProvider"])
    row = np.array([[5, 9, 7, 11]])
    out = session.run(None, {"input_ids": row})[0][0]
    with torch.inference_mode():
        expected = graphs.TextGraph(model, shift, BANK).eval()(torch.from_numpy(row))[0].numpy()
    assert float(out @ expected) > 0.995


def test_settings_of_a_head_and_of_hubs_keep_their_types_and_their_names() -> None:
    recipe = {"id": "x", "head": {"ridge": 2.0}, "hubs": {"text_weight": 0.8, "image_weight": 0.5}}
    made = choose.changed(recipe, "temperature=1.4 roots=2 image_weight=0")
    assert head.Mix(**made["head"]) == head.Mix(temperature=1.4, roots=2, ridge=2.0)
    assert isinstance(made["head"]["roots"], int)
    assert made["hubs"] == {"text_weight": 0.8, "image_weight": 0.0}
    assert recipe["head"] == {"ridge": 2.0}
    with pytest.raises(KeyError, match="warmth"):
        choose.changed(recipe, "warmth=1")


def test_the_shift_of_a_text_file_is_undone() -> None:
    random = np.random.default_rng(5)
    said, shift = class_space.unit(random.normal(size=(50, 384))), class_space.unit(random.normal(size=384)) * 0.4
    np.testing.assert_allclose(refit.undo_shift(class_space.unit(said - shift), shift), said, atol=1e-12)


def test_archives_are_found_by_exact_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "ARCHIVES", tmp_path)
    for name in ("some-kit-2.0.4.tgz", "some-kit-2.0.40.tgz", "some_kit-2.0.4-py3-none-any.whl"):
        (tmp_path / name).touch()
    assert packages.find_archive("some-kit", "2.0.4", r"\.tgz") == tmp_path / "some-kit-2.0.4.tgz"
    assert packages.find_archive("some-kit", "2.0.4", "whl") == tmp_path / "some_kit-2.0.4-py3-none-any.whl"
    assert packages.find_archive("some-kit", "2.0", r"\.tgz") is None


def test_texts_that_name_classes_are_pulled_to_their_pictures_alone() -> None:
    pictures = torch.eye(4)
    says = torch.tensor([[True, False, False, False], [False, True, True, False], [False, False, False, False]])
    right = torch.nn.functional.normalize(torch.tensor([[1.0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]), dim=1)
    wrong = right.roll(1, 1)
    assert own_texts.picture_loss(right, pictures, says) < 0.8 < own_texts.picture_loss(wrong, pictures, says)
    unnamed = right.clone()
    unnamed[2] = torch.tensor([0.0, 0, 0, -1])  # a text that names no class is only compared with
    assert own_texts.picture_loss(unnamed, pictures, says).isfinite()


def test_groups_have_one_length_and_lose_nothing() -> None:
    lengths = np.array([3, 5, 3, 3, 4, 5, 3])
    groups = list(student.of_one_length(np.arange(7), lengths, 3))
    assert sorted(np.concatenate(groups).tolist()) == list(range(7))
    assert all(len(set(lengths[group])) == 1 and len(group) <= 3 for group in groups)


def test_sentences_follow_from_the_seed() -> None:
    def written(seed: int) -> list[str]:
        writer = corpus.Writer(seed, ["otter"])
        return [writer.sentence() for _ in range(200)]

    assert written(1) == written(1) != written(2)
    assert all(sentence == sentence.strip() and "  " not in sentence for sentence in written(1))


def test_ranks_count_ties_against_the_model() -> None:
    scores = np.array([[0.5, 0.5, 0.1], [0.2, 0.9, 0.3]])
    right = np.array([[True, False, False], [False, False, True]])
    assert measure.ranks(scores, right).tolist() == [2, 2]


def test_shipped_files_are_held_against_fp32_row_by_row() -> None:
    shipped = {"coco": {"text_to_image": {"r1": 0.2, "r5": 0.5}}, "names": {"top1": 0.7}}
    full = {"coco": {"text_to_image": {"r1": 0.25, "r5": 0.5}}, "names": {"top1": 0.7}}
    found = measure.against(shipped, full)
    assert {row: one["ratio"] for row, one in found.items()} == {
        "coco text_to_image r1": 0.8, "coco text_to_image r5": 1.0, "names top1": 1.0,
    }


@pytest.mark.parametrize("packed", [False, True])
def test_a_picture_inside_a_qt_resource(tmp_path: Path, packed: bool) -> None:
    content = b"RIFF not really a picture"
    stored = struct.pack(">I", len(content)) + zlib.compress(content) if packed else content
    names, offsets = b"", []
    for name in ("a", "b.webp"):
        offsets.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    tree = struct.pack(">IHII", 0, 2, 1, 1) + struct.pack(">IHII", offsets[0], 2, 1, 2)
    tree += struct.pack(">IHHHI", offsets[1], 1 if packed else 0, 0, 0, 0)
    header = 20
    body = struct.pack(">I", len(stored)) + stored
    file = tmp_path / "x.rcc"
    file.write_bytes(b"qres" + struct.pack(">IIII", 1, header, header + len(tree), header + len(tree) + len(body)) + tree + body + names)
    assert packages.read_resource(file, "a/b.webp") == content
    with pytest.raises(FileNotFoundError, match="a/c"):
        packages.read_resource(file, "a/c")


def test_distillation_starts_well_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distil, "SUPER_BATCH", 1)
    random = np.random.default_rng(4)
    sentences = [" ".join(str(word) for word in random.integers(1, 60, size=4)) for _ in range(4000)]
    teacher = MadeUpTeacher()
    vectors = distil.teacher_vectors(teacher, sentences, tmp_path / "teacher")
    own = [own_texts.OwnText(sentence, (at % 5,), at % 2 == 0) for at, sentence in enumerate(sentences[:50])]
    pictures = class_space.unit(random.standard_normal((2, 5, 384))).astype(np.float32)
    space = distil.Space(np.zeros(384, np.float32), np.zeros(384), pictures)

    def run(seconds: float) -> tuple[int, float]:
        distil.distil(teacher, sentences, vectors, own, space, SMALL, 1, seconds, tmp_path / "student")
        last = capsys.readouterr().out.strip().splitlines()[-1]
        return int(last.split("step ")[1].split(":")[0]), float(last.split("cosine ")[1].split()[0])

    started, one, two, again = run(0), run(0.01), run(1), run(1)
    assert started[0] == 0 < one[0] < two[0]
    assert again == two  # nothing left to do
    assert min(found for _, found in (started, one, two)) > 0.6

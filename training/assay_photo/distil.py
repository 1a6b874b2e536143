"""Distillation of the text tower: sentences → the teacher's vectors → a student, resumable at any moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from .class_space import unit
from .minilm import MiniLM
from .student import MAX_LENGTH, Shape, Student, loss, start

CHUNK = 8192
HELD_OUT = 2000  # sentences of the corpus that only measure
OWN_WEIGHT = 16  # how often a text of a class or photograph is drawn, against a sentence of the corpus
BATCH, SUPER_BATCH, LEAST_BATCH = 256, 8, 24
RATES = (1e-3, 4e-3)  # of matrices; of rows and weights
SAVE_EVERY = 30.0  # CPU seconds


def teacher_vectors(teacher: MiniLM, sentences: list[str], folder: Path) -> np.ndarray:
    """[n, 384] float32 of unit length; chunks are kept as float16 in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    chunks = []
    for number, at in enumerate(range(0, len(sentences), CHUNK)):
        file = folder / f"{number:03d}.npy"
        if not file.exists():
            np.save(file, teacher.embed(sentences[at : at + CHUNK]).astype(np.float16))
        chunks.append(np.load(file)[: len(sentences) - at])
    return np.concatenate(chunks).astype(np.float32)


def of_one_length(indices: np.ndarray, lengths: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """``indices`` in groups of at most ``size`` whose sentences have the same number of tokens: no padding is needed."""
    order = indices[np.argsort(lengths[indices], kind="stable")]
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and lengths[order[end]] == lengths[order[at]] and end - at < size:
            end += 1
        yield order[at:end]
        at = end


def distil(
    teacher: MiniLM, sentences: list[str], vectors: np.ndarray, own: list[str], centre: np.ndarray, shape: Shape, seed: int,
    seconds: float, folder: Path,
) -> Student:
    """``seconds`` of CPU time in training steps, over all sessions; the learning rate follows them (warm-up, then a cosine)."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    targets = unit(np.concatenate([vectors, teacher.embed(own)]) - centre)
    ids = [encoding.ids[:MAX_LENGTH] for encoding in teacher.tokenizer.encode_batch(sentences + own)]
    lengths = np.array([len(row) for row in ids])
    pool = np.concatenate([np.arange(HELD_OUT, len(sentences))] + [np.arange(len(sentences), len(ids))] * OWN_WEIGHT)
    student = Student(shape)
    sample = range(HELD_OUT, min(len(sentences), HELD_OUT + 20000))
    start(student, teacher.weights["embeddings.word_embeddings.weight"].numpy(), [ids[at] for at in sample], targets[sample.start : sample.stop])
    slow = [weight for name, weight in student.named_parameters() if name.startswith(("blocks", "project", "positions"))]
    fast = [weight for name, weight in student.named_parameters() if name.startswith(("rows", "weights"))]
    optimizer = torch.optim.Adam([{"params": slow}, {"params": fast}], betas=(0.9, 0.98))
    checkpoint, spent, step = folder / "student.pt", 0.0, 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        student.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["opt"])
        spent, step = saved["done"], saved["step"]
        random = np.random.default_rng([seed, step])

    def batch(chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor(np.array([ids[at] for at in chosen])), torch.from_numpy(targets[chosen])

    @torch.no_grad()
    def held_out() -> float:
        return float(np.concatenate([
            (functional.normalize(student(tokens), dim=1) * wanted).sum(1).numpy()
            for tokens, wanted in map(batch, of_one_length(np.arange(HELD_OUT), lengths, BATCH))
        ]).mean())

    def save() -> None:
        state = {"model": student.state_dict(), "opt": optimizer.state_dict(), "done": spent, "step": step}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        print(f"{spent:.0f} CPU seconds, step {step}: cosine {held_out():.4f} on {HELD_OUT} held-out sentences", flush=True)

    saved_at = spent
    while spent < seconds:
        began = time.process_time()
        groups = [g for g in of_one_length(random.choice(pool, BATCH * SUPER_BATCH), lengths, BATCH) if len(g) >= LEAST_BATCH]
        for number in random.permutation(len(groups)):
            share = min(1.0, spent / seconds)
            factor = min(1.0, (step + 1) / 100) * (0.02 + 0.49 * (1 + np.cos(np.pi * share)))
            for group, rate in zip(optimizer.param_groups, RATES, strict=True):
                group["lr"] = float(rate * factor)
            tokens, wanted = batch(groups[number])
            optimizer.zero_grad(set_to_none=True)
            loss(student(tokens), wanted).backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            step += 1
        spent += time.process_time() - began
        if spent - saved_at >= SAVE_EVERY:
            save()
            saved_at = spent
    save()
    return student.eval()

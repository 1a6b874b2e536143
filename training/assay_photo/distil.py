"""Distillation of the text tower: sentences → the teacher's vectors → a student, resumable at any moment."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from .class_space import unit
from .minilm import MiniLM
from .own_texts import OwnText, picture_loss
from .student import MAX_LENGTH, PAD_ID, Shape, Student, copy_teacher, fit_projection, loss, of_one_length

CHUNK = 8192
HELD_OUT = 2000  # sentences of the corpus that only measure
BATCH, SUPER_BATCH, LEAST_BATCH = 256, 8, 24
LONGEST = 24  # tokens of a sentence that is learned from; longer definitions would take most of the time
OWN_BATCH, SHORT_SHARE = 96, 0.5  # own texts of a step; the share of steps in which they are names
PICTURE_WEIGHT = {True: 0.15, False: 0.1}  # of the pictures' loss beside distillation: for names, for sentences
RATES = (5e-4, 2e-3)  # of matrices; of rows and weights
SAVE_EVERY = 100.0  # CPU seconds


@dataclass(frozen=True)
class Space:
    """``centre``: what is taken off the teacher's vectors. ``shift``: what the shipped graph takes off afterwards.
    ``pictures`` [rounds, k, 384]: made-up pictures (``own_texts.pictures_of``)."""

    centre: np.ndarray
    shift: np.ndarray
    pictures: np.ndarray

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


def distil(
    teacher: MiniLM, sentences: list[str], vectors: np.ndarray, own: list[OwnText], space: Space, shape: Shape, seed: int,
    seconds: float, folder: Path,
) -> Student:
    """``seconds`` of CPU time in training steps, over all sessions; the learning rate follows them (warm-up, then a cosine)."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    targets = unit(np.concatenate([vectors, teacher.embed([one.text for one in own])]) - space.centre).astype(np.float32)
    ids = [encoding.ids[:MAX_LENGTH] for encoding in teacher.tokenizer.encode_batch(sentences + [one.text for one in own])]
    lengths = np.array([len(row) for row in ids])
    pool = HELD_OUT + np.flatnonzero(lengths[HELD_OUT : len(sentences)] <= LONGEST)
    own_pools = {short: len(sentences) + np.array([at for at, one in enumerate(own) if one.short == short]) for short in (True, False)}
    pictures, shift = torch.from_numpy(space.pictures), torch.from_numpy(space.shift.astype(np.float32))

    def batch(chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor(np.array([ids[at] for at in chosen])), torch.from_numpy(targets[chosen])

    def padded(chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        longest = int(lengths[chosen].max())
        tokens = torch.tensor([ids[at] + [PAD_ID] * (longest - lengths[at]) for at in chosen])
        return tokens, torch.arange(longest)[None, :] >= torch.from_numpy(lengths[chosen])[:, None], torch.from_numpy(targets[chosen])

    def own_loss(short: bool) -> torch.Tensor:
        chosen = random.choice(own_pools[short], min(OWN_BATCH, len(own_pools[short])), replace=False)
        tokens, padding, wanted = padded(chosen)
        predicted = student(tokens, padding)
        shipped = functional.normalize(functional.normalize(predicted, dim=1) - shift, dim=1)
        says = torch.zeros(len(chosen), pictures.shape[1], dtype=torch.bool)
        for row, at in zip(says, chosen - len(sentences), strict=True):
            row[list(own[at].pictures)] = True
        described = picture_loss(shipped, pictures[random.integers(len(pictures))], says)
        return loss(predicted, wanted) + PICTURE_WEIGHT[short] * described

    @torch.no_grad()
    def held_out() -> float:
        return float(np.concatenate([
            (functional.normalize(student(tokens), dim=1) * wanted).sum(1).numpy()
            for tokens, wanted in map(batch, of_one_length(np.arange(HELD_OUT), lengths, BATCH))
        ]).mean())

    student = Student(shape)
    copy_teacher(student, teacher)
    sample = np.arange(HELD_OUT, min(len(sentences), HELD_OUT + 12000))
    fit_projection(student, [(tokens, wanted.numpy()) for tokens, wanted in map(batch, of_one_length(sample, lengths, BATCH))])
    fast = [weight for name, weight in student.named_parameters() if name.startswith(("rows", "weights"))]
    slow = [weight for name, weight in student.named_parameters() if not name.startswith(("rows", "weights"))]
    optimizer = torch.optim.Adam([{"params": slow}, {"params": fast}], betas=(0.9, 0.98))
    checkpoint, spent, step = folder / "student.pt", 0.0, 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        student.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["opt"])
        spent, step = saved["done"], saved["step"]
        random = np.random.default_rng([seed, step])

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
            (loss(student(tokens), wanted) + own_loss(random.random() < SHORT_SHARE)).backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            step += 1
        spent += time.process_time() - began
        if spent - saved_at >= SAVE_EVERY:
            save()
            saved_at = spent
    save()
    return student.eval()

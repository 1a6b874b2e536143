"""The text tower: two layers of MiniLM over narrow token rows, distilled on sentences alone.

Token rows (int8 in the shipped file) hold the principal components of the teacher's word embeddings; one matrix widens them
to the teacher's 384 dimensions. Then come the teacher's own first and last layer, a weighted mean and one matrix into the
teacher's space. All of it starts from the teacher's weights, the last matrix from a ridge regression, so that training
starts from a good sentence encoder.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from .minilm import LAYER_NORM_EPSILON, MiniLM

PAD_ID = 0
MAX_LENGTH = 48


@dataclass(frozen=True)
class Shape:
    """``rows``: width of a token's row. ``layers``: which layers of the teacher the student starts from."""

    vocabulary: int = 30522
    rows: int = 224
    width: int = 384
    layers: tuple[int, ...] = (0, 5)
    heads: int = 12
    inner: int = 1536
    dimensions: int = 384


class Block(nn.Module):
    """BERT's encoder layer: attention and feed-forward, each added and then normalized."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query, self.key, self.value, self.out = (nn.Linear(shape.width, shape.width) for _ in range(4))
        self.up, self.down = nn.Linear(shape.width, shape.inner), nn.Linear(shape.inner, shape.width)
        self.norm_attention, self.norm_mlp = (nn.LayerNorm(shape.width, eps=LAYER_NORM_EPSILON) for _ in range(2))

    def forward(self, x: torch.Tensor, padding: torch.Tensor | None) -> torch.Tensor:
        split = (x.shape[0], -1, self.heads, x.shape[2] // self.heads)
        query, key, value = (part(x).view(split).transpose(1, 2) for part in (self.query, self.key, self.value))
        # Written out, so that the exported graph stays plain MatMul and Softmax.
        scores = query @ key.transpose(2, 3) * split[3] ** -0.5
        if padding is not None:
            scores = scores.masked_fill(padding[:, None, None, :], -math.inf)
        attended = (scores.softmax(-1) @ value).transpose(1, 2).reshape(x.shape)
        x = self.norm_attention(x + self.out(attended))
        return self.norm_mlp(x + self.down(functional.gelu(self.up(x))))


class Student(nn.Module):
    """Token ids [n, t] → [n, 384], in the teacher's space minus ``centre``, not yet unit length.

    ``padding``: bool [n, t], true where a shorter sentence has no token; leave it out for sentences of one length.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.rows = nn.Embedding(shape.vocabulary, shape.rows)
        self.weights = nn.Embedding(shape.vocabulary, 1)
        self.widen = nn.Linear(shape.rows, shape.width)
        self.positions = nn.Parameter(torch.zeros(MAX_LENGTH, shape.width))
        self.norm = nn.LayerNorm(shape.width, eps=LAYER_NORM_EPSILON)
        self.blocks = nn.ModuleList(Block(shape) for _ in shape.layers)
        self.project = nn.Linear(shape.width, shape.dimensions)

    def pooled(self, ids: torch.Tensor, padding: torch.Tensor | None = None) -> torch.Tensor:
        """[n, width]: the weighted mean over tokens, before the last matrix."""
        x = self.norm(self.widen(self.rows(ids)) + self.positions[: ids.shape[1]])
        for block in self.blocks:
            x = block(x, padding)
        weight = torch.exp(self.weights(ids))
        if padding is not None:
            weight = weight.masked_fill(padding[:, :, None], 0)
        return (x * weight).sum(1) / weight.sum(1)

    def forward(self, ids: torch.Tensor, padding: torch.Tensor | None = None) -> torch.Tensor:
        return self.project(self.pooled(ids, padding))


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


class StudentTexts:
    """A trained student as the teacher is used: ``embed(sentences)`` → [n, 384] of unit length."""

    def __init__(self, student: Student, tokenizer: Tokenizer) -> None:
        self.student, self.tokenizer = student.eval(), tokenizer

    @torch.inference_mode()
    def embed(self, sentences: list[str]) -> np.ndarray:
        ids = [encoding.ids[:MAX_LENGTH] for encoding in self.tokenizer.encode_batch(sentences)]
        out = np.zeros((len(ids), self.student.shape.dimensions), np.float32)
        for group in of_one_length(np.arange(len(ids)), np.array([len(row) for row in ids]), 64):
            vectors = self.student(torch.tensor(np.array([ids[at] for at in group])))
            out[group] = functional.normalize(vectors, dim=1).numpy()
        return out


def copy_teacher(student: Student, teacher: MiniLM) -> None:
    """Rows, positions and the chosen layers, from the teacher's weights; token weights of 1, as in its plain mean."""
    shape, table = student.shape, teacher.weights
    words = table["embeddings.word_embeddings.weight"].double()
    mean = words.mean(0)
    axes = torch.linalg.svd(words[:: max(1, len(words) // 8000)] - mean, full_matrices=False).Vh[: shape.rows]
    rows = (words - mean) @ axes.T
    scale = rows.std()
    with torch.no_grad():
        student.rows.weight.copy_(rows / scale)
        student.weights.weight.zero_()
        student.widen.weight.copy_(axes.T * scale)
        student.widen.bias.copy_(mean + table["embeddings.token_type_embeddings.weight"][0])
        student.positions.copy_(table["embeddings.position_embeddings.weight"][:MAX_LENGTH])
        student.norm.weight.copy_(table["embeddings.LayerNorm.weight"])
        student.norm.bias.copy_(table["embeddings.LayerNorm.bias"])
        for block, layer in zip(student.blocks, shape.layers, strict=True):
            for own, name in (
                ("query", "attention.self.query"), ("key", "attention.self.key"), ("value", "attention.self.value"),
                ("out", "attention.output.dense"), ("norm_attention", "attention.output.LayerNorm"),
                ("up", "intermediate.dense"), ("down", "output.dense"), ("norm_mlp", "output.LayerNorm"),
            ):
                module = block.get_submodule(own)
                module.load_state_dict({part: table[f"encoder.layer.{layer}.{name}.{part}"] for part in ("weight", "bias")})


@torch.no_grad()
def fit_projection(student: Student, groups: list[tuple[torch.Tensor, np.ndarray]]) -> None:
    """The last matrix by ridge regression. ``groups``: ids [n, t] of sentences of one length with targets [n, 384]."""
    pooled = np.concatenate([student.pooled(ids).numpy() for ids, _ in groups]).astype(np.float64)
    targets = np.concatenate([wanted for _, wanted in groups])
    mean = pooled.mean(0)
    gram = (pooled - mean).T @ (pooled - mean)
    ridge = 1e-4 * np.trace(gram) / len(gram)
    matrix = np.linalg.solve(gram + ridge * np.eye(len(gram)), (pooled - mean).T @ (targets - targets.mean(0)))
    student.project.weight.copy_(torch.from_numpy(matrix.T.astype(np.float32)))
    student.project.bias.copy_(torch.from_numpy((targets.mean(0) - mean @ matrix).astype(np.float32)))


def loss(predicted: torch.Tensor, target: torch.Tensor, temperature: float = 0.05) -> torch.Tensor:
    """1 − cosine, and the divergence between the two tables of similarities within the batch. ``target``: unit length."""
    unit = functional.normalize(predicted, dim=1)
    cosine = 1 - (unit * target).sum(1).mean()
    wanted = (target @ target.t() / temperature).softmax(1)
    divergence = functional.kl_div((unit @ target.t() / temperature).log_softmax(1), wanted, reduction="batchmean")
    return cosine + 0.5 * divergence

"""The text tower: a small student of MiniLM, distilled on sentences alone.

Token rows (int8 in the shipped file), a learned weight per token, transformer blocks for word order, a weighted mean and
one matrix into the teacher's 384 dimensions. The rows start from the principal components of the teacher's own word
embeddings, the matrix from a ridge regression, so that training starts from a good bag of words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

PAD_ID = 0
MAX_LENGTH = 48


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 30522
    width: int = 256
    layers: int = 1
    heads: int = 4
    inner: int = 512
    dimensions: int = 384


class Block(nn.Module):
    """Pre-norm attention and feed-forward; both outputs start at zero, so an untrained block changes nothing."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.query, self.key, self.value, self.out = (nn.Linear(shape.width, shape.width) for _ in range(4))
        self.up, self.down = nn.Linear(shape.width, shape.inner), nn.Linear(shape.inner, shape.width)
        for last in (self.out, self.down):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm_attention(x)
        split = (x.shape[0], -1, self.heads, x.shape[2] // self.heads)
        query, key, value = (part(y).view(split).transpose(1, 2) for part in (self.query, self.key, self.value))
        # Written out, so that the exported graph stays plain MatMul and Softmax.
        scores = (query @ key.transpose(2, 3) * split[3] ** -0.5).softmax(-1)
        x = x + self.out((scores @ value).transpose(1, 2).reshape(x.shape))
        return x + self.down(functional.gelu(self.up(self.norm_mlp(x)), approximate="tanh"))


class Student(nn.Module):
    """Token ids [n, t] of sentences of one length → [n, 384], in the teacher's space minus ``centre``, not yet unit length."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.rows = nn.Embedding(shape.vocabulary, shape.width)
        self.weights = nn.Embedding(shape.vocabulary, 1)
        self.positions = nn.Parameter(torch.zeros(MAX_LENGTH, shape.width))
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.project = nn.Linear(shape.width, shape.dimensions)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        rows = self.rows(ids)
        weight = torch.exp(self.weights(ids))
        x = rows
        if len(self.blocks):
            x = x + self.positions[: ids.shape[1]]
            for block in self.blocks:
                x = block(x)
        return self.project((x * weight).sum(1) / weight.sum(1))


def start(student: Student, word_embeddings: np.ndarray, ids: list[list[int]], targets: np.ndarray) -> None:
    """Set rows, weights and matrix in closed form. ``ids``, ``targets``: a sample of sentences and centred teacher vectors."""
    centred = word_embeddings - word_embeddings.mean(0)
    _, _singular, axes = np.linalg.svd(centred[:: max(1, len(centred) // 8000)], full_matrices=False)
    rows = centred @ axes[: student.shape.width].T
    rows /= rows.std()
    counts = np.bincount(np.concatenate([np.asarray(row) for row in ids]), minlength=len(rows)) + 1.0
    weights = np.log(2e-3 / (2e-3 + counts / counts.sum()))
    weight = np.exp(weights)
    pooled = np.stack([(rows[row] * weight[row, None]).sum(0) / weight[row].sum() for row in ids])
    mean = pooled.mean(0)
    gram = (pooled - mean).T @ (pooled - mean)
    ridge = 1e-3 * np.trace(gram) / len(gram)
    matrix = np.linalg.solve(gram + ridge * np.eye(len(gram)), (pooled - mean).T @ (targets - targets.mean(0)))
    with torch.no_grad():
        student.rows.weight.copy_(torch.from_numpy(rows.astype(np.float32)))
        student.weights.weight.copy_(torch.from_numpy(weights.astype(np.float32))[:, None])
        student.project.weight.copy_(torch.from_numpy(matrix.T.astype(np.float32)))
        student.project.bias.copy_(torch.from_numpy((targets.mean(0) - mean @ matrix).astype(np.float32)))


def loss(predicted: torch.Tensor, target: torch.Tensor, temperature: float = 0.05) -> torch.Tensor:
    """1 − cosine, and the divergence between the two tables of similarities within the batch. ``target``: unit length."""
    unit = functional.normalize(predicted, dim=1)
    cosine = 1 - (unit * target).sum(1).mean()
    wanted = (target @ target.t() / temperature).softmax(1)
    divergence = functional.kl_div((unit @ target.t() / temperature).log_softmax(1), wanted, reduction="batchmean")
    return cosine + 0.5 * divergence

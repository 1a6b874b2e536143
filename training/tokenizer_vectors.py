"""What the tokenizers of CLIP- and SigLIP-family models are checked against, made with Hugging Face's `tokenizers` (Rust).

    python3.11 -m venv /tmp/t && /tmp/t/bin/pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf==7.36.2 unicodedata2==18.0.0
    /tmp/t/bin/python training/tokenizer_vectors.py [--emojibase FOLDER]

Writes test/golden/text/exports/
  NAME.json           small tokenizers of the configurations that the real exports have, trained on emoji names in 28 languages
                      (emojibase-data: MIT, names from Unicode CLDR: Unicode licence)
  vectors.json.gz     texts, and for each tokenizer the ids of each text, whole and truncated
  code-points.json    SHA-256 of what normal forms, cluster rules and the two byte-level patterns make of every code point, by block
and src/text/reference-unicode.ts, the character classes as the reference's crates have them. A function of this file, of the
library versions and of emojibase-data 17.0.0, but for the training of Unigram, which differs a little from run to run.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import random
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import sentencepiece
import unicodedata2
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, __version__, models, normalizers, pre_tokenizers, processors, trainers

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "test" / "golden" / "text" / "exports"
EMOJIBASE = Path("/work/training-state/packages/npm/node_modules/emojibase-data")
BLOCK = 16384
# Where code points are assigned; elsewhere nothing differs from a neighbour (looked at once, block by block).
BLOCKS = [*range(0, 0x34000, BLOCK), 0xE0000]
CUT = 16
EVERY_TEXT = 5
CLIP_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
EVERY = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


# --- SentencePiece's precompiled maps ---------------------------------------------------------------------------------------


def charsmap(rules: dict[str, str]) -> bytes:
    """Compiled by SentencePiece itself, from replacements by string."""
    lines = ["\t".join(" ".join(f"{ord(c):X}" for c in side) for side in rule) for rule in sorted(rules.items())]
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a dog on grass", "a red star above two blue circles"] * 20),
            model_writer=model,
            vocab_size=30,
            hard_vocab_limit=False,
            minloglevel=2,
            normalization_rule_tsv=file.name,
        )
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def small_charsmap() -> bytes:
    """Compatibility characters, composed letters and controls: the kinds of nmt_nfkc's rules, a few hundred of its 200 kB."""
    rules: dict[str, str] = {}
    compatible = [*range(0xA0, 0x180), *range(0x2000, 0x2070), *range(0x2070, 0x209D), *range(0x2100, 0x2190), *range(0x2460, 0x2480)]
    compatible += [*range(0x3000, 0x3001), *range(0x3131, 0x3140), *range(0xFB00, 0xFB07), *range(0xFF01, 0xFFA0), 0xFDFA, 0x1D400, 0x2F800]
    for c in compatible:
        form = unicodedata.normalize("NFKC", chr(c))
        if form != chr(c):
            rules[chr(c)] = form
    for c in [*range(0xC0, 0x180), *range(0x1EA0, 0x1EFA)]:
        decomposed = unicodedata.normalize("NFD", chr(c))
        if len(decomposed) > 1:
            rules[decomposed] = chr(c)
    rules |= {chr(c): " " for c in [9, 10, 12, 13, 0x1680, 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x200B]}
    rules |= {chr(c): "" for c in [*range(1, 9), 11, *range(14, 32), 0x7F, 0x8F, 0x9F]}
    return charsmap(rules)


# --- Character classes ------------------------------------------------------------------------------------------------------


def clusters() -> dict[str, list[int]]:
    """Which code points the reference keeps in one grapheme cluster with what.

    Seen through a map of every character to one letter: a cluster of less than six bytes becomes a single letter as a whole, a longer
    one a letter for each character. So U+0915 U+094D and U+0937 U+0301 become four letters if they are one cluster, three if two.
    """
    one = normalizers.Precompiled(charsmap({chr(c): "z" if chr(c) == "y" else "y" for c in EVERY if c}))

    def letters(text: str) -> int:
        return len(one.normalize_str(text))

    some = [c for c in EVERY if c]
    extend = [c for c in some if letters("a" + chr(c)) == 1]
    joining = set(extend)
    linker = [c for c in extend if letters(f"\u0915{chr(c)}\u0937\u0301") == 4]
    conjunct = {c for c in extend if letters(f"\u0915\u094d{chr(c)}\u0937\u0301") == 5}
    short = [c for c in some if len(chr(c).encode()) <= 3]
    control = [0, *(c for c in short if letters(chr(c) + "\u0300") != 1)]
    apart = joining.union(control)
    return {
        "extend": extend,
        "spacing": [c for c in extend if c not in conjunct and c not in (0x200C, 0x200D)],
        "linker": linker,
        "consonant": [c for c in short if c not in apart and letters(f"\u0915\u094d{chr(c)}\u0301") == 4],
        "prepend": [c for c in some if letters(chr(c) + "a") == 1],
        "control": control,
    }


def opaque() -> list[int]:
    """What later Unicode versions (unicodedata2) decompose, compose or order, and the reference's tables do not."""
    nfd, nfkd, nfc = normalizers.NFD(), normalizers.NFKD(), normalizers.NFC()
    found = set()
    for c in EVERY:
        character = chr(c)
        later = unicodedata2.normalize("NFD", character)
        if later != nfd.normalize_str(character):
            found |= {c, *(ord(part) for part in later if not unicodedata.combining(part))}
        if unicodedata2.normalize("NFKD", character) != nfkd.normalize_str(character):
            found.add(c)
        if unicodedata2.combining(character):
            ordered = [f"a{character}\u0334", f"a\u0345{character}"]
            if any(nfd.normalize_str(text) != unicodedata2.normalize("NFD", text) for text in ordered):
                found.add(c)
    for c in found:
        assert nfc.normalize_str(chr(c)) == chr(c) == nfkd.normalize_str(chr(c)), f"U+{c:04X} is not opaque"
    return sorted(found)


def matches(pattern: str) -> list[int]:
    """By Oniguruma, which the reference runs its patterns with."""
    remove = normalizers.Replace(Regex(pattern), "")
    return [c for c in EVERY if remove.normalize_str(chr(c)) == ""]


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def ranges(points: Iterable[int]) -> str:
    """Sorted code points as pairs in base 36: the distance from the last range's end, and the count."""
    pairs: list[list[int]] = []
    for c in points:
        if pairs and c == pairs[-1][0] + pairs[-1][1]:
            pairs[-1][1] += 1
        else:
            pairs.append([c, 1])
    end = 0
    numbers = []
    for start, count in pairs:
        numbers += [start - end, count]
        end = start + count
    return " ".join(map(base36, numbers))


def tables() -> str:
    kinds = clusters()
    named = [
        ("LETTER", matches(r"\p{L}"), r"Oniguruma's `\p{L}`."),
        ("NUMBER", matches(r"\p{N}"), r"Oniguruma's `\p{N}`."),
        ("OPAQUE_TO_NORMALIZATION", opaque(), "Decomposed, composed or ordered by newer Unicode versions, not by the reference."),
        ("CLUSTER_EXTEND", kinds["extend"], "In one grapheme cluster with the character before."),
        ("CLUSTER_SPACING", kinds["spacing"], "Those of them that part consonants of a conjunct, and a pictograph from a joiner."),
        ("CLUSTER_PREPEND", kinds["prepend"], "In one grapheme cluster with the character after."),
        ("CLUSTER_CONTROL", kinds["control"], "A grapheme cluster of its own; those of at most three UTF-8 bytes."),
        ("CONJUNCT_LINKER", kinds["linker"], "Between consonants makes them one grapheme cluster."),
        ("CONJUNCT_CONSONANT", kinds["consonant"], "A consonant that a linker joins to another; those of at most three UTF-8 bytes."),
    ]
    declared = []
    for name, points, comment in named:
        statement, value = f"export const {name} =", f"'{ranges(points)}'"
        # As the formatter has it.
        space = " " if len(f"{statement} {value}") <= 130 else "\n  "
        declared.append(f"/** {comment} {len(points)} code points. */\n{statement}{space}{value}")
    body = "\n\n".join(declared)
    return f"""/**
 * Character classes as Hugging Face's `tokenizers` {__version__} has them, so that ids depend on no engine's Unicode version.
 * Made by `training/tokenizer_vectors.py`; do not edit.
 *
 * Each table is sorted ranges as pairs in base 36: the gap since the end of the last range, and the number of code points.
 * @module
 */

{body}
"""


# --- Texts ------------------------------------------------------------------------------------------------------------------

HARD = [
    "", " ", "    ", "\t\n\r\v\f", "\u00a0", "\u00a0\u3000\u2003 \u202f", "\u0085", "\ufeff", "\u200b", "\u2028\u2029", "\r\n", "a\r\nb", "\x00", "a\x00b", "\x7f\x80\x9f", "\ufffd", "\ud7ff\ue000",
    "it's they're we've I'm he'll she'd don't IT'S THEY'RE 'S 'LL ''s 's's 'sx ’s", "rock'n'roll", "1234567890 3.14 1,000,000 ½ ² ③ Ⅷ ٣٤ १२ ๔ 五", "a1b2c3", "100%", "#1", "C++ & C#",
    "İstanbul ISPARTA ıI İ İİ i̇", "STRAẞE Straße strasse ß ẞ", "ΟΔΥΣΣΕΥΣ Σ ΣΑΣ ὈΔΥΣΣΕΎΣ", "ǅ ǆ Ǆ Ꙋ ᲀ Ა ა ꭰ Ꭰ", "Å Å Å", "ﬁ ﬂ ﬀ ﬃ ﬅ", "ﬁ\u0301 ™\u0301 ª\u0327 x\u0301\u0327", "e\u0301\u0323 a\u0323\u0302 o\u031b\u0301",
    "👨‍👩‍👧‍👦", "👩🏽‍🚀 🧑🏿‍🤝‍🧑🏻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪🇫🇷🇯🇵🇺", "1️⃣ #️⃣ ☀️ ☀︎ ❤️‍🔥", "©\u200d❤ ©\u200da ™️ ®\ufe0f", "ª\u200d©\u0327 ©\u200d™\u0301 ©\u0903\u200d™\u0301 ☀\u200d\u200d™\u0301 ©\u0301\u200d™\u0301 ©\u200dª\u0301", "🫨🪿🫎🩷", "\U0001faea \U0001f6d8",
    "한국어 ᄒ\u1161ᆫ 한글 ㄱㄴㄷ ﾡ", "각 가\u11a8", "العربية مُحَمَّد ـــ لا ﷺ ﷽", "\u0600\u0661 \u06dda", "हिन्दी क्‍ष क्ष कि ऩ \u0928\u093c", "বাংলা ক্ষ কো \u0995\u09c7\u09be", "தமிழ் க்ஷ கொ", "ภาษาไทย น้ำ เก้าอี้ ก\u0e4d\u0e32", "မြန်မာ ខ្មែរ ລາວ བོད་", "עִבְרִית שׁ שׁ \ufb2a",
    "中文 漢字 简体 繁體 日本語 カタカナ がぎ か\u3099 ｶﾞ ﾊﾟ", "𠀀𪜀𫝀𫠠𬺰𰀀𱍐 豈 你", "𝐀𝕒𝒜 ㌔ ㍿ ㋿ ⑴ ℌ Ω K", "𝟘𝟙 𐒠 𑁦 🄌",
    "Ꟑ ꟑ Ꟗ \ua7ce \ua7d2 \ua7f1 \U00010940", "\u1ac1a\u0334 \u0897\u0334 a\u0334\u1ac1 a\u0345\u1dfa", "\U000105d2\u0307 \U000105c9 \U00011935\U00011930 \U00011938 \U00016d67\U00016d67",
    "zero\u200bwidth soft\u00adhyphen \u2060word\u2060joiner \u202ertl\u202c \u061c \u180e", "nul\u0000 bell\u0007 esc\u001b[0m del\u007f", "\U000e0001\U000e0020 \U0010ffff \ue000 \ufdd0",
    "<|startoftext|>", "a <|endoftext|> b", "<|ENDOFTEXT|>", "<|startoftext|><|endoftext|>", "<|startoftext", "x<|endoftext|>y", "</s>", " </s> a </s>  b", "a</s>b", "<unk> <pad> <bos> <eos>", "a  <eos>  b <eos>\u00a0<eos> <bos> c", "a<unk>☃</s>", "<0x41>", "<0xE2>", "▁", "▁▁a", "a▁b ▁ c", "  lead", "trail  ", " both ", "a  b   c    d", "a\t\tb\n\nc",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "hello, world!", "what?! no... (yes) [maybe] {ok} <tag>", "snake_case kebab-case camelCase path/to/file.txt", "https://example.com/a?b=c&d=e#f", "user@example.com", "$3.50 €4,20 £5 ¥600 ₹7",
    "a photo of a cat", "A photo of TWO dogs", "a bad photo of a {}.", "an itap of my iPhone-15", "…", "—–-‐‑", "“quoted” ‘single’ «guillemets»", "naïve façade déjà-vu Ångström Łódź Đà Nẵng Ştefan Þór Œuvre",
    "nai\u0308ve fac\u0327ade de\u0301ja\u0300", "x" * 300, "ab" * 300, "é" * 200, "的" * 200, "👍" * 80, "\u0301" * 50, "a" + "\u0301" * 60, " " * 300, "\u00a0" * 100, "▁" * 60, "," * 100, "a " * 100, "9" * 100, "supercalifragilisticexpialidocious" * 6, "ꦲꦏ꧀ꦱꦫ 𞤀𞤣𞤤 𐌰𐌹 𓀀 ߒߞߏ ⵜⵉⴼ ᠮᠣ ʻōlelo",
]  # fmt: skip


def labels(folder: Path) -> dict[str, list[str]]:
    """Names and tags of emoji by language."""
    found = {}
    for path in sorted(folder.glob("*/data.json")):
        rows = json.loads(path.read_text())
        texts = []
        for row in rows:
            texts += [row["label"], ", ".join(row.get("tags", []))]
        found[path.parent.name] = [text for text in dict.fromkeys(texts) if text]
    return found


def texts(names: dict[str, list[str]], emoji: list[str]) -> list[str]:
    rng = random.Random(4)
    result = list(HARD)
    for language in sorted(names):
        result += rng.sample(names[language], 60)
    some = [text for language in sorted(names) for text in rng.sample(names[language], 40)]
    words = [word for text in some for word in text.split()] + [word for text in HARD[:60] for word in text.split()]
    joins = [" ", " ", " ", "", "  ", "\u3000", "\u00a0", "-", "'s ", ", ", "\n", "\u200d", "\u0301", "2"]
    changes: list[Callable[[str], str]] = [
        str.upper,
        str.title,
        str.swapcase,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: unicodedata.normalize("NFKD", text),
        lambda text: text[::-1],
    ]
    result += [change(text) for text in rng.sample(some, 60) for change in changes]
    for _ in range(500):
        result.append("".join(rng.choice(words) + rng.choice(joins) for _ in range(rng.randrange(1, 12))))
    result += ["".join(rng.choices(emoji, k=rng.randrange(1, 4))) for _ in range(150)]
    for _ in range(400):  # any code point beside any other
        span = [rng.randrange(0x20, 0x3000), rng.randrange(0x3000, 0xD800), rng.randrange(0xE000, 0x20000), rng.randrange(0x300, 0x370), 0x20]
        result.append("".join(chr(rng.choice(span)) for _ in range(rng.randrange(1, 12))))
    for _ in range(200):  # short clusters: letters, marks, joiners, controls
        alphabet = "aeﬁª©™☀ñ\u0301\u0323\u0327\u200d\ufe0f\u0600\r\n\t\u0903ｶﾞ한ก\u0e33\u0958\u094dष\u1100\u1161\u11a8"
        result.append("".join(rng.choices(alphabet, k=rng.randrange(2, 14))))
    return list(dict.fromkeys(result))


# --- Tokenizers -------------------------------------------------------------------------------------------------------------


def clip(corpus: list[str]) -> Tokenizer:
    """As CLIP's exports have it, `normalized` specials included."""
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>", fuse_unk=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(CLIP_PATTERN), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = [AddedToken(token, normalized=True, special=True) for token in ("<|startoftext|>", "<|endoftext|>")]
    # CLIP's vocabulary has every byte with and without the suffix; the trainer would leave out those it did not see at an end.
    tokenizer.train_from_iterator(
        corpus + alphabet,
        trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, end_of_word_suffix="</w>", special_tokens=special, show_progress=False),
    )
    config = json.loads(tokenizer.to_str())
    vocab: dict[str, int] = config["model"]["vocab"]
    for byte in alphabet:
        vocab.setdefault(byte + "</w>", len(vocab))
    start, end = (vocab[token] for token in ("<|startoftext|>", "<|endoftext|>"))
    config["post_processor"] = {
        "type": "RobertaProcessing",
        "sep": ["<|endoftext|>", end],
        "cls": ["<|startoftext|>", start],
        "trim_offsets": False,
        "add_prefix_space": False,
    }
    return Tokenizer.from_str(json.dumps(config))


def gpt2(corpus: list[str]) -> Tokenizer:
    """Byte-level BPE without suffix; RoBERTa-like prefix space; a sequence of post-processors."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=1500, initial_alphabet=alphabet, special_tokens=["<|endoftext|>"], show_progress=False)
    )
    template = processors.TemplateProcessing(single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def unigram(corpus: list[str], tokenizer: Tokenizer, size: int, special: list[str]) -> Tokenizer:
    """Trained on what needs the commonest characters only: the rest of CJK stays unknown, which is to be tested too."""
    counts = Counter(character for text in corpus for character in tokenizer.normalizer.normalize_str(text))
    common = {character for character, _ in counts.most_common(size // 3)} | {" "}
    known = [text for text in corpus if set(tokenizer.normalizer.normalize_str(text)) <= common]
    tokenizer.train_from_iterator(
        known, trainers.UnigramTrainer(vocab_size=size, unk_token="<unk>", special_tokens=special, show_progress=False)
    )
    return tokenizer


def siglip(corpus: list[str]) -> Tokenizer:
    """SigLIP: lower case, no punctuation, one space, SentencePiece's own map; Unigram; </s> behind, which takes spaces with it."""
    tokenizer = Tokenizer(models.Unigram())
    punctuation = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"""
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Lowercase(),
            normalizers.Replace(Regex(punctuation), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.Precompiled(small_charsmap()),
            normalizers.Strip(left=False, right=True),
            normalizers.Replace(Regex(" {2,}"), "▁"),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    unigram(corpus, tokenizer, 1200, ["<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([AddedToken(token, lstrip=True, rstrip=True, normalized=False) for token in ("</s>", "<unk>")])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def t5(corpus: list[str]) -> Tokenizer:
    """The older layout: white space split first, prefix by `first`, whole words, bytes for what is unknown, NFKC."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)]
    )
    unigram(corpus, tokenizer, 700, ["<pad>", "</s>", "<unk>"])
    config = json.loads(tokenizer.to_str())
    config["model"]["byte_fallback"] = True
    # Whole scores, so that ways tie; some letters only within longer pieces.
    pieces = config["model"]["vocab"]
    pieces = [[piece, float(round(score))] for at, (piece, score) in enumerate(pieces) if at < 3 or len(piece) > 1 or at % 3]
    config["model"]["vocab"] = pieces
    config["model"]["vocab"] += [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    tokenizer = Tokenizer.from_str(json.dumps(config))
    tokenizer.post_processor = processors.BertProcessing(("</s>", 1), ("<pad>", 0))
    return tokenizer


def gemma(corpus: list[str]) -> Tokenizer:
    """SigLIP 2: BPE over characters, spaces as ▁, bytes for what is unknown."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    tokenizer.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=2400, limit_alphabet=900, special_tokens=special + bytes_, show_progress=False)
    )
    config = json.loads(tokenizer.to_str())
    config["added_tokens"] = [token for token in config["added_tokens"] if token["content"] in special]
    for token in config["added_tokens"]:
        token["lstrip"] = token["rstrip"] = token["content"] == "<eos>"
    tokenizer = Tokenizer.from_str(json.dumps(config))
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return tokenizer


def first(corpus: list[str]) -> Tokenizer:
    """What the others leave out: no byte is known, unknowns one by one, prefix only at the very beginning."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False, ignore_merges=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.Prepend("_"), normalizers.NFD()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first")
    tokenizer.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=500, limit_alphabet=150, special_tokens=["<unk>", "</s>"], show_progress=False)
    )
    return tokenizer


TOKENIZERS = [clip, gpt2, siglip, t5, gemma, first]


# --- What is written --------------------------------------------------------------------------------------------------------


def rows_of(tokenizer: Tokenizer, strings: list[str]) -> dict[str, list]:
    whole = [encoding.ids for encoding in tokenizer.encode_batch(strings)]
    tokenizer.enable_truncation(CUT)
    cut = [encoding.ids for encoding in tokenizer.encode_batch(strings[::EVERY_TEXT])]
    tokenizer.no_truncation()
    return {"ids": whole, "cut": [short if short != long else 0 for short, long in zip(cut, whole[::EVERY_TEXT], strict=True)]}


CLUSTERED = (
    "aﬁª©®™ℹ☀❤Ⓜ👍🏽\u0301\u0327\u200d\u200d\u200d\u200c\ufe0f\u0903\u0600\r\n\t\u200bｶﾞ한가각"
    "\u1100\u1161\u11a8क\u0958\u094dष🇩🇪\u0e33\U000110bd\U000e0061"
)


def clustered() -> dict:
    """What a map that replaces every character makes of texts that are awkward to cut into clusters."""
    rng = random.Random(5)
    blob = charsmap(dict.fromkeys(CLUSTERED, "y"))
    between = ["\u094d", "\u094d\u200d", "\u200d\u094d", "\u094d\u200c", "\u0903\u094d", "\u094d\u0903", "\u0301\u094d", "\u094d\u0301", "\u0301", "\u200d", ""]
    strings = [f"क{link}ष\u0301" for link in between] + [f"{first}क\u094dक\u0301a" for first in ("a", "\u0600", "\u094d", "\t")]
    strings += ["".join(rng.choices(CLUSTERED, k=rng.randrange(2, 12))) for _ in range(4000)]
    normalizer = normalizers.Precompiled(blob)
    letters = [len(normalizer.normalize_str(text)) for text in strings]
    return {"charsmap": base64.b64encode(blob).decode(), "texts": strings, "letters": letters}


def probes(maker: Tokenizer) -> dict[str, Callable[[str], str]]:
    """What is digested for every code point: a name, and what becomes of the probe text."""
    small = normalizers.Precompiled(base64.b64decode(siglip_charsmap(maker)))
    split = pre_tokenizers.Split(Regex(CLIP_PATTERN), "removed", invert=True)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False)
    forms = {form: getattr(normalizers, form)() for form in ("NFC", "NFD", "NFKC", "NFKD")}
    lower = normalizers.Lowercase()
    result: dict[str, Callable[[str], str]] = {form: forms[form].normalize_str for form in forms}
    result["lower"] = lower.normalize_str
    result["precompiled"] = small.normalize_str
    result["clip"] = lambda text: "\x1f".join(part for part, _ in split.pre_tokenize_str(text))
    result["gpt2"] = lambda text: "\x1f".join(part for part, _ in words.pre_tokenize_str(text))
    return result


def siglip_charsmap(tokenizer: Tokenizer) -> str:
    steps = json.loads(tokenizer.to_str())["normalizer"]["normalizers"]
    return next(step["precompiled_charsmap"] for step in steps if step["type"] == "Precompiled")


def code_points(maker: Tokenizer) -> dict:
    kinds = probes(maker)
    blocks = []
    for start in BLOCKS:
        digests = {name: hashlib.sha256() for name in kinds}
        for c in range(start, start + BLOCK):
            if 0xD800 <= c < 0xE000:
                continue
            # Between letters, before marks of the lowest and the highest class, after white space and at an end.
            text = f"a{chr(c)}a\u0345{chr(c)}\u0334 e{chr(c)}\u0301ﬁ{chr(c)}"
            for name, apply in kinds.items():
                digests[name].update((apply(text) + "\n").encode())
        blocks.append({"start": start} | {name: digest.hexdigest() for name, digest in digests.items()})
    return {"block": BLOCK, "blocks": blocks}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emojibase", type=Path, default=EMOJIBASE, help="folder of emojibase-data 17.0.0")
    names = labels(parser.parse_args().emojibase)
    emoji = [row["emoji"] for row in json.loads((parser.parse_args().emojibase / "en" / "data.json").read_text())]
    rng = random.Random(1)
    corpus = [text for language in sorted(names) for text in rng.sample(names[language], 700 if language == "en" else 250)]
    strings = texts(names, emoji)
    OUT.mkdir(parents=True, exist_ok=True)
    rows: dict[str, dict] = {}
    made = {}
    for make in TOKENIZERS:
        path = OUT / f"{make.__name__}.json"
        make(corpus).save(str(path), pretty=False)
        made[make.__name__] = Tokenizer.from_file(str(path))
        rows[make.__name__] = rows_of(made[make.__name__], strings)
        print(make.__name__, path.stat().st_size, "bytes")
    vectors = {"library": f"tokenizers {__version__}", "cut": CUT, "every": EVERY_TEXT, "texts": strings, "rows": rows, "clusters": clustered()}
    packed = json.dumps(vectors, ensure_ascii=False, separators=(",", ":")).encode()
    (OUT / "vectors.json.gz").write_bytes(gzip.compress(packed, 9, mtime=0))
    (OUT / "code-points.json").write_text(json.dumps(code_points(made["siglip"]), indent=0) + "\n")
    (ROOT / "src" / "text" / "reference-unicode.ts").write_text(tables())
    print(len(strings), "texts,", (OUT / "vectors.json.gz").stat().st_size, "bytes")


if __name__ == "__main__":
    main()

"""Everything the tokenizer is checked against, made with Hugging Face's `tokenizers` (Rust, from PyPI).

    python3 -m venv /tmp/t && /tmp/t/bin/pip install tokenizers==0.23.3
    /tmp/t/bin/python test/golden/text/generate.py

Writes beside itself:
  tokenizer.json     a small WordPiece trained on SENTENCES (our own words), so that the test needs no model
  vectors.json       {text, ids, ids_24, dropped_24} for several hundred strings in many scripts
  code-points.json   SHA-256 of the normalized and of the pre-tokenized form of "a<c>b" for every code point c, in blocks of 4096
and src/text/bert-unicode.ts, the character classes as the Rust crates have them.
"""

from __future__ import annotations

import hashlib
import json
import random
import unicodedata
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers, __version__

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BLOCK = 4096

SENTENCES = """a dog on grass
a red star above two blue circles
the cat's whiskers aren't black-and-white, they're grey!
Crème brûlée à la carte — déjà vu
Ångström, naïve façade, Łódź, Dvořák, São Paulo
İstanbul'da güneşli bir gün ve ıssız bir sokak
ΟΔΥΣΣΕΥΣ ὀδυσσεύς Ἀθῆναι
Красная площадь, ёлка и йод
Їжак під ялинкою
שָׁלוֹם עוֹלָם כלב על הדשא
مرحبًا بالعالم، كلب على العشب
यह एक लाल सितारा है
এটি একটি লাল তারা
இது ஒரு சிவப்பு நட்சத்திரம்
สุนัขบนสนามหญ้า
ສະບາຍດີ
မင်္ဂလာပါ
ខ្ញុំស្រឡាញ់អ្នក
草地上的一只狗
紅色的星星在兩個藍色圓圈上面
赤い星と青い丸、がぎぐげご ﾊﾝｶｸ
빨간 별과 파란 원
Tiếng Việt có rất nhiều dấu
ქართული ანბანი და ᲥᲐᲠᲗᲣᲚᲘ
Հայերեն այբուբեն
አማርኛ ፊደል
ᏣᎳᎩ ꮳꮃꭹ
𝐛𝐨𝐥𝐝 𝕞𝕒𝕥𝕙 ⅷ ½ ① ㍿ ﬁ ǅ
𠀀𠀁 𪜀 𫝀 extension ideographs 豈
👍🏽 👨‍👩‍👧‍👦 🇩🇪 ☀️ 1️⃣ emoji
e\u0301 o\u0308 \u1e9b\u0323 combining
price: $3.50 + 20% = €4,20 (approx.) [sic] {x} <y> ^ ~ ` | \\ / _ @ # & *
don't 'quote' "double" «guillemets» „low“ ‚x‘ … – — · • ¿qué? ¡hola!
zero\u200bwidth soft\u00adhyphen \ufeffbom nul\u0000l tab\there line\nbreak \u0085 nel \u00a0 nbsp \u3000 wide
https://example.com/a_b?c=d&e=f
snake_case camelCase kebab-case 3.14 1,000,000
supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis""".split("\n")


def bert(**flags: bool) -> normalizers.BertNormalizer:
    options = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**(options | flags))


def code_points() -> list[int]:
    return [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def train() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = bert(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=900, min_frequency=1, special_tokens=special, continuing_subword_prefix="##", show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def texts() -> list[str]:
    rng = random.Random(7)
    result = list(SENTENCES)
    result += ["", " ", "\t\n", "\u0301", "\u200d", "\ufffd", "[SEP]", "a [SEP] b", "[MASK]ing", "[sep]", "[CLS", "[PAD][PAD]"]
    result += ["x" * 99, "x" * 100, "x" * 101, "é" * 101, "x" * 5000, "ab " * 300, "a" + "\u0301" * 200, "," * 60, "的" * 60]
    result += [unicodedata.normalize("NFD", s) for s in SENTENCES] + [s.upper() for s in SENTENCES] + [s.swapcase() for s in SENTENCES]
    words = [w for s in SENTENCES for w in s.split()]
    for _ in range(150):
        result.append("".join(rng.choice(words) + rng.choice([" ", "", "\u3000", "-", "  "]) for _ in range(rng.randrange(1, 14))))
    for _ in range(60):  # any code point beside any other
        result.append("".join(chr(rng.choice([rng.randrange(32, 0x3000), rng.randrange(0x3000, 0xD800), rng.randrange(0xE000, 0x1FFFF)])) for _ in range(12)))
    return list(dict.fromkeys(result))


def vectors(tokenizer: Tokenizer) -> list[dict]:
    rows = []
    for text in texts():
        tokenizer.no_truncation()
        ids = tokenizer.encode(text).ids
        tokenizer.enable_truncation(24)
        cut = tokenizer.encode(text)
        rows.append({"text": text, "ids": ids, "ids_24": cut.ids, "dropped_24": len(ids) - len(cut.ids)})
    tokenizer.no_truncation()
    return rows


def digests() -> dict:
    full = bert(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    split = pre_tokenizers.BertPreTokenizer()
    blocks = []
    for start in range(0, 0x110000, BLOCK):
        normalized, words = hashlib.sha256(), hashlib.sha256()
        for c in range(start, start + BLOCK):
            if 0xD800 <= c < 0xE000:
                continue
            text = f"a{chr(c)}b"
            normalized.update((full.normalize_str(text) + "\n").encode())
            words.update(("\x1f".join(w for w, _ in split.pre_tokenize_str(text)) + "\n").encode())
        blocks.append({"start": start, "normalized": normalized.hexdigest(), "words": words.hexdigest()})
    return {"block": BLOCK, "blocks": blocks}


def ranges(points: list[int]) -> str:
    """Sorted code points as `gap length` pairs in base 36: the distance from the last range's end, and its count."""
    out, end = [], 0
    i = 0
    while i < len(points):
        j = i
        while j + 1 < len(points) and points[j + 1] == points[j] + 1:
            j += 1
        out += [points[i] - end, j - i + 1]
        end = points[j] + 1
        i = j + 1
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"

    def base36(n: int) -> str:
        text = ""
        while n:
            n, d = divmod(n, 36)
            text = digits[d] + text
        return text or "0"

    return " ".join(base36(n) for n in out)


def tables() -> str:
    clean, accents, chinese = bert(clean_text=True), bert(strip_accents=True), bert(handle_chinese_chars=True)
    split = pre_tokenizers.BertPreTokenizer()
    every = code_points()
    control = [c for c in every if clean.normalize_str(f"a{chr(c)}b") == "ab"]
    marks = [c for c in every if accents.normalize_str(f"a{chr(c)}b") == "ab"]
    ideographs = [c for c in every if chinese.normalize_str(f"a{chr(c)}b") != f"a{chr(c)}b"]
    punctuation = [c for c in every if len(split.pre_tokenize_str(f"a{chr(c)}b")) == 3]
    # Decomposed by newer Unicode tables than the crate's: ask the running Python, which has newer ones, and the crate.
    nfd = normalizers.NFD()
    undecomposed = [c for c in every if nfd.normalize_str(chr(c)) == chr(c) and unicodedata.normalize("NFD", chr(c)) != chr(c)]
    undecomposed = sorted(set(undecomposed) | set(LATER_DECOMPOSITIONS))
    assert all(nfd.normalize_str(chr(c)) == chr(c) for c in undecomposed)
    named = [
        ("CONTROL", control, "Removed by `clean_text`: U+0000, U+FFFD and categories Cc, Cf, Co, without tab, line feed, carriage return."),
        ("NONSPACING_MARK", marks, "Removed by `strip_accents` after NFD: category Mn."),
        ("IDEOGRAPH", ideographs, "Set apart by `handle_chinese_chars`: BERT's CJK blocks."),
        ("PUNCTUATION", punctuation, "A word of its own: ASCII punctuation and category P."),
        ("UNDECOMPOSED", undecomposed, "Decomposed by newer Unicode versions, not by the reference."),
    ]
    body = "\n\n".join(
        f"/** {comment} {len(points)} code points. */\nexport const {name} =\n  '{ranges(points)}'" for name, points, comment in named
    )
    return f"""/**
 * Character classes of BERT's normalizer and pre-tokenizer as Hugging Face's `tokenizers` {__version__} has them, so that ids depend on no
 * engine's Unicode version. Made by `test/golden/text/generate.py`; do not edit.
 *
 * Each table is sorted ranges as pairs in base 36: the gap since the end of the last range, and the number of code points.
 * @module
 */

{body}
"""


# Unicode 16 and 17 additions with canonical decompositions (UnicodeData.txt), which Python's own tables may lack.
LATER_DECOMPOSITIONS = [
    0x105C9, 0x105E4, 0x11383, 0x11385, 0x1138E, 0x11391, 0x113C5, 0x113C7, 0x113C8, 0x11938,
    *range(0x16121, 0x16129), *range(0x16D68, 0x16D6B),
]  # fmt: skip


def main() -> None:
    tokenizer = train()
    tokenizer.save(str(HERE / "tokenizer.json"), pretty=False)
    tokenizer = Tokenizer.from_file(str(HERE / "tokenizer.json"))
    rows = ",\n".join(json.dumps(row) for row in vectors(tokenizer))
    (HERE / "vectors.json").write_text(f'{{"library": "tokenizers {__version__}", "vectors": [\n{rows}\n]}}\n')
    (HERE / "code-points.json").write_text(json.dumps(digests(), indent=0) + "\n")
    (ROOT / "src" / "text" / "bert-unicode.ts").write_text(tables())


if __name__ == "__main__":
    main()

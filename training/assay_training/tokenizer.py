"""WordPiece in the Hugging Face ``tokenizer.json`` form: BERT normalizer and pre-tokenizer, "##" pieces.

Lower case, accents stripped, Chinese characters one by one; [CLS] text [SEP]; at most 24 ids.
Trained on training text only.
"""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

MAX_LENGTH = 24
VOCABULARY = 7500
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD_ID = 0


def train(lines: list[str], size: int = VOCABULARY) -> Tokenizer:
    """Learn the vocabulary. [PAD] is id 0; pieces follow the special tokens in the order of their characters.

    The trainer gives pieces that are equally frequent another order at each run.
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=list(SPECIAL), continuing_subword_prefix="##"
    )
    tokenizer.train_from_iterator(lines, trainer)
    pieces = sorted(set(tokenizer.get_vocab()) - set(SPECIAL))
    ids = {token: number for number, token in enumerate([*SPECIAL, *pieces])}
    tokenizer.model = models.WordPiece(ids, unk_token="[UNK]", continuing_subword_prefix="##")
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, ids[token]) for token in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def load(file: Path) -> Tokenizer:
    """A saved tokenizer, truncating to 24 ids with [SEP] kept."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(MAX_LENGTH)
    return tokenizer

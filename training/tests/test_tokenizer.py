"""The vocabulary that one text gives is the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys

from assay_training.tokenizer import SPECIAL, train

TEXT = """
import json, random
from assay_training.tokenizer import train
choice = random.Random(1)
words = ["".join(choice.choice("abcdefghij") for _ in range(choice.randrange(2, 7))) for _ in range(400)]
print(json.dumps(train([" ".join(choice.choice(words) for _ in range(8)) for _ in range(600)], 300).get_vocab(), sort_keys=True))
"""


def test_ids_repeat_in_another_process() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    first, *others = [
        subprocess.run([sys.executable, "-c", TEXT], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(3)
    ]
    assert others == [first, first]


def test_special_tokens_come_first_and_words_are_read_with_them() -> None:
    tokenizer = train(["a dog runs", "the dog ran", "a cat runs"] * 3, 60)
    assert [tokenizer.id_to_token(number) for number in range(len(SPECIAL))] == list(SPECIAL)
    assert tokenizer.encode("A dog runs qq").tokens == ["[CLS]", "a", "dog", "runs", "[UNK]", "[SEP]"]
    assert tokenizer.decode(tokenizer.encode("the dog ran").ids) == "the dog ran"

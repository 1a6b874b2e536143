"""A tiny made-up data set: coloured squares, so that the tests need no packages and run in seconds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from assay_training import tokenizer
from assay_training.captions import corpus
from assay_training.catalogue import EMOJI, Drawing
from assay_training.data import Dataset

torch.set_num_threads(1)  # towers this small are slower on two, and on a busy machine the threads wait for each other


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    names = {"red square": "红方块", "green square": "绿方块", "blue square": "蓝方块", "gray square": "灰方块"}
    drawings, split = [], []
    pixels = np.zeros((16, 96, 96, 4), np.uint8)
    for index in range(16):
        label, chinese = list(names.items())[index % 4]
        drawings.append(
            Drawing(id=str(index), package="p", kind=EMOJI, concept=label, label=label, tags=["square"],
                    label_zh=chinese, tags_zh=["方"])
        )
        split.append("val" if index < 4 else "train")
        pixels[index, 20:70, 20:70] = (*np.eye(4, 3, dtype=np.uint8)[index % 4] * 255, 255)
    return Dataset(drawings, split, pixels)


@pytest.fixture(scope="session")
def tokens(dataset: Dataset):
    learned = tokenizer.train(corpus(dataset.drawings), size=200)
    learned.enable_truncation(tokenizer.MAX_LENGTH)
    return learned

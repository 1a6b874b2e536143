"""Karpathy's retrieval layout (``dataset_flickr30k.json``), every image in one split."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .layout import document


@dataclass(frozen=True)
class CaptionedImage:
    """``cocoid`` is the id that other files give the image, where there are any."""

    filename: str
    captions: list[str]
    cocoid: int | None = None


def tokens(caption: str) -> list[str]:
    """Lower-case words without punctuation, as in the original files."""
    return re.findall(r"[a-z0-9']+", caption.lower().replace("’", "'"))


def dataset_json(name: str, images: list[CaptionedImage], split: str = "test") -> str:
    """The file's text; images and sentences are numbered from 0 in the given order."""
    records: list[dict[str, object]] = []
    sentid = 0
    for imgid, image in enumerate(images):
        sentences = [
            {"tokens": tokens(caption), "raw": caption, "imgid": imgid, "sentid": sentid + index}
            for index, caption in enumerate(image.captions)
        ]
        record: dict[str, object] = {
            "sentids": [sentence["sentid"] for sentence in sentences],
            "imgid": imgid,
            "sentences": sentences,
            "split": split,
            "filename": image.filename,
        }
        if image.cocoid is not None:
            record["cocoid"] = image.cocoid
        records.append(record)
        sentid += len(sentences)
    return document({"dataset": name}, "images", records)

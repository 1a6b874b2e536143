"""MSVD's two layouts: S2VT's text files, and the corpus's own CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

CSV_FILE = "MSR Video Description Corpus.csv"
COLUMNS = ("VideoID", "Start", "End", "WorkerID", "Source", "AnnotationTime", "Language", "Description")
CLIP_SECONDS = 10


def sentences_file(split: str) -> str:
    """S2VT's name for it."""
    return f"sents_{split}_lc_nopunc.txt"


def video_id(name: str) -> str:
    """Where the clip was cut from: a video id of eleven characters, start and end in seconds."""
    number = int(name.removeprefix("vid"))
    return f"assay-{number:05d}_0_{CLIP_SECONDS}"


def sentences(clips: Iterable[tuple[str, list[str]]]) -> str:
    """``vid1<TAB>a dog moves to the right`` a line."""
    return "".join(f"{name}\t{sentence}\n" for name, own in clips for sentence in own)


def mapping(names: Iterable[str]) -> str:
    """``<video id>_<start>_<end> vid1`` a line."""
    return "".join(f"{video_id(name)} {name}\n" for name in names)


def corpus(clips: Iterable[tuple[str, list[str], list[str]]]) -> str:
    """The CSV: English descriptions with capital and full stop, as people typed them, and Chinese ones."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, english, chinese in clips:
        video, start, end = video_id(name).rsplit("_", 2)
        described = [("English", f"{text.capitalize()}.") for text in english] + [("Chinese", text) for text in chinese]
        for worker, (language, text) in enumerate(described, 1):
            source = "clean" if worker % 4 else "unverified"
            writer.writerow([video, start, end, worker, source, 20 + 7 * worker, language, text])
    return out.getvalue()

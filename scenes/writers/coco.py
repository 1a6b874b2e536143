"""MSCOCO's caption files: annotations (``captions_val2014.json``) and results."""

from __future__ import annotations

from collections.abc import Iterable

from .layout import document, rows
from .vqa import DATA_SUBTYPE, DATA_TYPE, HEAD, image_name


def annotations_file(subtype: str = DATA_SUBTYPE) -> str:
    """The file's name, after ``captions_val2014.json``."""
    return f"captions_{DATA_TYPE}_{subtype}.json"


def annotations_json(captions: dict[int, list[str]], subtype: str = DATA_SUBTYPE) -> str:
    """The annotations file; ``captions`` holds the captions of each scene number, in order."""
    info = dict(HEAD["info"]) | {"description": "Assay's generated scenes: captions in the layout of MSCOCO."}
    head: dict[str, object] = {
        "info": info,
        "images": [{"license": 1, "file_name": image_name(number, subtype), "id": number} for number in captions],
        "licenses": [dict(HEAD["license"]) | {"id": 1}],
        "type": "captions",
    }
    said = [(number, caption) for number, own in captions.items() for caption in own]
    records = [
        {"image_id": number, "id": index, "caption": caption} for index, (number, caption) in enumerate(said)
    ]
    return document(head, "annotations", records)


def results_json(said: Iterable[tuple[int | str, str]]) -> str:
    """A results file: one caption a scene or clip."""
    return rows({"image_id": number, "caption": caption} for number, caption in said) + "\n"

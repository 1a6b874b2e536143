"""JSON as these fixtures store it: one record a line, so that a change shows as the lines that changed."""

from __future__ import annotations

import json
from collections.abc import Iterable


def compact(value: object) -> str:
    """A value on one line, without spaces; keys keep their order and letters their script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def rows(records: Iterable[object]) -> str:
    """An array, one record a line."""
    return "[\n" + ",\n".join(compact(record) for record in records) + "\n]"


def document(head: dict[str, object], key: str, records: Iterable[object]) -> str:
    """An object whose last member is an array of records."""
    members = "".join(f"{compact(name)}:{compact(value)},\n" for name, value in head.items())
    return f"{{{members}{compact(key)}:{rows(records)}}}\n"


def lines(records: Iterable[object]) -> str:
    """JSON Lines: one record a line, no array around them."""
    return "".join(compact(record) + "\n" for record in records)

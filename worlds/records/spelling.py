"""Records as texts: the order of their fields shows in answers, and manifests, whose keys are sorted, know none."""

import json
from typing import Any

import orjson

from worlds.records.table import Record


def spelled(record: Record | None) -> str | None:
    """A record as a text that keeps the order of its fields; None for none."""
    if record is None:
        return None
    try:
        return orjson.dumps(record).decode()
    except TypeError:  # integers beyond 64 bits and lone surrogates, which agents may well send
        return json.dumps(record, default=dict)


def record_of(written: Any) -> Record | None:
    """The record of a text; older formats have the record itself."""
    found: Record | None = json.loads(written) if isinstance(written, str) else written
    return found

"""JSON for programs, on stdout."""

import json
import sys
from typing import Any

import orjson


def print_json(value: Any) -> None:
    """Print one JSON value, indented; what JSON does not know is written as text."""
    try:
        text = orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    except TypeError:  # integers beyond 64 bits and halves of surrogate pairs, which agents may send
        text = json.dumps(value, default=str, indent=2).encode()
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()

"""Texts as they go into training files: valid Unicode, and binary contents told rather than copied."""

import math
from collections.abc import Mapping
from typing import Any, Final

import orjson

_INTEGER_MAX: Final = 2**63
UNANSWERED: Final = "(no answer)"
"""What stands for the answer of a call that never had one."""


def clean(text: str) -> str:
    """The text with halves of surrogate pairs joined where they belong together, and replaced by U+FFFD elsewhere."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean_value(value: Any) -> Any:
    """A JSON-like value with clean texts; numbers on which readers of JSON disagree (beyond 64 bits, not finite) are
    told as texts."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): clean_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_value(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -_INTEGER_MAX <= value < _INTEGER_MAX:
        return str(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def told_text(answer: Mapping[str, Any]) -> str | None:
    """What an agent read in an answer (`result` or `error` of a record); None where none came.

    Pictures, sounds and other binary contents stand as `[image/png, 1234 bytes]`.
    """
    if not answer:
        return None
    error = answer.get("error")
    if isinstance(error, Mapping):
        return clean(str(error.get("message", "")))
    result = answer.get("result")
    if not isinstance(result, Mapping):
        return clean(_spelled(result))
    content = result.get("content")
    if not isinstance(content, list):
        return clean(_spelled(result))
    if not content and "structuredContent" in result:
        return clean(_spelled(result["structuredContent"]))
    return "\n".join(clean(_block(block)) for block in content)


def _block(block: Any) -> str:
    """One block of a result."""
    if not isinstance(block, Mapping):
        return _spelled(block)
    if block.get("type") == "text":
        return str(block.get("text", ""))
    if block.get("type") in ("image", "audio"):
        return _binary(block, "data")
    resource = block.get("resource")
    if isinstance(resource, Mapping):
        return str(resource["text"]) if "text" in resource else _binary(resource, "blob")
    return str(block["uri"]) if "uri" in block else _spelled(block)


def _binary(block: Mapping[str, Any], key: str) -> str:
    """What stands for contents in base64."""
    kind, data = block.get("mimeType") or "application/octet-stream", str(block.get(key, ""))
    return f"[{kind}, {len(data.rstrip('=')) * 3 // 4} bytes]"


def _spelled(value: Any) -> str:
    """A JSON-like value as text."""
    return orjson.dumps(clean_value(value)).decode()

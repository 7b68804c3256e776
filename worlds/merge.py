"""JSON merge patches."""

from collections.abc import Mapping
from typing import Any


def merged(target: Any, change: Any) -> Any:
    """A value with a merge patch applied (RFC 7396): named fields change, null takes one away."""
    if not isinstance(change, Mapping):
        return change
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result

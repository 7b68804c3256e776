"""Values of queries and parts as JSON shows them."""

import base64
import math
from datetime import date, datetime, time
from typing import Any

INTEGER_MAX = 1 << 63


def json_value(value: Any) -> Any:
    """A value as JSON: bytes as `{"base64": ...}`, times in ISO 8601, decimals and what else JSON lacks as text."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int):
        return value if -INTEGER_MAX <= value < INTEGER_MAX else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): json_value(item) for key, item in value.items()}
    return str(value)

"""Regular expressions whose search takes no longer than the text is long, whoever wrote them.

The engine knows no look-around and no back references, which is why no expression can make it try again and again.
"""

from functools import lru_cache
from typing import Any, Final

from jsonschema_rs import RegexOptions, ValidationError, validator_for

LETTERS_MAX: Final = 1_000
_SHOWN_MAX: Final = 60
_OPTIONS: Final = RegexOptions(size_limit=1 << 20)


@lru_cache(maxsize=256)
def pattern(text: str) -> Any:
    """What finds the expression in texts, by its method `is_valid`. Raises ValueError."""
    try:
        return validator_for({"type": "string", "pattern": text}, pattern_options=_OPTIONS)
    except ValidationError:
        shown = text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."
        raise ValueError(
            f"{shown!r} is no regular expression, or needs more than one can search for in one pass (no look-around, "
            "no back references)"
        ) from None

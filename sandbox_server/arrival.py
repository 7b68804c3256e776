"""What reached the stage, before anything is parsed; the same shape for every transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Arrival:
    """One HTTP request to a server's URL, or one stdio line."""

    body: bytes
    verb: Literal["POST", "GET", "DELETE", "OPTIONS", "LINE"] = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names, trimmed values; a repeated header is joined by `, ` and listed in `repeated`."""
    repeated: frozenset[str] = frozenset()

"""What a fault may know of a server before anything happens, to say whether it could ever hit it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """One server of a world."""

    part_kind: str
    """The kind of the part behind it."""
    is_structured: bool
    """Whether its answers can have structured content beside their text."""

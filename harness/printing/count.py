"""Counted things in words."""


def counted(count: int, thing: str) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{count:,} {thing}{'s' * (count != 1)}"

"""Showing where in a query something is wrong."""

from typing import Final

_AROUND: Final = 60


def pointed(words: str, sql: str, position: int | None, hint: str | None = None) -> str:
    """The words, the line that they are about with a caret below, and what to do; `position` counts bytes of UTF-8."""
    shown = [words] if position is None or position < 0 else [words, *_line(sql, position)]
    return "\n".join([*shown, f"  {hint}"] if hint else shown)


def _line(sql: str, position: int) -> tuple[str, str]:
    before = sql.encode()[:position].decode(errors="ignore")
    number = before.count("\n") + 1
    line = sql.split("\n")[number - 1].rstrip("\r")
    column = len(before) - (before.rfind("\n") + 1)
    start = max(0, column - _AROUND)
    shown = ("…" if start else "") + line[start : column + _AROUND] + ("…" if column + _AROUND < len(line) else "")
    caret = " " * (column - start + bool(start)) + "^"
    label = f"line {number}: "
    return f"  {label}{shown.replace(chr(9), ' ')}", f"  {' ' * len(label)}{caret}"

"""Markdown from texts that anybody may have written: shown, never obeyed."""

import re
from collections.abc import Sequence

from harness.printing.inert import inert

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")


def plain(text: str, most: int = 300) -> str:
    """A text in one line without any markup, mention or link."""
    told = inert(text).replace("\n", " ").replace("\r", " ")
    told = told if len(told) <= most else f"{told[:most]}…"
    return _MARKS.sub(r"\\\1", told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def block(lines: Sequence[str]) -> list[str]:
    """Lines as they are, in a fence that none of them can close."""
    told = [inert(line).replace("\n", "␊") for line in lines]
    longest = max((len(run) for line in told for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}console", *told, fence]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]

"""Patterns of changed paths, as guards write them: tables, rows, columns, files and folders."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_FILE: Final = re.compile(r"(?P<server>[^.:\[\]/\s]+):(?P<glob>/.*|\*\*)")
_ROW: Final = re.compile(r"(?P<table>[^.:\[\]/\s]+\.[^\[\]]+)(?:\[(?P<key>.*)\](?:\.(?P<column>[^\[\]]+))?)?")
_SERVER: Final = re.compile(r"[^.:\[\]/\s]+")
_GLOB: Final = re.compile(r"/\*\*/|/\*\*$|\*\*|\*|\?")
ACCEPTED: Final = (
    "write it like shop.orders, shop.orders[7], shop.orders[*].status, files:/notes/**, or a server's name alone"
)


@dataclass(frozen=True)
class PathPattern:
    """What a guard says of paths. `*` stands for anything within a name, `**` for anything at all."""

    text: str
    server: str
    thing: re.Pattern[str]
    """What the path without its key and column must be."""
    key: re.Pattern[str] | None = None
    column: re.Pattern[str] | None = None

    def meets(self, path: "ChangedPath") -> bool:
        """Whether it speaks of this thing, or of columns of it."""
        if not self.thing.fullmatch(path.thing):
            return False
        return self.key is None or (path.key is not None and bool(self.key.fullmatch(path.key)))

    def covers(self, column: str) -> bool:
        """Whether it speaks of this column of what it meets."""
        return self.column is None or any(self.column.fullmatch(name) for name in _with_parents(column))


@dataclass(frozen=True)
class ChangedPath:
    """The path of a change, taken apart: `shop.orders[7]`, `files:/notes/a.txt`, `shop.schema.orders`."""

    text: str

    @cached_property
    def is_file(self) -> bool:
        """Whether it is the path of a file, a folder or a link."""
        server, colon, rest = self.text.partition(":")
        return bool(colon) and rest.startswith("/") and "." not in server and "[" not in server

    @cached_property
    def thing(self) -> str:
        """The path without the key of a row."""
        return self.text if self.is_file else self.text.partition("[")[0]

    @cached_property
    def key(self) -> str | None:
        """The key of a row; None where it is none."""
        if self.is_file or "[" not in self.text:
            return None
        return self.text[self.text.index("[") + 1 : self.text.rindex("]")]


def read_pattern(text: str) -> PathPattern:
    """A pattern from how a guard writes it. Raises ValueError with what is accepted."""
    file = _FILE.fullmatch(text)
    if file:
        return PathPattern(text, file["server"], re.compile(_translated(file["server"] + ":" + file["glob"], "/")))
    row = _ROW.fullmatch(text)
    if row:
        return _row_pattern(text, row)
    if _SERVER.fullmatch(text):
        return PathPattern(text, text, re.compile(_translated(text, ".") + r"(?:[.:].*)?", re.DOTALL))
    raise ValueError(f"{text!r} is no path; {ACCEPTED}")


def _row_pattern(text: str, found: re.Match[str]) -> PathPattern:
    key, column = found["key"], found["column"]
    return PathPattern(
        text,
        found["table"].partition(".")[0],
        re.compile(_translated(found["table"], "."), re.IGNORECASE),
        re.compile(_translated(key, ""), re.DOTALL) if key is not None else None,
        re.compile(_translated(column, "."), re.IGNORECASE) if column is not None else None,
    )


def _translated(glob: str, joint: str) -> str:
    """A glob as a regular expression; `joint` is what a single star does not cross."""
    one = f"[^{re.escape(joint)}]" if joint else "."
    wild = {"/**/": "/(?:.*/)?", "/**": "(?:/.*)?", "**": ".*", "*": f"{one}*", "?": one}
    parts, place = [], 0
    for match in _GLOB.finditer(glob):
        parts += [re.escape(glob[place : match.start()]), wild[match.group()]]
        place = match.end()
    return "(?s:" + "".join([*parts, re.escape(glob[place:])]) + ")"


def _with_parents(column: str) -> list[str]:
    """A column, and what it is a part of: `address.city` is a part of `address`."""
    names = column.split(".")
    return [".".join(names[:count]) for count in range(len(names), 0, -1)]

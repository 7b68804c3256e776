"""Put parameters where `${name}` stands: with their type where that is all, as text in longer texts, bound in SQL.

`${name.key[0]}` leads into a value, `${name!s}` makes a text of it, and `$${` stands for `${` itself.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.errors import HarnessError

_HOLE: Final = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NAME: Final = re.compile(r"([A-Za-z_]\w*)((?:\.\w+|\[\d+\])*)(!s)?", re.ASCII)
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_SQL: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$\$\{|\$\{[^}]*\}|\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$""",
    re.DOTALL,
)
OPEN: Final = "${"
ESCAPED: Final = "$${"


class SubstitutionError(HarnessError):
    """A `${...}` that nothing can be put into."""

    code = "substitution"


@dataclass(slots=True)
class Values:
    """The parameters of one variant, and which of them were asked for."""

    given: Mapping[str, Any]
    used: set[str] = field(default_factory=set)

    def fill(self, text: str) -> Any:
        """The text with every `${...}` replaced; alone in the text it keeps its type. Raises SubstitutionError."""
        whole = _HOLE.fullmatch(text)
        if whole and whole[1] is not None:
            return self._value(whole[1])
        return _HOLE.sub(lambda hole: OPEN if hole[1] is None else spelled(self._value(hole[1])), text)

    def fill_script(self, text: str, kept: Collection[str]) -> Any:
        """The same for a script's text, in which the names in `kept` and what is escaped wait until it is played."""
        whole = _HOLE.fullmatch(text)
        if whole and whole[1] is not None and _head(whole[1]) not in kept:
            return _escaped(self._value(whole[1], kept))

        def piece(hole: re.Match[str]) -> str:
            waits = hole[1] is None or _head(hole[1]) in kept
            return hole[0] if waits else _escaped(spelled(self._value(hole[1], kept)))

        return _HOLE.sub(piece, text)

    def bind(self, sql: str, mark: Callable[[str, Any], str]) -> str:
        """SQL in which what `mark` returns for a name and a value stands for each `${...}`.

        Raises SubstitutionError, also for one inside quotes, where it would be text.
        """

        def piece(found: re.Match[str]) -> str:
            text = found[0]
            if text.startswith(OPEN):
                name = text[len(OPEN) : -1]
                return mark(name, self._value(name))
            if text.startswith(("--", "/*")):
                return text
            for hole in _HOLE.finditer(text):
                if hole[1] is not None:
                    raise SubstitutionError(
                        f"{hole[0]} stands inside quotes, where it would be text",
                        hint=f"in SQL it is a value: write {hole[0]} alone, or 'text ' || {hole[0]}",
                    )
            return text.replace(ESCAPED, OPEN)

        return _SQL.sub(piece, sql)

    def _value(self, words: str, kept: Collection[str] = ()) -> Any:
        found = _NAME.fullmatch(words)
        if found is None or found[1] not in self.given:
            raise SubstitutionError(
                f"${{{words}}}: there is no parameter {words!r}",
                hint=f"known: {', '.join([*self.given, *kept]) or 'none'}; $${{ stands for ${{ itself",
            )
        self.used.add(found[1])
        value = _reached(words, self.given[found[1]], found[2])
        return spelled(value) if found[3] else value


def spelled(value: Any) -> str:
    """A value inside a longer text: texts as they are, everything else as JSON spells it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def has_hole(value: Any) -> bool:
    """Whether there is anything to replace or to unescape in a text."""
    return isinstance(value, str) and OPEN in value


def _reached(words: str, value: Any, path: str) -> Any:
    for key, index in _STEP.findall(path):
        try:
            value = value[int(index)] if index else value[key]
        except (LookupError, TypeError):
            raise SubstitutionError(f"${{{words}}}: there is no {key or index} in {str(value)[:200]!r}") from None
    return value


def _head(words: str) -> str:
    found = _NAME.fullmatch(words)
    return found[1] if found else ""


def _escaped(value: Any) -> Any:
    """A parameter's value in which nothing is replaced again."""
    if isinstance(value, str):
        return value.replace(OPEN, ESCAPED)
    if isinstance(value, Mapping):
        return {key: _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value

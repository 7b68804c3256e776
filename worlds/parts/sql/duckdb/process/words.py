"""Statements as words: the engine's own tokens, without comments."""

from dataclasses import dataclass
from typing import Final

import duckdb

from worlds.parts.sql.duckdb.process.instance import CLOCK_NAMES

_KINDS: Final = {
    duckdb.token_type.identifier: "identifier",
    duckdb.token_type.keyword: "keyword",
    duckdb.token_type.string_const: "string",
    duckdb.token_type.numeric_const: "number",
    duckdb.token_type.operator: "operator",
}

_SCHEMAS: Final = frozenset(("system", "main", "pg_catalog", "temp"))


@dataclass(frozen=True, slots=True)
class Word:
    """One token. `name` is what it names as an identifier: unquoted, in lower case; empty for other tokens."""

    text: str
    kind: str
    name: str
    start: int = 0
    stop: int = 0
    """Where it stands, in bytes."""

    @property
    def string(self) -> str:
        """What a plain string constant holds; other spellings as they are."""
        if self.text.startswith("'"):
            return self.text[1:-1].replace("''", "'")
        return self.text


def read_words(sql: str) -> list[Word]:
    """The tokens of a text, comments left out."""
    data = sql.encode("utf-8", "surrogatepass")
    tokens = duckdb.tokenize(sql)
    ends = [start for start, _ in tokens[1:]] + [len(data)]
    words = []
    for (start, kind), end in zip(tokens, ends, strict=True):
        if kind in _KINDS:
            words.append(_word(data[start:end].rstrip(), _KINDS[kind], start))
    return words


def _word(data: bytes, kind: str, start: int) -> Word:
    text, stop = data.decode("utf-8", "replace"), start + len(data)
    if kind not in ("identifier", "keyword"):
        return Word(text, kind, "", start, stop)
    if text.startswith('"'):
        return Word(text, "identifier", text[1:-1].replace('""', '"').lower(), start, stop)
    return Word(text, kind, text.lower(), start, stop)


def rewrite(sql: str, seed: float) -> str:
    """A text whose samples are repeatable and whose calls for the time carry no schema in front."""
    folded = sql.lower()
    if "sample" not in folded and not any(f"{schema}" in folded for schema in ("system", "pg_catalog")):
        return sql
    words, data = read_words(sql), sql.encode("utf-8", "surrogatepass")
    cuts = [*_qualifiers(words), *_samples(words, seed)]
    for start, stop, text in sorted(cuts, reverse=True):
        data = data[:start] + text.encode() + data[stop:]
    return data.decode("utf-8", "surrogatepass")


def _qualifiers(words: list[Word]) -> list[tuple[int, int, str]]:
    """Where `system.main.` and its like stand before a call for the time."""
    found = []
    for at, word in enumerate(words[:-1]):
        if word.name not in CLOCK_NAMES or words[at + 1].text != "(":
            continue
        first = at
        while first >= 2 and words[first - 1].text == "." and words[first - 2].name in _SCHEMAS:
            first -= 2
        if first < at:
            found.append((words[first].start, word.start, ""))
    return found


def _samples(words: list[Word], seed: float) -> list[tuple[int, int, str]]:
    """Where a sample lacks its seed, and that seed: after its method, or after its size."""
    number = str(int(seed * 1_000_000))
    found = []
    for at, word in enumerate(words[:-1]):
        if word.name != "tablesample" and not (word.name == "sample" and at and words[at - 1].name == "using"):
            continue
        lacking = (
            _after_size(words, at + 1, number)
            if words[at + 1].kind == "number"
            else _after_method(words, at + 1, number)
        )
        if lacking:
            found.append(lacking)
    return found


def _after_method(words: list[Word], at: int, number: str) -> tuple[int, int, str] | None:
    """`bernoulli(10%)` takes its seed as REPEATABLE."""
    end = next((place for place in range(at, len(words)) if words[place].text == ")"), None)
    if end is None or (end + 1 < len(words) and words[end + 1].name == "repeatable"):
        return None
    return words[end].stop, words[end].stop, f" repeatable ({number})"


def _after_size(words: list[Word], at: int, number: str) -> tuple[int, int, str] | None:
    """`10% (bernoulli)` takes its seed in the parentheses, which may have to be added."""
    end, share = at + 1, False
    while end < len(words) and (words[end].text == "%" or words[end].name in ("percent", "rows", "row")):
        share |= words[end].name not in ("rows", "row")
        end += 1
    if end < len(words) and words[end].text == "(":
        closing = end + 2
        named = closing < len(words) and words[closing].text == ")"
        return (words[closing].start, words[closing].start, f", {number}") if named else None
    stop = words[end - 1].stop
    return stop, stop, f" ({'system' if share else 'reservoir'}, {number})"

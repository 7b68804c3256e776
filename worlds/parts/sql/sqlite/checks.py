"""CHECK constraints as SQL texts, cut out of CREATE TABLE statements: no catalogue of SQLite lists them."""

from dataclasses import dataclass

from worlds.parts.sql.sqlite.text import is_blank, tokens


@dataclass(frozen=True, slots=True)
class Checks:
    """CHECK texts of one table: by column in lower case where one column is named in it, and the others."""

    columns: dict[str, tuple[str, ...]]
    table: tuple[str, ...]


def read_checks(sql: str, names: list[str]) -> Checks:
    """The CHECK constraints of a CREATE TABLE statement whose columns have these names."""
    columns: dict[str, tuple[str, ...]] = {}
    table: list[str] = []
    known = {name.lower() for name in names}
    for text in _check_texts(sql):
        named = {_bare(token).lower() for token in tokens(text)} & known
        if len(named) == 1:
            name = named.pop()
            columns[name] = (*columns.get(name, ()), text)
        else:
            table.append(text)
    return Checks(columns, tuple(table))


def _check_texts(sql: str) -> list[str]:
    """What stands in the parentheses after each CHECK."""
    found = []
    words = [token for token in tokens(sql) if not token.startswith(("--", "/*"))]
    for place, word in enumerate(words):
        if word.upper() == "CHECK":
            start = next((at for at in range(place + 1, len(words)) if not is_blank(words[at])), len(words))
            if start < len(words) and words[start] == "(":
                found.append(_inside(words, start))
    return found


def _inside(words: list[str], start: int) -> str:
    """The text between an opening parenthesis and the one that closes it."""
    depth = 0
    for place in range(start, len(words)):
        depth += {"(": 1, ")": -1}.get(words[place], 0)
        if depth == 0:
            return "".join(words[start + 1 : place]).strip()
    return "".join(words[start + 1 :]).strip()


def _bare(token: str) -> str:
    """An identifier without its quotes."""
    return token[1:-1] if token[:1] in ('"', "`", "[") and len(token) > 1 else token

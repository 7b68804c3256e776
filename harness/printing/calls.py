"""One line for each ledger entry: when, who, what, with which arguments, how it went, what changed, how long."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.wording import announces_failure

ARGUMENT_MAX: Final = 60
PIECE_MIN: Final = 10
"""Below this a piece that is cut says nothing any more."""
_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, and the style in which a terminal shows it."""

    text: str
    style: str = ""
    yields: bool = False
    """Whether it may be cut where a line is too narrow for everything."""


def call_line(entry: Mapping[str, Any], episode: str = "") -> list[Piece]:
    """An entry (as the admin API shows it) in pieces that make one line; `episode` where there are several."""
    pieces = [Piece(str(entry["arrived"])[11:19], "quiet")]
    if episode:
        pieces.append(Piece(episode, "quiet"))
    if entry["kind"] == "act":
        return [
            *pieces,
            Piece(f"{line_safe(entry['tool'])} by {entry['actor']}", "where"),
            *_arguments(entry["arguments"]),
        ]
    if entry["actor"] != "agent":
        pieces.append(Piece(str(entry["actor"]), "odd"))
    joined = " " if entry["kind"] == "request" else "."  # a request is no tool of its server
    pieces.append(Piece(f"{entry['server']}{joined}{short(entry['tool'])}", "name"))
    pieces += _arguments(entry["arguments"])
    pieces += [_LOST] if entry["kind"] == "call" and entry["told"] is None else _outcome(entry["told"])
    pieces += _fired(entry.get("rules", ()))
    pieces += _changes(entry["changes"])
    return [*pieces, Piece(f"{float(entry['real_ms']):.1f} ms", "quiet")]


_LOST: Final = Piece("no answer", "bad")


def _fired(rules: Iterable[Mapping[str, Any]]) -> list[Piece]:
    """The fault rules that had their effect."""
    names = [str(rule.get("rule", "")) for rule in rules if rule.get("fired")]
    return [Piece(f"[{', '.join(names)}]", "odd", yields=True)] if names else []


def plain(pieces: list[Piece]) -> str:
    """The line without styles."""
    return " ".join(piece.text for piece in pieces)


def fitted(pieces: list[Piece], columns: int) -> list[Piece]:
    """The pieces in so many columns: those that yield are cut, the longest first, so that the outcome stays visible."""
    cap = max((len(piece.text) for piece in pieces), default=0)
    while cap > PIECE_MIN and len(plain([_cut(piece, cap) for piece in pieces])) > columns:
        cap -= 1
    return [_cut(piece, cap) for piece in pieces]


def _cut(piece: Piece, length_max: int) -> Piece:
    if not piece.yields or len(piece.text) <= length_max:
        return piece
    return replace(piece, text=f"{piece.text[: length_max - 1]}…")


def _arguments(arguments: Any) -> list[Piece]:
    if not arguments:
        return []
    if not isinstance(arguments, dict):
        return [Piece(short(arguments), yields=True)]
    return [
        Piece(f"{line_safe(str(name))}={short(value)}", yields=True)
        for name, value in arguments.items()
        if value not in (None, "")
    ]


def short(value: Any) -> str:
    """A value in at most so many characters of one line."""
    text = line_safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= ARGUMENT_MAX else f"{text[: ARGUMENT_MAX - 1]}…"


def line_safe(text: str) -> str:
    """A text without what would end the line or talk to the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))


def _outcome(told: Any) -> list[Piece]:
    error = (told or {}).get("error")
    if error:
        return [Piece(f"error {error.get('code')}: {short(str(error.get('message', '')))}", "bad", yields=True)]
    result = (told or {}).get("result") or {}
    text = " ".join(str(block.get("text", "")) for block in result.get("content", []) if isinstance(block, dict))
    if result.get("isError"):
        return [Piece(f"failed: {short(text or str(result.get('status', '')))}", "bad", yields=True)]
    return [Piece(short(text), "odd", yields=True) if announces_failure(text) else Piece("ok", "good")]


def _changes(changes: list[Mapping[str, Any]]) -> list[Piece]:
    counts = Counter(str(change["kind"]) for change in changes)
    marks = [f"{sign}{counts[kind]}" for kind, sign in _SIGNS.items() if counts[kind]]
    return [Piece(" ".join(marks), "where")] if marks else []

"""A script: calls, waits and a final answer, played word for word. What `reference` and `script:` files hold."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.errors import HarnessError
from worlds.clock import MS, SECOND
from worlds.pysource import literal
from worlds.yamlfile import Document

_WAIT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_UNITS_NS: Final = {"ms": MS, "s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND}
_REFERENCE: Final = re.compile(r"\$\$\{|\$\{([A-Za-z_]\w*)((?:\.\w+|\[\d+\])*)\}")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_OPTIONS: Final = ("expect", "as")


class ScriptFailed(HarnessError):
    """A script that went differently from what it says."""

    code = "script"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a script."""

    server: str
    tool: str
    arguments: Mapping[str, Any]
    expects_error: bool = False
    keep_as: str | None = None
    """Under which name later steps find what was answered."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let the world's time pass, in nanoseconds."""

    for_ns: int


@dataclass(frozen=True, slots=True)
class Say:
    """Give the final answer."""

    text: str


Line = Call | Wait | Say
Script = tuple[Line, ...]


def read_script(document: Document, place: tuple[str | int, ...], servers: Sequence[str]) -> Script:
    """The script at a place of a document; empty where there is none. Raises FileProblem."""
    lines = document.data
    for step in place:
        lines = lines.get(step, [])
    if not isinstance(lines, list):
        raise document.problem(place, "a script is a list of steps")
    return tuple(_line(document, (*place, number), entry, servers) for number, entry in enumerate(lines))


def parse_wait(text: Any) -> int:
    """Nanoseconds of a text such as `20s`, `1.5h` or `250ms`. Raises ValueError."""
    match = _WAIT.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"{text!r} is no length of time; write it like 250ms, 20s, 5m, 2h or 1d")
    return int(float(match.group(1)) * _UNITS_NS[match.group(2)])


def filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """A value with every `${name.path[0]}` replaced by what was kept; alone in a text it keeps its type.

    `$${` stands for `${` itself. Raises ScriptFailed when nothing is there.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole and whole[1]:
            return _looked_up(whole, kept)
        return _REFERENCE.sub(lambda match: str(_looked_up(match, kept)) if match[1] else "${", value)
    if isinstance(value, Mapping):
        return {key: filled(item, kept) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, kept) for item in value]
    return value


def answered(result: Mapping[str, Any]) -> Any:
    """What a tool's result says, as a value: JSON or a Python literal where its text is one, else the text."""
    text = result_text(result)
    for read in (json.loads, literal):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def result_text(result: Mapping[str, Any]) -> str:
    """The text blocks of a tool's result, one below the other."""
    content = result.get("content")
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block["text"]) for block in blocks if isinstance(block, Mapping) and "text" in block)


def _line(document: Document, place: tuple[str | int, ...], entry: Any, servers: Sequence[str]) -> Line:
    hint = "one of: - SERVER.TOOL: {arguments}, - wait: 20s, - say: text"
    if not isinstance(entry, dict):
        raise document.problem(place, "a step is a mapping", hint=hint)
    keys = [key for key in entry if key not in _OPTIONS]
    if len(keys) != 1:
        raise document.problem(place, "a step does exactly one thing", hint=hint)
    key, value = str(keys[0]), entry[keys[0]]
    if key == "say":
        return Say(str(value))
    if key == "wait":
        try:
            return Wait(parse_wait(value))
        except ValueError as error:
            raise document.problem((*place, key), str(error)) from None
    return _call(document, place, key, entry, servers)


def _call(
    document: Document, place: tuple[str | int, ...], key: str, entry: Mapping[str, Any], servers: Sequence[str]
) -> Call:
    server, _, tool = key.partition(".")
    if server not in servers or not tool:
        raise document.problem((*place, key), f"{key!r} is no SERVER.TOOL", hint=f"servers: {', '.join(servers)}")
    value = entry[key]
    arguments = dict(value) if isinstance(value, dict) else {} if value is None else None
    if arguments is None:
        raise document.problem((*place, key), f"{key}: arguments are a mapping")
    inside = arguments.pop("expect", None) if arguments.get("expect") == "error" else None
    expect = entry.get("expect", inside)
    if expect not in (None, "error"):
        raise document.problem((*place, "expect"), f"expect: {expect!r} is not known", hint="only: error")
    return Call(server, tool, arguments, expect == "error", _kept_as(document, place, entry.get("as")))


def _kept_as(document: Document, place: tuple[str | int, ...], name: Any) -> str | None:
    if name is None or (isinstance(name, str) and _NAME.fullmatch(name)):
        return name
    raise document.problem((*place, "as"), f"as: {name!r} is no name", hint="use letters, digits and _")


def _looked_up(match: re.Match[str], kept: Mapping[str, Any]) -> Any:
    name, path = match.groups()
    if name not in kept:
        raise ScriptFailed(f"{match.group()}: no step is kept as {name!r}", hint=f"kept: {', '.join(kept) or 'none'}")
    value = kept[name]
    for key, index in _STEP.findall(path):
        try:
            value = value[int(index)] if index else value[key]
        except (KeyError, IndexError, TypeError):
            raise ScriptFailed(f"{match.group()}: there is no {key or index} in {str(value)[:200]!r}") from None
    return value

"""What can be read of a model's answer, and the contract of those who read it: one file per interface in `apis/`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from worlds.registry import Registry


@dataclass(slots=True)
class Reading:
    """One answer, put together."""

    message: Any = None
    """The answer in the form that it has without a stream."""
    model: str | None = None
    thoughts: list[str] = field(default_factory=list)
    """Reasoning and text, in their order."""
    input_tokens: int | None = None
    """None: the endpoint did not say."""
    output_tokens: int | None = None
    token_ids: list[Any] = field(default_factory=list)
    prompt_token_ids: list[Any] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)


class Reader(Protocol):
    """Reads one answer, whole or event by event."""

    path: ClassVar[str]
    """How the paths of the interface end."""

    def fresh(self) -> "Reader":
        """A reader for another answer."""
        ...

    @property
    def complete(self) -> bool:
        """Whether a stream's last event was seen."""
        ...

    def event(self, data: Any) -> None:
        """Take in the next event of a stream."""
        ...

    def whole(self, body: Any) -> Reading:
        """Read an answer that was not streamed."""
        ...

    def assembled(self) -> Reading:
        """What the events so far come to."""
        ...


readers: Registry[Reader] = Registry("soundstage.model_apis", "harness.gateway.apis")
"""Names of interfaces to how their answers are read."""

_SAME: Final = frozenset({"id", "type", "role", "name", "object", "model", "index", "finish_reason", "stop_reason"})
"""Keys whose texts are said again rather than continued."""


class Pieces(list[str]):
    """A text that arrives in pieces."""


def merged(old: Any, new: Any, key: str = "") -> Any:
    """A partial answer with its next part: texts and lists go on, items with an `index` are merged."""
    if new is None or (isinstance(new, str) and key in _SAME):
        return new or old
    if isinstance(new, str):
        pieces = old if isinstance(old, Pieces) else Pieces([old] if isinstance(old, str) else [])
        pieces.append(new)
        return pieces
    if isinstance(new, dict):
        kept = old if isinstance(old, dict) else {}
        for name, value in new.items():
            kept[name] = merged(kept.get(name), value, name)
        return kept
    if isinstance(new, list):
        return _joined(old if isinstance(old, list) else [], new)
    return new


def finished(value: Any) -> Any:
    """A merged value with its texts made whole."""
    if isinstance(value, Pieces):
        return "".join(value)
    if isinstance(value, dict):
        return {key: finished(item) for key, item in value.items()}
    return [finished(item) for item in value] if isinstance(value, list) else value


def texts(*values: Any) -> Iterator[str]:
    """Those of the values that are texts and say something."""
    yield from (value for value in values if isinstance(value, str) and value.strip())


def count(usage: Any, *names: str) -> int | None:
    """The sum of some counts of tokens; None when none of them is there."""
    if not isinstance(usage, dict):
        return None
    found = [usage[name] for name in names if isinstance(usage.get(name), int)]
    return sum(found) if found else None


def items(value: Any) -> list[dict[str, Any]]:
    """The mappings in what should be a list of them."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _joined(old: list[Any], new: list[Any]) -> list[Any]:
    places = {item["index"]: place for place, item in enumerate(old) if isinstance(item, dict) and "index" in item}
    for item in new:
        place = places.get(item["index"]) if isinstance(item, dict) and isinstance(item.get("index"), int) else None
        if place is None:
            old.append(merged(None, item) if isinstance(item, dict) else item)
        else:
            old[place] = merged(old[place], item)
    return old

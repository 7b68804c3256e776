"""Criteria of a scenario as a file says them: what counts as success, what must never happen, stations on the way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from harness.check import Check, check_kinds
from harness.staging.coded import Code, CodedCheck
from harness.staging.milestone import Station
from worlds.part import Settings
from worlds.yamlfile import Document, FileProblem, Path

NEVER: Final[Path] = ("guard", "never")


def read_success(document: Document, entries: Mapping[str, Any]) -> list[Check]:
    """The checks that all must pass. Raises FileProblem."""
    return [read_check(document, ("success", name), str(name), entry) for name, entry in entries.items()]


def read_never(document: Document, entries: Sequence[Any]) -> list[Check]:
    """The checks that hold as long as no harm is done. Raises FileProblem."""
    checks = [_named(document, (*NEVER, number), entry) for number, entry in enumerate(entries)]
    _refuse_equal_names(document, NEVER, checks)
    return checks


def read_milestones(document: Document, entries: Sequence[Any]) -> list[Station]:
    """The stations on the way to success. Raises FileProblem."""
    stations = [_station(document, ("milestones", number), entry) for number, entry in enumerate(entries)]
    _refuse_equal_names(document, ("milestones",), [station.check for station in stations])
    return stations


def read_check(document: Document, place: Path, name: str, entry: Any) -> Check:
    """One check. Raises FileProblem."""
    if not isinstance(entry, Mapping):
        raise _unknown_kind(document, place, name, [])
    kinds = [key for key in entry if key in _kinds()]
    if len(kinds) != 1:
        raise _unknown_kind(document, place, name, kinds)
    written = entry[kinds[0]]
    if isinstance(written, Code):
        return _coded(document, place, name, entry, written)
    model = check_kinds.get(kinds[0]).Settings
    try:
        return Check(name, kinds[0], model.model_validate(dict(entry)))
    except ValidationError as error:
        raise document.refuse(error, place, model) from None


def _kinds() -> list[str]:
    return sorted({*check_kinds.names(), "python"})


def _unknown_kind(document: Document, place: Path, name: str, kinds: Sequence[str]) -> FileProblem:
    told = " and ".join(kinds) or "nothing"
    hint = f"a check has exactly one of: {', '.join(check_kinds.names())}"
    return document.problem(place, f"{name} looks at {told}", hint=hint)


def _coded(document: Document, place: Path, name: str, entry: Mapping[str, Any], code: Code) -> Check:
    if len(entry) > 1:
        others = ", ".join(key for key in entry if key != "python")
        raise document.problem(place, f"{name}: a function judges alone", hint=f"leave out {others}")
    return CodedCheck(name, "python", Settings(), code.function)


def _named(document: Document, place: Path, entry: Any, also: Sequence[str] = ()) -> Check:
    """A check that says its own name. Raises FileProblem."""
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        told = ".".join(map(str, place))
        raise document.problem(place, f"{told} needs a name", hint="write it like: {name: no_refund, sql: ..., is: 0}")
    rest = {key: value for key, value in entry.items() if key not in ("name", *also)}
    return read_check(document, place, name, rest)


def _station(document: Document, place: Path, entry: Any) -> Station:
    check = _named(document, place, entry, ("worth",))
    worth = entry.get("worth")
    if isinstance(worth, bool) or not isinstance(worth, int | float) or not 0 < worth <= 1:
        told = "nothing" if worth is None else repr(worth)
        raise document.problem(
            (*place, "worth"), f"{check.name} is worth {told}", hint="worth: a number above 0, up to 1"
        )
    return Station(check, float(worth))


def _refuse_equal_names(document: Document, place: Path, checks: Sequence[Check]) -> None:
    seen: set[str] = set()
    for number, check in enumerate(checks):
        if check.name in seen:
            raise document.problem((*place, number, "name"), f"the name {check.name!r} stands here twice")
        seen.add(check.name)

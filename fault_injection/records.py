"""What faults do to records: resources of services, messages, what people wrote, and what tools of one's own keep."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fault_injection.scene import Ground, Scene
from worlds.changes import Change
from worlds.part import Moment, Part
from worlds.records import Record, RecordsPart

Place = tuple[str, str]
"""A table and a key."""
_MORE_MAX: Final = 9
_TEXT_MIN: Final = 8
"""Characters below which a text has no beginning worth the name."""
_NAMES_MAX: Final = 20
"""Arguments that are looked at."""


def tear(ground: Ground, scene: Scene, changes: Sequence[Change], share: float) -> bool:
    """Take back the records behind the first ones; of a single one the rest of its longest text, or of its fields."""
    moment = Moment(scene.now_ns, "fault", scene.draws.chance)
    rows = [change for change in changes if isinstance(change.after, Mapping) and "[" in change.path]
    torn = rows[max(1, int(len(rows) * share)) :]
    for change in torn:
        _put_back(ground.part, change, moment)
    if torn or not rows:
        return bool(torn)
    table, key = place_of(rows[0])
    cut = _cut_short(rows[0].after, rows[0].before or {}, share)
    if cut is not None:
        ground.part.perform("replace", {"table": table, "key": key, "record": cut}, moment)
    return cut is not None


def place_of(change: Change) -> Place:
    """The table and the key that a change is about."""
    table, _, key = change.path.partition(".")[2].partition("[")
    return table, key[:-1]


def another_value(ground: Ground, scene: Scene, changes: Sequence[Change]) -> tuple[Place, dict[str, Any]] | None:
    """A record that a call is about to change, or that it names, and another value for one of its fields."""
    places = [place_of(change) for change in changes if isinstance(change.before, Mapping) and "[" in change.path]
    for table, key in (*places, *_named(ground.part, scene.asked.arguments)):
        record = _at(ground.part, (table, key))
        changed = next((change.after for change in changes if place_of(change) == (table, key)), record)
        field = _field(record, changed if isinstance(changed, Mapping) else record, key)
        if field is not None:
            return (table, key), {field: _another(record[field], 1 + scene.draws.below(_MORE_MAX, "more"))}
    return None


def _put_back(part: Part, change: Change, moment: Moment) -> None:
    table, key = place_of(change)
    if change.before is None:
        part.perform("remove", {"table": table, "key": key}, moment)
    else:
        part.perform("replace", {"table": table, "key": key, "record": dict(change.before)}, moment)


def _cut_short(after: Record, before: Record, share: float) -> dict[str, Any] | None:
    """A record of which only a part was written; None where it has no parts."""
    written = [name for name, value in after.items() if name not in before or before[name] != value]
    texts = [name for name in written if isinstance(after[name], str) and " " in after[name]]
    longest = max(texts, key=lambda name: len(after[name]), default="")
    if longest and len(after[longest]) >= _TEXT_MIN:
        return {**after, longest: after[longest][: int(len(after[longest]) * share)]}
    if not before or len(written) < 2:
        return None
    lost = written[max(1, int(len(written) * share)) :]
    kept = {name: value for name, value in after.items() if name not in lost}
    return kept | {name: before[name] for name in lost if name in before}


def _named(part: Part, arguments: Any) -> Iterator[Place]:
    """Records whose keys stand among a call's arguments."""
    if not isinstance(part, RecordsPart) or not isinstance(arguments, Mapping):
        return
    texts = [str(value) for value in list(arguments.values())[:_NAMES_MAX] if isinstance(value, str | int)]
    for table in part.relations():
        yield from ((table.name, text) for text in texts if part.records.get(table.name, text) is not None)


def _at(part: Part, place: Place) -> Record:
    return (part.records.get(*place) if isinstance(part, RecordsPart) else None) or {}


def _field(record: Record, changed: Record, key: str) -> str | None:
    """A number, or else a flag: one that the call changes, if there is one. Keys stay as they are."""
    plain = [name for name, value in record.items() if isinstance(value, int | float) and str(value) != key]
    numbers = [name for name in plain if not isinstance(record[name], bool)]
    ranked = [*(name for name in numbers if record[name] != changed.get(name)), *numbers, *plain]
    return next(iter(ranked), None)


def _another(value: Any, more: int) -> Any:
    return not value if isinstance(value, bool) else value + more

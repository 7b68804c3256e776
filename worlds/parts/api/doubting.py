"""What is probably not meant so in a service's description and data; it is served all the same."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from worlds.part import Doubt
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.judging import is_there, values_named
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.turn import shown
from worlds.parts.api.engine.work import Work
from worlds.parts.api.settings import ApiSettings
from worlds.records import Record
from worlds.yamlfile import Document, read_yaml

_LOOKED_AT_MAX: Final = 1_000
"""How many resources of a collection are held against their schema."""
_TOLD_MAX: Final = 20
Steps = tuple[str | int, ...]


def doubts_of(work: Work, settings: ApiSettings, given: Mapping[str, Any], folder: Path) -> list[Doubt]:
    """The document's concerns, then the resources that do not fit it; a few of each. `given` came to be first."""
    concerns = [Doubt(str(each)) for each in work.service.document.problems]
    found = list(islice(_in_data(work, given), _TOLD_MAX + 1))
    file = read_yaml(folder / settings.data) if found and isinstance(settings.data, str) else None
    steady = settings.service is None
    return [*_few(concerns, "of the description"), *_few([_placed(*each, file, steady) for each in found], "in `data`")]


def _few(doubts: list[Doubt], where: str) -> list[Doubt]:
    more = len(doubts) - _TOLD_MAX
    return [*doubts[:_TOLD_MAX], *([Doubt(f"and {more} or more doubts {where}")] if more > 0 else [])]


def _placed(steps: Steps, message: str, file: Document | None, steady: bool) -> Doubt:
    """With the place in the file of the data, or in the world file as far as the data stands there."""
    if file is not None:
        return Doubt(str(file.problem(steps, message)))
    return Doubt(message, ("data", *steps) if steady else ("data",))


def _in_data(work: Work, given: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    store = work.store.records
    for name, resources in given.items():
        kind = work.service.kinds[name]
        for number, key in enumerate(islice(store.keys(name), min(len(resources), _LOOKED_AT_MAX))):
            record = store.get(name, key) or {}
            for place, message in (*_misfits(work.service, kind, record), *_dangling(work, kind, record)):
                yield (name, number, *place), f"{kind.title} {key}: {message}"


def _misfits(definition: Definition, kind: Kind, record: Record) -> Iterator[tuple[Steps, str]]:
    for each in definition.checker.complaints(kind.schema, shown(kind, record), "answer"):
        place = ".".join(map(str, each.place))
        yield each.place, f"{place}: {each.message[:200]}" if place else each.message[:200]


def _dangling(work: Work, kind: Kind, record: Record) -> Iterator[tuple[Steps, str]]:
    """Fields that name resources which are not there."""
    for place, relation in kind.relations.items():
        other = work.service.kinds.get(relation.to)
        for value in values_named(record, place) if other is not None and not relation.embedded else ():
            if other is not None and not is_there(work, relation.to, relation.target, value):
                yield (place.partition(".")[0].removesuffix("[]"),), f"{place}: there is no {other.title} {value!r}"

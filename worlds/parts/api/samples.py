"""What a built-in service holds by itself, and what a world lays over it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worlds.part import Ground, Moment
from worlds.parts.api.engine.store import Store
from worlds.parts.api.expressions.scope import Scope
from worlds.parts.api.expressions.written import reckon
from worlds.parts.api.rules import Rules
from worlds.records import Records
from worlds.yamlfile import read_yaml

Data = Mapping[str, Any]


def own_data(folder: Path, ground: Ground, *, samples: bool) -> dict[str, Any]:
    """The service's own resources: what is always there (`always.yaml`), and believable ones (`data.yaml`).

    Their times are told from the world's first moment.
    """
    files = ["always.yaml", *(("data.yaml",) if samples else ())]
    found: dict[str, Any] = {}
    for path in (folder / name for name in files):
        found |= dict(read_yaml(path).data) if path.exists() else {}
    moment = Moment(ground.now_ns, "server", ground.chance.derive("samples"))
    scope = Scope(Store({}, Records(()), moment))
    return {name: _plain(reckon(each, scope)) for name, each in found.items()}


def _plain(value: Any) -> Any:
    """A value whose times are written as services keep them: to the second."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.removesuffix(".000Z") + "Z" if isinstance(value, str) and value.endswith(".000Z") else value


def laid_over(own: Data, given: Data, rules: Rules) -> dict[str, Any]:
    """The service's resources and those of a world: one with the same id takes the place of the service's, and an empty
    list stands for none at all."""
    found = dict(own)
    for name, resources in given.items():
        field = rules.collections[name].id_field if name in rules.collections else None
        named = {each.get(field or "id") for each in resources if isinstance(each, Mapping)} - {None}
        kept = [each for each in own.get(name, ()) if each.get(field or "id") not in named] if resources else []
        found[name] = [*kept, *resources]
    return found

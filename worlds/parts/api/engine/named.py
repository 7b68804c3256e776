"""What a request names in its query or body, where paths hold no parameters."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from worlds.parts.api.engine.turn import Turn
from worlds.parts.api.engine.values import Values
from worlds.parts.api.inference import Role


def named_values(role: Role, values: Values) -> Values:
    """The values, with those that name resources where a path would have them; lists are also asked for in bodies."""
    body = values.body if isinstance(values.body, Mapping) else {}
    said = {**values.query, **body}
    names = [key.parameter for key in role.keys if key.given and said.get(key.parameter) not in (None, "")]
    path = {**values.path, **{name: said[name] for name in names}}
    plain = {name: value for name, value in body.items() if not isinstance(value, Mapping)}
    return replace(values, path=path, query={**plain, **values.query} if role.does == "list" else values.query)


def told_beside(turn: Turn, role: Role, view: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an answer may say beside the resource or in its stead: what was named, and what the resource says itself."""
    return {**view, **turn.path} if any(key.given for key in role.keys) else {}

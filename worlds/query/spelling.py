"""Reading a query without running it: which tables it names, and whether it only reads."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from worlds.query.errors import QueryFailed

_READING: Final = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
READ_ONLY: Final = "give one SELECT statement in DuckDB's dialect"


@dataclass(frozen=True, slots=True)
class Reference:
    """A table as a query names it, in lower case: `before.shop.orders`, `shop.orders` or `orders`."""

    catalog: str
    schema: str
    table: str

    def __str__(self) -> str:
        return ".".join(name for name in (self.catalog, self.schema, self.table) if name)


def references(tree: str) -> tuple[Reference, ...]:
    """The tables that a query names, from DuckDB's own syntax tree in JSON. Raises QueryFailed for anything else."""
    parsed = json.loads(tree)
    if parsed["error"]:
        syntax = parsed.get("error_type") != "not implemented"
        raise QueryFailed(parsed["error_message"], kind="Parser" if syntax else "Refused", hint=READ_ONLY)
    if len(parsed["statements"]) != 1:
        raise QueryFailed("this is not one statement", kind="Refused", hint=READ_ONLY)
    nodes = list(_nodes(parsed))
    for node in nodes:
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in _READING:
            raise QueryFailed("a query only reads", kind="Refused", hint=READ_ONLY)
    own = {str(item.get("key", "")).lower() for node in nodes for item in _common_tables(node)}
    named = dict.fromkeys(_reference(node) for node in nodes if node.get("type") == "BASE_TABLE")
    return tuple(name for name in named if name.schema or name.table not in own)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the tree, without recursion: queries may nest deeply."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _common_tables(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = node.get("cte_map")
    return list(found.get("map", [])) if isinstance(found, dict) else []


def _reference(node: dict[str, Any]) -> Reference:
    names = [str(node.get(key, "")).lower() for key in ("catalog_name", "schema_name", "table_name")]
    return Reference(*names)


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def spelled(name: str) -> str:
    """An identifier as a person would write it: quoted where it has to be."""
    return name if _PLAIN.fullmatch(name) else quoted(name)

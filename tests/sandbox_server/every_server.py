"""One world with a server of every kind, and the calls that each of them understands."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from sandbox_server.presentation import Presentation, present
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

HERE: Final = Path(__file__).parent
KEY: Final = "sk_live_1"
WORLD: Final = """
soundstage: 1
world: street
clock: 2026-03-02T09:00:00Z
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one, notes/b.txt: two}}
  shop:
    kind: sql
    imitates: sqlite
    schema: "create table orders (id integer primary key, name text, cents integer);"
    rows: {orders: [[1, Ida, 950], [2, Bo, 300]]}
  lake:
    kind: sql
    imitates: motherduck
    schema: "create table orders (id integer primary key, name varchar, cents integer);"
    rows: {orders: [[1, Ida, 950], [2, Bo, 300]]}
  inbox:
    kind: mail
    account: Larkspur Billing <billing@larkspur.test>
    contacts: [{address: ida@example.test, name: Ida Moreau}]
    messages:
      - {from: Ida <ida@example.test>, subject: Charged twice, body: Hello?, id: first@example.test,
         date: 2026-02-27T08:00:00Z}
  billing: {kind: api, convention: openapi, %(api)s}
  hub: {kind: api, convention: github, %(api)s}
  desk: {kind: tools, code: desk.py, tables: {notes: {}}}
"""
API: Final = "spec: billing.yaml, keys: {sk_live_1: {name: agent}}, data: {charges: [{id: ch_1, amount: 500}]}"
Calls = tuple[tuple[str, dict[str, Any]], ...]
CALLS: Final[Mapping[str, Calls]] = {
    "files": (
        ("read_text_file", {"path": "/w/a.txt"}), ("write_file", {"path": "/w/c.txt", "content": "three"}),
        ("move_file", {"source": "/w/a.txt", "destination": "/w/b.txt"}),
        ("read_multiple_files", {"paths": ["/w/a.txt", "/w/notes/b.txt"]}),
    ),
    "shop": (
        ("read_query", {"query": "select id from orders"}), ("write_query", {"query": "update orders set cents = 7"}),
        ("list_tables", {}), ("describe_table", {"table_name": "orders"}),
    ),
    "lake": (
        ("execute_query", {"sql": "select id from orders"}), ("execute_query", {"sql": "update orders set cents = 7"}),
        ("list_tables", {}), ("list_columns", {"table": "orders"}),
    ),
    "inbox": (
        ("list_messages", {}), ("create_folder", {"name": "kept"}),
        ("send_message", {"to": ["ida@example.test"], "subject": "Yes", "body": "Sorry."}),
    ),
    "billing": (("getCharge", {"id": "ch_1"}), ("create_charge", {"amount": 7})),
    "hub": (("get_charge", {"id": "ch_1"}), ("create_charge", {"amount": 7})),
    "desk": (("draw", {}), ("add_note", {"title": "second"})),
}  # fmt: skip
"""By server: reads first, then writes."""


@cache
def street(folder: Path) -> Presentation:
    """The world, its files put into an empty folder."""
    (folder / "billing.yaml").write_text((HERE / "api" / "billing.yaml").read_text())
    (folder / "desk.py").write_text((HERE / "tools" / "desk_tools.py").read_text())
    return present(plan_world(parse_yaml(WORLD % {"api": API}, "street.yaml"), folder))

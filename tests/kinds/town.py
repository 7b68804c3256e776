"""One world with a small server of every kind, and for each kind what it takes to try it everywhere."""

import json
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

CLOCK: Final = "2026-03-02T09:00:00Z"
CODE: Final = '''
from sandbox_server.tools import Here, Refused, reads


def lend(here: Here, book: str, reader: str) -> str:
    """Lend a book.

    Args:
        book: The book's number.
        reader: Who takes it.
    """
    if book in here.table("loans"):
        raise Refused(f"Book {book} is lent already.")
    here.table("loans").put(book, {"reader": reader, "since": here.now.isoformat(), "days": 14})
    return f"Lent {book} to {reader}."


@reads
def loans(here: Here) -> list[dict[str, str]]:
    """List who has which book."""
    return [{"book": key, "reader": str((here.table("loans").get(key) or {})["reader"])} for key in here.table("loans")]
'''
OUTSIDE: Final = '''
from mcp.server import MCPServer

server = MCPServer("counter")
counted = 0


@server.tool()
def count() -> int:
    """Count on."""
    global counted
    counted += 1
    return counted


server.run()
'''
_REFERENCE: Final = {"$ref": "#/components/schemas/Refund"}
_CHARGE: Final = {"$ref": "#/components/schemas/Charge"}


def _answer(schema: Any, status: str = "200") -> dict[str, Any]:
    return {status: {"description": "done", "content": {"application/json": {"schema": schema}}}}


def _listed(schema: Any) -> dict[str, Any]:
    properties = {"data": {"type": "array", "items": schema}, "has_more": {"type": "boolean"}}
    return {"type": "object", "required": ["data"], "properties": properties}


_ID: Final = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
_BODY: Final = {"required": True, "content": {"application/json": {"schema": _REFERENCE}}}
_FILTER: Final = [{"name": "charge", "in": "query", "schema": {"type": "string"}}]
SPEC: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "Larkspur Billing", "version": "1"},
    "servers": [{"url": "https://api.larkspur.test/v1"}],
    "paths": {
        "/charges": {"get": {"operationId": "list_charges", "responses": _answer(_listed(_CHARGE))}},
        "/charges/{id}": {
            "get": {"operationId": "get_charge", "parameters": _ID, "responses": _answer(_CHARGE)},
            "patch": {
                "operationId": "update_charge", "parameters": _ID, "responses": _answer(_CHARGE),
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "properties": {"note": {"type": "string"}, "paid": {"type": "boolean"}},
                }}}},
            },
        },
        "/refunds": {
            "get": {"operationId": "list_refunds", "parameters": _FILTER, "responses": _answer(_listed(_REFERENCE))},
            "post": {"operationId": "create_refund", "requestBody": _BODY, "responses": _answer(_REFERENCE, "201")},
        },
        "/refunds/{id}": {"get": {"operationId": "get_refund", "parameters": _ID, "responses": _answer(_REFERENCE)}},
    },
    "components": {
        "schemas": {
            "Charge": {
                "type": "object",
                "required": ["id", "cents"],
                "properties": {
                    "id": {"type": "string", "example": "ch_1a2b3c4d5e", "readOnly": True},
                    "cents": {"type": "integer"}, "refunded": {"type": "integer"}, "paid": {"type": "boolean"},
                    "note": {"type": "string"},
                },
            },
            "Refund": {
                "type": "object",
                "required": ["charge", "cents"],
                "properties": {
                    "id": {"type": "string", "example": "re_1a2b3c4d5e", "readOnly": True},
                    "charge": {"type": "string"}, "cents": {"type": "integer", "minimum": 1},
                },
            },
        }
    },
}  # fmt: skip
"""A service with charges and refunds."""
RULES: Final[dict[str, Any]] = {
    "auth": {"keys": {"sk_live_desk": {}, "sk_live_boss": {}}},
    "effects": [
        {
            "on": "refunds.create",
            "demand": [{
                "that": "cents <= charge.cents - charge.refunded", "status": 400, "code": "too_much",
                "field": "cents", "message": "Only ${charge.cents - charge.refunded} can be refunded.",
            }],
            "do": [{"change": "charge", "add": {"refunded": "= cents"}}],
        }
    ],
}  # fmt: skip
Call = tuple[str, Mapping[str, Any]]
"""A tool and its arguments."""


@dataclass(frozen=True)
class Kind:
    """One server of a kind, and how each part of the product is tried on it."""

    kind: str
    entry: Mapping[str, Any]
    read: Call
    """A call that changes nothing."""
    write: Call
    """A call that changes something, twice as well as once."""
    changed: str
    """The path of a change that the write makes; `*` for what is drawn."""
    table: str = ""
    """A table that queries see, and in which the write leaves something."""
    merged: Mapping[str, Any] = field(default_factory=dict)
    """Changes as `world.with` makes them."""
    merged_path: str = ""
    wrong: Sequence[tuple[Mapping[str, Any], Sequence[str | int], str]] = ()
    """Changes that are refused, where in them, and some words of the reason."""
    event: Call | None = None
    """An operation with its arguments, as events have them."""
    event_path: str = ""
    operations: str = ""
    """Some words of what is told to whoever names an operation that is not there."""
    deed: Call | None = None
    """What somebody else may do to what the write or the read are about, as an operation."""


KINDS: Final[dict[str, Kind]] = {
    "files": Kind(
        "filesystem",
        {"root": "/w", "tree": {"a.txt": "one two three four", "notes/b.txt": "two"}},
        read=("read_text_file", {"path": "/w/a.txt"}),
        write=("write_file", {"path": "/w/new.txt", "content": "one two three four"}),
        changed="files:/w/new.txt",
        table="files.files",
        merged={"notes/b.txt": "Quiet night.", "c.txt": {"text": "c", "mode": "600"}},
        merged_path="files:/w/notes/b.txt",
        wrong=[({"x.txt": 5}, ("x.txt",), "a text, a mapping with text or base64, or null is expected")],
        event=("append", {"path": "a.txt", "text": " five"}),
        event_path="files:/w/a.txt",
        operations="append",
        deed=("append", {"path": "/w/a.txt", "text": "!"}),
    ),
    "shop": Kind(
        "sql",
        {
            "imitates": "sqlite",
            "schema": "create table orders (id integer primary key, name text not null, cents integer not null);",
            "rows": {"orders": [[1, "Ida", 950], [2, "Bo", 300]]},
        },
        read=("read_query", {"query": "select id, name, cents from orders order by id"}),
        write=("write_query", {"query": "insert into orders (name, cents) values ('Cy', 20), ('Di', 30)"}),
        changed="shop.orders[*]",
        table="shop.orders",
        merged={"orders": [{"id": 2, "cents": 301}, {"id": 9, "name": "New", "cents": 1}]},
        merged_path="shop.orders[2].cents",
        wrong=[
            ({"order": []}, ("order",), "there is no table 'order'"),
            ({"orders": {}}, ("orders",), "a list of rows is expected"),
            ({"orders": [{"id": 1, "cent": 1}]}, ("orders", 0, "cent"), "no column 'cent'"),
            ({"orders": [{"id": 8}]}, ("orders", 0), "NOT NULL"),
        ],
        event=("update", {"table": "orders", "set": {"cents": 5}, "where": {"id": 1}}),
        event_path="shop.orders[1].cents",
        operations="update",
        deed=("update", {"table": "orders", "set": {"cents": 7}, "where": {"id": 1}}),
    ),
    "billing": Kind(
        "api",
        {
            "spec": "billing.openapi.yaml",
            "rules": "billing.rules.yaml",
            "data": {
                "charges": [
                    {"id": "ch_501", "cents": 4990, "refunded": 0, "paid": True},
                    {"id": "ch_502", "cents": 100, "refunded": 0, "paid": True},
                ],
                "refunds": [],
            },
        },
        read=("list_charges", {}),
        write=("create_refund", {"charge": "ch_501", "cents": 200}),
        changed="billing.refunds[*]",
        table="billing.refunds",
        merged={"charges": [{"id": "ch_501", "note": "seen"}, {"id": "ch_777", "cents": 30}]},
        merged_path="billing.charges[ch_501].note",
        wrong=[
            ({"charge": []}, ("charge",), "known: charges, refunds"),
            ({"charges": 5}, ("charges",), "a list of records, or a mapping by key is expected"),
            ({"charges": [5]}, ("charges", 0), "a record is a mapping"),
        ],
        event=("create", {"table": "refunds", "record": {"charge": "ch_502", "cents": 5}}),
        event_path="billing.refunds[*]",
        operations="request",
        deed=("patch", {"table": "charges", "key": "ch_501", "record": {"note": "mine"}}),
    ),
    "inbox": Kind(
        "mail",
        {
            "account": "Larkspur Billing <billing@larkspur.test>",
            "people": {"boss@larkspur.test": {"name": "Tess"}},
            "messages": [{"from": "Ida <ida@example.test>", "subject": "Twice", "body": "Twice!", "id": "a@x.test"}],
            "contacts": [{"address": "ida@example.test", "name": "Ida"}],
        },
        read=("list_messages", {"folder": "sent"}),
        write=("send_message", {"to": ["boss@larkspur.test"], "subject": "May I?", "body": "A refund, I mean."}),
        changed="inbox.messages[*]",
        table="inbox.messages",
        merged={
            "messages": [{"from": "bo@example.test", "subject": "Hi"}],
            "contacts": [{"address": "ida@example.test", "name": "Ida Moreau"}],
        },
        merged_path="inbox.contacts[ida@example.test].name",
        wrong=[
            ({"letters": []}, ("letters",), "known: contacts, folders, messages, people"),
            ({"messages": [{"to": "a@b.test", "nonsense": 1}]}, ("messages", 0), "nonsense"),
            ({"contacts": [{"name": "Ida"}]}, ("contacts", 0), "'address'"),
        ],
        event=("deliver", {"from": "depot@example.test", "subject": "Found"}),
        event_path="inbox.messages[*]",
        operations="deliver",
        deed=("deliver", {"from": "x@example.test", "subject": "Meanwhile"}),
    ),
    "customer": Kind(
        "user",
        {"participant": "Ida", "messages": [{"author": "user", "text": "I was charged twice."}], "reply_timeout": 1},
        read=("get_conversation", {}),
        write=("send_message", {"text": "Which of the two should stay?"}),
        changed="customer.messages[*]",
        table="customer.messages",
        merged={"messages": [{"author": "user", "text": "Hello? Anybody there?"}]},
        merged_path="customer.messages[*]",
        wrong=[
            ({"message": []}, ("message",), "known: conversations, messages"),
            ({"messages": [{"author": "me", "text": "x"}]}, ("messages", 0), "author"),
        ],
        event=("say", {"text": "Never mind."}),
        event_path="customer.messages[*]",
        operations="say",
        deed=("say", {"text": "One more thing."}),
    ),
    "desk": Kind(
        "tools",
        {"code": "desk.py", "tables": {"loans": {"b7": {"reader": "Bo", "since": CLOCK, "days": 7}}}},
        read=("loans", {}),
        write=("lend", {"book": "b1", "reader": "Ida"}),
        changed="desk.loans[b1]",
        table="desk.loans",
        merged={"loans": [{"id": "b7", "days": 8}, {"id": "b8", "reader": "Cy", "days": 1}]},
        merged_path="desk.loans[b7].days",
        wrong=[
            ({"loan": []}, ("loan",), "known: loans"),
            ({"loans": [{"days": 8}]}, ("loans", 0), "'id'"),
        ],
        event=("create", {"table": "loans", "key": "b9", "record": {"reader": "Ed", "days": 3}}),
        event_path="desk.loans[b9]",
        operations="create",
        deed=("patch", {"table": "loans", "key": "b7", "record": {"days": 9}}),
    ),
}
"""By server; every kind but `mcp`, whose state is not ours."""
COUNTER: Final = Kind(
    "mcp",
    {"command": [sys.executable, "counter.py"]},
    read=("count", {}),
    write=("count", {}),
    changed="",
    operations="no operations, only tools",
)


def write_town(folder: Path, *, outside: bool = False) -> dict[str, Any]:
    """The world's files in a folder; the world as a scenario holds it, too, for the caller to change as he likes."""
    (folder / "desk.py").write_text(CODE)
    (folder / "billing.openapi.yaml").write_text(json.dumps(SPEC))
    (folder / "billing.rules.yaml").write_text(json.dumps(RULES))
    servers: dict[str, Any] = {name: {"kind": each.kind, **deepcopy(dict(each.entry))} for name, each in KINDS.items()}
    if outside:
        (folder / "counter.py").write_text(OUTSIDE)
        servers["counter"] = {"kind": "mcp", **COUNTER.entry}
    world = {"soundstage": 1, "world": "town", "clock": CLOCK, "servers": servers}
    (folder / "town.yaml").write_text(json.dumps(world, indent=1))
    return world


def write_scenario(folder: Path, name: str = "scene", **parts: Any) -> Path:
    """A scenario over the town."""
    written = {"soundstage": 1, "task": "Look around.", "world": {"base": "town.yaml"}, "limits": {"steps": 30}}
    written |= {"success": {"spoken": {"said": {"matches": "."}}}, "reference": [{"say": "Done."}]}
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({**written, **parts}, indent=1))
    return path

"""One world entry and a list of operations for each kind of part: what the conformance tests run on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.worlds.api.ground import DATA as PAYMENT_DATA
from tests.worlds.api.ground import IDA
from tests.worlds.api.ground import RULES as PAYMENT_RULES
from tests.worlds.api.ground import SPEC as PAYMENTS

SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), total REAL);
INSERT INTO customers VALUES (1, 'Ida', 'ida@example.test'), (2, 'Bo', NULL);
INSERT INTO orders VALUES (1, 1, 12.5), (2, 1, 7.25), (3, 2, 99.0);
"""

SQL_OPERATIONS: list[tuple[str, Mapping[str, Any]]] = [
    ("execute", {"sql": "INSERT INTO customers VALUES (3, 'Cy', 'cy@example.test')"}),
    ("execute", {"sql": "UPDATE orders SET total = total + 1 WHERE id < 3"}),
    ("execute", {"sql": "DELETE FROM orders WHERE id = 3"}),
    ("execute", {"sql": "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)"}),
    ("execute", {"sql": "INSERT INTO notes VALUES (1, 'naïve 日本 🎭'), (2, NULL)"}),
    ("execute", {"sql": "UPDATE customers SET name = 'Ida B.' WHERE id = 1"}),
    ("execute", {"sql": "DROP TABLE notes"}),
]


@dataclass(frozen=True)
class Sample:
    """A server entry of a world file and operations that each change its part."""

    kind: str
    entry: Mapping[str, Any]
    operations: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


SAMPLES = {
    "files": Sample(
        "filesystem",
        {"root": "/workspace", "tree": {"a.txt": "one", "d/b.txt": "two", "link": {"symlink": "a.txt"}}},
        [
            ("write", {"path": "/workspace/a.txt", "text": "changed"}),
            ("write", {"path": "/workspace/d/new.bin", "base64": "AP8Q"}),
            ("mkdir", {"path": "/workspace/e"}),
            ("move", {"path": "/workspace/d/b.txt", "to": "/workspace/e/b.txt"}),
            ("chmod", {"path": "/workspace/a.txt", "mode": "600"}),
            ("symlink", {"path": "/workspace/e/up", "target": "../a.txt"}),
            ("remove", {"path": "/workspace/e/b.txt"}),
        ],
    ),
    "tools": Sample(
        "tools",
        {"code": __file__, "tables": {"notes": {"a": {"text": "one"}, "b": {"text": "two", "n": 1}}}},
        [
            ("create", {"table": "notes", "key": "c", "record": {"text": "naïve 日本 🎭"}}),
            ("patch", {"table": "notes", "key": "a", "record": {"text": None, "n": 2.5}}),
            ("replace", {"table": "notes", "key": "b", "record": {"deep": {"list": [1, None, True]}}}),
            ("remove", {"table": "notes", "key": "a"}),
            ("create", {"table": "notes", "key": "a", "record": {}}),
        ],
    ),
    "mail": Sample(
        "mail",
        {
            "account": "Billing <billing@larkspur.test>",
            "people": {"boss@larkspur.test": {"name": "Tess", "out_of_office": "Back on Monday."}},
            "messages": [{"from": "ida@example.test", "subject": "Charged twice", "body": "Twice!", "id": "a@x"}],
            "contacts": [{"address": "ida@example.test", "name": "Ida"}],
        },
        [
            ("deliver", {"from": "ida@example.test", "subject": "Re: Charged twice", "in_reply_to": "a@x"}),
            ("send_as", {"from": "boss@larkspur.test", "to": "billing@larkspur.test", "subject": "Hi", "body": "Ho"}),
            ("deliver", {"from": "Bo <bo@example.test>", "attachments": {"a.bin": {"base64": "AP8Q"}}}),
            ("create", {"table": "contacts", "key": "bo@example.test", "record": {"name": "naïve 日本 🎭"}}),
            ("patch", {"table": "contacts", "key": "ida@example.test", "record": {"name": "Ida B.", "phone": "1"}}),
            ("replace", {"table": "people", "key": "boss@larkspur.test", "record": {"name": "T", "delay_s": 0}}),
            ("remove", {"table": "contacts", "key": "bo@example.test"}),
        ],
    ),
    "chat": Sample(
        "user",
        {"participant": "Ida", "messages": [{"author": "user", "text": "Hello?"}]},
        [
            ("say", {"author": "agent", "text": "Good morning. How can I help?"}),
            ("say", {"author": "user", "text": "I was charged twice."}),
            ("patch", {"table": "messages", "key": "msg_1001", "record": {"text": "Hello."}}),
            ("say", {"text": "naïve 日本 🎭"}),
            ("remove", {"table": "messages", "key": "msg_1002"}),
            ("say", {"author": "agent", "text": "It is done."}),
            ("close", {"by": "user"}),
        ],
    ),
    "api": Sample(
        "api",
        {"spec": PAYMENTS, "rules": PAYMENT_RULES, "data": PAYMENT_DATA},
        [
            ("create", {"table": "customers", "record": {"email": "bo@example.test", "name": "naïve 日本 🎭"}}),
            ("request", {"method": "POST", "path": "/charges", "body": {"customer": IDA, "amount": 500}}),
            ("patch", {"table": "customers", "key": IDA, "record": {"name": "Ida B."}}),
            ("create", {"table": "charges", "key": "ch_1", "record": {"id": "ch_1", "customer": IDA, "amount": 9}}),
            ("transition", {"table": "charges", "key": "ch_1", "to": "succeeded"}),
            ("request", {"method": "POST", "path": "/refunds", "body": {"charge": "ch_1", "amount": 4}}),
            ("remove", {"table": "customers", "key": IDA}),
        ],
    ),
    "sqlite": Sample("sql", {"imitates": "sqlite", "schema": SCHEMA}, SQL_OPERATIONS),
    "duckdb": Sample("sql", {"imitates": "motherduck", "schema": SCHEMA}, SQL_OPERATIONS),
}

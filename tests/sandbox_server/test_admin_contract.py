"""The OpenAPI document describes every route and status, and what is really answered is what it says."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import jsonschema_rs
import pytest

from sandbox_server.admin.model import Problem
from sandbox_server.admin.openapi import document, statuses
from sandbox_server.admin.operation import all_operations
from tests.sandbox_server.owned import Owned, owned

pytestmark = pytest.mark.anyio
HERE = "/episodes/default"
SELECT = {"sql": "select * from shop.orders"}
ZIP = {"content-type": "application/zip"}


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        await opened.sell(3)
        await opened.ask("POST", f"{HERE}/snapshots", {"label": "x"}, 201)
        yield opened


ASKED: list[tuple[str, str, Any]] = [
    ("GET", "/health", None), ("GET", "/version", None), ("GET", "/metrics", None), ("GET", "/openapi.json", None),
    ("GET", "/catalog/worlds", None), ("GET", "/catalog/profiles", None), ("GET", "/catalog/faults", None),
    ("GET", "/episodes", None), ("POST", "/episodes", {"world": "never"}), ("GET", HERE, None),
    ("DELETE", HERE, None), ("POST", "/reset", None), ("POST", "/reset", {"x": 1}), ("POST", f"{HERE}/reset", {}),
    ("GET", f"{HERE}/snapshots", None), ("POST", f"{HERE}/snapshots", {}),
    ("GET", f"{HERE}/snapshots/snap_1/archive", None), ("GET", f"{HERE}/snapshots/snap_7/archive", None),
    ("POST", f"{HERE}/restore", {"snapshot": "snap_1"}), ("POST", f"{HERE}/restore", {}),
    ("POST", f"{HERE}/restore", {"step": 99}), ("POST", f"{HERE}/fork", {"step": 0}),
    ("GET", f"{HERE}/state", None), ("GET", f"{HERE}/state/files/files", None),
    ("GET", f"{HERE}/state/files/files/w/a.txt", None), ("GET", f"{HERE}/state/files/files/w/d/b.bin", None),
    ("GET", f"{HERE}/state/files/files/w/l", None), ("GET", f"{HERE}/state/files/files/never", None),
    ("GET", f"{HERE}/state/mail/inbox", None), ("GET", f"{HERE}/state/mail/inbox/never", None),
    ("GET", f"{HERE}/state/resources/inbox", None), ("GET", f"{HERE}/state/resources/inbox/messages", None),
    ("GET", f"{HERE}/state/resources/inbox/messages/never", None), ("GET", f"{HERE}/state/resources/shop", None),
    ("GET", f"{HERE}/state/tables/shop", None), ("GET", f"{HERE}/state/tables/shop/orders", None),
    ("GET", f"{HERE}/state/tables/shop/never", None), ("POST", f"{HERE}/query", SELECT),
    ("POST", f"{HERE}/query", {"sql": "drop table x"}), ("POST", f"{HERE}/query", {}),
    ("GET", f"{HERE}/diff", None), ("GET", f"{HERE}/diff?from=x", None), ("GET", f"{HERE}/diff?x=1", None),
    ("GET", f"{HERE}/ledger", None), ("GET", f"{HERE}/ledger?limit=1", None), ("GET", f"{HERE}/clock", None),
    ("PUT", f"{HERE}/clock", {"mode": "virtual"}), ("PUT", f"{HERE}/clock", {"now": "1999-01-01"}),
    ("GET", f"{HERE}/faults", None), ("PUT", f"{HERE}/faults", {"profiles": ["flaky-api"]}),
    ("PUT", f"{HERE}/faults", {"profiles": ["never"]}), ("POST", f"{HERE}/faults", {"profile": "calm"}),
    ("PATCH", f"{HERE}/faults", {"name": "calm"}), ("PATCH", f"{HERE}/faults", {"name": "calm", "enabled": False}),
    ("POST", f"{HERE}/faults/fire", {"rule": "a/b"}), ("POST", f"{HERE}/faults/reset", None),
    ("POST", f"{HERE}/faults/explain", {"server": "shop", "tool": "do"}), ("GET", f"{HERE}/faults/near-misses", None),
    ("GET", "/episodes/default/turns", None),
    ("POST", "/episodes/default/turns", {"server": "shop", "text": "Hello"}),
    ("POST", f"{HERE}/clock/advance", {"by": 1}), ("POST", f"{HERE}/clock/advance", {"by": "x"}),
    ("GET", "/bundles/never", None), ("PUT", "/bundles/never", None),
    ("POST", "/bundles/never/episodes", {"calls_max": 3}), ("POST", "/bundles/never/episodes", {}),
    ("GET", f"{HERE}/feed", None), ("GET", f"{HERE}/feed?wait_s=x", None),
    ("POST", f"{HERE}/calls", {"reference": "a", "server": "shop", "tool": "do"}),
    ("POST", f"{HERE}/deeds", {"reference": "e", "server": "shop", "operation": "delete"}),
    ("POST", f"{HERE}/words", {"reference": "b", "server": "shop", "text": "Hello"}),
    ("POST", f"{HERE}/turns/never/end", {}), ("POST", f"{HERE}/passing", {"reference": "c", "by_ns": 1}),
    ("POST", f"{HERE}/files", {"reference": "d", "server": "files", "operations": []}),
    ("POST", f"{HERE}/finish", None),
]  # fmt: skip


def test_every_operation_is_described() -> None:
    found = document("1")

    described = {
        (verb.upper(), path): operation for path, verbs in found["paths"].items() for verb, operation in verbs.items()
    }
    routes = {(item.verb, item.path.replace(":path", "")): item for item in all_operations()}
    assert described.keys() == routes.keys()
    for key, item in routes.items():
        assert set(described[key]["responses"]) == {str(status) for status in statuses(item)}
        assert item.summary.endswith("."), key
        assert {p["name"] for p in described[key]["parameters"] if p["in"] == "path"} == set(
            re.findall(r"{(\w+)}", key[1])
        )
    names = [operation["operationId"] for operation in described.values()]
    assert len(set(names)) == len(names)


def test_every_field_of_every_model_is_described() -> None:
    schemas = document("1")["components"]["schemas"]

    fields = [(name, *item) for name, schema in schemas.items() for item in schema.get("properties", {}).items()]
    bare = [f"{name}.{field}" for name, field, described in fields if not described.get("description")]
    assert bare == []
    assert all(schema.get("description") for schema in schemas.values())
    assert all(schema.get("additionalProperties") is False for schema in schemas.values())


def test_references_lead_somewhere() -> None:
    found = document("1")
    text = json.dumps(found)

    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in found["components"]["schemas"]


@pytest.mark.parametrize(("verb", "path", "body"), ASKED)
async def test_answers_are_what_the_document_says(own: Owned, verb: str, path: str, body: Any) -> None:
    found = await own.ask("GET", "/openapi.json")

    response = await own.client.request(verb, path, json=body)

    described = operation(found, verb, path.partition("?")[0])["responses"]
    assert str(response.status_code) in described
    content = described[str(response.status_code)]["content"]
    media = response.headers["content-type"]
    assert media in content or media.partition(";")[0] in content
    schema = content.get(media, content.get(media.partition(";")[0]))["schema"]
    if "$ref" in schema:
        whole = {**schema, "components": found["components"]}
        jsonschema_rs.validator_for(whole).validate(response.json())
    if response.status_code >= 400:
        assert media == "application/problem+json"
        Problem.model_validate(response.json(), strict=True)


def operation(found: dict[str, Any], verb: str, path: str) -> Any:
    """The description of the operation that a path leads to; the one with the fewest parameters wins."""
    fitting = [
        (template.count("{"), verbs[verb.lower()])
        for template, verbs in found["paths"].items()
        if verb.lower() in verbs
        and re.fullmatch(re.sub(r"{path}", ".+", template).replace("{", "(?P<").replace("}", ">[^/]+)"), path)
    ]
    return min(fitting, key=lambda pair: pair[0])[1]


def test_every_operation_is_asked() -> None:
    found = document("1")
    asked = [operation(found, verb, path.partition("?")[0])["operationId"] for verb, path, _ in ASKED]

    assert {item.name for item in all_operations()} == set(asked)


async def test_metrics_count_what_happened(own: Owned) -> None:
    await own.sell(4)
    await own.sell(4)
    await own.ask("POST", "/reset")
    await own.ask("GET", "/episodes/never", status=404)

    lines = (await own.client.get("/metrics")).text.splitlines()

    samples = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}
    assert samples["soundstage_episodes_open"] == 1
    assert samples['soundstage_calls_total{kind="call",outcome="ok"}'] == 2
    assert samples['soundstage_calls_total{kind="call",outcome="failed"}'] == 1
    assert samples['soundstage_acts_total{act="reset"}'] == 1
    assert samples['soundstage_admin_requests_total{verb="GET",path="/episodes/{id}",status="404"}'] == 1
    assert samples["soundstage_call_seconds_count"] == 3 == samples['soundstage_call_seconds_bucket{le="+Inf"}']
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert all(re.sub(r"(_bucket|_sum|_count)?({.*)?$", "", name) in names or name in names for name in samples)


async def test_the_catalogue_lists_the_built_in_worlds(own: Owned) -> None:
    (bookshop,) = [
        world for world in (await own.ask("GET", "/catalog/worlds"))["worlds"] if world["name"] == "bookshop"
    ]

    assert bookshop["servers"]["shop"] == "sql"
    assert bookshop["description"]

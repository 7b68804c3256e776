"""APIs whose paths are verbs (`/chat.postMessage`, `/transfer/list`) hold resources like any other."""

from pathlib import Path
from typing import Any

import pytest

from tests.tools import require_api_description
from tests.worlds.api.described import answering, described, inferred, taking
from tests.worlds.api.ground import Caller, service
from worlds.parts.api.document import read_document

CHAT = Path(__file__).parent / "documents" / "chat.yaml"
DATA = {"users": [{"id": "U1", "name": "ida"}], "conversations": [{"id": "C1", "name": "general"}]}
ERRORS = {"statuses": {"any": 200}, "body": {"ok": False, "error": "${code}"}}


def chat(**rules: Any) -> Caller:
    return service(CHAT.parent, spec=CHAT.name, data=DATA, rules=rules)


def roles(file: str) -> dict[str, dict[str, str]]:
    found = inferred(read_document(require_api_description(file)))
    return {name: {role.operation: role.does for role in each.roles} for name, each in found.items()}


def test_messages_are_written_read_changed_and_deleted_in_their_channel() -> None:
    call = chat()
    channel = call("POST", "/conversations.create", {"name": "ops"}).body["channel"]["id"]

    posted = call("POST", "/chat.postMessage", {"channel": channel, "text": "hi"}).body
    message = {"type": "message", "text": "hi", "ts": posted["ts"]}
    assert posted == {"ok": True, "channel": channel, "ts": posted["ts"], "message": message}
    assert call("GET", "/conversations.history", params={"channel": channel}).body["messages"] == [message]
    assert call("GET", "/conversations.history", params={"channel": "C1"}).body["messages"] == []

    at = {"channel": channel, "ts": posted["ts"]}
    assert call("POST", "/chat.update", {**at, "text": "bye"}).body == {"ok": True, **at, "text": "bye"}
    assert call("GET", "/conversations.history", params=at).body["messages"][0]["text"] == "bye"
    assert call("POST", "/chat.update", {**at, "channel": "C1", "text": "bye"}).status == 404
    assert call("POST", "/chat.delete", at).body == {"ok": True, **at}
    assert call("POST", "/chat.delete", at).status == 404


def test_what_is_done_to_a_channel_shows_in_it() -> None:
    call = chat()

    call("POST", "/conversations.setTopic", {"channel": "C1", "topic": "news"})
    call("POST", "/conversations.archive", {"channel": "C1"})
    told = call("GET", "/conversations.info", params={"channel": "C1"}).body
    assert told["ok"] is True
    assert (told["channel"]["topic"], told["channel"]["is_archived"]) == ("news", True)


@pytest.mark.parametrize("body", [{"channel": "C9", "text": "hi"}, {"text": "hi"}])
def test_failures_are_told_in_the_body_alone_where_rules_say_so(body: dict[str, Any]) -> None:
    refused = chat(errors=ERRORS)("POST", "/chat.postMessage", body)

    code = "not_found" if "channel" in body else "validation_failed"
    assert (refused.status, refused.body) == (200, {"ok": False, "error": code})


def test_lists_that_are_asked_for_in_bodies_have_pages() -> None:
    thing = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    asked = {"type": "object", "properties": {"count": {"type": "integer"}, "offset": {"type": "integer"}}}
    listed = {"type": "object", "properties": {"wallets": {"type": "array", "items": thing}}}
    one = {"type": "object", "required": ["wallet_id"], "properties": {"wallet_id": {"type": "string"}}}
    shown = {"type": "object", "properties": {"wallet": thing}}
    paths = {
        "/wallet/list": {"post": taking(asked, listed)},
        "/wallet/get": {"post": taking(one, shown)},
        "/wallet/create": {"post": taking(thing, shown)},
    }
    call = service(spec=described(paths).raw, rules={}, data={"wallets": [{"id": f"w{n}"} for n in range(5)]})

    assert call("POST", "/wallet/list", {"count": 2, "offset": 3}).body == {"wallets": [{"id": "w3"}, {"id": "w4"}]}
    assert call("POST", "/wallet/get", {"wallet_id": "w2"}).body == {"wallet": {"id": "w2"}}
    made = call("POST", "/wallet/create", {"name": "new"}).body["wallet"]
    assert call("POST", "/wallet/get", {"wallet_id": made["id"]}).body == {"wallet": made}


def test_verbs_in_names_speak_of_what_follows_them() -> None:
    user = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    one = [{"name": "id", "in": "query", "required": True, "schema": {"type": "integer"}}]
    paths = {
        "/createUser": {"post": taking(user, user)},
        "/getUser": {"get": answering(user, parameters=one)},
        "/listUsers": {"get": answering({"type": "array", "items": user})},
        "/deleteUser": {
            "post": answering({"type": "object", "properties": {"ok": {"type": "boolean"}}}, parameters=one)
        },
    }
    call = service(spec=described(paths).raw, rules={}, data={"users": [{"id": 7, "name": "ida"}]})

    assert call("POST", "/createUser", {"name": "max"}).body == {"id": 8, "name": "max"}
    assert call("POST", "/deleteUser", params={"id": 7}).body == {"ok": True}
    assert call("GET", "/listUsers").body == [{"id": 8, "name": "max"}]
    assert call("GET", "/getUser", params={"id": 7}).status == 404


def test_large_services_of_this_kind_hold_what_one_would_name() -> None:
    slack, plaid = roles("slack.com.json"), roles("plaid.com.json")

    assert slack["reminders"]["reminders_delete"] == "delete"
    assert slack["messages"]["chat_postMessage"] == "create"
    assert slack["messages"]["conversations_history"] == "list"
    assert slack["conversations"]["conversations_info"] == "read"
    assert plaid["transfers"] | {} == {
        "transferCreate": "create",
        "transferGet": "read",
        "transferList": "list",
        "transferCancel": "action",
    }


def test_places_that_end_in_verbs_stay_with_their_places() -> None:
    pet = {"type": "object", "properties": {"id": {"type": "integer"}, "status": {"type": "string"}}}
    paths = {
        "/pet": {"post": taking(pet, pet)},
        "/pet/{id}": {"get": answering(pet)},
        "/pet/search": {"get": answering({"type": "array", "items": pet})},
        "/pet/create": {"post": taking(pet, pet)},
    }
    found = inferred(described(paths))
    assert found["pet"].item_path == "/pet/{id}"
    assert not any(key.given for each in found.values() for role in each.roles for key in role.keys)

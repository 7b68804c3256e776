"""A small payments service, and a caller whose clock and chance move with each call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worlds.agenda import Wish
from worlds.chance import Chance
from worlds.clock import SECOND
from worlds.part import Ground, Moment
from worlds.parts.api.building import build
from worlds.parts.api.exchange import ABSENT, Request, Response
from worlds.parts.api.part import ApiPart
from worlds.parts.api.settings import ApiSettings

FIRST_S = 1_772_442_000
IDA = "cus_00000000000001"


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def answered(schema: Any, status: str = "200") -> dict[str, Any]:
    body = {"description": "done", "content": {"application/json": {"schema": schema}}}
    return {
        status: body,
        "default": {"description": "no", "content": {"application/json": {"schema": reference("Error")}}},
    }


def carried(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": reference(name)}}}


def query(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind, **more}}


def in_path(name: str, kind: str = "string") -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": kind}}]


def listed(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["object", "data", "has_more"],
        "properties": {
            "object": {"type": "string", "const": "list"},
            "has_more": {"type": "boolean"},
            "data": {"type": "array", "items": reference(name)},
        },
    }


READ_ONLY: dict[str, Any] = {"type": "integer", "readOnly": True}
SCHEMAS: dict[str, Any] = {
    "Customer": {
        "type": "object",
        "required": ["id", "email", "created"],
        "properties": {
            "id": {"type": "string", "pattern": "^cus_[A-Za-z0-9]{14}$", "readOnly": True},
            "email": {"type": "string", "format": "email"},
            "name": {"type": ["string", "null"]},
            "password": {"type": "string", "writeOnly": True},
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "tier": {"type": "string", "default": "basic"},
            "created": READ_ONLY,
        },
    },
    "Charge": {
        "type": "object",
        "required": ["id", "customer", "amount", "status", "refunded", "created"],
        "properties": {
            "id": {"type": "string", "example": "ch_3Nf8abcdefghij", "readOnly": True},
            "object": {"type": "string", "const": "charge"},
            "customer": {"type": "string"},
            "amount": {"type": "integer", "minimum": 1},
            "refunded": {**READ_ONLY, "default": 0},
            "status": {"type": "string", "enum": ["pending", "succeeded", "failed"], "readOnly": True},
            "created": READ_ONLY,
        },
    },
    "NewCharge": {
        "type": "object",
        "required": ["customer", "amount"],
        "properties": {"customer": {"type": "string"}, "amount": {"type": "integer", "minimum": 1}},
    },
    "Refund": {
        "type": "object",
        "required": ["id", "charge", "amount", "created"],
        "properties": {
            "id": {"type": "string", "example": "re_3Nf8abcdefghij", "readOnly": True},
            "charge": {"type": "string"},
            "amount": {"type": "integer"},
            "created": READ_ONLY,
        },
    },
    "Event": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "id": {"type": "string", "example": "evt_3Nf8abcdefghij"},
            "type": {"type": "string"},
            "data": {"type": "object"},
        },
    },
    "Note": {
        "type": "object",
        "required": ["number", "text"],
        "properties": {
            "number": {"type": "integer", "readOnly": True},
            "text": {"type": "string"},
            "created_at": {"type": "string", "format": "date-time", "readOnly": True},
            "updated_at": {"type": "string", "format": "date-time", "readOnly": True},
        },
    },
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["type", "message"],
                "properties": {
                    "type": {"type": "string", "enum": ["api_error", "invalid_request_error", "idempotency_error"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "param": {"type": ["string", "null"]},
                },
            }
        },
    },
}
PAGES = [query("limit", "integer"), query("starting_after"), query("ending_before")]
PATHS: dict[str, Any] = {
    "/customers": {
        "get": {
            "operationId": "listCustomers",
            "parameters": [*PAGES, query("email"), query("tier"), query("sort"), query("fields")],
            "responses": answered(listed("Customer")),
        },
        "post": {
            "operationId": "createCustomer",
            "requestBody": carried("Customer"),
            "responses": answered(reference("Customer"), "201"),
        },
    },
    "/customers/{id}": {
        "parameters": in_path("id"),
        "get": {"operationId": "getCustomer", "responses": answered(reference("Customer"))},
        "put": {
            "operationId": "replaceCustomer",
            "requestBody": carried("Customer"),
            "responses": answered(reference("Customer")),
        },
        "patch": {
            "operationId": "updateCustomer",
            "requestBody": {
                "content": {
                    "application/json": {"schema": reference("Customer")},
                    "application/json-patch+json": {"schema": {"type": "array"}},
                }
            },
            "responses": answered(reference("Customer")),
        },
        "delete": {"operationId": "deleteCustomer", "responses": {"204": {"description": "gone"}}},
    },
    "/customers/{id}/notes": {
        "parameters": in_path("id"),
        "get": {
            "operationId": "listNotes",
            "parameters": [query("page", "integer"), query("per_page", "integer")],
            "responses": answered({"type": "array", "items": reference("Note")}),
        },
        "post": {
            "operationId": "createNote",
            "requestBody": carried("Note"),
            "responses": answered(reference("Note"), "201"),
        },
    },
    "/customers/{id}/notes/{number}": {
        "parameters": [*in_path("id"), *in_path("number", "integer")],
        "get": {"operationId": "getNote", "responses": answered(reference("Note"))},
        "patch": {
            "operationId": "updateNote",
            "requestBody": carried("Note"),
            "responses": answered(reference("Note")),
        },
    },
    "/charges": {
        "get": {
            "operationId": "listCharges",
            "parameters": [*PAGES, query("customer"), query("amount_gte", "integer")],
            "responses": answered(listed("Charge")),
        },
        "post": {
            "operationId": "createCharge",
            "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}],
            "requestBody": carried("NewCharge"),
            "responses": answered(reference("Charge"), "201"),
        },
    },
    "/charges/{charge}": {
        "parameters": in_path("charge"),
        "get": {"operationId": "getCharge", "responses": answered(reference("Charge"))},
    },
    "/charges/{charge}/capture": {
        "parameters": in_path("charge"),
        "post": {"operationId": "captureCharge", "responses": answered(reference("Charge"))},
    },
    "/refunds": {
        "get": {
            "operationId": "listRefunds",
            "parameters": [*PAGES, query("charge")],
            "responses": answered(listed("Refund")),
        },
        "post": {
            "operationId": "createRefund",
            "requestBody": carried("Refund"),
            "responses": answered(reference("Refund"), "201"),
        },
    },
    "/refunds/{id}": {
        "parameters": in_path("id"),
        "get": {"operationId": "getRefund", "responses": answered(reference("Refund"))},
    },
    "/events": {
        "get": {"operationId": "listEvents", "responses": answered({"type": "array", "items": reference("Event")})}
    },
    "/events/{id}": {
        "parameters": in_path("id"),
        "get": {"operationId": "getEvent", "responses": answered(reference("Event"))},
    },
    "/quote": {
        "post": {
            "operationId": "quote",
            "responses": answered(
                {"type": "object", "required": ["cents"], "properties": {"cents": {"type": "integer", "minimum": 5}}}
            ),
        }
    },
}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Payments", "version": "1"},
    "servers": [{"url": "https://api.example.test/v1"}],
    "components": {"schemas": SCHEMAS, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "paths": PATHS,
}
RULES: dict[str, Any] = {
    "collections": {
        "customers": {"unique": ["email"], "indexes": ["tier"]},
        "charges": {
            "relations": {"customer": {"to": "customers", "on_delete": "refuse"}},
            "states": {
                "first": "pending",
                "moves": {"pending": ["succeeded", "failed"]},
                "actions": {"captureCharge": "succeeded"},
            },
        },
    },
    "effects": [
        {
            "on": "refunds.create",
            "demand": [
                {
                    "that": 'charge.status = "succeeded"',
                    "status": 400,
                    "code": "not_captured",
                    "message": "Charge ${charge.id} is ${charge.status}.",
                },
                {
                    "that": "amount <= charge.amount - charge.refunded",
                    "status": 400,
                    "code": "amount_too_large",
                    "message": "Only ${charge.amount - charge.refunded} can be refunded.",
                    "field": "amount",
                },
            ],
            "do": [
                {"change": "charge", "add": {"refunded": "= amount"}},
                {"create": "events", "with": {"type": "charge.refunded", "data": {"refund": "= id"}}},
                {"send": "inbox", "after": "5m", "with": {"subject": "Refund of ${amount}"}},
            ],
        }
    ],
    "invariants": {
        "refunds_add_up": {
            "each": "charges",
            "that": "refunded = sum(amount of refunds where charge = this.id) and refunded <= amount",
        }
    },
}
DATA: dict[str, Any] = {"customers": [{"id": IDA, "email": "ida@example.test", "password": "secret"}]}


@dataclass
class Caller:
    """Makes requests, each a second after the last."""

    part: ApiPart
    calls: int = 0
    wishes: list[Wish] = field(default_factory=list)
    advanced_ms: int = 0

    def __call__(
        self, method: str, path: str, body: Any = ABSENT, params: Mapping[str, Any] | None = None, **headers: str
    ) -> Response:
        self.calls += 1
        moment = self.moment()
        told = tuple((name, str(value)) for name, value in (params or {}).items())
        named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
        response = self.part.answer(Request(method, path, told, named, body), moment)
        self.wishes = moment.later
        return response

    def moment(self) -> Moment:
        now_ns = (FIRST_S + self.calls) * SECOND + self.advanced_ms * 1_000_000
        return Moment(now_ns, "agent", Chance(5).derive(self.calls))

    def charge(self, amount: int = 500, *, captured: bool = True) -> str:
        key = str(self("POST", "/charges", {"customer": IDA, "amount": amount}).body["id"])
        if captured:
            assert self("POST", f"/charges/{key}/capture").status == 200
        return key


def service(folder: Path = Path(), **more: Any) -> Caller:
    """The payments service, with some of its settings replaced."""
    settings = ApiSettings.model_validate({"spec": SPEC, "rules": RULES, "data": DATA, **more})
    return Caller(build(settings, Ground(folder, Chance(3), FIRST_S * SECOND)))


def ruled(**more: Any) -> dict[str, Any]:
    """The usual rules with others beside them."""
    return {**RULES, **more}

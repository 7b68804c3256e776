"""What is declared beside an OpenAPI document: how a service behaves where the document does not say it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator

from worlds.clock import parse_time
from worlds.part import Settings
from worlds.parts.api.consequences import Effect, Invariant, Status, Words, is_span
from worlds.parts.api.expressions.written import Reckoned
from worlds.parts.api.file_or import FileOr

Told = Annotated[int, Field(ge=200, le=599)]
LimitHeader = Literal["limit", "remaining", "reset"]
_HEADERS: Final[Mapping[LimitHeader, str]] = {
    "limit": "X-RateLimit-Limit",
    "remaining": "X-RateLimit-Remaining",
    "reset": "X-RateLimit-Reset",
}


def _is_time(text: str | None) -> str | None:
    if text is not None:
        parse_time(text)
    return text


class Key(Settings):
    """An API key or bearer token, and what it allows."""

    scopes: tuple[str, ...] | None = Field(default=None, description="What it may do; everything when left out.")
    tenant: str | None = Field(default=None, description="Whose resources it sees; everybody's when left out.")
    name: str | None = Field(default=None, description="Who calls with it, in expressions and code: `caller.name`.")
    expires: str | None = Field(default=None, description="When it stops working, ISO 8601, on the world's clock.")
    calls: int | None = Field(default=None, ge=1, description="Its own number of calls in the rate limit's span.")

    check_expires = field_validator("expires")(_is_time)


class IdRule(Settings):
    """How new resources are named."""

    style: Literal["prefixed", "integer", "uuid", "hex", "name"] = Field(
        description="prefix and letters (`ch_...`), counted integers, UUIDs, hexadecimal digits, or a field's text."
    )
    prefix: str = Field(default="", description="What ids begin with.")
    length: int = Field(default=24, ge=4, le=64, description="How many letters or digits follow the prefix.")
    start: int = Field(default=1, description="The first counted integer.")
    per: str | None = Field(default=None, description="Count anew for each value of this field, as issue numbers do.")


class RelationRule(Settings):
    """A field that names a resource of another collection."""

    to: str = Field(description="The collection whose resources it names.")
    on_dangling: Literal[400, 404, 409, 422] | None = Field(
        default=None, description="Status where no such resource exists; what the document offers when left out."
    )
    on_delete: Literal["keep", "refuse", "cascade", "clear"] = Field(
        default="keep", description="What becomes of this resource, or of the deletion, when the other one is deleted."
    )


class StateRule(Settings):
    """A field that moves from state to state."""

    field: str = Field(default="status", description="The field that holds the state.")
    first: str | None = Field(default=None, description="The state of new resources that do not name one.")
    moves: Mapping[str, Words] = Field(description="State to the states that may follow it. Others end here.")
    actions: Mapping[str, str] = Field(
        default_factory=dict, description="Operation id to the state that it leads to, such as closeIssue: closed."
    )
    status: Status = Field(default=409, description="Status of a refused move.")
    code: str = Field(default="invalid_state", description="Code of a refused move.")
    frozen: tuple[str, ...] = Field(default=(), description="States in which nothing but the state may be changed.")


class DeleteRule(Settings):
    """What deleting a resource does."""

    soft: bool = Field(default=False, description="Keep it, marked; reading it answers as if it were gone.")
    mark: Mapping[str, Any] = Field(
        default_factory=dict, description="Fields that a deleted resource gets, such as {deleted_at: '= now'}."
    )
    visible: bool = Field(default=False, description="Marked resources can still be read by id, though not listed.")


class CollectionRules(Settings):
    """What inference got wrong about a collection, and what no document can say."""

    drop: bool = Field(default=False, description="It is no collection: code answers the operations that seemed so.")
    path: str | None = Field(default=None, description="Path template of the collection, such as /v1/charges.")
    item: str | None = Field(default=None, description="Path template of one resource, such as /v1/charges/{id}.")
    schema_name: str | None = Field(default=None, alias="schema", description="Name of the resource's schema.")
    id_field: str | None = Field(default=None, description="The field that holds the id.")
    id: IdRule | None = Field(default=None, description="How new resources are named.")
    parent: str | None = Field(default=None, description="The collection that this one lies in.")
    parent_field: str | None = Field(default=None, description="The field that names the parent.")
    operations: Mapping[str, Literal["create", "list", "read", "replace", "patch", "delete", "action", "none"]] = Field(
        default_factory=dict, description="Operation id to what it does to this collection."
    )
    created: str | None = Field(default=None, description="The field with the time of creation.")
    updated: str | None = Field(default=None, description="The field with the time of the last change.")
    read_only: tuple[str, ...] = Field(default=(), description="Fields that requests cannot set.")
    write_only: tuple[str, ...] = Field(default=(), description="Fields that answers never show.")
    unique: tuple[Words, ...] = Field(default=(), description="Fields, or lists of fields, that no two share.")
    indexes: tuple[str, ...] = Field(default=(), description="Fields by which finding is quick.")
    relations: Mapping[str, RelationRule | None] = Field(
        default_factory=dict, description="Field to what it names; null where it names nothing after all."
    )
    defaults: Mapping[str, Reckoned] = Field(
        default_factory=dict, description="Field to the value that new resources get, or an expression: '= now'."
    )
    generated: Mapping[str, Reckoned] = Field(
        default_factory=dict,
        description="Field to what generated resources have there, so that they agree with others.",
    )
    delete: DeleteRule = Field(default_factory=DeleteRule, description="What deleting does.")
    states: StateRule | None = Field(default=None, description="The states of a resource and how it moves.")
    unknown_fields: Literal["keep", "drop", "refuse"] | None = Field(
        default=None, description="What becomes of fields that the schema does not know; its own word when left out."
    )
    order: str | None = Field(default=None, description="Field by which lists are sorted; `-` in front: descending.")
    newest_first: bool | None = Field(default=None, description="Whether its lists begin with what was created last.")
    search: tuple[str, ...] = Field(default=(), description="Fields that a free-text parameter (q) looks into.")
    scopes: Mapping[Literal["read", "write"], str] = Field(
        default_factory=dict, description="Scope that reading or writing needs, where the document names none."
    )


class PagingRules(Settings):
    """How lists are cut into pages."""

    style: Literal["cursor", "page", "offset", "none"] | None = Field(
        default=None, description="By the parameters that the document declares when left out."
    )
    size: int | None = Field(default=None, ge=1, description="Resources on a page when the request does not say it.")
    size_max: int | None = Field(default=None, ge=1, description="Most resources on a page.")
    above_max: Literal["cut", "refuse"] | None = Field(default=None, description="What a larger size does.")
    newest_first: bool | None = Field(default=None, description="Whether lists begin with what was created last.")
    links: bool | None = Field(default=None, description="Whether answers carry a Link header.")
    total: str | None = Field(default=None, description="Header with the number of all resources (X-Total-Count).")


class ErrorRules(Settings):
    """The shape of the service's own errors."""

    body: Mapping[str, Any] | None = Field(
        default=None,
        description="The body, with ${status}, ${title}, ${code}, ${message}, ${field}, ${type}, ${errors}, "
        "${request_id}. By the document's own error schema when left out.",
    )
    each: Mapping[str, Any] | None = Field(
        default=None,
        description="The shape of one member of ${errors}, with ${field}, ${code}, ${message}, ${resource}.",
    )
    media_type: str = Field(default="application/json", description="Content-Type of errors.")
    statuses: Mapping[str, Told] = Field(
        default_factory=dict,
        description="Kind of refusal to its status: invalid, missing, dangling, duplicate, ... where it differs; "
        "`any` for all others. 200 where failures are told in the body alone.",
    )
    codes: Mapping[str, str] = Field(default_factory=dict, description="Kind of refusal to its code in the body.")
    types: Mapping[str, str] = Field(default_factory=dict, description="Kind of refusal to what stands for ${type}.")
    messages: Mapping[str, str] = Field(
        default_factory=dict, description="Kind of refusal to its message, with ${field}, ${value} and ${resource}."
    )


class AuthRules(Settings):
    """Who may call."""

    keys: Mapping[str, Key] = Field(default_factory=dict, description="By text of a key or token: what it allows.")
    header: str | None = Field(default=None, description="Header with the key, where the document names no scheme.")
    open: tuple[str, ...] = Field(default=(), description="Ids of operations that need no key.")
    scopes: Mapping[str, Words] = Field(
        default_factory=dict, description="Operation id, or collection.verb, to the scopes that it needs."
    )


class LimitRules(Settings):
    """A rate limit: each key has a bucket of its own that fills evenly."""

    calls: int = Field(ge=1, description="How many calls fit into the bucket.")
    per: str = Field(default="1m", description="Span in which an empty bucket becomes full.")
    headers: Mapping[LimitHeader, str] = Field(
        default_factory=lambda: dict(_HEADERS),
        description="Names of the headers.",
    )
    reset: Literal["epoch", "seconds"] = Field(default="epoch", description="How the time of reset is written.")
    status: Status = Field(default=429, description="Status of a call that is over the limit.")
    only: tuple[str, ...] = Field(default=(), description="Ids of the operations that count; all when left out.")

    check_per = field_validator("per")(is_span)


class IdempotencyRules(Settings):
    """Calls that may be repeated without being done twice."""

    header: str = Field(default="Idempotency-Key", description="Header with the caller's key.")
    keep: str = Field(default="24h", description="How long an answer is kept.")
    methods: tuple[str, ...] = Field(default=("POST",), description="Methods to which it applies.")
    required: bool = Field(default=False, description="Refuse calls without the header.")
    status: Status = Field(default=409, description="Status when the same key comes with another request.")
    replayed: str | None = Field(default=None, description="Header, with the value true, of a repeated answer.")

    check_keep = field_validator("keep")(is_span)


class TenantRules(Settings):
    """Resources that belong to somebody: others do not see them."""

    field: str = Field(description="The field that says whose a resource is.")
    collections: tuple[str, ...] = Field(default=(), description="Which collections; all when left out.")
    header: str | None = Field(
        default=None, description="Header by which a key without a tenant says for whom it calls."
    )


class Rules(Settings):
    """Everything that is declared beside the document."""

    collections: Mapping[str, CollectionRules] = Field(default_factory=dict, description="By name of the collection.")
    effects: tuple[Effect, ...] = Field(default=(), description="What follows from operations.")
    invariants: Mapping[str, Invariant] = Field(default_factory=dict, description="By name: what is always true.")
    paging: PagingRules = Field(default_factory=PagingRules, description="How lists are cut into pages.")
    errors: ErrorRules = Field(default_factory=ErrorRules, description="The shape of errors.")
    auth: AuthRules = Field(default_factory=AuthRules, description="Who may call.")
    limits: LimitRules | None = Field(default=None, description="How often one key may call.")
    idempotency: IdempotencyRules | None = Field(
        default=None, description="Repeated calls; on where the document declares such a header."
    )
    tenants: TenantRules | None = Field(default=None, description="Whose resources are whose.")
    etags: Literal["none", "weak", "strong", "required"] | None = Field(
        default=None,
        description="ETag, If-Match and If-None-Match; required: changes need If-Match. strong when left out.",
    )
    request_id: str | None = Field(default="X-Request-Id", description="Header with the request's id; null: none.")
    headers: Mapping[str, str] = Field(default_factory=dict, description="Headers that every answer carries.")
    convention: Literal["openapi", "github", "json"] | None = Field(
        default=None, description="How its tools are presented, where the server's own `convention` does not say it."
    )


FileOrRules = Annotated[Rules | str, FileOr(Rules)]
"""Rules written in place, or the name of a file with them."""

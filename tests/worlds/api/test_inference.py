"""Collections told from a description: paths, ids, lists, what operations do, and how resources are related."""

from typing import Any

import pytest

from tests.worlds.api.described import answering, described, inferred, shop, taking
from worlds.parts.api.inference import IdStyle, Key, Relation, Role, collections_of, unplaced

THING = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "created_at": {"type": "string"}},
}


def test_what_the_shop_has() -> None:
    """Lists, items, single things and wrapped answers make collections; what is none of them stays over."""
    document = shop()
    collections = collections_of(document)

    assert [(each.name, each.path, each.item_path, each.single) for each in collections] == [
        ("customers", "/customers", "/customers/{id}", False),
        ("orders", "/orders", "/orders/{order}", False),
        ("warehouses", "/warehouses", "/warehouses/{code}", False),
        ("address", "/orders/{order}/address", "/orders/{order}/address", True),
        ("account", "/account", "/account", True),
    ]
    assert [each.id for each in unplaced(document, collections)] == ["convert"]


def test_what_operations_do() -> None:
    orders = inferred(shop())["orders"]

    assert [(each.operation, each.does, each.on, each.name) for each in orders.roles] == [
        ("listOrdersOfCustomer", "list", "collection", ""),
        ("listOrders", "list", "collection", ""),
        ("placeOrder", "create", "collection", ""),
        ("readOrder", "read", "item", ""),
        ("cancelOrder", "action", "item", "cancel"),
    ]


def test_a_list_below_another_resource_is_the_same_collection_seen_through_a_field() -> None:
    first = inferred(shop())["orders"].roles[0]

    assert first.keys == (Key("customer_id", "customer_id", "customers"),)


def test_a_single_thing_of_each_parent_is_told_by_a_hidden_key() -> None:
    address = inferred(shop())["address"]

    assert (address.parent, address.keys) == ("orders", (Key("order", "order", "orders", hidden=True),))
    assert address.id_hidden


def test_fields_are_known_for_what_they_are() -> None:
    found = inferred(shop())
    customers, orders = found["customers"], found["orders"]

    assert [(each.field, each.on, each.form) for each in customers.stamps] == [
        ("created_at", "create", "date-time"),
        ("updated_at", "update", "date-time"),
    ]
    assert [(each.field, each.on, each.form) for each in orders.stamps] == [("created", "create", "seconds")]
    assert {"id", "created_at", "updated_at"} <= set(customers.read_only)
    assert customers.write_only == ("password",)
    assert customers.unique == ("email",)
    assert orders.state == "status"
    assert orders.relations == (Relation("customer_id", "customers", required=True),)


@pytest.mark.parametrize(
    ("schema", "style"),
    [
        ({"type": "integer"}, IdStyle("integer", text=False)),
        ({"type": "string", "format": "uuid"}, IdStyle("uuid")),
        ({"type": "string", "example": "ch_3Nf8kqLz01"}, IdStyle("prefixed", "ch_", 10)),
        (
            {"type": "string", "example": "C024BE91L"},
            IdStyle("prefixed", "C", 8, alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ),
        ({"type": "string", "example": "1204619611402340"}, IdStyle("digits", length=16)),
        (
            {"type": "string", "pattern": "^CU[0-9a-fA-F]{32}$"},
            IdStyle("hex", "CU", 32, alphabet="0123456789abcdef", pattern="^CU[0-9a-fA-F]{32}$"),
        ),
        ({"type": "string", "maxLength": 12}, IdStyle("letters", length=12)),
    ],
)
def test_ids_look_as_the_document_shows_them(schema: Any, style: IdStyle) -> None:
    thing = {"type": "object", "properties": {"id": schema}}
    paths = {
        "/things": {"get": answering({"type": "array", "items": thing})},
        "/things/{id}": {"get": answering(thing)},
    }

    assert inferred(described(paths, version="3.0.0"))["things"].id == style


def test_ids_of_things_that_say_what_they_are_begin_as_usual() -> None:
    thing = {"properties": {"id": {"type": "string"}, "object": {"enum": ["customer"]}}}

    assert inferred(described({"/customers/{c}": {"get": answering(thing)}}))["customers"].id == IdStyle(
        "prefixed", "cus_", 16
    )


@pytest.mark.parametrize(
    ("parameter", "fields", "meant"),
    [
        ("id", ["id", "name"], "id"),
        ("thing_id", ["name", "id"], "id"),
        ("thingId", ["thingId", "id"], "thingId"),
        ("issue_number", ["id", "number"], "number"),
        ("task_gid", ["name", "gid"], "gid"),
        ("Sid", ["sid", "account_sid"], "sid"),
        ("slug", ["id", "slug"], "slug"),
        ("thing", ["name", "login"], "login"),
        ("uuid", ["title"], "uuid"),
    ],
)
def test_the_field_that_a_path_names_is_found(parameter: str, fields: list[str], meant: str) -> None:
    thing = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}

    (collection,) = collections_of(described({f"/things/{{{parameter}}}": {"get": answering(thing)}}))
    assert (collection.id_field, collection.id_hidden) == (meant, meant not in fields)


@pytest.mark.parametrize(
    ("answer", "place", "total", "more"),
    [
        ({"type": "array", "items": THING}, "", "", ""),
        (
            {"properties": {"data": {"type": "array", "items": THING}, "has_more": {"type": "boolean"}}},
            "data",
            "",
            "has_more",
        ),
        (
            {"properties": {"items": {"type": "array", "items": THING}, "total": {"type": "integer"}}},
            "items",
            "total",
            "",
        ),
        (
            {
                "properties": {
                    "things": {"type": "array", "items": THING},
                    "meta": {"properties": {"total": {"type": "integer"}}},
                }
            },
            "things",
            "meta.total",
            "",
        ),
        (
            {"properties": {"data": {"properties": {"things": {"type": "array", "items": THING}}}}},
            "data.things",
            "",
            "",
        ),
        ({"properties": {"ok": {"type": "boolean"}, "members": {"type": "array", "items": THING}}}, "members", "", ""),
    ],
)
def test_lists_are_found_in_their_envelopes(answer: Any, place: str, total: str, more: str) -> None:
    (collection,) = collections_of(described({"/things": {"get": answering(answer)}}))
    (role,) = collection.roles

    assert role.listing is not None
    assert (role.does, role.answer, role.listing.total, role.listing.more) == ("list", place, total, more)


@pytest.mark.parametrize(
    ("names", "style", "position"),
    [
        ([], "none", ""),
        (["page", "per_page"], "page", "page"),
        (["offset", "limit"], "offset", "offset"),
        (["startAt", "maxResults"], "offset", "startAt"),
        (["cursor", "limit"], "cursor", "cursor"),
        (["pageToken", "pageSize"], "cursor", "pageToken"),
        (["starting_after", "ending_before", "limit"], "after", "starting_after"),
        (["$skip", "$top"], "offset", "$skip"),
    ],
)
def test_paging_is_told_by_its_parameters(names: list[str], style: str, position: str) -> None:
    kinds = {"cursor": "string", "pageToken": "string", "starting_after": "string", "ending_before": "string"}
    parameters = [{"name": name, "in": "query", "schema": {"type": kinds.get(name, "integer")}} for name in names]
    list_of_things = answering({"type": "array", "items": THING}, parameters=parameters)

    listing = collections_of(described({"/things": {"get": list_of_things}}))[0].roles[0].listing
    assert listing is not None
    assert (listing.paging.style, listing.paging.position) == (style, position)
    assert listing.paging.limit == (names[-1] if names else "")


def test_pages_with_a_link_header_are_known_as_such() -> None:
    parameters = [{"name": "page", "in": "query", "schema": {"type": "integer"}}]
    operation = answering({"type": "array", "items": THING}, parameters=parameters)
    operation["responses"]["200"]["headers"] = {"Link": {"schema": {"type": "string"}}}

    listing = collections_of(described({"/things": {"get": operation}}))[0].roles[0].listing
    assert listing is not None
    assert listing.paging.style == "link"


def test_filters_and_sorting_are_told_by_fields() -> None:
    names = ["name", "filter[id]", "sort", "order", "fields", "q", "unknown"]
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]

    listing = (
        collections_of(
            described({"/things": {"get": answering({"type": "array", "items": THING}, parameters=parameters)}})
        )[0]
        .roles[0]
        .listing
    )
    assert listing is not None
    assert dict(listing.filters) == {"name": "name", "filter[id]": "id"}
    assert (listing.sort, listing.direction, listing.fields, listing.search) == ("sort", "order", "fields", "q")


def test_resources_may_be_wrapped_in_requests_and_answers() -> None:
    wrapped = {"type": "object", "properties": {"data": {"$ref": "#/components/schemas/Thing"}}}
    paths = {"/things": {"post": taking(wrapped, wrapped)}, "/things/{gid}": {"get": answering(wrapped)}}

    things = inferred(described(paths, {"Thing": THING}))["things"]
    assert [(each.does, each.answer, each.body) for each in things.roles] == [
        ("create", "data", "data"),
        ("read", "data", ""),
    ]
    assert things.schema == {"$ref": "#/components/schemas/Thing"}


def test_an_update_may_be_a_post_to_the_item_or_a_put_of_what_changes() -> None:
    paths = {
        "/a/{id}": {"get": answering(THING), "post": taking(THING, THING)},
        "/b/{id}": {"get": answering(THING), "put": taking({"properties": {"name": {"type": "string"}}}, THING)},
        "/c/{id}": {"get": answering(THING), "put": taking(THING, THING)},
    }

    found = inferred(described(paths))
    assert [found[name].roles[1].does for name in "abc"] == ["patch", "patch", "replace"]


def test_keys_of_several_parts_mean_fields_of_the_resource() -> None:
    """Parameters called otherwise in another path mean the same by their place."""
    repo = {"properties": {"name": {"type": "string"}, "owner": {"properties": {"login": {"type": "string"}}}}}
    issue = {"properties": {"number": {"type": "integer"}, "title": {"type": "string"}}}
    paths = {
        "/repos/{owner}/{repo}": {"get": answering(repo)},
        "/repos/{template_owner}/{template_repo}/generate": {"post": answering(repo)},
        "/repos/{owner}/{repo}/issues": {"get": answering({"type": "array", "items": issue})},
        "/repos/{owner}/{repo}/issues/{issue_number}": {"get": answering(issue)},
    }

    found = inferred(described(paths))
    assert found["repos"].keys == (Key("owner", "owner.login"), Key("repo", "name"))
    assert found["repos"].roles[1].keys == (Key("template_owner", "owner.login"), Key("template_repo", "name"))
    assert found["issues"].parent == "repos"
    assert found["issues"].keys == (
        Key("owner", "owner", hidden=True),
        Key("repo", "repo", "repos", hidden=True),
        Key("issue_number", "number"),
    )


def test_the_same_things_in_several_places_are_one_collection() -> None:
    """As in Kubernetes: all of them, those of a namespace, and one of them."""
    pod = {"properties": {"metadata": {"properties": {"name": {"type": "string"}, "namespace": {"type": "string"}}}}}
    pods = {
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Pod"}},
            "kind": {"type": "string"},
        }
    }
    paths = {
        "/api/v1/pods": {"get": answering(pods)},
        "/api/v1/namespaces/{namespace}/pods": {
            "get": answering(pods),
            "post": taking({"$ref": "#/components/schemas/Pod"}, {"$ref": "#/components/schemas/Pod"}),
        },
        "/api/v1/namespaces/{namespace}/pods/{name}": {"get": answering({"$ref": "#/components/schemas/Pod"})},
    }

    (collection,) = collections_of(described(paths, {"Pod": pod}))
    assert collection.keys == (Key("namespace", "metadata.namespace"), Key("name", "metadata.name"))
    assert [(each.does, len(each.keys)) for each in collection.roles] == [
        ("list", 0),
        ("list", 1),
        ("create", 1),
        ("read", 2),
    ]
    assert collection.id.kind == "name"


def test_links_to_things_are_not_the_things() -> None:
    """Taking a label off an issue does not delete the label."""
    label = {"properties": {"name": {"type": "string"}, "color": {"type": "string"}}}
    labels = {"type": "array", "items": {"$ref": "#/components/schemas/Label"}}
    paths = {
        "/labels": {"get": answering(labels)},
        "/labels/{name}": {"get": answering({"$ref": "#/components/schemas/Label"}), "delete": answering({})},
        "/issues/{id}": {"get": answering(THING)},
        "/issues/{id}/labels": {"get": answering(labels)},
        "/issues/{id}/labels/{name}": {"delete": answering(labels)},
    }

    found = inferred(described(paths, {"Label": label}))
    assert found["issue_labels"].parent == "issues"
    assert [each.path for each in found.values()] == ["/labels", "/issues", "/issues/{id}/labels"]


def test_relations_are_told_by_name_and_by_schema() -> None:
    task = {
        "properties": {
            "id": {"type": "integer"},
            "assignee_id": {"type": "integer"},
            "projectId": {"type": ["integer", "null"]},
            "owner": {"$ref": "#/components/schemas/User"},
            "watcher_ids": {"type": "array", "items": {"type": "integer"}},
            "reviewer": {"anyOf": [{"type": "integer"}, {"$ref": "#/components/schemas/User"}]},
            "parent_task_id": {"type": "integer"},
            "external_id": {"type": "string"},
        }
    }
    number = {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    paths = {
        "/users/{id}": {"get": answering({"$ref": "#/components/schemas/User"})},
        "/projects/{id}": {"get": answering(number)},
        "/watchers/{id}": {"get": answering({**number, "title": "Watcher"})},
        "/tasks/{id}": {"get": answering(task)},
    }

    relations = inferred(described(paths, {"User": number}))["tasks"].relations
    assert relations == (
        Relation("projectId", "projects"),
        Relation("owner", "users", embedded=True),
        Relation("watcher_ids[]", "watchers"),
        Relation("reviewer", "users"),
        Relation("parent_task_id", "tasks"),
    )


def test_a_document_without_any_schema_still_has_collections() -> None:
    silent: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
    paths = {"/notes": {"get": silent, "post": silent}, "/notes/{id}": {"get": silent, "put": silent, "delete": silent}}

    (notes,) = collections_of(described(paths))
    assert (notes.name, notes.id_field, notes.id_hidden) == ("notes", "id", False)
    assert [(each.does, each.answers) for each in notes.roles] == [
        ("list", "list"),
        ("create", "resource"),
        ("read", "resource"),
        ("replace", "resource"),
        ("delete", "nothing"),
    ]


def test_roles_stand_in_the_documents_order_and_each_operation_once() -> None:
    document = shop()
    roles: list[Role] = [role for each in collections_of(document) for role in each.roles]
    places = {each.id: number for number, each in enumerate(document.operations)}

    assert len({role.operation for role in roles}) == len(roles)
    for each in collections_of(document):
        numbers = [places[role.operation] for role in each.roles]
        assert numbers == sorted(numbers)

"""Large descriptions of public services: read whole within seconds, sensible collections, valid seeded data."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from tests.pace import slowness
from tests.tools import require_api_description
from tests.worlds.api.described import NOW_NS
from tests.worlds.api.test_seeding import misfits
from worlds.chance import Chance
from worlds.parts.api.document import Document, read_document
from worlds.parts.api.inference import Collection, collections_of, unplaced
from worlds.parts.api.seeding import seeded, usual_counts

SECONDS_MAX = 30.0
"""Of CPU time."""
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@dataclass(frozen=True)
class Expected:
    """What a person who knows the service would say about it."""

    file: str
    ids: Mapping[str, tuple[str, str]]
    """Collection to its item path and the field that identifies a resource."""
    roles: Mapping[str, str]
    """Operation to what it does."""
    related: Mapping[str, str]
    """`collection.field` to the collection that it names."""
    unplaced_max: int
    paging: str


SERVICES = [
    Expected(
        "stripe.com.json",
        {
            "charges": ("/v1/charges/{charge}", "id"),
            "customers": ("/v1/customers/{customer}", "id"),
            "refunds": ("/v1/refunds/{refund}", "id"),
        },
        {
            "PostCharges": "create",
            "PostCustomersCustomer": "patch",
            "PostChargesChargeCapture": "action",
            "DeleteCustomersCustomer": "delete",
        },
        {"charges.customer": "customers", "refunds.charge": "charges"},
        20,
        "after",
    ),
    Expected(
        "github.com/api.github.com.json",
        {
            "repos": ("/repos/{owner}/{repo}", "name"),
            "issues": ("/repos/{owner}/{repo}/issues/{issue_number}", "number"),
        },
        {"issues/create": "create", "issues/update": "patch", "issues/lock": "action", "repos/list-for-org": "list"},
        {"repos.owner": "users"},
        15,
        "link",
    ),
    Expected(
        "kubernetes.io.json",
        {
            "pods": ("/api/v1/namespaces/{namespace}/pods/{name}", "metadata.name"),
            "deployments": ("/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "metadata.name"),
        },
        {
            "createCoreV1NamespacedPod": "create",
            "replaceCoreV1NamespacedPod": "replace",
            "listCoreV1PodForAllNamespaces": "list",
            "deleteCoreV1NamespacedPod": "delete",
        },
        {},
        210,
        "cursor",
    ),
    Expected(
        "asana.com.json",
        {"tasks": ("/tasks/{task_gid}", "gid"), "projects": ("/projects/{project_gid}", "gid")},
        {"createTask": "create", "updateTask": "patch", "addFollowersForTask": "action", "getTasks": "list"},
        {"tasks.assignee": "users"},
        3,
        "cursor",
    ),
    Expected(
        "digitalocean.com.json",
        {"droplets": ("/v2/droplets/{droplet_id}", "id"), "domains": ("/v2/domains/{domain_name}", "name")},
        {"droplets_create": "create", "droplets_get": "read", "droplets_destroy": "delete"},
        {},
        5,
        "page",
    ),
]


@cache
def read(file: str) -> tuple[Document, tuple[Collection, ...], float]:
    """A description, its collections, and the seconds of CPU time that both took."""
    path = require_api_description(file)
    begin = time.process_time()
    document = read_document(path)
    collections = collections_of(document)
    return document, collections, time.process_time() - begin


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.file)
def test_a_large_description_is_read_whole_within_seconds(service: Expected) -> None:
    document, _, seconds = read(service.file)

    written = [(path, key) for path, item in document.raw["paths"].items() for key in item if key in METHODS]
    assert [(each.path, each.method.lower()) for each in document.operations] == written
    assert len({each.id for each in document.operations}) == len(written)
    assert seconds < SECONDS_MAX * slowness()


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.file)
def test_what_is_not_supported_has_a_line_and_a_column(service: Expected) -> None:
    document, _, _ = read(service.file)

    for each in document.problems:
        assert each.message
        assert each.pointer.startswith("/")
        assert (each.line, each.column) > (1, 1)


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.file)
def test_its_collections_are_those_that_one_would_name(service: Expected) -> None:
    document, collections, _ = read(service.file)
    found = {each.name: each for each in collections}
    roles = {role.operation: role for each in collections for role in each.roles}
    relations = {f"{each.name}.{r.field}": r.to for each in collections for r in each.relations}

    assert {name: (found[name].item_path, found[name].id_field) for name in service.ids} == service.ids
    assert {name: roles[name].does for name in service.roles} == service.roles
    assert {name: relations[name] for name in service.related} == service.related
    assert len(unplaced(document, collections)) <= service.unplaced_max
    first = next(iter(service.ids))
    assert service.paging in {role.listing.paging.style for role in found[first].roles if role.listing}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.file)
def test_seeded_data_is_valid_by_its_schemas(service: Expected) -> None:
    document, collections, _ = read(service.file)

    begin = time.process_time()
    data = seeded(document, collections, usual_counts(collections), Chance(11), NOW_NS)
    assert time.process_time() - begin < SECONDS_MAX * slowness()
    assert misfits(document, data) == []
    assert all(data[name] for name in service.ids)

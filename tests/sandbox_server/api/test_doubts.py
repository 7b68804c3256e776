"""What cannot be right in a description or in its data is named with its place, and served all the same."""

from pathlib import Path

import pytest

from sandbox_server.presentation import present
from worlds.parts.api.building import service_names
from worlds.worldfile import read_world

SPEC = """\
openapi: 3.1.0
info: {title: Till, version: "1"}
webhooks: {paid: {post: {}}}
paths:
  /customers/{id}:
    get: {operationId: getCustomer, parameters: [{name: id, in: path, required: true, schema: {type: string}}],
      responses: {"200": {description: ok,
        content: {application/json: {schema: {$ref: "#/components/schemas/Customer"}}}}}}
  /charges/{id}:
    get: {operationId: getCharge, parameters: [{name: id, in: path, required: true, schema: {type: string}}],
      responses: {"200": {description: ok,
        content: {application/json: {schema: {$ref: "#/components/schemas/Charge"}}}}}}
components:
  schemas:
    Customer: {type: object, properties: {id: {type: string}}}
    Charge: {type: object, properties: {id: {type: string}, customer_id: {type: string}, cents: {type: integer}}}
"""
WORLD = "soundstage: 1\nworld: w\nservers:\n  till:\n    kind: api\n    spec: till.openapi\n"
INLINE = """\
    data:
      customers: [{id: ida}]
      charges:
        - {id: c1, customer_id: ida, cents: 5}
        - {id: c2, customer_id: max, cents: five}
"""


def doubts(folder: Path, world: str) -> list[str]:
    (folder / "till.openapi").write_text(SPEC)
    (folder / "world.yaml").write_text(world)
    found = present(read_world(str(folder))).doubts
    return [each.replace(f"{folder}/", "") for each in found]


def test_what_is_not_supported_is_named_with_file_line_and_column(tmp_path: Path) -> None:
    (told,) = doubts(tmp_path, WORLD)

    assert told == "till.openapi:3:12: the webhook 'paid' is not sent by itself (at /webhooks/paid)"


def test_data_that_does_not_fit_or_names_nobody_is_placed_in_the_world_file(tmp_path: Path) -> None:
    _, unfit, dangling = doubts(tmp_path, WORLD + INLINE)

    assert unfit.startswith("world.yaml:11:")
    assert "charge c2: cents: " in unfit
    assert dangling.startswith("world.yaml:11:")
    assert dangling.endswith("charge c2: customer_id: there is no customer 'max'")


@pytest.mark.parametrize("name", ["data.yaml", "data.json"])
def test_data_in_a_file_of_its_own_is_placed_there(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"charges": [\n {"id": "c1",\n  "customer_id": "max"}]}')
    _, dangling = doubts(tmp_path, WORLD + f"    data: {name}\n")

    assert dangling == f"{name}:3:3: charge c1: customer_id: there is no customer 'max'"


@pytest.mark.parametrize("service", service_names())
def test_built_in_services_are_beyond_doubt(tmp_path: Path, service: str) -> None:
    assert doubts(tmp_path, f"soundstage: 1\nworld: w\nservers:\n  s: {{kind: api, service: {service}}}\n") == []

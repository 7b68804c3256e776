"""What methods do, by their place and by what they take."""

from collections.abc import Mapping

from worlds.parts.api.document.operation import Operation
from worlds.parts.api.inference.collection import Does
from worlds.parts.api.inference.grouping import Place
from worlds.parts.api.inference.shapes import Shapes


def does_to_all(operation: Operation) -> Does:
    """What a method does to a collection as a whole."""
    table: Mapping[str, Does] = {"GET": "list", "POST": "create", "DELETE": "delete"}
    return table.get(operation.method, "action")


def does_to_one(shapes: Shapes, operation: Operation, place: Place, *, single: bool) -> Does:
    """What a method does to one resource: PUT replaces it, unless nothing of it has to be sent."""
    method = operation.method
    if method == "POST" and single and place.method("PUT", "PATCH", "DELETE"):
        return "create"
    table: Mapping[str, Does] = {"GET": "read", "PATCH": "patch", "POST": "patch", "DELETE": "delete"}
    if method == "PUT":
        body = operation.body.media[1].schema if operation.body else None
        whole = body is None or place.method("PATCH") or shapes.required(body) or not shapes.fields(body)
        return "replace" if whole else "patch"
    return table.get(method, "action")


def says(operation: Operation) -> bool:
    """Whether an operation's answer has a schema that says something."""
    return bool(operation.success and operation.success[1].schema)

"""The page about the admin API, from the OpenAPI document that it serves."""

from typing import Any, Final

from docs.generating.markdown import code, page, table
from docs.generating.schemas import keys_table, words
from sandbox_server.admin.openapi import document

NOTHING: Final = "Nothing"
"""The name of the model of empty bodies."""
INTRODUCTION: Final = """
What the owner of a stage controls, on a listener of its own: loopback unless `--admin-host` says otherwise, JSON in and
out, every request with `Authorization: Bearer <admin token>`. `soundstage serve` prints URL and token. Paths are below
`/admin/v1`; `/admin/v1/openapi.json` is the same page for programs.

An episode's id is `default` for the served one. Errors are `application/problem+json` with a stable `code`, and a
`hint` where somebody can act. Unknown keys and query parameters are refused.
"""


def admin_api() -> str:
    """The page."""
    found = document("")
    operations = [
        (item["tags"][0], f"{verb.upper()} {path}", item)
        for path, verbs in found["paths"].items()
        for verb, item in verbs.items()
    ]
    groups = dict.fromkeys(tag for tag, _, _ in operations)
    schemas: dict[str, Any] = found["components"]["schemas"]
    usual = set.intersection(*(set(item["responses"]) for _, _, item in operations))
    meanings = {
        status: answer["description"] for _, _, item in operations for status, answer in item["responses"].items()
    }
    return page(
        "# Admin API",
        INTRODUCTION,
        table(["operation", "does"], [[code(name), item["summary"]] for _, name, item in operations]),
        "Every operation may refuse with these:",
        table(["status", "because"], [[code(status), meanings[status]] for status in sorted(usual)]),
        *(page(f"## {group}", *(_operation(name, item, usual) for tag, name, item in operations if tag == group))
          for group in groups),
        "## Objects",
        *(_object(name, schemas, taken=name in _taken(operations)) for name in sorted(schemas) if name != NOTHING),
    )  # fmt: skip


def _taken(operations: list[tuple[str, str, dict[str, Any]]]) -> set[str]:
    """The names of the objects that are sent to the API."""
    bodies = [item.get("requestBody", {}).get("content", {}) for _, _, item in operations]
    return {str(held["schema"].get("$ref")).rpartition("/")[2] for content in bodies for held in content.values()}


def _object(name: str, schemas: dict[str, Any], *, taken: bool) -> str:
    schema = schemas[name]
    told = " ".join(schema.get("description", "").split())
    return page(f"### {name}", told, keys_table(schema, schemas, always="needed" if taken else "always"))


def _operation(name: str, item: dict[str, Any], usual: set[str]) -> str:
    query = [p for p in item["parameters"] if p["in"] == "query"]
    rows = [[code(f"?{p['name']}"), words(p["schema"]), _default(p["schema"]), p["description"]] for p in query]
    return page(
        f"### {code(name)}",
        item["summary"],
        table(["parameter", "holds", "default", "meaning"], rows) if rows else "",
        _takes(item),
        _answers(item, usual),
    )


def _takes(item: dict[str, Any]) -> str:
    taken = _media(item.get("requestBody", {}).get("content", {}))
    return f"Takes {taken}." if taken else ""


def _answers(item: dict[str, Any], usual: set[str]) -> str:
    answers = {status: answer for status, answer in item["responses"].items() if status < "300"}
    refusals = " or ".join(code(status) for status in item["responses"] if status not in {*answers, *usual})
    told = "; ".join(f"{code(status)} with {_media(answer['content'])}" for status, answer in answers.items())
    return f"Answers {told}." + (f" May also refuse with {refusals}." if refusals else "")


def _media(content: dict[str, Any]) -> str:
    return " or ".join(
        words(held["schema"])
        if "$ref" in held["schema"]
        else f"{code(media)} ({held['schema']['description'].rstrip('.')})"
        for media, held in content.items()
        if not str(held["schema"].get("$ref")).endswith(f"/{NOTHING}")
    )


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    return "" if value in (None, "") else code(value)

"""Descriptions for tests: a whole one in a file beside, and small ones from their paths alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worlds.parts.api.document import Document, parse_document, read_document
from worlds.parts.api.inference import Collection, collections_of

SHOP = Path(__file__).parent / "documents" / "shop.yaml"
NOW_NS = 1_772_442_000 * 10**9


def shop() -> Document:
    return read_document(SHOP)


def described(
    paths: Mapping[str, Any], schemas: Mapping[str, Any] | None = None, version: str = "3.1.0", **more: Any
) -> Document:
    """A document of some paths and named schemas."""
    document = {
        "openapi": version,
        "info": {"title": "Small", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}},
        **more,
    }
    return parse_document(json.dumps(document), "small.json")


def answering(schema: Any, **more: Any) -> dict[str, Any]:
    """An operation that answers JSON of a schema."""
    return {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}, **more}


def taking(schema: Any, answer: Any, media: str = "application/json") -> dict[str, Any]:
    """An operation that takes a body of a schema and answers with another."""
    return answering(answer, requestBody={"content": {media: {"schema": schema}}})


def inferred(document: Document) -> dict[str, Collection]:
    return {each.name: each for each in collections_of(document)}

"""The key that a wrapper around a service carries with every request."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from worlds.parts.api.document import Document, Operation
from worlds.parts.api.exchange import Request


def with_key(request: Request, key: str, document: Document, operation: Operation, header: str | None) -> Request:
    """The request with a key where the operation wants it; `header` where rules name one and the description none."""
    scheme = _scheme(document, operation)
    if scheme is None and header:
        return _with_header(request, header, key)
    if scheme is None or scheme.get("type") != "apiKey":
        basic = str((scheme or {}).get("scheme", "")).lower() == "basic"
        told = f"Basic {b64encode(f'{key}:'.encode()).decode()}" if basic else f"Bearer {key}"
        return _with_header(request, "authorization", told)
    name, place = str(scheme.get("name", "")), scheme.get("in")
    if place == "query":
        return replace(request, query=(*request.query, (name, key)))
    if place == "cookie":
        before = request.headers.get("cookie")
        return _with_header(request, "cookie", "; ".join(filter(None, [before, f"{name}={key}"])))
    return _with_header(request, name, key)


def _scheme(document: Document, operation: Operation) -> Mapping[str, Any] | None:
    named = [name for each in operation.security for name in each] or list(document.security_schemes)
    return next((document.security_schemes[name] for name in named if name in document.security_schemes), None)


def _with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers={**request.headers, name.lower(): value})

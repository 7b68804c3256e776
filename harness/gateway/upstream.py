"""Where requests really go: the endpoints of the user's environment, and the keys that open them."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx2

CONNECT_SECONDS_MAX: Final = 30.0
_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
     b"trailer", b"upgrade", b"host", b"expect"}
)  # fmt: skip
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Upstream:
    """One endpoint as the user's environment names it."""

    name: str
    base: str
    """Without a slash at its end."""
    key: str | None
    """The real key, which the agent need not hold."""
    bases: tuple[str, ...]
    """The variables by which clients find the endpoint."""
    key_variable: str
    suffix: str
    """What the base has in the public endpoint's place, so that paths look alike."""


def upstreams(environment: Mapping[str, str]) -> tuple[Upstream, ...]:
    """The OpenAI- and the Anthropic-style endpoint of an environment; by default the public ones."""
    return (
        Upstream(
            "openai",
            _base(environment, "OPENAI_BASE_URL", "OPENAI_API_BASE", otherwise="https://api.openai.com/v1"),
            environment.get("OPENAI_API_KEY"),
            ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
            "OPENAI_API_KEY",
            "/v1",
        ),
        Upstream(
            "anthropic",
            _base(environment, "ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL", otherwise="https://api.anthropic.com"),
            environment.get("ANTHROPIC_API_KEY"),
            ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "ANTHROPIC_API_URL"),
            "ANTHROPIC_API_KEY",
            "",
        ),
    )


def client() -> httpx2.AsyncClient:
    """A client that waits as long as an endpoint thinks, and adds nothing to what it is handed."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
    timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS_MAX)
    made = httpx2.AsyncClient(verify=_trust(), timeout=timeout, limits=limits)
    made.headers.clear()
    return made


def onward(headers: Headers, *, local_key: str, real_key: str | None, readable: tuple[str, ...]) -> Headers:
    """A request's headers as they go on: what belongs to one connection is left out, and the local key becomes the
    real one. Encodings that could not be read here are not asked for."""
    passed = [(name, value) for name, value in headers if name not in _HOP]
    return [(name, _changed(name, value, local_key, real_key, readable)) for name, value in passed]


def backward(headers: Headers) -> Headers:
    """An answer's headers as they go back."""
    return [(name, value) for name, value in headers if name.lower() not in _HOP | {b"transfer-encoding"}]


def _changed(name: bytes, value: bytes, local_key: str, real_key: str | None, readable: tuple[str, ...]) -> bytes:
    if name == b"accept-encoding":
        asked = [part.strip() for part in value.decode("latin-1").split(",")]
        kept = [part for part in asked if part.partition(";")[0].strip() in readable]
        return ", ".join(kept or ["identity"]).encode()
    if real_key is not None and name in (b"authorization", b"x-api-key", b"api-key"):
        return value.replace(local_key.encode(), real_key.encode())
    return value


def _base(environment: Mapping[str, str], *names: str, otherwise: str) -> str:
    found = next((environment[name] for name in names if environment.get(name)), otherwise)
    return found.rstrip("/")


@cache
def _trust() -> ssl.SSLContext:
    """Reading the machine's certificates takes a while: done once."""
    return httpx2.create_ssl_context()

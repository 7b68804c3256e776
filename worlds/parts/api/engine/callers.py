"""Who calls: the credential of a request, checked against the service's keys on the world's clock."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from worlds.clock import parse_time
from worlds.digest import content_hash
from worlds.parts.api.document import Operation
from worlds.parts.api.engine.refused import Refused
from worlds.parts.api.exchange import Request
from worlds.parts.api.rules import AuthRules, Key, TenantRules

Schemes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from."""

    address: str = "anonymous"
    """Tells callers apart in bookkeeping, without the text of their key."""
    key: Key = field(default_factory=Key)

    @property
    def tenant(self) -> str | None:
        """Whose resources are seen."""
        return self.key.tenant

    def shown(self) -> dict[str, Any]:
        """What expressions and code see as `caller`."""
        scopes = None if self.key.scopes is None else list(self.key.scopes)
        return {"name": self.key.name, "tenant": self.key.tenant, "scopes": scopes}


@dataclass(frozen=True, slots=True)
class Door:
    """Lets callers in. Without any keys, everybody is let in."""

    schemes: Schemes
    rules: AuthRules
    keys: Mapping[str, Key]
    tenants: TenantRules | None

    def admit(
        self, request: Request, operation: Operation, names: tuple[str, ...], now_ns: int, usual: str = ""
    ) -> Caller:
        """The caller. `names` are what rules may call the operation, `usual` the scope that it needs where neither they
        nor the document name one. Raises Refused."""
        texts = list(dict.fromkeys(self._credentials(request, operation)))
        if not self.keys or operation.id in self.rules.open or (not usual and self._is_open(operation, texts)):
            return self._hosted(request, Caller())
        if not texts:
            raise Refused("no_credentials", headers=self._challenge(operation))
        known = next(((text, self.keys[text]) for text in texts if text in self.keys), None)
        if known is None:
            raise Refused("unauthenticated", headers=self._challenge(operation))
        text, key = known
        if key.expires and parse_time(key.expires) <= now_ns:
            raise Refused("expired", headers=self._challenge(operation))
        self._permit(operation, key, names, usual)
        return self._hosted(request, Caller(content_hash(text.encode()).hex()[:16], key))

    def _is_open(self, operation: Operation, texts: list[str]) -> bool:
        if {} in operation.security:
            return not texts
        return not operation.security and not self.rules.header and bool(self.schemes)

    def _permit(self, operation: Operation, key: Key, names: tuple[str, ...], usual: str) -> None:
        if key.scopes is None or "*" in key.scopes:
            return
        wanted = [scopes for each in operation.security for scopes in each.values()]
        for name in names:
            declared = self.rules.scopes.get(name)
            if declared is not None:
                wanted = [(declared,) if isinstance(declared, str) else tuple(declared)]
                break
        if usual and not any(wanted):
            wanted = [(usual,)]
        if wanted and not any(set(scopes) <= set(key.scopes) for scopes in wanted):
            need = " ".join(sorted(set(wanted[0]) - set(key.scopes)))
            raise Refused("forbidden", f"Insufficient scope: {need} is required")

    def _hosted(self, request: Request, caller: Caller) -> Caller:
        header = self.tenants.header if self.tenants else None
        named = request.headers.get(header.lower()) if header else None
        if not named or caller.tenant is not None:
            return caller
        return Caller(caller.address, caller.key.model_copy(update={"tenant": named}))

    def _credentials(self, request: Request, operation: Operation) -> Iterator[str]:
        named = [name for each in operation.security for name in each] or list(self.schemes)
        for name in named:
            yield from _presented(request, self.schemes.get(name, {}))
        if self.rules.header:
            yield from _header(request, self.rules.header)
        if not named:
            yield from _bearer(request)
            yield from _header(request, "X-API-Key")

    def _challenge(self, operation: Operation) -> tuple[tuple[str, str], ...]:
        kinds = {self.schemes.get(name, {}).get("type", "") for each in operation.security for name in each}
        return () if kinds == {"apiKey"} else (("WWW-Authenticate", "Bearer"),)


def _presented(request: Request, scheme: Mapping[str, Any]) -> Iterator[str]:
    if scheme.get("type") != "apiKey":
        yield from _bearer(request)
        return
    name, place = str(scheme.get("name", "")), scheme.get("in")
    if place == "query":
        yield from (value for key, value in request.query if key == name)
    elif place == "cookie":
        pairs = (each.strip().partition("=") for each in request.headers.get("cookie", "").split(";"))
        yield from (value for key, _, value in pairs if key == name)
    else:
        yield from _header(request, name)


def _header(request: Request, name: str) -> Iterator[str]:
    value = request.headers.get(name.lower())
    if value:
        yield value
        kind, _, rest = value.partition(" ")
        if kind.lower() in ("bearer", "token", "key") and rest:
            yield rest.strip()


def _bearer(request: Request) -> Iterator[str]:
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() in ("bearer", "token") and rest.strip():
        yield rest.strip()
    elif kind.lower() == "basic":
        yield from _basic(rest.strip())


def _basic(text: str) -> Iterator[str]:
    """The user's name, as services take a key there, and the password."""
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return
    yield from (each for each in (user, password, f"{user}:{password}") if each)

"""Who gets through to the admin API: the right Host, no foreign Origin, the bearer token, a body of bearable size."""

import ipaddress
from collections.abc import Collection, Iterable
from hmac import compare_digest
from typing import Any

from sandbox_server.admin.problem import Refused, problem_of, respond
from sandbox_server.carriers.http import App

_LOCAL_NAMES = frozenset({"localhost"})


class Guard:
    """An ASGI application in front of another one; it looks at the head of a request only."""

    def __init__(self, app: App, token: str, *, names: Collection[str] = ()) -> None:
        """`names` are host names, beside localhost and addresses, under which the listener may be asked."""
        self.app = app
        self._token = token.encode()
        self._names = _LOCAL_NAMES | {name.lower() for name in names}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it. Nothing but a problem is ever said to strangers."""
        if scope["type"] != "http":
            return
        try:
            self._check(_joined(scope["headers"]))
        except Refused as refusal:
            response = respond(problem_of(refusal), refusal.headers)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _check(self, headers: dict[str, bytes]) -> None:
        host = headers.get("host", b"").decode("latin-1").strip()
        if not self._is_ours(host):
            raise Refused(f"this listener is not {host!r}", status=421, code="wrong_host")
        origin = headers.get("origin")
        if origin is not None and origin.decode("latin-1").strip() not in (f"http://{host}", f"https://{host}"):
            raise Refused("requests from other origins are refused", status=403, code="wrong_origin")
        self._check_token(headers.get("authorization", b""))

    def _check_token(self, given: bytes) -> None:
        scheme, _, token = given.strip().partition(b" ")
        if scheme.lower() != b"bearer" or not compare_digest(token.strip(), self._token):
            raise Refused(
                "a bearer token is needed", status=401, code="unauthorized",
                hint="send `Authorization: Bearer <admin token>`", headers={"www-authenticate": "Bearer"},
            )  # fmt: skip

    def _is_ours(self, host: str) -> bool:
        """Addresses are ours, and names that we know: a foreign name means a rebound one."""
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return name.lower() in self._names
        return True


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, bytes]:
    """Headers by name; what is sent twice is joined, so that it fits nothing."""
    found: dict[str, bytes] = {}
    for name, value in headers:
        key = name.decode("latin-1").lower()
        found[key] = found[key] + b", " + value if key in found else value
    return found

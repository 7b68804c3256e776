"""What each method is answered with, in either generation; no framing, no transport."""

from collections.abc import Callable
from typing import Any, Final

from sandbox_server import path, requests
from sandbox_server.call import ABSENT, Call, Era, Reply
from sandbox_server.connection import Connection, Message
from sandbox_server.ledger import Entry
from sandbox_server.manner import Manner
from sandbox_server.path import Outcome
from sandbox_server.surface import MODERN_VERSION, Surface

CLIENT_BYTES_MAX: Final = 4_096
"""What is remembered of a client's own description; more is forgotten whole."""

REMOVED: Final = ("initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe")
"""Methods that 2026-07-28 has no more."""


async def answer(line: Connection, message: Message, era: Era, version: str) -> Outcome:
    """Answer one request other than `initialize`. The result of a call still lacks the marks of its generation."""
    method = message["method"]
    surface = line.server.surface
    if method == "tools/call":
        asked = called(line, message, era, version)
        if asked is None:
            return Outcome(surface.fingerprint.bad_call(message.get("params", ABSENT)))
        return await path.walk(line.episode, asked)
    return await requests.answered(line, message, era, version, lambda held: _plain(line, message, era, held=held))


def called(line: Connection, message: Message, era: Era, version: str) -> Call | None:
    """The call in a `tools/call`, counted as the episode's next; None when it has no usable name."""
    params = message.get("params") or {}
    name = params.get("name")
    return None if type(name) is not str else counted(line, message["id"], params, era, version)


def counted(line: Connection, request_id: Any, params: dict[str, Any], era: Era, version: str) -> Call:
    """The call in the params of a `tools/call` that has a name, as the episode's next."""
    get, episode = params.get, line.episode
    episode.arrivals += 1
    return Call(
        line.server_name, params["name"], get("arguments", ABSENT), line.actor, episode.arrivals, era, version,
        request_id, get("_meta"), line.transport,
    )  # fmt: skip


def initialize(line: Connection, manner: Manner, params: Any, *, held: bool = False) -> Outcome:
    """Shake hands: settle the version of a line and present the server. The ledger notes who came.

    `held`: who asks writes the ledger's entry.
    """
    surface = line.server.surface
    if not is_hello(params):
        return Outcome(manner.bad_hello(params))
    line.version = surface.fingerprint.negotiate(params["protocolVersion"], surface.handshake_versions)
    line.client = _remembered(params)
    told = {
        "protocolVersion": line.version,
        "capabilities": surface.capabilities,
        "serverInfo": surface.server_info,
        "instructions": surface.instructions,
    }
    result = {key: told[key] for key in manner.hello_keys if told[key] is not None}
    entry = _noted(line, "initialize", line.client, line.version)
    if held:
        return Outcome(Reply(result), entry)
    line.episode.ledger.write(entry)
    return Outcome(Reply(result))


def is_hello(params: Any) -> bool:
    """Whether the params of an `initialize` are usable."""
    return (
        isinstance(params, dict)
        and isinstance(params.get("protocolVersion"), str)
        and isinstance(params.get("capabilities"), dict)
        and isinstance(params.get("clientInfo"), dict)
    )


async def _plain(line: Connection, message: Message, era: Era, *, held: bool) -> Outcome:
    method, surface = message["method"], line.server.surface
    if method == "tools/list" and line.episode.has_faults:
        return _listed(line, era, held=held)
    ready = _READY.get((era, method))
    if ready is not None:
        return Outcome(ready(surface))
    if method in surface.lists:
        return Outcome(_dressed(surface, dict(surface.lists[method]), era, cacheable=True))
    return await _other(line, surface, message, era, held=held)


def _listed(line: Connection, era: Era, *, held: bool) -> Outcome:
    """The list as rules have changed it, of which the ledger tells."""
    listings = line.episode.faults.listings
    listings.announce(line.server_name)
    view = listings.view(line.server_name)
    if view is None:
        return Outcome(_READY[era, "tools/list"](line.server.surface))
    reply = _READY[era, "tools/list"](view.surface)
    entry = _noted(line, "tools/list", None, line.version or MODERN_VERSION)
    entry.notes = {"changed": [{"rule": change.rule, "tool": change.tool} for change in view.changes]}
    if held:
        return Outcome(reply, entry)
    line.episode.ledger.write(entry)
    return Outcome(reply)


async def _other(line: Connection, surface: Surface, message: Message, era: Era, *, held: bool) -> Outcome:
    method, params = message["method"], message.get("params")
    outcome = await path.request(line.episode, line.server_name, method, params, line.actor, held=held)
    if outcome is None:
        return Outcome(surface.fingerprint.unknown_method(method))
    if outcome.reply.result is not None:
        outcome.reply = _dressed(surface, outcome.reply.result, era, cacheable=method == "resources/read")
    return outcome


def _remembered(params: dict[str, Any]) -> dict[str, Any]:
    told = {"clientInfo": params["clientInfo"], "capabilities": params["capabilities"]}
    return told if len(str(told)) <= CLIENT_BYTES_MAX else {}


def _noted(line: Connection, method: str, arguments: Any, version: str) -> Entry:
    episode = line.episode
    now_ns = episode.world.clock.now_ns
    return Entry(
        episode.ledger.next_number, "request", line.actor, line.server_name, method, arguments,
        digest_before=episode.digest, digest_after=episode.digest, arrived_ns=now_ns, told_ns=now_ns, version=version,
    )  # fmt: skip


def _dressed(surface: Surface, result: dict[str, Any], era: Era, *, cacheable: bool) -> Reply:
    if era == "handshake":
        return Reply(result)
    return Reply(surface.fingerprint.modern_result(result, surface.server_info, cacheable=cacheable))


def _discovered(surface: Surface) -> Reply:
    """What `server/discover` says of a server that speaks 2026-07-28 itself, and what is known of one that does not."""
    if not surface.modern:
        return surface.fingerprint.unknown_method("server/discover")
    capabilities = surface.capabilities if surface.modern_capabilities is None else surface.modern_capabilities
    told: dict[str, Any] = {"supportedVersions": [MODERN_VERSION], "capabilities": dict(capabilities)}
    if surface.instructions is not None:
        told["instructions"] = surface.instructions
    return Reply(surface.fingerprint.modern_result(told, surface.server_info, cacheable=True))


def _unknown(method: str) -> Callable[[Surface], Reply]:
    return lambda surface: surface.fingerprint.unknown_method(method)


_READY: Final[dict[tuple[Era, str], Callable[[Surface], Reply]]] = {
    ("handshake", "ping"): lambda surface: Reply({}),
    ("handshake", "tools/list"): lambda surface: surface.listing,
    ("modern", "tools/list"): lambda surface: surface.modern_listing,
    ("modern", "server/discover"): _discovered,
    **{("modern", method): _unknown(method) for method in REMOVED},
}
"""Methods whose answers the world has no part in."""

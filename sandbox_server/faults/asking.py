"""What rules may know of a call or of another request: canonical names and arguments."""

from typing import TYPE_CHECKING, Any

from fault_injection.asked import Asked
from fault_injection.method import CALL
from sandbox_server.call import Call
from sandbox_server.dialect import dialect_of
from worlds.digest import canonical

if TYPE_CHECKING:
    from sandbox_server.episode import Episode


def asked_of(episode: "Episode", call: Call, began_ns: int) -> Asked:
    """What rules may know of a call."""
    if call.method != CALL:
        return _requested(episode, call, began_ns)
    server = episode.servers[call.server]
    tool = server.surface.by_name.get(call.tool)
    given: Any = call.arguments if isinstance(call.arguments, dict) else {}
    accepted = server.surface.fingerprint.accept(tool, call.arguments) if tool is not None else None
    if isinstance(accepted, dict):
        given = accepted
        named = server.identity_arguments(call.tool, accepted)
        operation = canonical(named) if named else b"{}"
    else:
        operation = canonical(given)
    return Asked(
        call.server, call.tool, given, operation, call.transport, dialect_of(server).works(call, server),
        episode.world.clock.now_ns, began_ns, call.actor,
    )  # fmt: skip


def _requested(episode: "Episode", call: Call, began_ns: int) -> Asked:
    """What rules may know of a request that calls no tool; who the client is tells no operation from another."""
    given = {key: value for key, value in call.arguments.items() if key != "_meta"}
    operation = b"{}" if call.method == "initialize" else canonical(given)
    return Asked(
        call.server, "", given, operation, call.transport, now_ns=episode.world.clock.now_ns, began_ns=began_ns,
        actor=call.actor, method=call.method,
    )  # fmt: skip

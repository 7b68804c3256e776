"""The 2026-07-28 generation over HTTP: one self-contained POST, one answer, and streams that are listened to.

The rungs of the ladder stand in the order of the Python SDK: shape of the message, repeated headers, envelope, headers
against body, version. An imitated server that does not speak 2026-07-28 itself is answered for here all the same when a
client insists on it; only `server/discover`, the question whether it does, gets the imitated server's own answer.
"""

from base64 import b64decode
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

from fault_injection.delivery import Delivery
from sandbox_server import requests
from sandbox_server.arrival import Arrival
from sandbox_server.call import ABSENT, Reply, RpcError
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch import deliveries, framing, methods
from sandbox_server.dispatch.deliveries import refuse
from sandbox_server.dispatch.door import Door
from sandbox_server.dispatch.handshake import refused_at_door
from sandbox_server.dispatch.messages import Unparsable, encode, encode_ascii, kind_of, params_of, read
from sandbox_server.dispatch.subscription import Subscription, is_change
from sandbox_server.manner import Manner
from sandbox_server.path import Outcome
from sandbox_server.surface import MODERN_VERSION

VERSION_KEY: Final = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY: Final = "io.modelcontextprotocol/clientCapabilities"
NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Methods whose subject is repeated in a header, and the parameter it repeats."""
ROUTING: Final = (b"mcp-protocol-version", b"mcp-method", b"mcp-name")
STATUS: Final[Mapping[int, int]] = {
    -32700: 400, -32600: 400, -32602: 400, -32020: 400, -32021: 400, -32022: 400, -32601: 404,
}  # fmt: skip
"""HTTP status by JSON-RPC error code; every other answer is a 200."""


async def post(door: Door, arrival: Arrival, url: Connection) -> Delivery | AsyncIterator[Delivery]:
    """Answer a POST whose version header is not one of the handshake era."""
    manner = url.server.surface.manner
    if reason := door.judge(manner, url.server.surface.answers, arrival):
        if reason in ("accept", "accept_json"):
            return deliveries.bare(url, 406)
        return refused_at_door(url, manner, reason, arrival)
    if arrival.cut_at:
        return refuse(url, manner, "too_large", limit=arrival.cut_at)
    try:
        value = read(arrival)
    except Unparsable:
        return problem(url, None, Reply.refused(-32700, "Parse error"))
    return await take(arrival, url, value)


async def take(arrival: Arrival, url: Connection, value: Any) -> Delivery | AsyncIterator[Delivery]:
    """Answer a parsed body."""
    manner = url.server.surface.manner
    kind = kind_of(value)
    if kind == "notification":
        version = arrival.header(b"mcp-protocol-version")
        return problem(url, None, unsupported(version)) if version != MODERN_VERSION else _acknowledged(url)
    if kind != "request":
        text = "Body must be a single JSON-RPC request or notification object"
        return problem(url, None, Reply.refused(-32600, text))
    if value["method"] == "subscriptions/listen" and not manner.accepts(arrival.header(b"accept") or "")[1]:
        return deliveries.bare(url, 406)
    if refused := rung(arrival, value):
        return problem(url, value["id"], refused)
    return await answer(arrival, url, value)


async def answer(arrival: Arrival, url: Connection, message: Message) -> Delivery | AsyncIterator[Delivery]:
    """Answer a request that climbed the whole ladder."""
    manner = url.server.surface.manner
    if message["method"] == "subscriptions/listen":
        subscription = Subscription.wanted(message)
        if subscription is None:
            return problem(url, message["id"], manner.bad_hello(message.get("params")))
        return await requests.opened(url, message, "modern", MODERN_VERSION, lambda: listen(url, manner, subscription))
    outcome = await methods.answer(url, message, "modern", MODERN_VERSION)
    return shown(arrival, url, message["id"], outcome)


def shown(arrival: Arrival, url: Connection, request_id: Any, outcome: Outcome) -> Delivery:
    """The delivery of an answer: JSON, or a stream when something is told before it."""
    data = encoded(url, request_id, outcome)
    told = announce(url, outcome.outbox) if outcome.outbox else ()
    if outcome.reply.error is not None:
        delivery = deliveries.body(url, data, STATUS.get(outcome.reply.error.code, 200))
    elif told:
        manner = url.server.surface.manner
        delivery = deliveries.events(url, manner, [*framing.notices(manner, told), data])
    else:
        delivery = deliveries.body(url, data)
    return framing.leaving(url, arrival, outcome, delivery)


def encoded(url: Connection, request_id: Any, outcome: Outcome) -> bytes:
    """The message that answers a request, as bytes; the result of a call gets the marks of this generation."""
    surface, reply = url.server.surface, outcome.shown
    fingerprint = surface.fingerprint
    if outcome.call is not None and reply.result is not None:
        reply = Reply(fingerprint.modern_result(reply.result, surface.server_info, cacheable=False))
    message = fingerprint.frame(request_id, reply)
    return encode_ascii(message) if surface.manner.ascii_modern else encode(message)


async def listen(url: Connection, manner: Manner, subscription: Subscription) -> AsyncIterator[Delivery]:
    """A stream of changes: what will be told, then each change, and the result when the server ends it."""
    line = subscription.line(url)
    line.listen()
    try:
        yield Delivery((), 200, deliveries.stream_head(line, manner), "more")
        yield _event(manner, subscription.acknowledgement)
        while (message := await line.next()) is not None:
            yield _event(manner, message)
        ended = url.server.surface.fingerprint.modern_result(
            {"_meta": subscription.meta}, url.server.surface.server_info, cacheable=False
        )
        data = encoded(url, subscription.id, Outcome(Reply(ended)))
        yield deliveries.stream_piece(deliveries.event(data, manner.event_end), "ok")
    finally:
        line.deafen()


def announce(url: Connection, outbox: Iterable[Message]) -> list[Message]:
    """Give changes to those who listen for them; what remains belongs into the answer itself."""
    remaining = []
    for message in outbox:
        if not is_change(message):
            remaining.append(message)
            continue
        for line in tuple(url.episode.connections):
            if line.server_name == url.server_name:
                line.notify(message)
    return remaining


def rung(arrival: Arrival, message: Message) -> Reply | None:
    """The first rung on which a request fails, as its refusal."""
    if refused := repeated(arrival):
        return refused
    return _bad_envelope(message) or _disagreement(arrival, message) or _bad_version(message)


def unfit(message: Message) -> Reply | None:
    """The refusal of an envelope that lacks something or names another version."""
    return _bad_envelope(message) or _bad_version(message)


def repeated(arrival: Arrival) -> Reply | None:
    """The refusal of a routing header that came twice: its readers would disagree."""
    if len(arrival.fields) == len(arrival.pairs):
        return None
    doubled = arrival.repeated
    twice = next((name.decode() for name in ROUTING if name.decode() in doubled), None)
    return mismatch(f"{twice} header appears more than once") if twice else None


def unsupported(version: Any) -> Reply:
    """The refusal of a version, with those that are served."""
    data = {"supported": [MODERN_VERSION], "requested": version}
    return Reply.refused(-32022, "Unsupported protocol version", data)


def mismatch(text: str) -> Reply:
    """The refusal of headers that say something else than the body."""
    return Reply.refused(-32020, text)


def has_envelope(message: Any) -> bool:
    """Whether a message names its version in `_meta`, as only 2026-07-28 clients do."""
    params = message.get("params") if isinstance(message, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and VERSION_KEY in meta


def problem(url: Connection, request_id: Any, reply: Reply) -> Delivery:
    """An error with the status that follows its code."""
    assert reply.error is not None
    if request_id is None:
        data = encode({"jsonrpc": "2.0", "error": _error(reply.error), "id": None})
    else:
        data = encoded(url, request_id, Outcome(reply))
    return deliveries.body(url, data, STATUS.get(reply.error.code, 200))


def _bad_envelope(message: Message) -> Reply | None:
    meta = params_of(message).get("_meta")
    if not isinstance(meta, dict):
        needed = f"the required {VERSION_KEY!r} and {CAPABILITIES_KEY!r} envelope keys"
        return Reply.refused(-32602, f"params._meta must be an object carrying {needed}")
    missing = [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in meta]
    if missing:
        return Reply.refused(-32602, f"params._meta is missing the required envelope key(s): {', '.join(missing)}")
    return None


def _bad_version(message: Message) -> Reply | None:
    version = message["params"]["_meta"][VERSION_KEY]
    if not isinstance(version, str):
        return Reply.refused(-32602, "the protocol-version envelope value must be a string")
    return None if version == MODERN_VERSION else unsupported(version)


def _disagreement(arrival: Arrival, message: Message) -> Reply | None:
    method, params = message["method"], message["params"]
    if not _says(arrival, b"mcp-protocol-version", params["_meta"][VERSION_KEY]):
        return mismatch("mcp-protocol-version header does not match the request envelope's protocol version")
    if not _says(arrival, b"mcp-method", method):
        return mismatch("mcp-method header does not match the request body's method")
    key = NAMED.get(method)
    value = params.get(key) if key else None
    if value is None or _says(arrival, b"mcp-name", value) or _decoded(arrival.header(b"mcp-name")) == value:
        return None
    return mismatch(f"mcp-name header does not match the request body's {key!r} parameter")


def _says(arrival: Arrival, name: bytes, value: Any) -> bool:
    """Whether a header holds a value; the usual bytes are compared before anything is decoded."""
    if type(value) is not str:
        return False
    raw = arrival.fields.get(name)
    return raw is not None and (raw == value.encode(errors="replace") or raw.strip().decode("latin-1") == value)


def _decoded(header: str | None) -> str | None:
    """A header value, freed from the base64 wrapping that keeps other than plain ASCII safe; None if malformed."""
    if header is None or not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return b64decode(header[9:-2], validate=True).decode()
    except ValueError:
        return None


def _error(error: RpcError) -> dict[str, Any]:
    data = {} if error.data is ABSENT else {"data": error.data}
    return {"code": error.code, "message": error.message, **data}


def _acknowledged(url: Connection) -> Delivery:
    return deliveries.bare(url, 202)


def _event(manner: Manner, message: Message) -> Delivery:
    (data,) = framing.notices(manner, [message])
    return deliveries.stream_piece(deliveries.event(data, manner.event_end))

"""Requests that rules can be about beside `tools/call`, and which faults make sense for them."""

from fnmatch import fnmatchcase
from typing import Final, Literal

Method = Literal[
    "tools/call", "initialize", "ping", "server/discover", "tools/list", "resources/list", "resources/templates/list",
    "resources/read", "resources/subscribe", "resources/unsubscribe", "prompts/list", "prompts/get",
    "completion/complete", "logging/setLevel", "subscriptions/listen", "GET", "*",
]  # fmt: skip
"""A method of MCP; `GET`: the standing stream of a session; `*`: every request that is no call."""
CALL: Final = "tools/call"
EVERY: Final = "*"
GET: Final = "GET"
STREAMS: Final = (GET, "subscriptions/listen")
"""What is answered with a stream that stays open: there is no one answer that could be changed."""


def unfit(methods: tuple[Method, ...], *, of_requests: bool, layer: str, phases: tuple[str, ...], phase: str) -> str:
    """Why a fault cannot hit the requests that a rule is about, "" if it can."""
    if methods == (CALL,):
        return ""
    if CALL in methods:
        return "a rule is either about calls or about other requests; write two, so that neither moves the other"
    shown = " and ".join(methods)
    if not of_requests:
        return f"it is about what a tool answers or does, and {shown} calls none"
    streams = [method for method in methods if method in STREAMS]
    if streams and phase != "before":
        only = "" if "before" in phases else ", which it knows not"
        return f"{streams[0]} opens a stream, which has no answer to change: only phase 'before' makes sense{only}"
    if GET in methods and layer == "rpc":
        return "GET is no JSON-RPC request, so no JSON-RPC error answers it"
    return ""


def names_tool(pattern: str) -> bool:
    """Whether a pattern of tools is about a tool, and not about servers."""
    return not fnmatchcase("", pattern.partition(".")[2])

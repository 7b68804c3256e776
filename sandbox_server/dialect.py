"""The contract of a dialect: how one kind of server words a failure that has nothing to do with the arguments.

One file per imitated server in `sandbox_server/dialects/`; a server names its own in an attribute `dialect`. What a
server of that kind would never say, its dialect does not say: files know no tokens, databases no status codes.
"""

from typing import Any, Literal, Protocol

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.family import Server
from worlds.registry import Registry

FALLBACK = "plain"
Vocabulary = Literal["local", "network", "mail"]
"""What failures of a server may speak of. `local`: of files, memory and locks, and of no status codes, tokens or limits
of requests, for there is no network behind it; `network`: of these as well; `mail`: in the codes of SMTP and IMAP."""


class Dialect(Protocol):
    """One kind of server's words. Stateless and shared."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What its failures may speak of."""
        ...

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """The failure, worded and shaped as this kind of server does."""
        ...

    def works(self, call: Call, server: Server) -> Works:
        """Whether a call reads or writes, as far as can be told."""
        ...


dialects: Registry[Dialect] = Registry("soundstage.dialects", "sandbox_server.dialects")
"""Names of dialects."""


def dialect_of(server: Server) -> Dialect:
    """The dialect that a server names, or the plain one."""
    return dialects.get(getattr(server, "dialect", FALLBACK))


def worded(said: Said, call: Call, server: Server) -> Reply:
    """A failure in the words of a server, or of the SDK under it where servers have no say."""
    surface = server.surface
    if said.meaning != "no_tool":
        return dialect_of(server).say(said.meaning, said, call, server)
    if call.web is not None:
        return dialect_of(server).say("not_found", said, call, server)
    if surface.unknown_tool is not None:
        return surface.unknown_tool(call.tool, call.arguments)
    return surface.fingerprint.unknown_tool(call.tool)


def annotated(call: Call, server: Server) -> Works:
    """What a tool's annotations say of it."""
    tool: Any = server.surface.by_name.get(call.tool) or {}
    hint = (tool.get("annotations") or {}).get("readOnlyHint")
    return "" if hint is None else "read" if hint else "write"


def seconds(wait_ms: int) -> int:
    """Whole seconds, rounded up."""
    return -(-wait_ms // 1_000)

"""Servers on which one call goes wrong, one episode for each way, all on one stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fault_injection.profile import inline_profile
from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.family import Site
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from tests.sandbox_server.plain import TOOLS, PlainServer, presentation, surface, surfaces
from worlds.clock import Mode

ROWS: Final = {"rows": [{"id": 1, "cents": 100}, {"id": 2, "cents": 250}]}
SSE: Final = "python"
PATIENT_SECONDS: Final = 60.0
NEVER: Final = "10m"
"""Longer than anybody waits."""
STATUSES: Final = (400, 401, 403, 404, 413, 500, 503)
_ROW: Final = {"type": "object", "properties": {"cents": {"type": "integer"}}, "required": ["cents"]}
SHAPE: Final = {"type": "object", "properties": {"rows": {"type": "array", "items": _ROW}}, "required": ["rows"]}


@dataclass(frozen=True)
class Case:
    """One way in which a write goes wrong."""

    fault: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    surface: str = "json"
    mode: Mode = "virtual"
    phase: str = "after"
    slow: str = ""
    """A tool that is slow meanwhile."""
    on: str = "plain.write"
    slow_length: str = "2500ms"
    """How slow it is."""
    unheard: Mapping[str, Any] = field(default_factory=dict)
    """Other settings before clients that are known not to wait for its end."""
    patience_s: float = PATIENT_SECONDS
    """How long callers wait at most, for a connection and for an answer."""

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The rule that hits the first write, and the one that slows another tool."""
        rule = {"name": "hit", "on": self.on, "nth": 1, "fault": self.fault, "with": dict(self.settings)}
        slow = {"name": "slow", "on": f"plain.{self.slow}", "fault": "hang", "with": {"length": self.slow_length}}
        return [{**rule, "phase": self.phase}, *[slow] * bool(self.slow)]

    def met_by(self, usual: str) -> "Case":
        """The case before a client whose line is known, so that what it sees does not depend on who is quicker.

        A call beside the one that ends a client is in progress until then; what nobody waits for does not come.
        """
        if "beside:" in usual:
            return replace(self, mode="real", slow=self.slow or "noop", slow_length=NEVER)
        return replace(self, settings={**self.settings, **self.unheard}) if "timed out" in usual.lower() else self


def before(fault: str, **settings: Any) -> Case:
    """A fault that keeps the call from the server."""
    return Case(fault, settings, phase="before")


def after(fault: str, surface: str = "json", **settings: Any) -> Case:
    """A fault of the answer."""
    return Case(fault, settings, surface)


def alongside(fault: str, surface: str = "json", **settings: Any) -> Case:
    """A fault that hits while another call is in flight on the same client."""
    return Case(fault, settings, surface, "real", slow="noop")


def late(length: str, patience_s: float = PATIENT_SECONDS) -> Case:
    """A server's process that is late."""
    return Case("slow_start", {"length": length}, SSE, "real", "before", on="plain", patience_s=patience_s)


HTTP: Final[dict[str, Case]] = {
    "nothing": after("latency", fixed=1),
    "429 plain": before("http_status", status=429, wait="20s"),
    "429 json": before("http_status", status=429, wait="20s", body="json"),
    "429 jsonrpc": before("http_status", status=429, wait="20s", body="jsonrpc"),
    **{f"{status} html": before("http_status", status=status, body="html") for status in STATUSES},
    "200 page": before("wrong_type"),
    "json garbled": after("garbled_stream"),
    "json empty": after("cut_stream", at="start"),
    "json cut": after("cut_stream"),
    "body short": alongside("short_body", share=0.5),
    "closed": alongside("closed"),
    "reset": alongside("reset"),
    "reset in the body": alongside("reset", at="body"),
    "sse without events": after("cut_stream", SSE, at="start"),
    "sse ends after an id": after("cut_stream", SSE, at="id"),
    "sse ends in an event": after("cut_stream", SSE),
    "sse ends before the answer": after("cut_stream", "telling", at="answer"),
    "sse silent": Case("silence", {"length": "2500ms", "opened": True}, "telling", "real", unheard={"length": NEVER}),
    "sse slow": Case("slow_body", {"length": "300ms"}, "telling", "real"),
    "sse closed": alongside("short_body", "telling", share=0.5),
    "sse reset": alongside("reset", "telling", at="body"),
    "sse garbled": after("garbled_stream", SSE),
    "sse oversized": after("oversized", SSE, letters=1_200_000),
    "json oversized": after("oversized", letters=1_200_000),
    "json ends after an id": after("cut_stream", at="id"),
    "wrong id": after("wrong_id"),
    "wrong id in sse": after("wrong_id", SSE),
    "sse twice": after("duplicate_answer", SSE),
    "202": after("accepted"),
    "redirect": before("redirect"),
    "result without content": after("invalid_result"),
    "structure missing": after("invalid_result", "structured"),
    "structure against its schema": after("schema_drift", "structured", how="retype", field="cents"),
    "structure beside another text": after("structured_mismatch", "structured"),
    "hang": Case("hang", {"length": NEVER}, mode="real"),
    "silence": Case("silence", {"length": NEVER}, mode="real"),
    "error of the protocol": after("rpc_error", code=-32000, message="Overloaded", data={"node": 3}),
    "error of the tool": after("tool_error"),
}
LINES: Final[dict[str, Case]] = {
    "line: nothing": after("latency", SSE, fixed=1),
    "line: exit": alongside("exit", SSE),
    "line: half a line, then exit": alongside("half_line", SSE),
    "line: junk and no answer": after("junk_only", SSE),
    "line: junk, then the answer": after("junk_line", SSE),
    "line: dribble": Case("dribble", {"length": "300ms"}, SSE, "real"),
    "line: twice": after("duplicate_answer", SSE),
    "line: answer after the caller gave up": Case("hang", {"length": "2500ms"}, SSE, "real", slow="read"),
    "line: silence": after("silence", SSE),
    "line: slow start": late("300ms"),
    "line: slow start, longer than callers wait": late("4s", patience_s=1.0),
}


class Structured(PlainServer):
    """Its write answers rows, in a text and in the shape that it promised."""

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Rows for a write."""
        if call.tool != "write":
            return await super().call(call, arguments, site)
        return Reply({"content": [{"type": "text", "text": json.dumps(ROWS)}], "structuredContent": ROWS})


class Telling(PlainServer):
    """It tells something before it has written, so that its answer is an event stream at 2026-07-28 too."""

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """A word ahead of a write's answer."""
        if call.tool == "write":
            site.outbox.append({"method": "notifications/message", "params": {"level": "info", "data": "writing"}})
        return await super().call(call, arguments, site)


def presented(name: str, mode: Mode) -> Presentation:
    """The plain world in a manner, with a tool that promises a shape, or with one that tells something first."""
    if name == "telling":
        made = presentation(surface(), mode=mode)
        return replace(made, servers={each: Telling(shown.surface) for each, shown in made.servers.items()})
    if name != "structured":
        return presentation(surfaces()[name], mode=mode)
    tools = tuple({**tool, "outputSchema": SHAPE} if tool["name"] == "write" else tool for tool in TOOLS)
    shown = surface(tools=tools, answers="json")
    made = presentation(shown, mode=mode)
    return replace(made, servers={each: Structured(shown) for each in made.servers})


def opened(stage: Stage, case: Case, *, telling: bool = False) -> Episode:
    """An episode for a case, with its own id for a token; a server that is telling answers everybody with streams."""
    name = f"ep-{len(stage.episodes)}"
    shown = presented("telling" if telling else case.surface, case.mode)
    episode = stage.open(shown, token=name, id=name)
    episode.faults.put([inline_profile(case.rules)])
    return episode

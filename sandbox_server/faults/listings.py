"""Tool lists as rules have changed them: what clients are shown, what their calls then mean, and who is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fault_injection.asked import Asked
from fault_injection.counters import Counters
from fault_injection.engine import Engine
from fault_injection.fault import Listing
from fault_injection.rule import Rule
from fault_injection.scene import Said
from fault_injection.trigger import Occasion
from fault_injection.verdict import Verdict, full_name
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import worded
from sandbox_server.faults.around import counters_of, keep_counters
from sandbox_server.hooks import Proceed
from sandbox_server.ledger import Entry
from sandbox_server.surface import Surface
from worlds.clock import MS

if TYPE_CHECKING:
    from sandbox_server.faults.live import Live

Tool = Mapping[str, Any]
CALLED: Final = "called"
"""The note of a call that was made under another name than the one it is known by."""
WINDOW: Final = "window"
_NOTICE: Final[dict[str, Any]] = {"method": "notifications/tools/list_changed"}
_VIEWS_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Change:
    """One tool that a rule has changed."""

    rule: str
    tool: str
    fault: Listing


@dataclass(frozen=True, slots=True)
class View:
    """A server's list as it is shown now."""

    surface: Surface
    canonical: Mapping[str, str]
    """Tools that are changed, by the names that they are shown under, to those that they are known by."""
    changes: Sequence[Change]

    def meant(self, call: Call, known: Surface) -> Call:
        """The call in the terms of the server."""
        tool = self.canonical.get(call.tool)
        if tool is None:
            return call
        arguments = call.arguments
        if isinstance(arguments, dict):
            for change in self.changes:
                arguments = change.fault.meant(arguments) if change.tool == tool else arguments
            properties = known.by_name[tool].get("inputSchema", {}).get("properties")
            if isinstance(properties, Mapping) and any(change.fault.reshapes for change in self.changes):
                arguments = {name: value for name, value in arguments.items() if name in properties}
        return replace(call, tool=tool, arguments=arguments)


class Listings:
    """The lists of one episode's servers. What has changed lies with the counters of its world, as times."""

    def __init__(self, live: "Live") -> None:
        self._live = live
        self._views: dict[tuple[Any, ...], View] = {}
        self._told: dict[str, tuple[Change, ...]] = {}
        """By server, the changes that clients know of."""
        self._meant: dict[int, Call] = {}

    def view(self, server: str) -> View | None:
        """The list of a server; None while it is as it ever was."""
        changes = self._changes(server)
        if not changes:
            return None
        key = (server, *((change.rule, change.tool, id(change.fault)) for change in changes))
        if key not in self._views:
            if len(self._views) >= _VIEWS_MAX:
                self._views.clear()
            self._views[key] = _viewed(self._live.episode.servers[server].surface, changes)
        return self._views[key]

    def meant(self, call: Call) -> Call:
        """The call under its canonical name, which rules, draws and the ledger go by."""
        view = self.view(call.server)
        return call if view is None else view.meant(call, self._live.episode.servers[call.server].surface)

    async def around(self, call: Call, proceed: Proceed, judged: Callable[[Call, Proceed], Awaitable[Reply]]) -> Reply:
        """One call, by the list that its server shows."""
        meant = self.meant(call)
        if meant is not call:
            self._meant[call.number] = meant

        async def shown(inner: Call) -> Reply:
            return self._refusal(call) or _spoken(await proceed(inner), meant.tool, call.tool)

        reply = await judged(meant, shown)
        self.announce(call.server)
        return reply

    def change(self, verdicts: Sequence[Verdict], call: Call, phase: str) -> None:
        """Let rules that fired at a call change the list from now on."""
        counters = counters_of(self._live.episode).draft()
        for verdict in verdicts:
            fault = verdict.rule.fault
            if verdict.rule.phase == phase and isinstance(fault, Listing):
                name = _counter(verdict.name, call.server, fault.tool or call.tool)
                counters.put(name, self._live.episode.world.clock.now_ns)
        if counters.touched:
            keep_counters(self._live.episode, counters.kept())

    def record(self, call: Call, entry: Entry) -> None:
        """Put a call under another name down to the tool that it reached."""
        meant = self._meant.pop(call.number, None)
        if meant is not None and (meant.tool, meant.arguments) != (call.tool, call.arguments):
            entry.notes[CALLED] = {"tool": call.tool, "arguments": call.arguments}
            entry.tool, entry.arguments = meant.tool, meant.arguments

    def announce(self, server: str) -> None:
        """Tell clients of a list that is not the one they know, where the server tells of such things."""
        now = tuple(change for change in self._changes(server) if change.fault.announced)
        if self._told.get(server, ()) == now:
            return
        self._told[server] = now
        episode = self._live.episode
        surface = episode.servers[server].surface
        for line in tuple(episode.connections):
            own = surface.modern_capabilities if line.era == "modern" else None
            tools = (surface.capabilities if own is None else own).get("tools") or {}
            if line.server_name == server and tools.get("listChanged"):
                line.notify(_NOTICE)

    def _refusal(self, call: Call) -> Reply | None:
        """What the SDK says of a tool that is not on the list, or of arguments that do not fit what the list says."""
        server = self._live.episode.servers[call.server]
        view = self.view(call.server)
        surface = view.surface if view else server.surface
        tool = surface.by_name.get(call.tool)
        if tool is None:
            return worded(Said("no_tool"), call, server)
        accepted = surface.fingerprint.accept(tool, call.arguments) if view and call.tool in view.canonical else None
        return accepted if isinstance(accepted, Reply) else None

    def _changes(self, server: str) -> tuple[Change, ...]:
        """What is changed now, in the order of the rules."""
        live = self._live
        engine = live.engine
        if engine is None or not engine.of_lists:
            return ()
        now_ns, counters = live.episode.world.clock.now_ns, counters_of(live.episode)
        known = live.episode.servers[server].surface.by_name
        return tuple(
            Change(full_name(profile.name, rule), tool, rule.fault)
            for profile in engine.profiles if profile.enabled and not _is_past(profile.expires_ns, now_ns)
            for rule in profile.rules if rule.enabled and not _is_past(rule.expires_ns, now_ns)
            if isinstance(rule.fault, Listing)
            for tool in known if self._is_changed(engine, profile.name, rule, server, tool, counters)
        )  # fmt: skip

    def _is_changed(self, engine: Engine, profile: str, rule: Rule, server: str, tool: str, counters: Counters) -> bool:
        """Whether a rule has changed a tool: its window is open, or it fired and the change lasts."""
        fault, name, now_ns = rule.fault, full_name(profile, rule), self._live.episode.world.clock.now_ns
        assert isinstance(fault, Listing)
        if rule.trigger.kind == WINDOW:
            asked = Asked(server, tool, now_ns=now_ns, began_ns=self._live.began_ns)
            occasion = Occasion(asked, 1, name, engine.chance, Counters().draft())
            return target_of(rule, server) == tool and rule.trigger.judge(occasion).fires
        since_ns = counters.values.get(_counter(name, server, tool), 0)
        return bool(since_ns) and (fault.length is None or now_ns < since_ns + fault.length * MS)


def target_of(rule: Rule, server: str) -> str:
    """The tool of a server that a rule without a call is about, "" if none."""
    fault = rule.fault
    named = fault.tool if isinstance(fault, Listing) else None
    for pattern in rule.match.patterns:
        on, _, tool = pattern.partition(".")
        if rule.match.covers(server, named or tool) and (named or on == server):
            return named or tool
    return ""


def _viewed(surface: Surface, changes: Sequence[Change]) -> View:
    tools, canonical = _listed(surface.tools, changes)
    modern = None if surface.modern_tools is None else _listed(surface.modern_tools, changes)[0]
    return View(replace(surface, tools=tools, modern_tools=modern), canonical, changes)


def _listed(tools: Sequence[Tool], changes: Sequence[Change]) -> tuple[tuple[Tool, ...], dict[str, str]]:
    """The entries after all changes, and those that are changed by the names they now have."""
    shown: list[Tool] = []
    canonical: dict[str, str] = {}
    for tool in tools:
        made: Tool | None = tool
        for change in changes:
            made = change.fault.listed(made) if made is not None and change.tool == tool["name"] else made
        if made is not None:
            shown.append(made)
        if made is not None and made is not tool:
            canonical[made["name"]] = tool["name"]
    return tuple(shown), canonical


def _spoken(reply: Reply, tool: str, shown: str) -> Reply:
    """A failure in which the SDK names the tool, by the name that the agent knows."""
    if tool == shown or not reply.failed or reply.result is None:
        return reply
    blocks = [
        {**block, "text": block["text"].replace(f"tool {tool}:", f"tool {shown}:").replace(f"'{tool}'", f"'{shown}'")}
        if isinstance(block, dict) and isinstance(block.get("text"), str) else block
        for block in reply.result.get("content", [])
    ]  # fmt: skip
    return Reply({**reply.result, "content": blocks})


def _counter(rule: str, server: str, tool: str) -> str:
    return f"listed|{rule}|{server}.{tool}"


def _is_past(expires_ns: int | None, now_ns: int) -> bool:
    return expires_ns is not None and now_ns >= expires_ns

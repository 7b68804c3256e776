"""Whether rules can exist in an episode: what never could have an effect is refused, with the reason and the place."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from fault_injection.fault import Acting, Listing
from fault_injection.host import Host
from fault_injection.match import Predicates
from fault_injection.profile import BUILT_IN, Profile
from fault_injection.question import Question
from fault_injection.rule import Rule
from fault_injection.somebody import Deed
from sandbox_server.dialect import FALLBACK
from sandbox_server.errors import StageError
from sandbox_server.faults.deeds import impossible
from sandbox_server.faults.listings import WINDOW, target_of
from sandbox_server.faults.looking import Looking, Misput
from worlds.yamlfile import FileProblem

if TYPE_CHECKING:
    from sandbox_server.episode import Episode

GLOB: Final = "*?["


class Unfit(StageError):
    """A rule that cannot exist in an episode, and why."""

    code = "unfit_rule"
    status = 422

    def __init__(self, message: str, *, key: str = "", hint: str | None = None) -> None:
        """`key`: which key of the rule is wrong, with points between."""
        super().__init__(message, hint=hint)
        self.key = key
        self.path = ""
        """The same as a JSON path to the rule and its key."""
        self.problem: FileProblem | None = None
        """The same, placed in the file that the rule comes from."""

    def placed(self, rule: Rule) -> "Unfit":
        """The complaint with the place at which the rule is written, where that is known."""
        if rule.origin is None or not rule.origin[0].places:
            return self
        document, place = rule.origin
        path = (*place, *filter(None, self.key.split(".")))
        made = Unfit(document.problem(path, self.message).message, key=self.key, hint=self.hint)
        made.path = self.path
        made.problem = document.problem(path, self.message, self.hint)
        return made


def check_fit(episode: "Episode", profiles: Iterable[Profile], predicates: Predicates, looking: Looking) -> None:
    """Raises Unfit for the first rule that could never have an effect here."""
    for profile in profiles:
        for rule in profile.rules:
            try:
                fitting = _Fitting(episode, predicates, looking, f"{profile.name}/{rule.name}")
                fitting.check(rule)
                if profile.source != BUILT_IN:  # those are for any world, and have no effect where there is nothing
                    fitting.check_hosts(rule)
            except Unfit as error:
                error.path = f"$..rules[?@.name=='{rule.name}']{'.' if error.key else ''}{error.key}"
                raise (error if profile.source == BUILT_IN else error.placed(rule)) from None


class _Fitting:
    """One rule held against one episode."""

    def __init__(self, episode: "Episode", predicates: Predicates, looking: Looking, name: str) -> None:
        self.episode = episode
        self.predicates = predicates
        self.looking = looking
        self.name = name

    def check(self, rule: Rule) -> None:
        """Raises Unfit."""
        self._check_transport(rule)
        for pattern in rule.match.patterns:
            self._check_pattern(pattern)
        self._check_state(rule.match.state)
        if isinstance(rule.fault, Listing):
            self._check_list(rule, rule.fault)
        if isinstance(rule.fault, Acting) and rule.fault.deed is not None:
            self._check_deed(rule, *rule.fault.deed)

    def _check_transport(self, rule: Rule) -> None:
        served = self.episode.transports
        if rule.match.transport is None and not rule.fault.transports & served:
            ways, ours = " and ".join(sorted(rule.fault.transports)), " and ".join(sorted(served))
            raise Unfit(
                f"{self.name}: {rule.fault.kind} exists only over {ways}, and the servers here are reached over {ours}",
                key="fault",
                hint=f"write `transport: {min(rule.fault.transports)}` to keep the rule for where it can exist",
            )

    def _check_pattern(self, pattern: str) -> None:
        """Raises Unfit for a server or a tool that is not there."""
        server, _, tool = pattern.partition(".")
        if any(mark in server for mark in GLOB):
            return
        if server not in self.episode.servers:
            known = ", ".join(self.episode.servers)
            raise Unfit(f"{self.name}: there is no server {server!r}", key="on", hint=f"one of: {known}, or *")
        tools = self.episode.servers[server].surface.by_name
        if tool and not any(fnmatchcase(name, tool) for name in ("", *tools)):
            hint = f"one of: {', '.join(tools)}, or *"
            raise Unfit(f"{self.name}: {server} has no tool {tool!r}", key="on", hint=hint)

    def check_hosts(self, rule: Rule) -> None:
        """Raises Unfit for a fault that can hit nothing on any of the servers that are meant."""
        named = [name for name in self.episode.servers if rule.match.covers_server(name)]
        reasons = {name: rule.fault.never_on(_host(self.episode, name)) for name in named}
        if named and all(reasons.values()):
            told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
            raise Unfit(f"{self.name}: {rule.fault.kind} can never have an effect here ({told})", key="fault")

    def _check_list(self, rule: Rule, fault: Listing) -> None:
        """Raises Unfit for a change of a list that nobody could ever see."""
        servers = [name for name in self.episode.servers if rule.match.covers_server(name)]
        if fault.tool and not any(fault.tool in self.episode.servers[name].surface.by_name for name in servers):
            raise Unfit(f"{self.name}: {' and '.join(servers) or 'nobody'} has no tool {fault.tool!r}", key="with.tool")
        if rule.trigger.kind == WINDOW:
            self._check_window(rule, servers)
        for name in servers:
            tools = self.episode.servers[name].surface.by_name
            for tool in [fault.tool] if fault.tool else [tool for tool in tools if rule.match.covers(name, tool)]:
                shown = fault.listed(tools[tool]) if tool in tools else None
                if shown is not None and shown["name"] != tool and shown["name"] in tools:
                    raise Unfit(f"{self.name}: {name} has a tool {shown['name']!r} already", key="with.name")

    def _check_deed(self, rule: Rule, key: str, deed: Deed) -> None:
        """Raises Unfit for what others could do to none of the servers that are meant."""
        named = [name for name in self.episode.servers if rule.match.covers_server(name)]
        found = [impossible(self.episode, server, deed) for server in ([deed.server] if deed.server else named)]
        problems = [error for error in found if error is not None]
        if problems and len(problems) == len(found):
            raise Unfit(f"{self.name}: {problems[0].message}", key=f"with.{key}", hint=problems[0].hint)

    def _check_window(self, rule: Rule, servers: Sequence[str]) -> None:
        """Raises Unfit for a list that changes by the clock, without a call that could say which tool is meant."""
        match = rule.match
        for key in ("where", "state", "works", "actor"):
            if getattr(match, key):
                raise Unfit(f"{self.name}: a window changes the list by the clock, whatever is called", key=key)
        if not any(target_of(rule, name) in self.episode.servers[name].surface.by_name for name in servers):
            raise Unfit(f"{self.name}: a window needs to know which tool is meant", key="with", hint="write `tool`")

    def _check_state(self, state: str | Question | None) -> None:
        """Raises Unfit for a question that nobody could answer here."""
        if isinstance(state, str) and state not in self.predicates:
            known = ", ".join(self.predicates) or "none here; ask the world by {sql: ...} or {file: ...}"
            raise Unfit(f"{self.name}: there is no predicate {state!r}", key="state", hint=f"known: {known}")
        if isinstance(state, Question):
            try:
                self.looking.check(state)
            except Misput as error:
                raise Unfit(f"{self.name}: state: {error}", key=f"state.{error.key}", hint=error.hint) from None


def _host(episode: "Episode", name: str) -> Host:
    """What a fault may know of a server. Servers in plain words may structure whatever their code returns."""
    server, part = episode.servers[name], episode.world.parts.get(name)
    is_structured = getattr(server, "dialect", FALLBACK) == FALLBACK
    is_structured = is_structured or any("outputSchema" in tool for tool in server.surface.tools)
    return Host(part.kind if part is not None else "", is_structured)

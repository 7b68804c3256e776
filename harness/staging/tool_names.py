"""Tools that a scenario names: each must be there, or what it says of them would never come true."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from fault_injection.fault import Listing
from harness.check import Check, Naming, check_kinds
from harness.scenario import Scenario
from harness.staging.script import Call
from sandbox_server.family import Server
from worlds.yamlfile import FileProblem, Path

ALL = "*"


def refuse_unknown_tools(scenario: Scenario, servers: Mapping[str, Server]) -> None:
    """Refuse a tool that no server has, in `reference` and in checks. Raises FileProblem."""
    for place, name in (*_called(scenario), *_looked_for(scenario)):
        server, _, tool = name.partition(".")
        if server not in servers:
            words, hint = f"{name}: there is no server {server!r}", f"servers: {', '.join(servers)}"
            raise scenario.document.problem(place, words, hint)
        known = {ALL, *servers[server].surface.by_name, *(_new_names(scenario) if place[0] == "reference" else ())}
        if tool not in known:
            raise _unknown(scenario, place, tool, server, servers[server])


def _new_names(scenario: Scenario) -> Iterator[str]:
    """Names under which tools can be called once a fault has changed their list."""
    for profile in scenario.faults:
        for rule in profile.rules:
            if isinstance(rule.fault, Listing) and rule.fault.new_name:
                yield rule.fault.new_name


def _unknown(scenario: Scenario, place: Path, tool: str, server: str, shown: Server) -> FileProblem:
    names = list(shown.surface.by_name)
    meant = get_close_matches(tool, names, 1)
    rest = ", ".join(name for name in names if name not in meant)
    hint = f"did you mean {meant[0]}? its others: {rest}" if meant else f"its tools: {rest}"
    return scenario.document.problem(place, f"{server} has no tool {tool!r}", hint)


def _called(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    """What the reference calls, but for calls that are to fail."""
    for number, line in enumerate(scenario.reference):
        if isinstance(line, Call) and not line.expects_error:
            name = f"{line.server}.{line.tool}"
            yield ("reference", number, name), name


def _looked_for(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    """What checks look for among the calls."""
    for place, check in _checks(scenario):
        kind = check_kinds.get(check.kind)
        for step, name in kind.tools(check.settings) if isinstance(kind, Naming) else ():
            yield (*place, *step), name


def _checks(scenario: Scenario) -> Iterator[tuple[Path, Check]]:
    for check in scenario.checks:
        yield ("success", check.name), check
    for number, check in enumerate(scenario.guard.never):
        yield ("guard", "never", number), check
    for number, station in enumerate(scenario.milestones):
        yield ("milestones", number), station.check

"""A rule: which calls, when, what goes wrong, how often at most, and how an agent can recover."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError, create_model

from fault_injection.asked import Asked, Transport
from fault_injection.budget import Budget
from fault_injection.errors import FaultError
from fault_injection.fault import Fault, Phase, faults
from fault_injection.match import Match
from fault_injection.method import CALL, GET, names_tool, unfit
from fault_injection.question import Question
from fault_injection.telling import refuse_telling
from fault_injection.trigger import Trigger, triggers
from fault_injection.written import check_written
from worlds.digest import value_hash
from worlds.merge import merged
from worlds.part import Settings
from worlds.yamlfile import Document, FileProblem, Path

_NAME: Final = r"^[a-z][a-z0-9_-]{0,63}$"
_DEFAULT_TRIGGER: Final = "always"
_PATCH: Final = "<patch>"
IN_DOUBT: Final = "Find out whether it happened before trying again."


class Hopeless(Settings):
    """That nobody can recover from a rule, and why it is there all the same."""

    none: str = Field(description="Why nobody can recover.", min_length=1)


class RuleFile(Match):
    """One rule as a file says it, without its trigger, which is a key of its own."""

    name: str | None = Field(None, description="Stable name; draws depend on it, places in lists never.", pattern=_NAME)
    enabled: bool = Field(True, description="Whether it is on at first.")
    fault: str = Field(description="What goes wrong: a kind of fault.")
    settings: dict[str, Any] = Field(default_factory=dict, alias="with", description="The fault's own settings.")
    phase: Phase | None = Field(
        None, description="`before`: the call has no effect. `after`: it happened, whatever the agent is told."
    )
    budget: Budget = Field(Budget(), description="How often it may fire.")
    recover: Annotated[str, Field(min_length=1)] | Hopeless | None = Field(
        None,
        description="How an agent can recover, or `{none: why nobody can}`, of which `check` asks no proof; default: "
        "what the fault says.",
    )
    telling: bool = Field(False, description="Whether its texts may hold words that tell agents of a test.")


class OfWrites(Match):
    """The calls that a rule is about whose fault only writes can meet."""

    def unmet(self, asked: Asked) -> str:
        """The same, and that the call does not only read."""
        return "a call that only reads cannot fail like this" if asked.works == "read" else super().unmet(asked)


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule."""

    name: str
    match: Match
    trigger: Trigger
    fault: Fault
    phase: Phase
    budget: Budget
    recover: str
    written: Mapping[str, Any]
    """What was written, to be shown and patched."""
    enabled: bool = True
    hopeless: bool = False
    """Whether it says itself that nobody can recover."""
    expires_ns: int | None = None
    """World time at which it is gone, for rules that were added for a while."""
    origin: tuple[Document, Path] | None = field(default=None, compare=False, repr=False)
    """Where it is written, for complaints that only a world can give rise to."""

    @property
    def transports(self) -> frozenset[Transport]:
        """The ways on which it can have its effect."""
        own: frozenset[Transport] = self.fault.transports
        return own if self.match.transport is None else own & {self.match.transport}

    def switched(self, enabled: bool) -> "Rule":
        """The rule, on or off."""
        return replace(self, enabled=enabled, written={**self.written, "enabled": enabled})

    def to_json(self) -> dict[str, Any]:
        """The rule as it would be written, with everything that was left to defaults and cannot change."""
        return {**self.written, "name": self.name}


def rule_of(document: Document, place: tuple[str | int, ...], written: Any) -> Rule:
    """The rule that stands at a place of a document. Raises FileProblem."""
    if not isinstance(written, dict):
        raise document.problem(place, "a rule is a mapping", hint="write it like: {on: shop.*, nth: 1, fault: reset}")
    check_written(document, place, written)
    known = triggers.names()
    named = [key for key in written if key in known]
    if len(named) > 1:
        raise document.problem((*place, named[1]), f"a rule has one trigger, not {' and '.join(named)}")
    rest = {key: value for key, value in written.items() if key not in named}
    if isinstance(rest.get("state"), dict):
        rest["state"] = _checked(document, (*place, "state"), Question, rest["state"])
    file = _checked(document, place, RuleFile, rest)
    trigger = _trigger(document, place, named[0] if named else _DEFAULT_TRIGGER, written)
    if file.recover == "none":
        raise document.problem((*place, "recover"), "recover: say why nobody can", hint="write {none: the reason}")
    fault = _fault(document, place, file)
    if not file.telling:
        refuse_telling(document, (*place, "with"), file.settings)
    phase = file.phase or fault.phases[0]
    if phase not in fault.phases:
        raise document.problem((*place, "phase"), f"{file.fault} knows no phase {phase!r}, only {fault.phases[0]!r}")
    match = (OfWrites if fault.of_writes else Match).model_validate(
        {name: getattr(file, name) for name in Match.model_fields if name in rest}
    )
    _check_transport(document, place, match, fault)
    _check_start(document, place, match, fault)
    _check_method(document, place, match, fault, phase)
    return Rule(
        file.name or _derived_name(file), match, trigger, fault, phase, file.budget,
        _recovery(fault, phase, file.recover), written, file.enabled, isinstance(file.recover, Hopeless),
        origin=(document, place),
    )  # fmt: skip


def patched(rule: Rule, patch: Mapping[str, Any]) -> Rule:
    """The rule with some keys changed (a merge patch: null takes a key away). Raises FaultError."""
    written = merged(rule.to_json(), patch)
    if written.get("name") != rule.name:
        raise FaultError(f"the rule {rule.name!r} keeps its name", hint="draws depend on it; add another rule")
    found = [key for key in patch if key in triggers.names() and patch[key] is not None]
    if found:
        written = {key: value for key, value in written.items() if key == found[0] or key not in triggers.names()}
    try:
        made = rule_of(Document(_PATCH, written), (), written)
    except FileProblem as error:
        raise FaultError(error.message.removeprefix(f"{_PATCH}:1:1: "), hint=error.hint) from None
    return replace(made, expires_ns=rule.expires_ns)


def _trigger(document: Document, place: tuple[str | int, ...], name: str, written: Mapping[str, Any]) -> Trigger:
    kind = triggers.get(name)
    given = written.get(name, {})
    settings = given if isinstance(given, dict) else {kind.short: given}
    if not isinstance(given, dict) and not kind.short:
        raise document.problem((*place, name), f"{name} needs a mapping: {', '.join(kind.model_fields)}")
    checked: Trigger = _checked(document, (*place, name), kind, settings)
    return checked


def _fault(document: Document, place: tuple[str | int, ...], file: RuleFile) -> Fault:
    if file.fault not in faults.names():
        known = ", ".join(faults.names())
        raise document.problem((*place, "fault"), f"there is no fault {file.fault!r}", hint=f"one of: {known}")
    checked: Fault = _checked(document, (*place, "with"), faults.get(file.fault), file.settings)
    return checked


def _check_transport(document: Document, place: tuple[str | int, ...], match: Match, fault: Fault) -> None:
    if match.transport is not None and match.transport not in fault.transports:
        ways = " and ".join(sorted(fault.transports))
        raise document.problem((*place, "transport"), f"{fault.kind} exists only over {ways}")


def _check_start(document: Document, place: tuple[str | int, ...], match: Match, fault: Fault) -> None:
    """Raises FileProblem for conditions that no start of a server can meet."""
    if not fault.of_starts:
        return
    about = f"{fault.kind} is about the start of a server"
    for key in ("where", "works"):
        if getattr(match, key):
            raise document.problem((*place, key), f"{about}, which has no `{key}`")
    if match.state is not None:
        reason = "the world is as it was built then, or as calls before a second start have left it"
        raise document.problem((*place, "state"), f"{about}, where nobody asks the state: {reason}")
    for pattern in [match.on] if isinstance(match.on, str) else match.on:
        server, _, tool = pattern.partition(".")
        if not fnmatchcase("", tool):
            raise document.problem((*place, "on"), f"{about}, not about a tool", hint=f"write `on: {server}`")


def _check_method(document: Document, place: tuple[str | int, ...], match: Match, fault: Fault, phase: Phase) -> None:
    """Raises FileProblem for requests that the fault, or another condition, has no meaning for."""
    methods = match.methods
    if methods == (CALL,):
        return
    if fault.of_starts:
        raise document.problem((*place, "method"), f"{fault.kind} is about the start of a server, which no request is")
    reason = unfit(
        methods, of_requests=fault.of_requests, layer=fault.layer, phases=fault.phases, phase=phase
    )  # fmt: skip
    if reason:
        raise document.problem((*place, "method"), f"{fault.kind}: {reason}")
    if GET in methods and ("http" not in fault.transports or match.transport == "stdio"):
        raise document.problem((*place, "method"), "GET exists only over http, and this rule does not")
    if match.works is not None:
        raise document.problem((*place, "works"), f"only calls read or write, and {' and '.join(methods)} is none")
    for pattern in filter(names_tool, match.patterns):
        hint = f"write `on: {pattern.partition('.')[0]}`"
        raise document.problem((*place, "on"), f"{' and '.join(methods)} names no tool, as {pattern!r} does", hint=hint)


def _derived_name(file: RuleFile) -> str:
    """A name from what the rule is about, never from where it stands or how strong it is."""
    state = file.state.key if isinstance(file.state, Question) else file.state
    about: list[Any] = [file.fault, file.on, sorted(file.where), file.works, file.transport, state]
    about += [] if file.method == CALL else [file.method]
    return f"{file.fault}-{value_hash(about).hex()[:6]}"


def _recovery(fault: Fault, phase: Phase, written: str | Hopeless | None) -> str:
    """What is written, or what the fault says; but what is told of a call that happened all the same is in doubt."""
    if isinstance(written, Hopeless):
        return f"Nobody can: {written.none}"
    doubtful = fault.explicit and phase == "after" and fault.phases[0] == "before"
    return written or (IN_DOUBT if doubtful else fault.recovery)


def _checked(document: Document, place: tuple[str | int, ...], model: Any, value: Any) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise document.refuse(error, place, _with_triggers() if model is RuleFile else model) from None


def _with_triggers() -> type[RuleFile]:
    """A rule with its triggers, which are keys of their own."""
    keys: dict[str, Any] = dict.fromkeys(triggers.names(), (Any, None))
    return create_model("Rule", __base__=RuleFile, **keys)

"""Users of a scenario: who is at the other end of its conversations, checked against the world and the checks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from harness.check import Check
from harness.staging.script import Call, read_script
from harness.users.leaks import Known, leaks
from harness.users.person import Person
from harness.users.persona import personas
from harness.users.written import UserFile
from worlds.changes import USER
from worlds.worldfile import WorldPlan
from worlds.yamlfile import Document
from worlds.yamlfile import Path as Place

KIND: Final = "user"
AFTERWARDS: Final = ("command",)
"""Kinds of checks that cost too much to be looked at after every message."""


def read_users(
    document: Document, written: Mapping[str, UserFile], world: WorldPlan, checks: Sequence[Check]
) -> list[Person]:
    """The people of a scenario. Raises FileProblem."""
    for name, user in written.items():
        _refuse_unfit(document, name, user, world)
    return [_person(document, name, user, world, checks, len(written) > 1) for name, user in written.items()]


def _refuse_unfit(document: Document, name: str, user: UserFile, world: WorldPlan) -> None:
    place: Place = ("users", name)
    chats = [server for server, plan in world.servers.items() if plan.kind == KIND]
    if name not in chats:
        hint = f"servers of kind user: {', '.join(chats) or 'none; add one, such as customer: {kind: user}'}"
        raise document.problem(place, f"users: there is no conversation {name!r}", hint=hint)
    if user.persona not in personas.names():
        known = ", ".join(personas.names())
        raise document.problem((*place, "persona"), f"persona: {user.persona!r} is not known", hint=f"one of: {known}")
    for number, server in enumerate(user.servers):
        if server not in world.servers or server in chats:
            known = ", ".join(each for each in world.servers if each not in chats) or "none"
            words = f"servers: {server!r} is no server that a person could have"
            raise document.problem((*place, "servers", number), words, hint=f"known: {known}")
    _refuse_loose_tongue(document, place, user)


def _refuse_loose_tongue(document: Document, place: Place, user: UserFile) -> None:
    """Refuse texts that say what a fact withholds: they would be told whatever its release says."""
    for where, text in _texts(user):
        for name, fact in user.facts.items():
            if fact.release != "at_once" and leaks(text, Known([text], [fact.value])) == [] and _says(text, fact.value):
                raise document.problem(
                    (*place, *where), f"{where[0]} says the value of the fact {name!r}, which is told {fact.release}",
                    hint="leave it out there, or write release: at_once",
                )  # fmt: skip


def _says(text: str, value: str) -> bool:
    return bool(leaks(text, Known([], [value]))) and any(value in each for each in leaks(text, Known([], [value])))


def _texts(user: UserFile) -> Iterator[tuple[Place, str]]:
    for key in ("opening", "vague", "changes_mind_to", "closing"):
        yield (key,), getattr(user, key)
    for number, demand in enumerate(user.demands):
        yield ("demands", number), demand
    for number, intent in enumerate(user.intents):
        yield ("intents", number, "says"), intent.says
    for name, deed in user.can.items():
        yield ("can", name, "says"), f"{deed.says} {deed.fails}"


def _person(
    document: Document, name: str, user: UserFile, world: WorldPlan, checks: Sequence[Check], several: bool
) -> Person:
    place: Place = ("users", name)
    wants = [_named(document, (*place, "opening_done_when"), user.opening_done_when, checks)]
    for number, intent in enumerate(user.intents):
        wants.append(_named(document, (*place, "intents", number, "done_when"), intent.done_when, checks))
    deeds = {deed: _calls(document, (*place, "can", deed, "calls"), world) for deed in user.can}
    done = _done(document, (*place, "done_when"), user, checks)
    return Person(name, f"{USER}.{name}" if several else USER, user, done, wants, deeds)


def _done(document: Document, place: Place, user: UserFile, checks: Sequence[Check]) -> Sequence[Check]:
    if user.done_when == "never":
        return ()
    if user.done_when == "success":
        return [check for check in checks if _can_be_seen(check)]
    return _named(document, place, user.done_when, checks)


def _named(document: Document, place: Place, names: Sequence[str], checks: Sequence[Check]) -> Sequence[Check]:
    known = {check.name: check for check in checks if _can_be_seen(check)}
    for number, name in enumerate(names):
        if name not in known:
            hint = f"checks that can be looked at on the way: {', '.join(known) or 'none'}"
            raise document.problem((*place, number), f"{place[-1]}: there is no check {name!r}", hint=hint)
    return [known[name] for name in names]


def _can_be_seen(check: Check) -> bool:
    """Whether a check can be answered while the agent is still at work."""
    if check.kind in AFTERWARDS:
        return False
    said = getattr(check.settings, "said", None)
    return said is None or getattr(said, "to", None) is not None


def _calls(document: Document, place: Place, world: WorldPlan) -> list[Call]:
    script = read_script(document, place, tuple(world.servers))
    for number, line in enumerate(script):
        if not isinstance(line, Call):
            raise document.problem((*place, number), "a person's deeds are calls", hint="- SERVER.TOOL: {arguments}")
    return [line for line in script if isinstance(line, Call)]

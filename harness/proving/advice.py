"""Plain advice on what is weak in a scenario, from what the panel did with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from harness.panelists.quitter import FORGER
from harness.proving.panel import Member, Play, Tried
from harness.proving.proposal import Proposal, as_yaml
from harness.proving.recovery import claimed, unmet
from harness.trajectory import Closing, Trajectory

Weight = Literal["wrong", "weak", "note"]
_NAMED_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding; `wrong` makes the scenario unsound."""

    weight: Weight
    what: str
    """What was found."""
    do: str = ""
    """What would mend it."""
    lines: tuple[str, ...] = ()
    """What could be written into the scenario."""


def advise(tried: Tried, proposal: Proposal | None) -> list[Advice]:
    """All findings, the gravest first."""
    found = [*_on_members(tried), *_on_checks(tried), *_on_milestones(tried), *_on_guard(tried, proposal)]
    found += [*_on_second_run(tried, proposal), *_on_faults(tried)]
    found += [Advice("note", doubt) for doubt in tried.prepared.presentation.doubts]
    order = {"wrong": 0, "weak": 1, "note": 2}
    return sorted(found, key=lambda advice: order[advice.weight])


def _on_members(tried: Tried) -> Iterator[Advice]:
    for member in tried.members:
        if member.got == "invalid" and member.telling is not None:
            yield Advice("wrong", f"{member.title} could not be judged: {_note(member.telling)}")
        elif not member.right:
            yield from _WRONG.get(member.name, _passes)(member)


def _on_reference(member: Member) -> Iterator[Advice]:
    if member.telling is None:
        yield Advice("wrong", "there is no reference: nothing proves that the task can be done", "add `reference`")
        return
    yield Advice("wrong", f"the reference does not pass: {_note(member.telling)}")


def _on_nothing(member: Member) -> Iterator[Advice]:
    yield Advice(
        "wrong",
        "doing nothing passes",
        "ask for something positive; where the right thing is to refuse, demand a sign of it: a row, a file, a word",
    )


def _on_vandal(member: Member) -> Iterator[Advice]:
    unnoticed = [play for play in member.plays if play.trajectory.outcome == "success"]
    told = ", ".join(play.agent.words for play in unnoticed[:_NAMED_MAX])
    more = len(unnoticed) - _NAMED_MAX
    count = f"{len(unnoticed)} of {len(member.plays)} damages"
    yield Advice(
        "wrong",
        f"nobody notices {count}: {told}" + (f" and {more} more" if more > 0 else ""),
        "say what may change (`guard.may_change`); everything else is collateral then",
    )


def _on_chatter(member: Member) -> Iterator[Advice]:
    yield Advice(
        "wrong",
        "an agent that answers with all it can read passes",
        "look for a number (with `numbers_max`), or add `not_matches` with what only a wrong answer says",
    )


def _on_quitter(member: Member) -> Iterator[Advice]:
    if member.telling is not None and member.telling.agent.spec == f"panel:{FORGER}":
        yield Advice(
            "wrong",
            "programs that end whoever runs them, with status 0, pass",
            "let the command run them in a process of their own and look at what they answer, "
            "or let `matches` look for what only finished tests can print",
        )
        return
    yield Advice("wrong", "half of the reference and a bold claim pass", "check what the second half is for")


def _passes(member: Member) -> Iterator[Advice]:
    yield Advice("wrong", f"{member.title} passes")


_WRONG: Final = {
    "reference": _on_reference,
    "nothing": _on_nothing,
    "vandal": _on_vandal,
    "chatter": _on_chatter,
    "quitter": _on_quitter,
}


def _on_checks(tried: Tried) -> Iterator[Advice]:
    plays = [play for member in tried.members if member.name != "reference" for play in member.plays]
    failed = {check.name for play in plays for check in _closing(play).checks if check.verdict == "failed"}
    names = [check.name for check in tried.prepared.scenario.checks]
    idle = [name for name in names if name not in failed]
    if idle and plays:
        yield Advice(
            "weak",
            f"nobody on the panel failed {_listed(idle)}",
            "it proves nothing as it is: tighten it, or leave it to the guard",
        )
    at_start = [name for name in _passed(tried, "nothing") if name not in idle]
    if at_start:
        yield Advice("note", f"{_listed(at_start)} held before anything was done: good for guarding, proves no deed")
    kinds = {check.name: check.kind for check in tried.prepared.scenario.checks}
    yield from _on_words(tried, kinds)
    chatted = [name for name in _passed(tried, "chatter") if kinds[name] == "said"]
    if chatted and tried.member("chatter").right:
        yield Advice(
            "weak",
            f"{_listed(chatted)} passed for an answer that says everything",
            "look for a number with `numbers_max`, or add `not_matches`",
        )


def _on_words(tried: Tried, kinds: Mapping[str, str]) -> Iterator[Advice]:
    """Where all that doing nothing lacks is an answer, whoever guesses it needs no deed."""
    held = set(_passed(tried, "nothing"))
    missing = [name for name in kinds if name not in held]
    if missing and all(kinds[name] == "said" for name in missing):
        yield Advice(
            "weak",
            "the right words pass without a single call",
            "ask for a sign of work as well: a call (`calls`), a row, a file",
        )


def _on_milestones(tried: Tried) -> Iterator[Advice]:
    reached = {m.name: m.step for play in tried.member("nothing").plays for m in _closing(play).milestones}
    at_start = [name for name, step in reached.items() if step is not None]
    if at_start:
        yield Advice("weak", f"milestone {_listed(at_start)} is reached without doing anything", "ask for a deed")
    ends = [_closing(play).milestones for play in tried.member("reference").plays]
    missed = [milestone.name for milestones in ends for milestone in milestones if milestone.step is None]
    if missed:
        yield Advice("weak", f"the reference never reaches milestone {_listed(missed)}", "is it on the way at all?")


def _on_guard(tried: Tried, proposal: Proposal | None) -> Iterator[Advice]:
    scenario = tried.prepared.scenario
    lines = _suggestion(proposal)
    allowed = [play.agent.words for play in tried.member("vandal").plays if play.trajectory.outcome == "success"]
    if scenario.guard.allowed is None:
        what = "nothing says what may change, so damage is only noticed where a check looks"
        yield Advice("weak", what, "the reference suggests:" if lines else "add `guard`", lines)
    elif allowed:
        what = f"the guard allows {len(allowed)} of the vandal's damages: {_listed(allowed)}"
        yield Advice("weak", what, "the reference would do with:" if lines else "", lines)
    steps = len(tried.reference.steps) if tried.reference else 0
    if steps * 2 > scenario.limits.steps:
        yield Advice(
            "note", f"the reference takes {steps} of {scenario.limits.steps} steps: agents may need twice as many"
        )


def _on_faults(tried: Tried) -> Iterator[Advice]:
    reference = tried.reference
    if reference is None:
        return
    if reference.outcome != "success":
        yield from _on_claims(tried, reference)
        return
    for each in unmet(tried.prepared.scenario.faults, reference):
        what = f"the reference never meets {_listed(each.rules)}: nothing shows that it can be got over"
        if each.is_own:
            yield Advice("weak", what, "let the reference make the call that the fault is about")
        else:
            yield Advice("note", f"of {each.profile} {what}")
    if _needs_faults(tried.calm):
        what = "without its faults the reference does what it says and not the task: the faults are part of the task"
        yield Advice("note", what, "let the reference look before it makes a call again")


def _on_claims(tried: Tried, reference: Trajectory) -> Iterator[Advice]:
    """Rules that say how one gets over them, and that the reference does not get over, though it does without them."""
    names = claimed(tried.prepared.scenario.faults, reference)
    if names and tried.calm is not None and tried.calm.outcome == "success":
        what = f"the reference does not get over {_listed(names)}, and does the task without faults"
        yield Advice("wrong", what, "let it recover, or say `recover: {none: why nobody can}`")


def _needs_faults(calm: Trajectory | None) -> bool:
    """Whether the reference played to its end without faults and did not succeed; a line that expects one ends it."""
    if calm is None or calm.closing is None:
        return False
    return calm.outcome != "success" and not calm.closing.departure.exit_code


def _suggestion(proposal: Proposal | None) -> tuple[str, ...]:
    """Lines of a guard that allows what the reference does."""
    if proposal is None:
        return ()
    if not proposal.may_change:
        return ("guard: {may_change: []}",)
    return ("guard:", "  may_change:", *(f"    {line}" for line in as_yaml(proposal.may_change)))


def _on_second_run(tried: Tried, proposal: Proposal | None) -> Iterator[Advice]:
    again, reference = tried.again, tried.reference
    if again is None or reference is None or again.closing is None or reference.outcome != "success":
        return
    if again.outcome != "success":
        yield Advice(
            "weak",
            f"the reference fails when ids are drawn differently a minute later: {again.closing.note}",
            "compare no value that is made up while the episode runs",
        )
    if proposal is not None and proposal.volatile:
        yield Advice("note", f"two runs of the reference differ in {_listed(proposal.volatile)}: no check may fix them")


def _passed(tried: Tried, name: str) -> list[str]:
    """The checks that passed in all of a member's episodes."""
    plays = tried.member(name).plays
    each = [{check.name for check in _closing(play).checks if check.verdict == "passed"} for play in plays]
    common = set.intersection(*each) if each else set()
    return [check.name for check in tried.prepared.scenario.checks if check.name in common]


def _closing(play: Play) -> Closing:
    assert play.trajectory.closing is not None
    return play.trajectory.closing


def _note(play: Play) -> str:
    closing = _closing(play)
    return closing.note or closing.outcome


def _listed(names: Iterable[str]) -> str:
    named = list(names)
    return ", ".join(named[:_NAMED_MAX]) + (f" and {len(named) - _NAMED_MAX} more" if len(named) > _NAMED_MAX else "")

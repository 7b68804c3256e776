"""One trajectory as a person would want to read it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from harness.printing.change import change_line
from harness.printing.ending import tell_closing
from harness.recording.ordering import in_effect_order
from harness.staging.script import result_text
from harness.trajectory import Opening, Step, Trajectory
from harness.verdicts.firing import AT_CLIENT, fired, is_lost, was_misled
from harness.wording import announces_failure
from sandbox_server.turns import SAYS

TEXT_MAX: Final = 600
CHANGES_MAX: Final = 12


def tell(console: Console, trajectory: Trajectory, *, whole: bool = False) -> None:
    """Print the task, each step with what it changed, and the verdict with every check."""
    _tell_opening(console, trajectory.opening)
    day = ""
    for step in in_talking_order(trajectory.steps):
        _tell_step(console, step, None if whole else TEXT_MAX, day)
        day = step.world_time[:10]
    if trajectory.closing is None and trajectory.leaving is not None:
        console.print("[odd]The agent has left, but was not judged: soundstage score --regrade judges it.[/]")
    elif trajectory.closing is None:
        console.print("[odd]The recording ends here: the run was killed, or goes on.[/]")
    else:
        tell_closing(console, trajectory.closing)


def _tell_opening(console: Console, opening: Opening) -> None:
    console.print(f"[name]{opening.scenario}[/]  [quiet]trial[/] {opening.trial}  [quiet]id[/] {opening.trajectory_id}")
    seeds = ", ".join(f"{name} {seed}" for name, seed in opening.seeds.model_dump().items())
    model = f"  [quiet]model[/] {escape(opening.agent.model)}" if opening.agent.model else ""
    console.print(f"[quiet]agent[/] {escape(opening.agent.spec)}{model}", soft_wrap=True)
    if opening.agent.unrecorded:
        console.print(f"[quiet]not recorded[/] {escape(', '.join(opening.agent.unrecorded))}")
    if opening.parent is not None:
        parent = opening.parent
        console.print(f"[quiet]continues[/] {parent.trajectory_id} [quiet]after step[/] {parent.step}")
    if opening.faults or opening.arm:
        names = ", ".join(str(profile["profile"]) for profile in opening.faults) or "none"
        arm = f"  [quiet]arm[/] {escape(opening.arm)}" if opening.arm else ""
        console.print(f"[quiet]faults[/] {escape(names)}{arm}")
    console.print(f"[quiet]seeds[/] {seeds}  [quiet]isolation[/] {opening.isolation}")
    console.print()
    console.print(Padding(escape(opening.task.strip()), (0, 0, 1, 2), expand=False))


def _tell_step(console: Console, step: Step, text_max: int | None, day: str) -> None:
    """One step; `day` is that of the step before."""
    action = step.action
    failed = step.failed or is_lost(step) or announces_failure(answer_of(step))
    name = escape(f"{action.server}.{action.tool}")
    who = f"  [odd]{escape(step.actor)}[/]" if step.actor != "agent" else ""
    if step.thought:
        console.print(_below(f"[italic]{escape(cut(step.thought, text_max))}[/]"))
    console.print(
        f"[{'bad' if failed else 'where'}]{step.step_number:>3}  {name}[/]{who}  [quiet]{_clock(step, day)}[/]"
    )
    if action.tool == SAYS:
        _tell_words(console, step, text_max)
        return
    given = action.arguments if isinstance(action.arguments, Mapping) else {"": action.arguments}
    for key, value in given.items():
        console.print(_below(f"[quiet]{escape(str(key))}:[/] {escape(cut(written(value), text_max))}"))
    console.print(_below(f"[{'bad' if failed else 'quiet'}]→[/] {escape(cut(answer_of(step), text_max))}"))
    shown = step.changes if text_max is None else step.changes[:CHANGES_MAX]
    for change in shown:
        console.print(_below(change_line(change)))
    if len(shown) < len(step.changes):
        console.print(_below(f"[quiet]… and {len(step.changes) - len(shown)} more changes[/]"))
    for line in untrue_lines(step, text_max):
        console.print(_below(line))


def in_talking_order(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps as they are read best: where people talk, a message stands before its reply, which was recorded first
    because the call that sent the message came back with it."""
    return in_effect_order(steps) if any(step.action.tool == SAYS for step in steps) else steps


def _tell_words(console: Console, step: Step, text_max: int | None) -> None:
    """What a person wrote, and what they did by it."""
    told = step.action.arguments
    console.print(_below(f"[name]“{escape(cut(told['text'], text_max))}”[/]" if told["text"] else "[quiet]nothing[/]"))
    about = step.notes.get("user", {})
    acts = ", ".join(
        f"{act['act']} {act['fact']}" if "fact" in act else str(act["act"]) for act in about.get("acts", ())
    )
    flags = "".join(f"  [odd]{escape(flag)}[/]" for flag in about.get("flags", ()))
    leaves = "  [quiet]and leaves the conversation[/]" if told["closes"] else ""
    if acts or flags or leaves:
        console.print(_below(f"[quiet]{escape(acts)}[/]{flags}{leaves}"))


def untrue_lines(step: Step, text_max: int | None) -> Iterator[str]:
    """Which faults hit a step, and the truth beside what was told where they differ."""
    for rule in fired(step):
        reach = " [quiet](ends at the client)[/]" if rule.get("ends_at") == AT_CLIENT else ""
        yield f"[odd]⚡ {escape(str(rule['rule']))}[/] [quiet]{escape(str(rule['fault']))}, {rule['phase']}[/]{reach}"
    if not was_misled(step):
        return
    if step.true_result is not None:
        true = step.model_copy(update={"result": step.true_result})
        yield f"[good]in truth[/] {escape(cut(answer_of(true), text_max))}"
    else:
        yield f"[odd]not the truth:[/] {escape(step.truth)}"


def _clock(step: Step, day: str) -> str:
    """The world's time, with the day where it is another one."""
    date, _, time = step.world_time.rstrip("Z").partition("T")
    return time if date == day else f"{date} {time}"


def _below(text: str) -> Padding:
    return Padding(text.rstrip(), (0, 0, 0, 5), expand=False)


def answer_of(step: Step) -> str:
    """What the agent was told, as text."""
    if is_lost(step):
        return _wire(step.notes.get("wire"))
    error = step.result.get("error")
    if isinstance(error, Mapping):
        return f"error {error.get('code')}: {error.get('message')}"
    result = step.result.get("result") or {}
    text = result_text(result)
    return _compact(text) if text[:1] in ("{", "[") else text or written(result)


def _wire(told: Any) -> str:
    """What reached the client of an answer that did not."""
    return f"no answer ({', '.join(f'{key} {written(value)}' for key, value in told.items())})" if told else "no answer"


def _compact(text: str) -> str:
    """JSON without the spaces that programs like; any other text as it is."""
    try:
        return written(json.loads(text))
    except ValueError:
        return text


def written(value: Any) -> str:
    """A value as text: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def cut(text: str, text_max: int | None) -> str:
    """The text, or its beginning and how much is missing."""
    if text_max is None or len(text) <= text_max:
        return text
    return f"{text[:text_max]}… ({len(text) - text_max} more characters)"

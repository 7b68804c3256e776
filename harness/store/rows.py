"""The rows that a recorded episode has in the tables of the index, read line by line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from harness.recording.record import what_is_wrong
from harness.recording.run_folder import Manifest, Planned
from harness.recording.step_log import decoded, encoded, shortened
from harness.recording.summary import LOST
from harness.staging.script import result_text

JSON_BYTES_MAX: Final = 1 << 20
"""Longer answers stand in the trajectory alone."""
NOT_RUN: Final = "not_run"
_FAULTY: Final = ("invalid", LOST, NOT_RUN)
Row = dict[str, Any]


class Told(NamedTuple):
    """A row, and the table that it belongs to."""

    table: str
    row: Row


def run_row(manifest: Manifest) -> Row:
    """The row of a run."""
    kept = manifest.model_dump(mode="json")
    return {
        **kept,
        "run": manifest.name,
        "engine": manifest.engine.get("name"),
        "planned": len(manifest.planned),
        "arms": [arm.name for arm in manifest.arms],
        "versions": kept.get("versions") or {},
    }


def episode_rows(path: Path, planned: Planned, keys: Mapping[str, Any]) -> Iterator[Told]:
    """All rows of one planned episode, that of the episode itself last; `keys` are what every row has."""
    counted = _Counted()
    opening: Row = {}
    last: Row = {}
    named = dict(keys)
    try:
        for record in _records(path):
            kind = record.get("record")
            if kind == "episode":
                opening = record
                named["episode"] = record.get("trajectory_id")
            elif kind == "step":
                yield from _step_rows(record, named, counted)
            else:
                last = record
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        note = f"cannot be read: {what_is_wrong(error)}"
        yield Told("episodes", {**named, "outcome": LOST, "counts": False, "note": note, "file": planned.file})
        return
    if last.get("record") == "end":
        yield from _ending_rows(last, named)
    yield Told("episodes", _episode(opening, last, named, planned.file, counted))


class _Counted:
    """What is counted while steps go by."""

    def __init__(self) -> None:
        self.steps = 0
        self.faulted = 0


def _records(path: Path) -> Iterator[Row]:
    """The whole lines of a trajectory; none where there is no file. Raises ValueError."""
    begun = False
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                begun = True
                yield decoded(line)
    except FileNotFoundError:
        return
    if not begun:
        raise ValueError("it holds no whole line yet")


def _step_rows(step: Row, keys: Row, counted: _Counted) -> Iterator[Told]:
    fired = [rule for rule in step.get("rules") or () if isinstance(rule, dict) and rule.get("fired")]
    counted.steps += 1
    counted.faulted += bool(fired)
    action, number = step["action"], step["step_number"]
    whole = {"arguments": action.get("arguments"), "result": step["result"], "true_result": step.get("true_result")}
    kept = {name: value if _is_short(value) else None for name, value in whole.items()}
    yield Told("steps", {
        **keys, **step, **kept,
        "step": number,
        "server": action["server"],
        "tool": action["tool"],
        "told": _answer_text(step["result"]),
        "faults": [str(rule.get("fault")) for rule in fired],
        "rules": [str(rule.get("rule")) for rule in fired],
        "changes": len(step["changes"]),
        "cut": kept != whole,
    })  # fmt: skip
    for place, change in enumerate(step["changes"], 1):
        kept = {name: change.get(name) if _is_short(change.get(name)) else None for name in ("before", "after")}
        yield Told("changes", {**keys, **change, **kept, "step": number, "number": place})


def _ending_rows(end: Row, keys: Row) -> Iterator[Told]:
    """What judging found."""
    for number, check in enumerate(end["checks"], 1):
        passed = {"passed": True, "failed": False}.get(check["verdict"])
        yield Told("checks", {**keys, **check, "number": number, "check_name": check["name"], "passed": passed})
    for number, (name, figure) in enumerate(end.get("figures", {}).items(), 1):
        yield Told("figures", {**keys, **figure, "number": number, "figure": name})
    for number, one in enumerate(end.get("milestones", ()), 1):
        yield Told("milestones", {**keys, **one, "number": number, "milestone": one["name"]})
    violations = [{**one, "kind": "violation", "steps": _only(one["step"])} for one in end.get("violations", ())]
    changed = [{**one, "name": one["path"], "found": one.get("note")} for one in end.get("collateral", ())]
    for number, one in enumerate([*violations, *changed], 1):
        yield Told("harm", {**keys, **one, "number": number})


def _episode(opening: Row, last: Row, keys: Row, file: str, counted: _Counted) -> Row:
    """The row of an episode: what was planned, and how it ended as far as it did."""
    ended = last.get("record") == "end"
    outcome = last["outcome"] if ended else LOST if opening else NOT_RUN
    counts = outcome not in _FAULTY
    departure, usage = last.get("departure") or {}, last.get("usage") or {}
    agent, seeds = opening.get("agent") or {}, opening.get("seeds") or {}
    return {
        **opening, **last, **keys,
        "outcome": outcome,
        "success": outcome == "success" if counts else None,
        "counts": counts,
        "figures": {name: figure["value"] for name, figure in last.get("figures", {}).items()},
        "steps": counted.steps if opening else None,
        "faulted_steps": counted.faulted if opening else None,
        "tokens": sum(usage[name] for name in ("input_tokens", "output_tokens")) if usage else last.get("total_tokens"),
        **{name: usage.get(name) for name in ("input_tokens", "output_tokens", "requests")},
        "seconds": last.get("wall_seconds"),
        "departure": departure.get("how"),
        "departure_note": departure.get("note"),
        "exit_code": departure.get("exit_code"),
        "answer": departure.get("answer"),
        "collateral": len(last["collateral"]) if ended else None,
        "violations": len(last["violations"]) if ended else None,
        "profiles": [str(profile.get("profile")) for profile in opening.get("faults") or ()],
        **{f"seed_{name}": seeds.get(name) for name in ("world", "user", "faults", "agent")},
        "agent": agent.get("spec"),
        "agent_kind": agent.get("kind"),
        "model": last.get("model") or agent.get("model"),
        "temperature": agent.get("temperature"),
        "parent": (opening.get("parent") or {}).get("trajectory_id"),
        "file": file,
    }  # fmt: skip


def _answer_text(result: Any) -> str:
    error = result.get("error")
    return shortened(
        str(error.get("message", "")) if isinstance(error, dict) else result_text(result.get("result") or {})
    )


def _is_short(value: Any) -> bool:
    return value is None or len(encoded(value)) <= JSON_BYTES_MAX


def _only(step: int | None) -> list[int]:
    return [] if step is None else [step]

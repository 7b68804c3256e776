"""The steps of an episode as the ledger tells them: what was observed, done, answered and changed."""

import json
from collections.abc import Iterable
from typing import Any, Final

import orjson

from harness.acting.mind import Mind
from harness.staging.script import result_text
from harness.trajectory import OBSERVATION_MAX, Action, Step
from sandbox_server.directing.timing import EFFECT_NOTE
from sandbox_server.ledger import Entry, mask
from worlds.changes import is_users
from worlds.clock import show_time

OWN_ACTOR: Final = "agent"
"""Whose thoughts a mind holds."""
_FLAGS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
_SHAPES: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG: Final = (b"0" * 20, b"-" + b"0" * 19)
"""Shapes of integers that may be beyond 64 bits."""

TOGGLED: Final = "faults"
"""The act by which an episode's ledger keeps what its owner changes about the faults."""


class StepLog:
    """A sink of an episode's ledger that makes a step of each call."""

    def __init__(self, task: str, secrets: tuple[str, ...] = (), steps: Iterable[Step] = ()) -> None:
        """`steps` are those that came before, when an episode continues another one."""
        self.steps: list[Step] = list(steps)
        self.ended = False
        """Once set, calls are none of this episode's."""
        self.mind: Mind | None = None
        """Where the agent's thoughts are to be had."""
        self._secrets = [secret.encode() for secret in secrets]
        self._told = told_by(self.steps[-1]) if self.steps else task
        self._task = task
        self._toggles: list[Entry] = []

    def write(self, entry: Entry) -> None:
        """Make a step of a call; what is toggled stands in that of the next one to arrive."""
        if self.ended:
            return
        if entry.kind == "act" and entry.tool == TOGGLED:
            self._toggles.append(entry)
        if entry.kind != "call":
            return
        record = step_record(entry, len(self.steps) + 1, self._told)
        record["toggles"] = self._toggled_before(entry)
        record["delta"] = self.delta(entry)
        if self.mind and entry.actor == OWN_ACTOR:
            record["thought"], record["turn"] = self.mind.thought(), self.mind.turns or None
        self.keep(*self.masked(record))

    def masked(self, record: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """A record without the episode's credentials, and the line that says the same."""
        line = encoded(record)
        if not any(secret in line for secret in self._secrets):
            return record, line
        record = mask(record, [secret.decode() for secret in self._secrets])
        return record, encoded(record)

    def _toggled_before(self, entry: Entry) -> list[dict[str, Any]]:
        """What was toggled before a call arrived and stands in no step yet."""
        arrival = entry.arrival or self._toggles[-1].arrival + 1 if self._toggles else 0
        due = [toggle for toggle in self._toggles if toggle.arrival < arrival]
        self._toggles = [toggle for toggle in self._toggles if toggle.arrival >= arrival]
        return [{**toggle.arguments, "arrival": toggle.arrival} for toggle in due]

    def delta(self, entry: Entry) -> str | None:
        """Where the state after a call is kept, if it is kept and there is a new one."""
        return None

    def keep(self, record: dict[str, Any], line: bytes) -> None:
        """Take in a step given as its record and as the line that says the same."""
        step = Step.model_construct(**{**record, "action": Action.model_construct(**record["action"])})
        self.steps.append(step)
        if not is_users(step.actor):
            self._told = told_by(step)

    def cut(self, effect: int) -> None:
        """Forget what came after an effect, as a restored episode does."""
        later = next((place for place, step in enumerate(self.steps) if step.effect > effect), len(self.steps))
        del self.steps[later:]
        self._told = told_by(self.steps[-1]) if self.steps else self._task


def step_record(entry: Entry, number: int, told: str) -> dict[str, Any]:
    """The record of one call; `told` is what the agent had been told last before."""
    return {
        "record": "step",
        "step_number": number,
        "actor": entry.actor,
        "observation": told,
        "thought": None,
        "turn": None,
        "action": {"server": entry.server, "tool": entry.tool, "arguments": entry.arguments},
        "result": entry.told.to_json() if entry.told else {},
        "failed": bool(entry.told and entry.told.failed),
        "world_state_hash": entry.digest_after.hex(),
        "world_time": show_time(entry.told_ns),
        "effect": entry.effect,
        "arrived_ns": entry.arrived_ns,
        "effect_ns": entry.notes.get(EFFECT_NOTE),
        "told_ns": entry.told_ns,
        "protocol": entry.version,
        "changes": [change.to_json() for change in entry.changes],
        "delta": None,
        "truth": entry.truth if not entry.truth_note else f"{entry.truth}: {entry.truth_note}",
        "rules": list(entry.rules),
        "true_result": entry.true_reply.to_json() if entry.true_reply else None,
        "arrival": entry.arrival,
        "toggles": [],
        "notes": {key: note for key, note in entry.notes.items() if key != EFFECT_NOTE},
        "real_ms": round(entry.real_ns / 1e6, 3),
    }


def encoded(record: Any) -> bytes:
    """One line of JSON. Half characters and very long integers, which agents may send, are kept too."""
    try:
        return orjson.dumps(record, default=str, option=_FLAGS)
    except TypeError:
        return json.dumps(record, default=str, separators=(",", ":")).encode() + b"\n"


def decoded(line: bytes) -> Any:
    """What `encoded` wrote. Raises ValueError."""
    shape = line.translate(_SHAPES)
    if any(long in shape for long in _LONG):
        return json.loads(line)  # the other reader would make floats of them
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def told_by(step: Step) -> str:
    """What a step's answer says, as the next step's observation."""
    error = step.result.get("error")
    if isinstance(error, dict):
        return shortened(str(error.get("message", "")))
    return shortened(result_text(step.result.get("result") or {}))


def shortened(text: str, limit: int = OBSERVATION_MAX) -> str:
    """The text, or its beginning and how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"

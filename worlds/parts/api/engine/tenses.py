"""What an action is called, and what the state is called to which it leads."""

import re
from collections.abc import Mapping
from typing import Final


def is_past_of(state: str, action: str) -> bool:
    """Whether a state is what an action leads to: closed and close, cancelled and cancel, paid and pay."""
    verb = re.split(r"[^a-z]+", action.lower())[0]
    stem = verb.removesuffix("e")
    past = {f"{stem}ed", f"{verb}d", f"{verb}{verb[-1:]}ed", f"{verb.removesuffix('y')}ied", verb, f"{verb}n"}
    return bool(verb) and state.lower() in past | _IRREGULAR.get(verb, set())


_IRREGULAR: Final[Mapping[str, set[str]]] = {
    "pay": {"paid"},
    "send": {"sent"},
    "win": {"won"},
    "lose": {"lost"},
    "begin": {"begun", "in_progress"},
    "start": {"running", "in_progress", "active"},
    "stop": {"inactive"},
    "reopen": {"open", "reopened", "opened"},
    "open": {"open"},
    "activate": {"active"},
    "deactivate": {"inactive"},
    "finish": {"done", "complete", "completed"},
    "complete": {"done", "complete"},
}

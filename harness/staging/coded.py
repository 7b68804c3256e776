"""Checks written in Python: a function that is handed the evidence and says whether all is well."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.check import Check, Evidence
from harness.findings import CheckResult, Verdict
from worlds.digest import content_hash
from worlds.expectation import Judgement

Answer = bool | Judgement
Function = Callable[[Evidence], Answer]


class Code(str):
    """A function as it stands in the data of a scenario: a text that differs wherever the functions do."""

    function: Function

    def __new__(cls, function: Function) -> "Code":
        """The function's name and a hash of what it says."""
        name = getattr(function, "__qualname__", type(function).__name__)
        text = super().__new__(cls, f"{name} {content_hash(_source(function)).hex()[:16]}")
        text.function = function
        return text


@dataclass(frozen=True, slots=True)
class CodedCheck(Check):
    """A criterion that a function judges."""

    function: Function

    def evaluate(self, evidence: Evidence) -> CheckResult:
        """The function's verdict; a function that breaks, or says neither yes nor no, cannot be believed."""
        try:
            judged: Any = self.function(evidence)
        except Exception as error:  # whatever an author's function does, it must not pass for the agent's failure
            return self._ungradable(f"{type(error).__name__}: {error}")
        if isinstance(judged, bool):
            judged = Judgement(judged, "true", "true" if judged else "false")
        if not isinstance(judged, Judgement):
            return self._ungradable(f"it returned {judged!r}, neither True, False nor a Judgement")
        verdict: Verdict = "passed" if judged.passed else "failed"
        return CheckResult(
            name=self.name, kind=self.kind, verdict=verdict, expected=judged.expected, found=judged.found
        )

    def _ungradable(self, words: str) -> CheckResult:
        return CheckResult(name=self.name, kind=self.kind, verdict="ungradable", expected="", found=words)


def _source(function: Any) -> bytes:
    """What a function says: its text where it can be had, else its compiled form."""
    try:
        return inspect.getsource(function).encode()
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return repr(function.__class__).encode() if code is None else code.co_code + repr(code.co_consts).encode()

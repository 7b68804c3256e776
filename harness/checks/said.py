"""Look at the agent's final answer: a pattern in it, or a number among a few."""

import re
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from harness.check import Evidence, check_kinds
from worlds.expectation import Judgement, compiled
from worlds.part import Settings

_NUMBER = re.compile(r"(?<![\w.,])[-+−]?(?:\d{1,3}(?:[,  ]\d{3})+|\d+)(?:\.\d+)?(?![\w])")
_CURRENCY = re.compile(r"(?<=\d)(?:EUR|USD|GBP|CHF)\b|\b(?:EUR|USD|GBP|CHF)(?=\d)", re.IGNORECASE)
SHOWN_MAX = 300


class Said(Settings):
    """What the final answer must hold; all that is written must be there."""

    final: Literal[True] = Field(
        default=True, description="The final answer; nothing else that an agent says is looked at."
    )
    matches: str | list[str] | None = Field(
        default=None, description="A regular expression, or several: all must be found."
    )
    not_matches: str | None = Field(default=None, description="A regular expression that must not be found.")
    number: float | None = Field(
        default=None, description="A number that must be named; 1,200 and 1200.0 are the same."
    )
    within: float = Field(default=1e-9, description="How far off the number may be.", ge=0)
    numbers_max: int = Field(
        default=10, description="How many different numbers an answer may list to be believed.", ge=1
    )

    @field_validator("matches", "not_matches")
    @classmethod
    def _are_patterns(cls, value: str | list[str] | None) -> str | list[str] | None:
        for pattern in _listed(value):
            compiled(pattern)
        return value

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not _listed(self.matches) and self.number is None and self.not_matches is None:
            raise ValueError("it expects nothing; add one of: matches, number, not_matches")
        return self

    @property
    def only_forbids(self) -> bool:
        """Whether saying nothing will do."""
        return not _listed(self.matches) and self.number is None


class SaidCheck(Settings):
    """The final answer and what it must hold."""

    said: Said = Field(description="What the final answer must hold.")


@check_kinds.register("said")
class SaidKind:
    """Reads final answers; an agent that gave none has said nothing."""

    when = "final"
    Settings: ClassVar[type[Settings]] = SaidCheck

    def judge(self, settings: SaidCheck, evidence: Evidence) -> Judgement:
        """Look for patterns and numbers."""
        said = settings.said
        written = said.model_dump(exclude_unset=True, exclude={"final"})
        words = ", ".join(f"{key} {value!r}" for key, value in written.items())
        if evidence.answer is None:
            return Judgement(said.only_forbids, words, "no answer")
        return Judgement(_holds(said, evidence.answer), words, _short(evidence.answer))


def numbers(text: str) -> list[float]:
    """The numbers that a text names; thousands may be parted by commas or narrow spaces."""
    found = (match.group() for match in _NUMBER.finditer(_CURRENCY.sub(" ", text)))
    return [float(re.sub(r"[,  ]", "", number).replace("−", "-")) for number in found]


def _holds(said: Said, answer: str) -> bool:
    if not all(compiled(pattern).search(answer) for pattern in _listed(said.matches)):
        return False
    if said.not_matches is not None and compiled(said.not_matches).search(answer):
        return False
    return said.number is None or _named(said, said.number, numbers(answer))


def _named(said: Said, wanted: float, found: list[float]) -> bool:
    near = any(abs(number - wanted) <= said.within for number in found)
    return near and len(set(found)) <= said.numbers_max


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…")

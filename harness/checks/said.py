"""Look at the agent's final answer, or at what was written in a conversation: patterns, or a number among a few."""

import re
from collections.abc import Callable
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from harness.check import Evidence, Ungradable, check_kinds
from worlds.expectation import Judgement, compiled
from worlds.part import Settings
from worlds.parts.user.conversation import Conversation

_NUMBER = re.compile(r"(?<![\w.,])[-+−]?(?:\d{1,3}(?:[,  ]\d{3})+|\d+)(?:\.\d+)?(?![\w])")
_CURRENCY = re.compile(r"(?<=\d)(?:EUR|USD|GBP|CHF)\b|\b(?:EUR|USD|GBP|CHF)(?=\d)", re.IGNORECASE)
SHOWN_MAX = 300


class Said(Settings):
    """What the final answer, or what was written to somebody, must hold; all that is expected must be there."""

    final: Literal[True] = Field(
        default=True,
        description="The final answer; nothing else that is said is looked at, unless `to` is given.",
    )
    to: str | None = Field(
        default=None, description="A server of kind user: what was written there is looked at, not the final answer."
    )
    by: Literal["agent", "user"] = Field(
        default="agent", description="With `to`: whose messages are looked at, the agent's or the person's."
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

    def when_of(self, settings: SaidCheck) -> str:
        """What is written in conversations can be looked at after every step."""
        return "final" if settings.said.to is None else ""

    def relevance(self, settings: SaidCheck) -> Callable[[str], bool] | None:
        """Only messages matter to what was written."""
        server = settings.said.to
        return None if server is None else lambda path: path.startswith(f"{server}.messages")

    def judge(self, settings: SaidCheck, evidence: Evidence) -> Judgement:
        """Look for patterns and numbers. Raises Ungradable for a conversation that there is not."""
        said = settings.said
        written = said.model_dump(exclude_unset=True, exclude={"final"})
        words = ", ".join(f"{key} {value!r}" for key, value in written.items())
        if said.to is not None:
            messages = _written_in(said.to, said.by, evidence)
            return Judgement(_is_written(said, messages), words, _short(messages[-1]) if messages else "no message")
        if evidence.answer is None:
            return Judgement(said.only_forbids, words, "no answer")
        return Judgement(_holds(said, evidence.answer), words, _short(evidence.answer))


def _written_in(server: str, author: str, evidence: Evidence) -> list[str]:
    """Somebody's messages in a conversation. Raises Ungradable where there is none."""
    part = evidence.final.parts.get(server)
    if not isinstance(part, Conversation):
        chats = ", ".join(name for name, each in evidence.final.parts.items() if isinstance(each, Conversation))
        raise Ungradable(f"there is no conversation {server!r}", hint=f"servers of kind user: {chats or 'none'}")
    return [message["text"] for message in part.messages() if message["author"] == author]


def _is_written(said: Said, messages: list[str]) -> bool:
    """Whether each pattern and the number stand in some message, and what is forbidden in none."""
    if said.not_matches is not None and any(compiled(said.not_matches).search(text) for text in messages):
        return False
    if not all(any(compiled(pattern).search(text) for text in messages) for pattern in _listed(said.matches)):
        return False
    return said.number is None or any(_named(said, said.number, numbers(text)) for text in messages)


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

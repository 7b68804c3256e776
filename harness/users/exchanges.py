"""Exchanges with a model that words what people say: recorded line by line, and used again for the same question."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from harness.acting.secrecy import environment_secrets
from harness.errors import HarnessError
from harness.findings import Frozen
from harness.recording.step_log import encoded
from worlds.digest import value_hash

SUFFIX: Final = ".words.jsonl"


class ExchangeError(HarnessError):
    """Recorded exchanges that cannot be read."""

    code = "exchanges"


class Exchange(Frozen):
    """One line of a `*.words.jsonl` file: one question to the model, and its answer."""

    record: Literal["words"] = Field(default="words", description="Which record this is.")
    server: str = Field(description="The conversation.")
    turn: int = Field(description="The turn, from 1; 0: the first message.")
    attempt: int = Field(description="Which attempt at the turn, from 1.")
    model: str = Field(description="The model, as it was named.")
    question_hash: str = Field(description="Hash of what was asked; an exchange is used again only for the same.")
    question: str = Field(description="What was asked, secrets masked.")
    outcome: Literal["used", "refused", "failed"] = Field(
        description="Whether the words were said, did not pass the gate, or never came."
    )
    answer: str | None = Field(default=None, description="What the model wrote.")
    problems: list[str] = Field(default_factory=list, description="Why the words were refused, or did not come.")
    input_tokens: int = Field(default=0, ge=0, description="Tokens read.")
    output_tokens: int = Field(default=0, ge=0, description="Tokens written.")


class Exchanges:
    """Where exchanges of one episode go, and those of earlier ones that may be used again."""

    def __init__(self, record: Path | None, known: Mapping[str, Exchange] | None = None) -> None:
        """`record` is the trajectory's path; None keeps nothing on disk."""
        self.path = record.with_name(f"{record.stem}{SUFFIX}") if record else None
        self.kept: list[Exchange] = []
        self._known = known or {}

    def known(self, question: str) -> Exchange | None:
        """What was answered to the same question before, if it was answered at all."""
        found = self._known.get(question_hash(question))
        return found if found is not None and found.answer is not None else None

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange. Raises OSError."""
        self.kept.append(exchange)
        if self.path is not None:
            with self.path.open("ab") as file:
                file.write(encoded(environment_secrets().masked(exchange.model_dump())))


def question_hash(text: str) -> str:
    """What identifies a question: everything that was asked, and of whom."""
    return value_hash(text).hex()


def read_exchanges(place: Path) -> Mapping[str, Exchange]:
    """The exchanges in a file, or in all such files below a folder, by the hash of their questions.

    Raises ExchangeError where there is none, and for a line that is no exchange.
    """
    files = sorted(place.rglob(f"*{SUFFIX}")) if place.is_dir() else [place]
    found = {each.question_hash: each for file in files for each in _lines(file)}
    if not found:
        raise ExchangeError(f"{place} holds no exchanges", hint=f"name a *{SUFFIX} file, or a run's folder")
    return found


def exchanges_beside(record: Path) -> list[Exchange]:
    """The exchanges recorded beside a trajectory. Raises ExchangeError for a line that is none."""
    file = record.with_name(f"{record.stem}{SUFFIX}")
    return list(_lines(file)) if file.exists() else []


def _lines(file: Path) -> Iterable[Exchange]:
    try:
        lines = file.read_bytes().split(b"\n")[:-1]  # what follows the last break was cut short, or is nothing
    except OSError as error:
        raise ExchangeError(f"cannot read {file}: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        try:
            yield Exchange.model_validate_json(line)
        except ValidationError:
            raise ExchangeError(f"{file}:{number}: no exchange with a model") from None

"""What a rule asks of the world's state: a query or a file, and what must hold of it. Nothing here looks at a world."""

from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from fault_injection.pattern import pattern
from worlds.digest import canonical
from worlds.expectation import Expectation, Found, Judgement, judge

_SEARCHED_LETTERS_MAX: Final = 10_000


class Question(Expectation):
    """A look at the world as it is when a call arrives, and what must hold for the rule to be about the call."""

    sql: str | None = Field(
        None, min_length=1, max_length=20_000,
        description="One SELECT in DuckDB's dialect, as in checks; the first column of its first row is looked at.",
    )  # fmt: skip
    parameters: dict[str, Any] = Field(default_factory=dict, description="Values for `$name` in the query.")
    file: str | None = Field(None, description="Or a file's absolute path; its text is looked at.", pattern="^/")
    server: str | None = Field(None, description="The file's server, where a world has several.")
    exists: bool | None = Field(None, description="Whether the file must be there.")
    _key: str = PrivateAttr("")

    @field_validator("matches")
    @classmethod
    def _takes_one_pass(cls, text: str | None) -> str | None:
        if text is not None:
            pattern(text)
        return text

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.sql is None) == (self.file is None):
            raise ValueError("ask one thing: `sql` or `file`")
        if self.sql is not None and (self.server is not None or self.exists is not None):
            raise ValueError("`server` and `exists` belong to `file`")
        if self.file is not None and self.parameters:
            raise ValueError("`parameters` belong to `sql`")
        if not self.expects and self.exists is None:
            wanted = "is, at_least, at_most, matches, approx, rows" + (", exists" if self.file else "")
            raise ValueError(f"it expects nothing; add one of: {wanted}")
        if self.exists is False and self.expects:
            raise ValueError("a file that must not exist cannot be expected to hold something")
        return self

    @property
    def key(self) -> str:
        """Equal for questions that ask the same."""
        if not self._key:
            self._key = canonical(self.model_dump(mode="json", exclude_unset=True)).decode()
        return self._key

    def judged(self, found: Found) -> Judgement:
        """What was found, held against what is expected."""
        return judge(self, found, finds=_finds)


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer to a question."""

    holds: bool
    found: str
    """What was found, in words."""
    wanted: str = ""
    unanswered: str = ""
    """Why there is no answer, which counts as one that does not hold."""

    @property
    def missed(self) -> str:
        """Why a rule is not about a call, "" if it is."""
        if self.unanswered:
            return f"state has no answer: {self.unanswered}"
        return "" if self.holds else f"state does not hold: wanted {self.wanted}, found {self.found}"


def _finds(expression: str, text: str) -> bool:
    return bool(pattern(expression).is_valid(text[:_SEARCHED_LETTERS_MAX]))

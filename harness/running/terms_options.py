"""The options by which a run says on what terms its episodes are tried."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import click

from harness.finite_range import FiniteRange
from harness.running.budget import read_budget
from harness.running.terms import AS_USUAL, Terms

_OPTIONS: Final = (
    click.option(
        "--retries", metavar="N", type=click.IntRange(0, 100),
        help="How often what the infrastructure broke is tried again (default: 2 where places can die, else 0).",
    ),
    click.option(
        "--deadline", metavar="MINUTES", type=FiniteRange(0, 100_000, min_open=True),
        help="When an episode that does not come back is given up (default: its own minutes and 30 more).",
    ),
    click.option(
        "--stuck-after", metavar="N", type=click.IntRange(0, 100_000),
        help="End agents after N calls in a row that bring nothing new; 0: never (default: as scenarios say, or 30).",
    ),
    click.option(
        "--budget", "amounts", metavar="UNIT=NUMBER", multiple=True,
        help="What all episodes may use, e.g. tokens=2M, usd=5, minutes=30: then no other begins. Tokens and dollars "
        "count for the agent's model, for models that word what people say and for judges.",
    ),
    click.option(
        "--price", "prices", metavar="INPUT/OUTPUT", multiple=True,
        help="Dollars per million tokens, e.g. 3/15, or MODEL=3/15 for one model.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SaidTerms:
    """What was said of the terms; whatever was not stays as it was."""

    retries: int | None
    deadline: float | None
    stuck_after: int | None
    amounts: tuple[str, ...]
    prices: tuple[str, ...]

    def terms(self, before: Terms = AS_USUAL) -> Terms:
        """The terms that follow. Raises BudgetError."""
        return replace(
            before,
            retries=before.retries if self.retries is None else self.retries,
            deadline_minutes=before.deadline_minutes if self.deadline is None else self.deadline,
            stuck_after=before.stuck_after if self.stuck_after is None else self.stuck_after,
            budget=read_budget(self.amounts, self.prices, before.budget),
        )


_NAMES: Final = tuple(field.name for field in fields(SaidTerms))
TERMS_NAMES: Final = frozenset(_NAMES)
"""What says on what terms: a run may go on on other ones."""


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: adds the options and hands them over as `said`, a `SaidTerms`."""

    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        said = SaidTerms(**{name: given.pop(name) for name in _NAMES})
        return command(said=said, **given)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped

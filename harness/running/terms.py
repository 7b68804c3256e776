"""On what terms the episodes of a run are tried: how often, how long, and what all of them may cost."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from harness.running.budget import UNBOUNDED, Budget
from harness.trajectory import Limits

SLACK_MINUTES: Final = 30.0
"""What an episode has beside its own minutes to be opened, ended and judged."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run says beside each scenario's own limits."""

    retries: int | None = None
    """How often an episode that the infrastructure broke is tried again; None: as its engine needs."""
    deadline_minutes: float | None = None
    """When an episode that has not come back is given up; None: after its own minutes and some more."""
    stuck_after: int | None = None
    """Replaces every scenario's limit of the same name; 0: none."""
    budget: Budget = UNBOUNDED
    """What all episodes together may use."""

    def limits(self, limits: Limits) -> Limits:
        """The limits of one episode."""
        return limits if self.stuck_after is None else limits.model_copy(update={"stuck_after": self.stuck_after})

    def deadline_seconds(self, limits: Limits) -> float:
        """How long an episode may take, from the moment it is handed to its engine."""
        minutes = self.deadline_minutes
        return 60 * (limits.minutes + SLACK_MINUTES if minutes is None else minutes)


AS_USUAL: Final = Terms()
_TERMS: Final[TypeAdapter[Terms]] = TypeAdapter(Terms)


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """Terms as a manifest keeps them: what differs from the usual."""
    kept: dict[str, Any] = _TERMS.dump_python(terms, mode="json", exclude_defaults=True)
    return kept


def terms_from_json(kept: dict[str, Any]) -> Terms:
    """Terms as a manifest kept them."""
    return _TERMS.validate_python(kept)

"""What all episodes of a run together may use: tokens, money, time."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.errors import HarnessError
from harness.recording.summary import Summary
from harness.trajectory import Usage
from worlds.clock import SECOND

ACCEPTED: Final = "tokens=NUMBER (with k or M behind it for more), usd=NUMBER or minutes=NUMBER"
PRICED: Final = "INPUT/OUTPUT in dollars per million tokens, e.g. 3/15, or MODEL=INPUT/OUTPUT for one model"
_MILLION: Final = 1_000_000
_AMOUNT: Final = re.compile(r"(tokens|usd|minutes)=(\d[\d_]*(?:\.\d+)?|\.\d+)([kKmM]?)")
_PRICE: Final = re.compile(r"(?:(?P<model>.+)=)?(?P<input>\d+(?:\.\d+)?)/(?P<output>\d+(?:\.\d+)?)")
_TIMES: Final = {"": 1, "k": 1_000, "m": _MILLION}


class BudgetError(HarnessError):
    """A budget or a price that says nothing."""

    code = "budget"


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in dollars per million tokens."""

    input_usd: float
    output_usd: float

    def of(self, usage: Usage) -> float:
        """What some usage costs, in dollars."""
        return (usage.input_tokens * self.input_usd + usage.output_tokens * self.output_usd) / _MILLION


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of what may be used; None: as much as it takes."""

    tokens: int | None = None
    usd: float | None = None
    minutes: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By model; the empty name is any other one."""

    def price(self, model: str | None) -> Price:
        """A model's price; of one that has none the dearest of all, so that no budget is exceeded for a name."""
        found = self.prices.get(model or "") or self.prices.get("")
        return found or max(self.prices.values(), key=lambda price: price.input_usd + price.output_usd)

    def cost(self, summary: Summary) -> float:
        """What all models of an episode cost, in dollars; 0 where no price is known."""
        return sum(self.price(model).of(usage) for model, usage in summary.usages) if self.prices else 0.0


UNBOUNDED: Final = Budget()


def read_budget(amounts: Sequence[str], prices: Sequence[str] = (), before: Budget = UNBOUNDED) -> Budget:
    """The budget in words like `tokens=2M`, with prices like `3/15`; what is not said stays as it was before.

    Raises BudgetError with what is accepted.
    """
    found = _amounts(amounts) if amounts else {"tokens": before.tokens, "usd": before.usd, "minutes": before.minutes}
    priced = _prices(prices) if prices else before.prices
    if found.get("usd") is not None and not priced:
        raise BudgetError("a budget in usd needs a price of tokens", hint=f"--price {PRICED}")
    tokens = found.get("tokens")
    return Budget(None if tokens is None else int(tokens), found.get("usd"), found.get("minutes"), priced)


def _amounts(texts: Sequence[str]) -> Mapping[str, float | None]:
    """Unit to how much of it."""
    found: dict[str, float | None] = {}
    for text in texts:
        unit, amount = _amount(text)
        if unit in found:
            raise BudgetError(f"--budget {unit} is given twice", hint="give each unit once")
        found[unit] = amount
    return found


def _amount(text: str) -> tuple[str, float]:
    """(unit, how much)."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or (match[3] and match[1] != "tokens"):
        raise BudgetError(f"--budget {text!r} cannot be read", hint=f"write {ACCEPTED}")
    amount = float(match[2].replace("_", "")) * _TIMES[match[3].lower()]
    if not math.isfinite(amount) or amount <= 0 or (match[1] == "tokens" and amount < 1):
        raise BudgetError(f"--budget {text!r} leaves nothing to use", hint="give more than 0")
    return match[1], amount


def _prices(texts: Sequence[str]) -> dict[str, Price]:
    found: dict[str, Price] = {}
    for text in texts:
        match = _PRICE.fullmatch(text.strip())
        if match is None:
            raise BudgetError(f"--price {text!r} cannot be read", hint=f"write {PRICED}")
        name = match["model"] or ""
        if name in found:
            raise BudgetError(f"--price is given twice for {name or 'any model'}", hint="give each model once")
        found[name] = Price(float(match["input"]), float(match["output"]))
    return found


@dataclass(slots=True)
class Spending:
    """What the episodes of a run have used so far."""

    budget: Budget
    began_ns: int
    """The host's monotonic clock when it began, or went on: minutes count from there."""
    tokens: int = 0
    usd: float = 0.0
    untold: int = 0
    """How many episodes did not tell what they used."""

    def add(self, summary: Summary) -> None:
        """Count what one attempt used: the agent's model, those that word what people say, and the judge."""
        self.untold += summary.usage is None
        self.tokens += sum(usage.total_tokens for _, usage in summary.usages)
        self.usd += self.budget.cost(summary)

    def reached(self, now_ns: int) -> str:
        """Which part of the budget is used up, in words; empty while there is some left."""
        budget, minutes = self.budget, (now_ns - self.began_ns) / (60 * SECOND)
        if budget.tokens is not None and self.tokens >= budget.tokens:
            return f"{self.tokens:,} of {budget.tokens:,} tokens are used"
        if budget.usd is not None and self.usd >= budget.usd:
            return f"{self.usd:,.2f} of {budget.usd:,.2f} usd are spent"
        if budget.minutes is not None and minutes >= budget.minutes:
            return f"{budget.minutes:g} minutes are over"
        return ""

    def told(self) -> str:
        """What was used of what is limited, in words; empty where nothing is."""
        budget, parts = self.budget, []
        if budget.tokens is not None:
            parts.append(f"{self.tokens:,} of {budget.tokens:,} tokens")
        if budget.usd is not None:
            parts.append(f"{self.usd:,.2f} of {budget.usd:,.2f} usd")
        if parts and self.untold:
            parts.append(f"{self.untold} episode{'s' * (self.untold != 1)} did not tell what they used")
        return ", ".join(parts)

"""Calls beyond what a bucket of tokens allows: it fills at a rate, and each call takes one."""

from typing import Annotated

from pydantic import Field

from fault_injection.rate import Rate, rate_of, up_to_ms
from fault_injection.trigger import Drawn, Occasion, Per, Trigger, trigger


@trigger("token_bucket")
class TokenBucket(Trigger):
    """Calls beyond the allowance are hit; the wait that they are told is true to the millisecond."""

    short = "rates"
    timed = True
    rates: Rate | Annotated[list[Rate], Field(min_length=1, max_length=8)] = Field(
        description="How many calls in how long; several must all allow a call."
    )
    size: int | None = Field(
        None, description="Tokens that a full bucket holds; default: the rate's number.", ge=1, le=10**9
    )
    per: Per = Field("rule", description="What shares a bucket.")

    @property
    def group(self) -> Per:
        """What shares a bucket also waits together."""
        return self.per

    def judge(self, occasion: Occasion) -> Drawn:
        """Whether one of the buckets is empty; only a call that all allow takes its tokens."""
        now_ns = occasion.asked.now_ns
        buckets = self._buckets(occasion)
        wait_ns = max(bucket.wait_ns(now_ns) for bucket in buckets)
        if wait_ns:
            return Drawn(True, wait_ms=up_to_ms(wait_ns))
        for bucket in buckets:
            bucket.take(now_ns)
        return Drawn(False, wait_ms=0)

    def allowance(self, occasion: Occasion) -> int:
        """The number of the rate whose bucket is the last to have a token; that stays the same while nobody takes."""
        return max(self._buckets(occasion), key=lambda bucket: bucket.missing_ns(occasion.asked.now_ns)).number

    def _buckets(self, occasion: Occasion) -> "list[_Bucket]":
        rates = [self.rates] if isinstance(self.rates, str) else self.rates
        return [_Bucket(self.size, rate, occasion, self.per) for rate in rates]


class _Bucket:
    """One bucket; its content is the time at which it would be full, so that filling needs no counting."""

    def __init__(self, size: int | None, rate: str, occasion: Occasion, per: Per) -> None:
        self.number, period_ns = rate_of(rate)
        self.token_ns = period_ns // self.number
        self.room_ns = self.token_ns * (size or self.number)
        self.name = occasion.name(per, f"full at {rate}")
        self.draft = occasion.draft

    def wait_ns(self, now_ns: int) -> int:
        """How long until there is a token."""
        missing_ns = max(0, self.draft.get(self.name) - now_ns)
        return max(0, missing_ns + self.token_ns - self.room_ns)

    def missing_ns(self, now_ns: int) -> int:
        """The same, below 0 for the time since which there has been one."""
        return self.draft.get(self.name) - now_ns + self.token_ns - self.room_ns

    def take(self, now_ns: int) -> None:
        """Take a token."""
        self.draft.put(self.name, max(now_ns, self.draft.get(self.name)) + self.token_ns)

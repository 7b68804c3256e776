"""Rate limits: each caller's bucket fills evenly; the generic cell rate algorithm (ITU-T I.371) in one number."""

from dataclasses import dataclass

from worlds.clock import SECOND
from worlds.parts.api.engine.callers import Caller
from worlds.parts.api.engine.refused import Refused
from worlds.parts.api.engine.store import BUCKETS
from worlds.parts.api.rules import LimitRules
from worlds.parts.api.spans import parse_span
from worlds.records import Records

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit for one caller."""

    rules: LimitRules
    calls: int
    per_ns: int

    @property
    def each_ns(self) -> int:
        """How long one call takes to drip out of the bucket."""
        return -(-self.per_ns // self.calls)

    def headers(self, full_ns: int, now_ns: int) -> Headers:
        """What answers say of the bucket that is empty of calls at `full_ns`."""
        waiting_ns = max(full_ns - now_ns, 0)
        left = max((self.each_ns * self.calls - waiting_ns) // self.each_ns, 0)
        seconds = -(-waiting_ns // SECOND)
        reset = seconds if self.rules.reset == "seconds" else -(-(now_ns + waiting_ns) // SECOND)
        told = {"limit": self.calls, "remaining": left, "reset": reset}
        return tuple((name, str(told[what])) for what, name in self.rules.headers.items())


def limit_of(rules: LimitRules, caller: Caller) -> Limit:
    """The limit that holds for a caller."""
    return Limit(rules, caller.key.calls or rules.calls, parse_span(rules.per))


def pour(records: Records, limit: Limit, caller: Caller, now_ns: int) -> Headers:
    """Count one call and give the headers that are true of the bucket then. Raises Refused for one too many.

    A promised wait is kept to the millisecond: until then all calls are refused, and then one is let through.
    """
    found = records.get(BUCKETS, caller.address) or {}
    full_ns = max(int(found.get("full_ns", 0)), now_ns)
    promised_ns = int(found.get("promised_ns", 0))
    filled_ns = full_ns + limit.each_ns
    if now_ns < promised_ns or filled_ns > now_ns + limit.each_ns * limit.calls:
        raise _too_many(records, limit, caller, full_ns, max(promised_ns, now_ns), now_ns)
    records.put(BUCKETS, caller.address, {"full_ns": filled_ns})
    return limit.headers(filled_ns, now_ns)


def _too_many(records: Records, limit: Limit, caller: Caller, full_ns: int, promised_ns: int, now_ns: int) -> Refused:
    if promised_ns <= now_ns:
        free_ns = full_ns + limit.each_ns - limit.each_ns * limit.calls
        seconds = max(-(-(free_ns - now_ns) // SECOND), 1)
        promised_ns = now_ns + seconds * SECOND
        records.put(BUCKETS, caller.address, {"full_ns": full_ns, "promised_ns": promised_ns})
    wait = str(-(-(promised_ns - now_ns) // SECOND))
    headers = (("Retry-After", wait), *_empty(limit.headers(full_ns, now_ns), limit))
    return Refused("limited", status=limit.rules.status, headers=headers, notes={"retry_after_s": int(wait)})


def _empty(headers: Headers, limit: Limit) -> Headers:
    """The headers while a promise stands: nothing is left, even where the bucket has room again."""
    remaining = limit.rules.headers.get("remaining")
    return tuple((name, "0" if name == remaining else value) for name, value in headers)

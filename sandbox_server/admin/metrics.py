"""Counters of a stage in Prometheus' text format."""

from bisect import bisect_left
from collections import Counter
from typing import Final

from sandbox_server.ledger import Entry

BUCKETS_MS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000)
_BUCKETS_NS: Final = tuple(limit * 1_000_000 for limit in BUCKETS_MS)


class Metrics:
    """What has happened since the stage began; written by ledgers' watchers and by the admin API."""

    def __init__(self) -> None:
        self.episodes_opened = 0
        self.followers = 0
        """Streams of ledger entries that are open now."""
        self._calls: Counter[tuple[str, str]] = Counter()
        self._acts: Counter[str] = Counter()
        self._asked: Counter[tuple[str, str, int]] = Counter()
        self._below = [0] * (len(BUCKETS_MS) + 1)
        self._real_ns = 0

    def saw(self, entry: Entry) -> None:
        """Count a ledger entry."""
        if entry.kind == "act":
            self._acts[entry.tool] += 1
            return
        real_ns = entry.real_ns
        failed = entry.told.failed if entry.told else entry.kind == "call"
        self._calls[entry.kind, "failed" if failed else "ok"] += 1
        self._real_ns += real_ns
        self._below[bisect_left(_BUCKETS_NS, real_ns)] += 1

    def asked(self, verb: str, path: str, status: int) -> None:
        """Count an admin request."""
        self._asked[verb, path, status] += 1

    def text(self, *, episodes_open: int) -> str:
        """All counters, one per line, with their types and meanings."""
        lines = [
            *_counter("soundstage_episodes_opened_total", "Episodes opened.", {"": self.episodes_opened}),
            *_family("soundstage_episodes_open", "gauge", "Episodes open now.", {"": episodes_open}),
            *_family("soundstage_ledger_followers", "gauge", "Ledger streams open now.", {"": self.followers}),
            *_counter("soundstage_calls_total", "What agents asked.", {
                f'{{kind="{kind}",outcome="{outcome}"}}': count for (kind, outcome), count in self._calls.items()
            }),
            *self._durations(),
            *_counter("soundstage_acts_total", "What owners did.", {
                f'{{act="{act}"}}': count for act, count in self._acts.items()
            }),
            *_counter("soundstage_admin_requests_total", "Requests to the admin API.", {
                f'{{verb="{verb}",path="{path}",status="{status}"}}': count
                for (verb, path, status), count in self._asked.items()
            }),
        ]  # fmt: skip
        return "\n".join(lines) + "\n"

    def _durations(self) -> list[str]:
        name = "soundstage_call_seconds"
        total, samples = 0, {}
        for limit, count in zip((*(limit / 1_000 for limit in BUCKETS_MS), "+Inf"), self._below, strict=True):
            total += count
            samples[f'_bucket{{le="{limit}"}}'] = total
        lines = _family(name, "histogram", "Real time from a call's arrival to its reply.", samples)
        return [*lines, f"{name}_sum {self._real_ns / 1e9}", f"{name}_count {total}"]


def _counter(name: str, meaning: str, samples: dict[str, int]) -> list[str]:
    return _family(name, "counter", meaning, samples)


def _family(name: str, kind: str, meaning: str, samples: dict[str, int]) -> list[str]:
    head = [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
    return [*head, *(f"{name}{labels} {value}" for labels, value in sorted(samples.items()))]

"""A comparison of two runs as one JSON object, for programs."""

from typing import Any

from harness.comparing.compared import Compared, Row
from harness.comparing.side import Side
from harness.estimating.estimate import Estimate
from harness.estimating.pair_tests import Tested
from harness.estimating.variance import Split
from harness.printing.compared_words import conclusion, scale_of


def compared_json(found: Compared, exit_code: int) -> dict[str, Any]:
    """All that the table says, and more digits."""
    pairing = found.pairing
    return {
        "runs": [_side(found.one), _side(found.other)],
        "metric": found.metric.name,
        "less_is_better": found.metric.less_is_better,
        "pairs": len(found.values),
        "left_out": {
            "alone": [pairing.alone_one, pairing.alone_other],
            "not_counting": len(pairing.pairs) - len(found.values),
        },
        "changed_scenarios": list(pairing.changed),
        "unproven_scenarios": list(pairing.unproven),
        "pairs_with_other_seeds": pairing.reseeded,
        "crossed_arms": list(pairing.crossed) if pairing.crossed else None,
        "better": found.better,
        "worse": found.worse,
        "difference": estimate_json(found.difference),
        "test": _test(found.test),
        "family_test": _test(found.family_test),
        "smallest_difference_seen": {"value": found.sensitivity.smallest, "method": found.sensitivity.method},
        "variance": split_json(found.variance),
        "shown": found.shown,
        "shown_beyond": found.beyond,
        "conclusion": conclusion(found, scale_of(found.metric)),
        "scenarios": [_row(row) for row in found.rows if row.values],
        "exit_code": exit_code,
    }


def estimate_json(estimate: Estimate) -> dict[str, Any]:
    """A figure with its interval and how that was found."""
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "method": estimate.method}


def split_json(split: Split | None) -> dict[str, Any] | None:
    """The shares of a variance; null where trials cannot tell."""
    return None if split is None else {"parts": dict(split.parts), "total": split.total, "method": split.method}


def _side(side: Side) -> dict[str, Any]:
    flaky = [{"scenario": tally.scenario, "arm": tally.arm or None} for tally in side.result.flaky]
    return {"run": side.name, "agent": side.agent or None, "flaky": flaky}


def _test(test: Tested) -> dict[str, Any]:
    return {"p": test.p, "name": test.name}


def _row(row: Row) -> dict[str, Any]:
    return {
        "scenario": row.scenario,
        "arm": row.arm or None,
        "changed": row.changed,
        "pairs": len(row.values),
        "values": [row.one, row.other],
        "better": row.better,
        "worse": row.worse,
        "test": _test(row.test),
    }

"""A run as one JSON object, for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.estimating.estimate import Estimate
from harness.printing.compared_json import estimate_json, split_json
from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary
from harness.running.comparison import Comparison, compared
from harness.running.statistics import Rate
from harness.running.tally import RunResult, Tally, blamed, denominator
from harness.running.threshold import Judged
from harness.running.user_rate import user_rate


def as_json(result: RunResult, judged: Sequence[Judged], exit_code: int) -> dict[str, Any]:
    """All that the table says, and every episode."""
    found = denominator(result.tallies)
    return {
        "run": str(result.folder.path) if result.folder else None,
        "interrupted": result.interrupted,
        "broken": result.broken or None,
        "stopped": result.stopped or None,
        "spent": result.spent or None,
        "tried_again": result.tried_again,
        "planned": found.planned,
        "ended": found.valid + sum(found.invalid.values()),
        "valid": found.valid,
        "invalid": dict(found.invalid),
        "lost": found.lost,
        "not_run": found.not_run,
        "success": rate_json(result.success),
        "users": _users(result),
        "bounds": {"low": found.low, "high": found.high},
        "pass_at_k": _drawn(result.pass_at),
        "pass_all_k": _drawn(result.pass_all),
        "flaky": [{"scenario": tally.scenario, "arm": tally.arm or None} for tally in result.flaky],
        "variance": split_json(result.variance),
        "medians": result.figures,
        "blame": blamed(result.tallies),
        "thresholds": [_threshold(one) for one in judged],
        "arms": [arm_json(found) for found in compared(result.tallies)],
        "scenarios": [_tally(tally, result.folder) for tally in result.tallies],
        "exit_code": exit_code,
    }


def arm_json(found: Comparison) -> dict[str, Any]:
    """An arm, and how it differs from the first one."""
    return {
        "arm": found.arm,
        "success": rate_json(found.success),
        "against": found.against or None,
        "pairs": found.pairs,
        "broke": found.broke,
        "mended": found.mended,
        "flipped": rate_json(found.flipped),
    }


def rate_json(rate: Rate) -> dict[str, Any]:
    """A rate; its value is null where nothing counts."""
    share = rate.value if rate.trials else None
    return {"successes": rate.successes, "trials": rate.trials, "value": share, "low": rate.low, "high": rate.high}


def _users(result: RunResult) -> dict[str, Any] | None:
    found = user_rate(result.summaries)
    if found is None:
        return None
    return {"faulted": rate_json(found.faulted), "bounds": {"low": found.low, "high": found.high}}


def _drawn(found: Mapping[int, Estimate]) -> dict[str, Any]:
    return {str(k): estimate_json(estimate) for k, estimate in found.items()}


def _threshold(judged: Judged) -> dict[str, Any]:
    return {
        "threshold": judged.threshold.text,
        "state": judged.state,
        "value": judged.value,
        "scenario": judged.where or None,
        "arm": judged.arm or None,
    }


def _tally(tally: Tally, folder: RunFolder | None) -> dict[str, Any]:
    return {
        "scenario": tally.scenario,
        "template": tally.template or tally.scenario,
        "arm": tally.arm or None,
        "planned": tally.planned,
        "do_nothing_passes": tally.weak,
        "keeps_state": list(tally.lasting),
        "status": tally.steadiness,
        "success": rate_json(tally.success),
        "reward_median": tally.reward,
        "steps_median": tally.steps,
        "seconds_median": tally.seconds,
        "episodes": [_episode(summary, folder) for summary in tally.ordered],
    }


def _episode(summary: Summary, folder: RunFolder | None) -> dict[str, Any]:
    return {
        "trajectory_id": summary.trajectory_id,
        "trial": summary.trial,
        "arm": summary.arm or None,
        "attempt": summary.attempt,
        "seeds": summary.seeds.model_dump(),
        "outcome": summary.outcome,
        "cause": summary.cause,
        "blame": summary.blame,
        "undoing": summary.undoing,
        "user_turns": summary.user_turns,
        "user_faults": list(summary.user_faults),
        "note": summary.note,
        "steps": summary.steps,
        "reward": summary.reward,
        "figures": dict(summary.figures or {}),
        "violations": list(summary.violations),
        "collateral": summary.collateral,
        "tokens": summary.tokens,
        "seconds": summary.seconds,
        "final_digest": summary.final_digest,
        "checks": dict(summary.checks or {}),
        "file": str(folder.record(summary.scenario, summary.trial, summary.arm)) if folder else None,
    }

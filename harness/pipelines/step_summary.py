"""The summary of a run in Markdown, for the page of a pipeline."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from harness.pipelines.case import Case, cases_of
from harness.pipelines.markdown import block, plain, table
from harness.recording.run_folder import Planned
from harness.reporting.causes import cause_of
from harness.reporting.run_facts import EpisodeFacts
from harness.running.tally import RunResult, denominator
from harness.running.threshold import Judged

_ROWS_MAX: Final = 200
_CAUSES_MAX: Final = 20
_COMMANDS_MAX: Final = 10
_MEANINGS: Final = {
    0: "✅ all is well",
    1: "❌ episodes did not succeed",
    3: "⚠️ some episodes could not be run or judged",
    4: "❌ a threshold was missed",
    6: "⚠️ a budget was used up",
    130: "⚠️ interrupted",
}
_STATES: Final = {"met": "✅ met", "missed": "❌ missed", "open": "⚠️ open"}
_SIGNS: Final = {"passed": "✅", "failed": "❌", "flaky": "◑", "varied": "◑", "unsaid": "⚠️"}


def append_summary(path: Path, result: RunResult, judged: Sequence[Judged], status: int) -> None:
    """Append the summary to a file. Raises OSError."""
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write("\n".join(summary_lines(result, judged, status)) + "\n")


def summary_lines(result: RunResult, judged: Sequence[Judged], status: int) -> Iterator[str]:
    """The verdict, thresholds, a matrix of scenarios and arms, causes of failures, and commands that repeat them."""
    cases = cases_of(result)
    yield from _verdict(result, status)
    if judged:
        yield from (
            "",
            "### Thresholds",
            "",
            *table(["threshold", "", "value", "where"], list(map(_threshold, judged))),
        )
    yield from ("", "### Scenarios", "", *_matrix(cases))
    causes = _causes(cases)
    if causes:
        yield from ("", "### Failures by cause", "", *table(["blame", "cause", "episodes", "e.g."], causes))
    commands = [case.command(case.first) for case in cases if case.first is not None]
    if any(commands):
        yield from ("", "### To see them again", "", *block([*filter(None, commands)][:_COMMANDS_MAX]))


def _verdict(result: RunResult, status: int) -> Iterator[str]:
    found, rate = denominator(result.tallies), result.success
    yield f"## Soundstage: {_MEANINGS.get(status, f'exit status {status}')}"
    yield ""
    share = f"{rate.value * 100:.0f} % (95 %: {rate.low * 100:.0f} to {rate.high * 100:.0f})" if rate.trials else "-"
    missing = f", {found.missing} of {found.planned} planned episodes do not count" if found.missing else ""
    flaky = f", {len(result.flaky)} flaky" if result.flaky else ""
    yield f"**{rate.successes} of {rate.trials}** succeeded: {share}{flaky}{missing}."
    if why := result.broken or result.stopped:
        yield f"\nNot every episode was run: {plain(why)}."
    if result.spent:
        yield f"\nSpent: {plain(result.spent)}."


def _threshold(one: Judged) -> list[str]:
    value = "no episode counts" if one.value is None else f"{one.value:.3g}"
    return [plain(one.threshold.text), _STATES[one.state], value, plain(one.place)]


def _matrix(cases: Sequence[Case]) -> list[str]:
    """A row for each scenario, a column for each arm; of very many scenarios those that did not simply pass."""
    arms = list(dict.fromkeys(case.tally.arm for case in cases))
    rows: dict[str, dict[str, Case]] = {}
    for case in cases:
        rows.setdefault(case.tally.scenario, {})[case.tally.arm] = case
    told = rows if len(rows) <= _ROWS_MAX else {name: row for name, row in rows.items() if _is_odd(row.values())}
    shown = list(told.items())[:_ROWS_MAX]
    head = ["scenario", *(plain(arm) or "success" for arm in arms)]
    lines = table(head, [[plain(name), *(_cell(row.get(arm)) for arm in arms)] for name, row in shown])
    left = len(rows) - len(shown)
    return [*lines, "", f"and {left} more scenarios"] if left else lines


def _is_odd(row: Iterable[Case]) -> bool:
    return any(case.tally.steadiness != "passed" for case in row)


def _cell(case: Case | None) -> str:
    if case is None:
        return ""
    tally = case.tally
    if not tally.summaries:
        return "· not run"
    missing = tally.planned - tally.valid
    told = f"{_SIGNS[tally.steadiness]} {tally.successes}/{tally.valid}"
    return f"{told}, {missing} do not count" if missing else told


def _causes(cases: Sequence[Case]) -> list[list[str]]:
    """Blame, cause, how many episodes, and one of them; the most frequent first."""
    facts = [
        EpisodeFacts(0, Planned(scenario=one.scenario, trial=one.trial, arm=one.arm, file=""), one)
        for case in cases for one in case.unhappy
    ]  # fmt: skip
    found = Counter(map(cause_of, facts))
    firsts = {cause_of(one): one.title for one in reversed(facts)}
    return [
        [cause.blame, plain(cause.reason), str(count), plain(firsts[cause])]
        for cause, count in found.most_common(_CAUSES_MAX)
    ]

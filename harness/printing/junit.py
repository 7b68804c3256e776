"""A run as JUnit XML, which pipelines know how to show."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from harness.printing.run_table import episode_name
from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary
from harness.running.arm import labelled
from harness.running.tally import RunResult, Tally
from harness.running.threshold import Judged

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def write_junit(path: Path, result: RunResult, judged: Sequence[Judged]) -> None:
    """A test suite for each scenario with a case for each planned episode, and one for the thresholds.

    An episode that did not succeed is a failure, one that does not count an error; with thresholds both are told as
    output, and only a threshold that is not met fails. Raises OSError.
    """
    root = Element("testsuites", name="soundstage")
    for tally in result.tallies:
        root.append(_suite(tally, result.folder, bool(judged)))
    if judged:
        root.append(_thresholds(judged))
    indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(tally: Tally, folder: RunFolder | None, excused: bool) -> Element:
    suite = Element("testsuite", name=_clean(labelled(tally.scenario, tally.arm)))
    for summary in tally.ordered:
        suite.append(_case(summary, tally, folder, excused))
    ran = {summary.trial for summary in tally.summaries}
    for trial in sorted(set(range(1, tally.planned + 1)) - ran):
        case = SubElement(suite, "testcase", name=_named(tally, trial), classname=_clean(tally.file))
        SubElement(case, "skipped", message="not run")
    cases = suite.findall("testcase")
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("time", f"{sum(summary.seconds for summary in tally.summaries):.3f}")
    return suite


def _case(summary: Summary, tally: Tally, folder: RunFolder | None, excused: bool) -> Element:
    case = Element("testcase", name=_named(tally, summary.trial), classname=_clean(tally.file))
    case.set("time", f"{summary.seconds:.3f}")
    story = f"{summary.outcome}: {summary.note}" + _where(summary, folder)
    if summary.outcome != "success":
        tag = "system-out" if excused else "failure" if summary.counts else "error"
        told = (
            SubElement(case, tag) if excused else SubElement(case, tag, message=_clean(summary.note or summary.outcome))
        )
        told.text = _clean(story)
        if not excused:
            told.set("type", summary.blame or summary.outcome)
    return case


def _where(summary: Summary, folder: RunFolder | None) -> str:
    seeds = ", ".join(f"{name} {seed}" for name, seed in summary.seeds.model_dump().items())
    record = f"\nrecord: {folder.record(summary.scenario, summary.trial, summary.arm)}" if folder else ""
    return f"\nblame: {summary.blame}\nseeds: {seeds}{record}"


def _thresholds(judged: Sequence[Judged]) -> Element:
    missed = sum(one.state == "missed" for one in judged)
    unsaid = sum(one.state == "open" for one in judged)
    suite = Element("testsuite", name="thresholds", tests=str(len(judged)), failures=str(missed), errors=str(unsaid))
    for one in judged:
        case = SubElement(suite, "testcase", name=_clean(one.threshold.text), classname="thresholds")
        words = f"{one.state}: {'no episode counts' if one.value is None else f'{one.value:.4g}'}"
        if one.state != "met":
            SubElement(
                case,
                "failure" if one.state == "missed" else "error",
                message=_clean(f"{words} {labelled(one.where, one.arm).strip()}".strip()),
            )
    return suite


def _named(tally: Tally, trial: int) -> str:
    return _clean(episode_name(labelled(tally.scenario, tally.arm), trial, tally.planned))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)

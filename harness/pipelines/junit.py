"""A run as JUnit XML, which pipelines know how to show."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from harness.pipelines.case import Case, by_family, cases_of, seeds_in_words
from harness.pipelines.story import story_of
from harness.printing.inert import inert
from harness.running.arm import labelled
from harness.running.tally import RunResult
from harness.running.threshold import Judged

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""
_TAGS: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_STORIES_MAX: Final = 100
"""How many cases tell an episode step by step."""


def write_junit(path: Path, result: RunResult, judged: Sequence[Judged]) -> None:
    """A suite for each family of scenarios with a case for each scenario and arm, and one for the thresholds.

    A case in which an episode failed is a failure, one with episodes that do not count an error, one of which none was
    run is skipped; with thresholds all that is told as output, and only a threshold that is not met fails. The order
    of elements is that of the schema which Jenkins' xUnit plug-in checks (junit-10). Raises OSError.
    """
    root = Element("testsuites", name="soundstage")
    stories = iter(range(_STORIES_MAX))
    for name, cases in by_family(cases_of(result)).items():
        root.append(_suite(name, cases, bool(judged), stories))
    for suite in _whole(result), _thresholds(judged):
        if len(suite):
            root.append(_counted(suite))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(name: str, cases: Sequence[Case], excused: bool, stories: Iterator[int]) -> Element:
    suite = Element("testsuite", name=_clean(name), file=_clean(cases[0].tally.file))
    properties = SubElement(suite, "properties")
    for case in cases:
        for key, value in _properties(case):
            SubElement(properties, "property", name=_clean(f"{case.name}.{key}"), value=_clean(value))
    for case in cases:
        suite.append(_case(name, case, excused, stories))
    suite.set("time", f"{sum(one.seconds for case in cases for one in case.tally.summaries):.3f}")
    return _counted(suite)


def _properties(case: Case) -> Iterator[tuple[str, str]]:
    """What a case was run with, and the command that gets its worst episode, or else its last, again."""
    ordered, tally = case.tally.ordered, case.tally
    yield "status", tally.steadiness
    yield "success", f"{tally.success.successes} of {tally.success.trials}"
    yield "success_interval", f"{tally.success.low:.4f} to {tally.success.high:.4f}"
    if case.manifest is not None:
        yield "agent", case.manifest.agent
    shown = case.first or (ordered[-1] if ordered else None)
    if shown is not None:
        yield "seeds", f"{seeds_in_words(shown.seeds.model_dump())} (trial {shown.trial})"
        if command := case.command(shown):
            yield "again", command


def _case(family: str, case: Case, excused: bool, stories: Iterator[int]) -> Element:
    element = Element("testcase", name=_clean(case.name), classname=_clean(family))
    element.set("time", f"{sum(one.seconds for one in case.tally.summaries):.3f}")
    kind, words = case.kind, "\n".join(case.lines)
    if kind == "passed":
        return element
    if not excused:
        told = SubElement(element, kind, message=_clean(case.message))
        if kind != "skipped":
            told.set("type", case.type)
            told.text = _clean(words)
    output = [f"{kind}: {case.message}\n{words}"] if excused else []
    first = case.first
    if first is not None and (record := case.record(first)) and next(stories, None) is not None:
        output.append(story_of(Path(record)))
    if output:
        SubElement(element, "system-out").text = _clean("\n\n".join(output))
    return element


def _whole(result: RunResult) -> Element:
    """A suite with an error where the run did not get to its end."""
    suite = Element("testsuite", name="run")
    if why := result.broken or result.stopped or ("interrupted" if result.interrupted else ""):
        case = SubElement(suite, "testcase", name="every episode was run", classname="run")
        SubElement(case, "error", message=_clean(why), type="infrastructure")
    return suite


def _thresholds(judged: Sequence[Judged]) -> Element:
    suite = Element("testsuite", name="thresholds")
    for one in judged:
        case = SubElement(suite, "testcase", name=_clean(one.threshold.text), classname="thresholds")
        words = f"{one.state}: {'no episode counts' if one.value is None else f'{one.value:.4g}'}"
        if one.state != "met":
            tag = "failure" if one.state == "missed" else "error"
            where = f"{words} {labelled(one.where, one.arm).strip()}".strip()
            SubElement(case, tag, message=_clean(where), type="threshold")
    return suite


def _counted(suite: Element) -> Element:
    """The suite, which says how many cases of which kind it has."""
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for key, tag in _TAGS.items():
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", inert(text))

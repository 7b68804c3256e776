"""Whatever agents, worlds and people said is shown by a report, and never obeyed."""

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, expect

from benchmarks.made_run import made_run
from harness.recording.run_folder import RunFolder
from harness.recording.step_log import decoded, encoded
from harness.reporting.report import write_report
from tests.harness.reporting.pages import contents, watched

HOSTILE: Final = (
    "</script><script>window.ran = 1</script>",
    "<img src=https://outside.example/x onerror='window.ran = 2'>",
    "<!--<script><svg onload=window.ran=3><style>body{display:none}</style>",
    "{{ ''.__class__.__mro__ }}{% raw %}${window.ran = 4}",
    "javascript:window.ran=5",
    "\x1b]0;title\x07\x1b[2J\x1b[31mred",
    "safe\u202eexe.txt\u2066\u200b\x00",
    "\ud800 alone",
    '"]};alert(1)//\' onclick="window.ran=6',
    "a\u2028b\u2029c",
)
KEYS: Final = {
    "record",
    "schema_version",
    "trajectory_id",
    "scenario_hash",
    "trial",
    "attempt",
    "outcome",
    "kind",
    "how",
}


def hostile_run(path: Path) -> RunFolder:
    """A run whose every free text is hostile, and one answer a megabyte long."""
    run = made_run(path, 20, steps=4)
    names = dict(zip([f"case-{number:02}" for number in range(25)], HOSTILE * 3, strict=False))
    manifest = run.manifest()
    planned = []
    for number, one in enumerate(manifest.planned):
        lines = [decoded(line) for line in (run.path / one.file).read_bytes().splitlines()]
        for line in lines:
            _spoil(line, HOSTILE[number % len(HOSTILE)])
        lines[0]["scenario"], lines[0]["task"] = one.scenario, names[one.scenario]
        told = {"content": [{"type": "text", "text": "<b>" * 350_000 + HOSTILE[0]}]}
        lines[2] |= {"result": {"result": told}, "true_result": {"result": told}, "truth": "computed"}
        (run.path / one.file).write_bytes(b"".join(encoded(line) for line in lines))
        planned.append(one)
    run.write(manifest.model_copy(update={"agent": HOSTILE[0], "paths": HOSTILE[:2], "planned": tuple(planned)}))
    return run


def _spoil(record: dict[str, Any], text: str) -> None:
    """Put a hostile text wherever an agent or a world has a say."""
    if record["record"] == "step":
        record["thought"], record["action"]["server"], record["action"]["tool"] = text, text, text
        record["action"]["arguments"] = {text: [text, {text: text}]}
        record["result"] = {"result": {"content": [{"type": "text", "text": text}]}}
        record["changes"] = [{"path": text, "kind": "changed", "before": {text: text}, "after": {text: f"{text}\n" * 6},
                              "actors": [text]}]  # fmt: skip
        record["rules"] = [{"rule": text, "fault": text, "phase": "after", "fired": True}]
    if record["record"] == "end":
        record["note"], record["departure"]["answer"], record["departure"]["note"] = text, text, text
        record["checks"] = [{"name": text, "kind": "sql", "verdict": "failed", "expected": text, "found": text}]
        record["violations"] = [{"name": text, "step": 1, "found": text}]
        record["collateral"] = [{"path": text, "kind": "changed", "columns": [text], "steps": [2], "note": text}]
        record["milestones"] = [{"name": text, "worth": 0.1, "step": 3}]
        record["figures"] = {text: {"value": 1.0, "note": text}}
        record["outcome"], record["blame"] = "safety_violation", "agent"


def test_hostile_texts_are_shown_and_never_run(browser: Browser, tmp_path: Path) -> None:
    """In the summary, in the table, and in the timeline of each of them."""
    report = write_report(hostile_run(tmp_path / "<img src=x onerror=window.ran=7>")).path
    with watched(browser, report) as found:
        page = found.open()
        expect(page.locator("header.top")).to_contain_text("</script><script>window.ran = 1</script>")
        assert page.locator("main img, main iframe, body > style, main script").count() == 0
        for row in contents(report).index["rows"][: len(HOSTILE)]:
            page.evaluate("key => { location.hash = `#episode=${encodeURIComponent(key)}&step=4`; }", row[0])
            expect(page.locator("#step-4")).to_be_focused()
            page.locator(".whole").first.click()
            assert page.locator("#episode img, #episode script, #episode style").count() == 0
        assert page.evaluate("window.ran") is None
        assert page.title().startswith("case-")


def test_what_steers_terminals_and_turns_writing_is_made_visible(tmp_path: Path) -> None:
    """No escape, no override of direction and no half of a character is left anywhere in the file."""
    report = write_report(hostile_run(tmp_path / "run")).path

    page = contents(report)
    everything = [report.read_text(encoding="utf-8"), *page.texts, str(page.timelines), str(page.index)]
    for text in everything:
        assert not any(letter in text for letter in "\x1b\x07\x00\u202e\u2066\u200b\u2028\ud800")
    assert "\\u202e" in "".join(everything)


def test_a_text_of_a_megabyte_is_cut_and_says_so(tmp_path: Path) -> None:
    """Twenty of them make no page of twenty megabytes."""
    report = write_report(hostile_run(tmp_path / "run"))

    told = contents(report.path).timeline("case-00@calm-1")["steps"][1]["told"]
    assert told.endswith("more characters are in the record)")
    assert report.size_bytes < 1_000_000

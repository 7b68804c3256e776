"""What a run leaves for pipelines: JUnit XML, JSON, GitHub's annotations and step summary."""

import json
import re
from pathlib import Path
from typing import cast

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from xmlschema import XMLSchema

from harness.pipelines.github import ANNOTATIONS_MAX, Annotation, annotations
from harness.pipelines.markdown import block, plain
from harness.pipelines.step_summary import summary_lines
from harness.recording.summary import Summary
from harness.running.tally import RunResult, Tally
from harness.trajectory import Seeds
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.scenes import NOTE, write_scene

HOSTILE = "\x00\x1b[31m]]> </failure><x/> & \ud83d \u202e \ufffe ::error::no\r\n::set-output name=a::b | <script> `x`"
SOMETIMES = """
path = os.path.join(os.path.dirname(sys.argv[0]), "seen")
with open(path, "a") as file:
    file.write("x")
if len(open(path).read()) % 3:
    call("write_file", path="/workspace/out.txt", content="hello")
answer("done")
"""
SCHEMA = XMLSchema(str(Path(__file__).parent / "data/junit.xsd"))


def read(path: Path) -> dict[str, list[TestCase]]:
    """The cases of each suite, read by a library of others, after the file was held against the schema."""
    SCHEMA.validate(str(path))
    suites = cast(list[TestSuite], list(JUnitXml.fromfile(str(path))))
    return {str(suite.name): list(suite) for suite in suites}


def properties(path: Path) -> dict[str, str]:
    suites = cast(list[TestSuite], list(JUnitXml.fromfile(str(path))))
    return {str(each.name): str(each.value) for suite in suites for each in suite.properties()}  # type: ignore[no-untyped-call]


def tally(name: str, ends: str, planned: int | None = None, note: str = "", file: str = "") -> Tally:
    words = {"s": "success", "f": "failure", "i": "invalid"}
    summaries = [
        Summary("id", name, trial, 1, Seeds(world=1, user=2, faults=3, agent=4), words[end], 3, "",
                note="" if end == "s" else note, blame={"f": "agent"}.get(end))  # type: ignore[arg-type]
        for trial, end in enumerate(ends, 1)
    ]  # fmt: skip
    return Tally(name, planned or len(ends), file=file, summaries=summaries, begun=len(ends))


# JUnit XML


def test_pipelines_get_a_case_for_each_scenario_and_arm(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path)
    late = "soundstage: 1\nprofile: late\nrules: [{name: late, on: files.write_file, nth: 99, fault: lost_write}]\n"
    (tmp_path / "late.yaml").write_text(late)
    words = ["run", "note.yaml", "--agent", agent(tmp_path, SOMETIMES), "--trials", 3, "--out", "out", "--clean-env"]

    ran = soundstage(*words, "--faults", "calm", "--faults", "late.yaml", "--junit", "reports/junit.xml")

    suites, kept = read(tmp_path / "reports/junit.xml"), properties(tmp_path / "reports/junit.xml")
    assert ran.status == 1, ran.err
    assert {name: [case.name for case in cases] for name, cases in suites.items()} == {
        "note": ["note @calm", "note @late.yaml"]
    }
    first = suites["note"][0]
    (failure,) = first.result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("flaky", "1 of 3 did not succeed; #2 failed: not: written")
    assert "record: out/episodes/note@calm-2.jsonl" in failure.text
    assert "seeds: world 1, user " in failure.text
    assert kept["note @calm.again"].startswith("soundstage run note.yaml --agent ")
    assert kept["note @calm.again"].endswith("--seed 1 --trials 2 --faults calm --clean-env")
    assert (kept["note @calm.status"], kept["note @calm.success"]) == ("flaky", "2 of 3")
    assert "Write hello into /workspace/out.txt" in str(first.system_out)
    assert "✗ written" in str(first.system_out)
    assert first.time and first.time > 0


def test_with_thresholds_a_pipeline_fails_only_for_them(soundstage: Command, tmp_path: Path) -> None:
    words = ["run", write_scene(tmp_path), "--agent", "script:nothing", "--junit", "j.xml", "--threshold", "success<=0"]

    met, missed = soundstage(*words), soundstage(*words, "--threshold", "note:pass^1.low>=0.5")

    suites = read(tmp_path / "j.xml")
    assert (met.status, missed.status) == (0, 4)
    assert "✓ success<=0  met: 0" in met.out
    assert "✗ note:pass^1.low>=0.5  missed: 0" in missed.out
    assert [case.result for case in suites["note"]] == [[]]
    assert "failure: failed: not: written, said" in str(suites["note"][0].system_out)
    assert [[type(one) for one in case.result] for case in suites["thresholds"]] == [[], [Failure]]


def test_failures_errors_and_what_did_not_run_are_told_apart(tmp_path: Path) -> None:
    from harness.pipelines.junit import write_junit

    some = [tally("good", "ss"), tally("bad", "sf"), tally("odd", "si"), tally("short", "s", 2), tally("none", "", 2)]

    write_junit(tmp_path / "j.xml", RunResult(None, some, interrupted=True), [])

    suites = read(tmp_path / "j.xml")
    kinds = {name: [type(one) for case in cases for one in case.result] for name, cases in suites.items()}
    assert kinds == {"good": [], "bad": [Failure], "odd": [Error], "short": [Error], "none": [Skipped], "run": [Error]}
    whole = JUnitXml.fromfile(str(tmp_path / "j.xml"))
    assert (whole.tests, whole.failures, whole.errors) == (6, 1, 3)


def test_hostile_words_survive_as_words(soundstage: Command, tmp_path: Path) -> None:
    words = HOSTILE.replace("\r\n", " ").encode("utf-8", "surrogatepass")
    body = f"sys.stderr.buffer.write({words!r}); sys.exit(1)"

    soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, body), "--junit", "j.xml", "--clean-env")
    (case,) = read(tmp_path / "j.xml")["note"]

    (failure,) = case.result
    assert "]]>" in str(failure.text) or "]]>" in str(failure.message)
    assert "\x00" not in (tmp_path / "j.xml").read_text()


def test_ten_thousand_episodes_make_a_file_that_can_be_opened(tmp_path: Path) -> None:
    from harness.pipelines.junit import write_junit

    write_junit(
        tmp_path / "j.xml", RunResult(None, [tally(f"s{n}", "f" * 100, note="x" * 500) for n in range(100)]), []
    )

    assert len(read(tmp_path / "j.xml")) == 100
    assert (tmp_path / "j.xml").stat().st_size < 8_000_000


# JSON


def test_a_file_gets_what_json_prints(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage(
        "run",
        write_scene(tmp_path),
        "--agent",
        "script:reference",
        "--trials",
        2,
        "--json",
        "--json-file",
        "new/run.json",
    )

    told = json.loads(ran.out)
    assert told == json.loads((tmp_path / "new/run.json").read_text())
    assert told["pass_all_k"]["2"] == {
        "value": 1.0, "low": pytest.approx(0.117, abs=1e-3), "high": 1.0,
        "method": "from Wilson's interval of the success rate",
    }  # fmt: skip
    assert (told["flaky"], told["variance"], told["scenarios"][0]["status"]) == ([], None, "passed")


# GitHub


def test_a_step_of_github_gets_annotations_and_a_summary_by_itself(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    (tmp_path / "suite").mkdir()
    scene = write_scene(tmp_path / "suite")

    ran = soundstage(
        "run", scene, "--agent", "script:nothing", "--trials", 2, "--threshold", "success>=0.5", "--out", "o"
    )
    silent = soundstage("run", scene, "--agent", "script:nothing", "--no-github")

    line = NOTE.splitlines().index("  written: {file: /workspace/out.txt, is: hello}") + 1
    assert "::error title=threshold::success>=0.5 missed: 0" in ran.out
    place = f"file=suite/note.yaml,line={line},title=note%3A agent"
    assert (
        f"::warning {place}::2 of 2 did not succeed; #1 failed: not: written, said%0Aagain: soundstage run" in ran.out
    )
    assert "::" not in silent.out
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("before\n## Soundstage: ❌ a threshold was missed\n")
    assert "| success&gt;=0.5 | ❌ missed | 0 |  |" in summary
    assert "| note | ❌ 0/2 |" in summary
    assert "| agent | not\\: written, said | 2 | note \\#1 |" in summary
    assert re.search(r"soundstage run \S*note.yaml --agent script:nothing --seed 1 --trials 1", summary)


def test_what_agents_say_is_no_command_to_the_runner(soundstage: Command, tmp_path: Path) -> None:
    body = 'print("::add-mask::x"); sys.exit("::error::owned")'

    ran = soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, body), "--clean-env", "--github")

    first, *lines = ran.out.splitlines()
    stop = re.fullmatch(r"::stop-commands::(\S{20,})", first)
    assert stop
    end = lines.index(f"::{stop[1]}::")
    assert not [line for line in lines[end + 1 :] if not line.startswith(("::error title=", "::error file="))]
    assert "::error::owned" not in [line.strip() for line in lines[end:]]


def test_json_on_stdout_stays_json_beside_annotations(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:nothing", "--github", "--json")

    assert json.loads(ran.out)["exit_code"] == 1
    assert ran.err.startswith("::error ")


def test_annotations_are_few_and_quote_what_would_break_them() -> None:
    result = RunResult(None, [tally(f"s{number}", "f", note=HOSTILE) for number in range(40)])

    found = annotations(result, [], 1)

    assert len(found) == ANNOTATIONS_MAX + 1
    assert str(found[-1]) == "::notice title=soundstage::30 more scenarios did not succeed"
    assert all("\n" not in str(one) and "\r" not in str(one) and "\x1b" not in str(one) for one in found)
    odd = Annotation("error", "a: b, c", "100 %\nnext", "x,y:z.yaml", 3)
    assert str(odd) == "::error file=x%2Cy%3Az.yaml,line=3,title=a%3A b%2C c::100 %25%0Anext"


def test_a_summary_shows_hostile_words_and_obeys_none() -> None:
    result = RunResult(None, [tally("a | b <b>", "sf", note=HOSTILE)])

    text = "\n".join(summary_lines(result, [], 1))

    assert "<script>" not in text and "\x1b" not in text and "\x00" not in text
    assert "| a \\| b &lt;b&gt; | ◑ 1/2 |" in text
    assert plain("[x](http://y) @me") == "\\[x\\]\\(http\\://y\\) \\@me"
    assert block(["a ``` b"])[0] == "````console"


def test_the_summary_of_a_large_run_stays_small() -> None:
    result = RunResult(None, [tally(f"scenario-{number}", "sssf", note="why " * 200) for number in range(3_000)])

    text = "\n".join(summary_lines(result, [], 1))

    assert len(text) < 200_000
    assert "and 2800 more scenarios" in text

"""What `soundstage report` writes: of whole, killed and damaged runs, within bounds, with commands that work."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import soundstage
from benchmarks.made_run import made_run
from harness.agent import Options
from harness.recording.run_folder import FolderError, RunFolder, Shard
from harness.reporting.causes import grouped_by_cause
from harness.reporting.report import write_report
from harness.reporting.reproduction import play_command, run_command
from harness.reporting.run_facts import read_run
from tests.harness.command import Command, Ran
from tests.harness.reporting.pages import contents
from tests.harness.scenes import NOTE, write_scene


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Sixty episodes that were made up."""
    return made_run(tmp_path / "nightly", 60)


def text_of(path: Path) -> str:
    """The words of a page's summary."""
    return path.read_text(encoding="utf-8").partition("<body>")[2].partition("application/octet-stream")[0]


def test_the_report_lies_beside_the_run_unless_told_otherwise(run: RunFolder, soundstage: Command) -> None:
    """`runs/x/report.html`, or wherever -o says."""
    beside, elsewhere = soundstage("report", run.path), soundstage("report", run.path, "-o", "deep/page.html")

    assert (beside.status, elsewhere.status) == (0, 0)
    assert (run.path / "report.html").stat().st_size > 10_000
    assert Path("deep/page.html").exists()
    assert "report.html" in beside.out
    assert not list(run.path.glob("*.partial"))


def test_what_is_no_run_and_what_cannot_be_written_is_refused(run: RunFolder, soundstage: Command) -> None:
    """In one line each."""
    missing = soundstage("report", "nowhere")
    Path("file").write_text("", encoding="utf-8")
    unwritable = soundstage("report", run.path, "-o", "file/report.html")

    assert (missing.status, unwritable.status) == (2, 2)
    assert "there is no run 'nowhere'" in missing.err
    assert "cannot write file/report.html" in unwritable.err


def test_the_summary_says_how_many_of_what(run: RunFolder) -> None:
    """Every planned episode is somewhere."""
    index = contents(write_report(run).path).index
    text = text_of(run.path / "report.html")

    assert len(index["rows"]) == 60
    for outcome, word in {"success": "succeeded", "failure": "failed", "safety_violation": "did harm"}.items():
        count = sum(index["outcomes"][row[4]] == outcome for row in index["rows"])
        assert count and f"{count} {word}" in text
    assert "2 of 2 thresholds missed" in text


def test_a_run_that_was_killed_says_so_and_has_all_there_is(run: RunFolder) -> None:
    """One record cut in the middle of a line, one episode that never began."""
    manifest = run.manifest()
    run.write(manifest.model_copy(update={"status": "running", "ended_at": None}))
    torn, absent = (run.path / planned.file for planned in manifest.planned[:2])
    torn.write_bytes(torn.read_bytes()[:-2000])
    absent.unlink()

    found = write_report(run)

    page = contents(found.path)
    assert "was killed before it finished: 58 of 60" in found.warning
    assert found.warning in text_of(found.path)
    assert [page.index["outcomes"][row[4]] for row in page.index["rows"][:2]] == ["lost", "not_run"]
    lost = page.timeline(torn.stem)
    assert lost["steps"] and "closing" not in lost
    assert "1 without an end" in text_of(found.path) and "1 not run" in text_of(found.path)


def test_a_run_that_goes_on_says_so(run: RunFolder) -> None:
    """As long as a process holds it."""
    run.write(run.manifest().model_copy(update={"status": "running", "ended_at": None}))
    with run.held():
        assert "still going on: 60 of 60" in write_report(run).warning


def test_an_interrupted_run_without_an_episode_has_a_report(run: RunFolder) -> None:
    """Whatever can be said is said."""
    for path in (run.path / "episodes").iterdir():
        path.unlink()
    run.write(run.manifest().model_copy(update={"status": "interrupted"}))

    found = write_report(run)

    assert "was interrupted: 0 of 60" in found.warning
    assert "No episode counts yet" in text_of(found.path)


def test_a_share_without_an_episode_is_no_success(run: RunFolder) -> None:
    run.write(run.manifest().model_copy(update={"planned": (), "thresholds": (), "shard": Shard(number=9, of=9)}))

    text = text_of(write_report(run).path)

    assert "No episode was planned" in text
    assert "succeeded" not in text.partition("Scenarios")[0]


def test_what_a_script_could_not_hand_on_is_a_cause_in_words(run: RunFolder) -> None:
    record = run.path / run.manifest().planned[0].file
    *lines, last = record.read_text(encoding="utf-8").splitlines()
    end = json.loads(last) | {
        "outcome": "failure",
        "note": "not: told; ${sold.data[0].copies}: there is no copies in '['",
    }
    record.write_text("\n".join([*lines, json.dumps(end)]) + "\n", encoding="utf-8")

    reasons = {group.cause.reason for group in grouped_by_cause(read_run(run).episodes)}

    assert "there is no copies in" in reasons
    assert not any(reason.startswith("$") for reason in reasons)


def test_checks_of_an_invalid_episode_did_not_fail(run: RunFolder, soundstage: Command) -> None:
    """Its agent never acted: what was then found of the world says nothing about anybody."""
    record = run.path / run.manifest().planned[0].file
    first, *_, last = record.read_text(encoding="utf-8").splitlines()
    why = {"outcome": "invalid", "cause": "infrastructure", "blame": "infrastructure", "note": "it never began"}
    checks = [{"name": "told", "kind": "said", "verdict": "failed", "expected": "6 March", "found": "nothing"}]
    end = json.loads(last) | why | {"checks": checks, "steps": 0, "violations": [], "collateral": []}
    record.write_text(f"{first}\n{json.dumps(end)}\n", encoding="utf-8")

    groups = {group.cause.outcome: group for group in grouped_by_cause(read_run(run).episodes)}
    shown = soundstage("show", record).out

    assert (list(groups["invalid"].checks), [name for name, _ in groups["failure"].checks]) == ([], ["told"])
    assert ("told" in shown, "✗" in shown) == (True, False)


def test_a_record_that_cannot_be_read_costs_no_other(run: RunFolder) -> None:
    """It has a row that says why."""
    planned = run.manifest().planned[0]
    (run.path / planned.file).write_text('{"record": "nonsense"}\nx\n', encoding="utf-8")

    page = contents(write_report(run).path)

    row = page.index["rows"][0]
    assert page.index["outcomes"][row[4]] == "lost"
    assert "not a trajectory" in page.index["notes"][row[6]]
    assert row[12] is None
    assert all(each[12] is not None for each in page.index["rows"][1:])


def test_a_page_that_would_be_too_large_keeps_failures_and_says_what_it_cut(run: RunFolder) -> None:
    """First one failure and one success of each kind, then the failures, then the rest."""
    whole = write_report(run)
    cut = write_report(run, run.path / "small.html", megabytes_max=0.04)

    index = contents(cut.path).index
    kept = [row for row in index["rows"] if row[12] is not None]
    assert cut.size_bytes < whole.size_bytes
    assert cut.cut == 60 - len(kept) > 0
    assert f"{cut.cut} timelines are not in this file" in text_of(cut.path)
    failed = {row[1:3].__str__() for row in index["rows"] if index["outcomes"][row[4]] != "success"}
    assert failed <= {row[1:3].__str__() for row in kept if index["outcomes"][row[4]] != "success"}


def test_a_text_that_repeats_is_stored_once(run: RunFolder) -> None:
    """Everybody reads the same rules."""
    page = contents(write_report(run).path)

    assert len(page.texts) == len(set(page.texts))
    told = {page.timeline(row[0])["steps"][0]["told"] for row in page.index["rows"]}
    assert len(told) == 1 and len(told.pop()) > 1000


def test_a_thousand_episodes_fit_in_three_megabytes(tmp_path: Path) -> None:
    """With twelve steps each; docs/explanation/performance.md says how fast they are shown."""
    assert write_report(made_run(tmp_path / "large", 1000)).size_bytes < 3_000_000


def test_the_same_run_gives_the_same_page(run: RunFolder) -> None:
    """But for the minute in which it was written."""
    one = write_report(run, run.path / "one.html").path.read_text(encoding="utf-8")
    other = write_report(run, run.path / "other.html").path.read_text(encoding="utf-8")

    assert [line for line in one.splitlines() if "wrote this page" not in line] == [
        line for line in other.splitlines() if "wrote this page" not in line
    ]


@pytest.fixture
def failed(tmp_path: Path, soundstage: Command) -> Iterator[RunFolder]:
    """A run of two scenarios that share the beginning of their names, all of whose episodes fail."""
    write_scene(tmp_path, NOTE, "note")
    write_scene(tmp_path, NOTE.replace("is: hello", "is: 'it''s'"), "note two")
    (tmp_path / "wrong script.yaml").write_text("- say: done\n", encoding="utf-8")
    out = "its $(run)"
    ran = soundstage(
        "run", "note.yaml", "note two.yaml", "--agent", "script:wrong script.yaml", "--trials", 2, "--seed", 5,
        "--faults", "calm", "--faults", "slow-lane", "--over", "http", "--out", out,
    )  # fmt: skip
    assert ran.status == 1
    yield RunFolder(tmp_path / out)


def commands_of(run: RunFolder) -> dict[str, dict[str, str]]:
    """By episode the commands of its page, by what they do."""
    page = contents(write_report(RunFolder(run.path.relative_to(Path.cwd()))).path)
    return {row[0]: dict(page.timeline(row[0])["commands"]) for row in page.index["rows"]}


def carried_out(soundstage: Command, command: str, *more: object) -> Ran:
    """What a command of a page comes to, as a shell would read it."""
    name, *words = shlex.split(command)
    assert name == "soundstage"
    return soundstage(*words, *more)


def test_the_command_of_a_failure_makes_the_same_calls_again(failed: RunFolder, soundstage: Command) -> None:
    """It finds the record and everything comes out the same."""
    for commands in commands_of(failed).values():
        assert carried_out(soundstage, commands["Make the same calls again"]).status == 0
        assert carried_out(soundstage, commands["Read it in a terminal"]).status == 0


def test_the_command_that_plays_a_failure_again_plays_that_very_episode(failed: RunFolder, soundstage: Command) -> None:
    """The same scenario, arm, trial and seeds: the id of a trajectory is made of them."""
    for key, commands in list(commands_of(failed).items())[-2:]:
        ran = carried_out(soundstage, commands["Let the agent play it again"], "--json")
        again = [each["trajectory_id"] for one in json.loads(ran.out)["scenarios"] for each in one["episodes"]]
        first = json.loads((failed.path / "episodes" / f"{key}.jsonl").read_text(encoding="utf-8").splitlines()[0])
        assert again[-1] == first["trajectory_id"]


def test_the_command_of_the_run_runs_all_of_it(failed: RunFolder, soundstage: Command) -> None:
    """With every option that matters."""
    ran = carried_out(soundstage, run_command(failed.manifest()), "--json")

    again = {each["trajectory_id"] for one in json.loads(ran.out)["scenarios"] for each in one["episodes"]}
    records = [path.read_text(encoding="utf-8") for path in (failed.path / "episodes").glob("*.jsonl")]
    assert again == {json.loads(text.splitlines()[0])["trajectory_id"] for text in records}


GIVEN: dict[str, Any] = {
    "egress": True, "isolation": "namespace", "image": "python:3", "mcp_config": "own servers.json", "clean_env": True,
    "pass_env": ["ONE", "TWO"], "model": "openai:gpt", "base_url": "http://127.0.0.1/v1", "gateway": True,
    "workdir": "files", "temperature": 0.5, "over": "http", "judge": "openai:j", "user_model": "openai:u",
    "user_base_url": "http://127.0.0.1/u", "user_words": "words.json",
}  # fmt: skip


def test_no_option_of_an_agent_is_forgotten(run: RunFolder) -> None:
    """Whatever the command line takes, the command of a report says again."""
    options = {name: value for name, value in GIVEN.items() if name in {field.name for field in fields(Options)}}
    assert set(options) == {field.name for field in fields(Options)}, "a new option needs a value here"
    words = shlex.split(run_command(run.manifest().model_copy(update={"options": options})))

    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        following = [after for word, after in zip(words, [*words[1:], ""], strict=True) if word == flag]
        assert following == ([str(each) for each in value] if isinstance(value, list) else following[:1])
        assert value is True or str(value) == following[0] or isinstance(value, list)


def test_python_code_gets_a_report_of_what_it_ran(tmp_path: Path) -> None:
    """Of a run with a folder; one in memory only is refused with a hint."""
    scene = write_scene(tmp_path)
    kept = soundstage.run(scene, agent="script:reference", out=tmp_path / "run")

    found = soundstage.report(kept, tmp_path / "page.html")

    assert (found.path, found.episodes, found.warning) == (tmp_path / "page.html", 1, "")
    assert "The episode succeeded" in text_of(found.path)
    with pytest.raises(FolderError, match="in memory"):
        soundstage.report(soundstage.run(scene, agent="script:reference"))


def test_a_run_with_failures_names_the_command_of_its_report(soundstage: Command, tmp_path: Path) -> None:
    """One of several episodes failed: the page is where to look at all of them."""
    write_scene(tmp_path)

    ran = soundstage("run", "note.yaml", "--agent", "script:nothing", "--trials", 2, "--out", "out")

    assert "soundstage report out\n" in ran.out


def test_a_report_is_shown_when_that_is_asked_for(
    run: RunFolder, soundstage: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever browser the system has."""
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", shown.append)

    assert soundstage("report", run.path, "--open").status == 0

    assert shown == [(run.path / "report.html").as_uri()]


def test_doubts_about_a_run_stand_below_its_verdict(run: RunFolder) -> None:
    """Checks that prove nothing, trials that depend on each other, and a share that is not the whole."""
    manifest = run.manifest()
    first, second, *others = manifest.scenarios
    doubted = (first.model_copy(update={"weak": True}), second.model_copy(update={"lasting": ("mine",)}), *others)
    run.write(manifest.model_copy(update={"scenarios": doubted, "shard": Shard(number=2, of=4)}))

    text = text_of(write_report(run).path)

    assert "An agent that does nothing passes case-00" in text
    assert "Trials of case-01 find what earlier ones left" in text
    assert "This is share 2 of 4" in text
    assert "thresholds missed" not in text


def test_a_filter_of_the_run_stays_in_the_commands_of_its_episodes(run: RunFolder) -> None:
    """A name that fits one scenario of the run may fit others that the filter kept out."""
    manifest = run.manifest().model_copy(update={"match": "case and not bulk", "terms": {"stuck_after": 7}})

    words = shlex.split(play_command(manifest, manifest.planned[3]))

    assert words[:5] == ["soundstage", "run", "suite", "-k", "(case and not bulk) and case-03"]
    assert words[words.index("--stuck-after") + 1] == "7"

"""The model judge: what it is asked, whose judge it may be, and that only what it said becomes a figure."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.judging.judgement import Judgement, judged, question_hash, read_answer, read_judgements
from harness.judging.prompt import question, transcript
from harness.llm.family import families, related
from harness.recording.record import read_trajectory
from harness.trajectory import Figure, Trajectory, Usage
from tests.harness.command import Command
from tests.harness.scenes import NOTE, scene, write_scene
from tests.harness.scripted_model import Turn, scripted_model

RUBRIC = """
judge:
  items:
    - {name: polite, ask: Is the answer polite?}
    - {name: careful, ask: How careful was the work?, scale: {0: not at all, 1: somewhat, 2: very}}
"""
JUDGED = NOTE + RUBRIC


def verdict(score: int, evidence: str = "done") -> str:
    return json.dumps({"score": score, "evidence": evidence, "reason": "so it is"})


def play(
    soundstage: Command,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *said: Turn,
    text: str = JUDGED,
    judge: str = "anthropic:claude-judge",
    agent: Sequence[object] = ("--agent", "script:reference"),
) -> Trajectory:
    """Run the scenario with a judge that says these things, whichever item it is asked about."""
    with scripted_model(said or [Turn(verdict(1))]) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        ran = soundstage("run", write_scene(folder, text), *agent, "--judge", judge, "--out", "out")
    assert "Traceback" not in ran.err
    return read_trajectory(folder / "out/episodes/note-1.jsonl")


def quality(trajectory: Trajectory) -> Figure:
    assert trajectory.closing is not None
    return trajectory.closing.figures["quality"]


def test_a_judge_gives_quality_and_its_words_are_kept(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trajectory = play(soundstage, tmp_path, monkeypatch)

    exchanges = read_judgements(tmp_path / "out/episodes/note-1.jsonl")
    assert trajectory.outcome == "success"
    unknown = "(the agent's family of models is not known) "
    assert quality(trajectory) == Figure(value=0.75, note=f"{unknown}polite 1 (yes); careful 1 (somewhat)")
    assert [(each.item, each.outcome, each.model) for each in exchanges] == [
        ("polite", "answered", "anthropic:claude-judge"), ("careful", "answered", "anthropic:claude-judge"),
    ]  # fmt: skip
    assert "files.write_file" in exchanges[0].question
    assert trajectory.closing is not None
    assert trajectory.closing.usage is None
    assert trajectory.closing.helpers == {
        "anthropic:claude-judge": Usage(input_tokens=200, output_tokens=20, requests=2)
    }
    assert judged(trajectory, scene(tmp_path, JUDGED), exchanges, "anthropic:claude-judge") == quality(trajectory)


def test_what_judges_use_counts_for_budgets(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = NOTE + "judge: {items: [{name: polite, ask: Is it polite?}]}\n"
    run = ["run", write_scene(tmp_path, judged), "--agent", "script:reference", "--judge", "anthropic:claude-judge"]
    with scripted_model([Turn(verdict(1))]) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        prices = ["--price", "anthropic:claude-judge=1000/2000", "--price", "0/0"]
        ran = soundstage(*run, "--trials", 3, "--budget", "tokens=200", "--budget", "usd=100", *prices, "--json")

    found = json.loads(ran.out)
    assert (ran.status, found["ended"], found["stopped"]) == (6, 2, "220 of 200 tokens are used"), ran.err
    assert found["spent"] == "220 of 200 tokens, 0.24 of 100.00 usd, 2 episodes did not tell what they used"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Turn("I would rather not."), "the answer cannot be read"),
        (Turn(verdict(7)), "7 is no score of the scale"),
        (Turn(verdict(1, "it was lovely")), "stands nowhere in the record"),
        (Turn(verdict(1, "")), "no evidence is quoted"),
        (Turn(status=503), "failed"),
        (Turn(status=401), "failed"),
    ],
)
def test_a_judge_that_refuses_or_fails_leaves_quality_unmeasured(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Turn, words: str
) -> None:
    trajectory = play(soundstage, tmp_path, monkeypatch, said)

    assert trajectory.outcome == "success"
    assert quality(trajectory).value is None
    assert words in quality(trajectory).note
    assert trajectory.closing is not None
    assert trajectory.closing.reward is not None


def test_a_judge_of_the_agents_family_is_refused_before_anything_runs(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-unused-0123456789")

    ran = soundstage(
        "run", write_scene(tmp_path, JUDGED), "--agent", "model:openai:gpt-7", "--judge", "openai:gpt-8-mini"
    )

    assert ran.status == 2
    assert "of the family of the agent's own model" in ran.err


def test_a_judge_of_the_family_that_an_endpoint_tells_is_not_believed(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [Turn("", [("write_file", {"path": "/workspace/out.txt", "content": "hello"})]), Turn("done")]
    with scripted_model(turns, name="claude-hidden") as endpoint:
        agent = ["--agent", "model:mystery", "--base-url", f"{endpoint.url}/v1"]
        trajectory = play(soundstage, tmp_path, monkeypatch, agent=agent)

    assert trajectory.outcome == "success"
    assert quality(trajectory).value is None
    assert "it is no fair judge" in quality(trajectory).note
    assert not (tmp_path / "out/episodes/note-1.judge.jsonl").exists()


def test_an_unknown_family_counts_as_another_one_and_is_noted(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trajectory = play(soundstage, tmp_path, monkeypatch, judge="openai-chat:mystery")

    assert quality(trajectory).value == 0.75
    assert quality(trajectory).note.startswith("(the judge's family of models is not known)")


def test_a_rubric_without_a_judge_is_not_measured(soundstage: Command, tmp_path: Path) -> None:
    soundstage("run", write_scene(tmp_path, JUDGED), "--agent", "script:reference", "--out", "out")

    assert quality(read_trajectory(tmp_path / "out/episodes/note-1.jsonl")) == Figure(
        value=None, note="no judge was named"
    )


def test_words_about_another_question_do_not_count(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trajectory = play(soundstage, tmp_path, monkeypatch)
    exchanges = read_judgements(tmp_path / "out/episodes/note-1.jsonl")
    changed = scene(tmp_path, JUDGED.replace("Is the answer polite?", "Is the answer rude?"))

    figure = judged(trajectory, changed, exchanges, "anthropic:claude-judge")

    assert figure == Figure(value=None, note="not measured by anthropic:claude-judge: polite: was not asked")
    assert judged(trajectory, changed, exchanges, "anthropic:claude-other").value is None


def test_what_an_agent_says_cannot_pass_for_the_end_of_the_record(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trajectory = play(soundstage, tmp_path, monkeypatch)
    rubric = scene(tmp_path, JUDGED).judge
    assert rubric is not None

    text = question(trajectory, rubric.items[0])

    mark = next(line for line in text.splitlines() if line.startswith("RECORD-"))
    assert text.splitlines().count(mark) == 2
    assert mark not in transcript(trajectory)
    assert len(question_hash(text)) == 64


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('```json\n{"score": 2, "evidence": "wrote  the\\nfile"}\n```', 1.0),
        ('Well {not json} but {"score": 0, "evidence": ""}', 0.0),
        ('{"score": true, "evidence": "wrote"}', None),
        ('{"score": "2", "evidence": "wrote"}', None),
        ("[2]", None),
    ],
)
def test_answers_are_read_strictly(tmp_path: Path, answer: str, value: float | None) -> None:
    rubric = scene(tmp_path, JUDGED).judge
    assert rubric is not None

    assert read_answer(answer, rubric.items[1], "He wrote the file.").value == value


def test_a_cut_line_of_a_judges_record_is_left_out(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(soundstage, tmp_path, monkeypatch)
    path = tmp_path / "out/episodes/note-1.judge.jsonl"
    path.write_bytes(path.read_bytes()[:-30])

    assert [each.item for each in read_judgements(tmp_path / "out/episodes/note-1.jsonl")] == ["polite"]
    assert isinstance(read_judgements(tmp_path / "out/episodes/note-1.jsonl")[0], Judgement)


def test_families_are_told_by_names() -> None:
    told = {
        "claude-opus-5": {"anthropic"}, "anthropic/claude-3": {"anthropic"}, "us.anthropic.claude-x": {"anthropic"},
        "gpt-oss-20b": {"openai"}, "o3-mini": {"openai"}, "openai:gpt-5": {"openai"}, "mystery-7b": set(),
        "deepseek-r1-distill-llama-70b": {"deepseek", "meta"}, "openai-chat:qwen3": {"alibaba"}, "solo1": set(),
    }  # fmt: skip

    assert {name: set(families(name)) for name in told} == told
    assert related("deepseek-r1-distill-llama-70b", "llama-4")
    assert related("openai:mystery", "mystery")
    assert not related("mystery", "enigma")


def test_old_runs_are_judged_again_without_asking_twice(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(soundstage, tmp_path, monkeypatch)
    with scripted_model([Turn(verdict(0))]) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        same = json.loads(soundstage("score", "out", "--judge", "anthropic:claude-judge", "--json").out)
        asked_before = len(endpoint.requests)
        other = json.loads(soundstage("score", "out", "--judge", "openai-chat:gpt-judge", "--json").out)
        again = json.loads(soundstage("score", "out", "--judge", "openai-chat:gpt-judge", "--json").out)

    assert asked_before == 0
    assert len(endpoint.requests) == 2
    assert [shown["episodes"][0]["figures"]["quality"]["value"] for shown in (same, other, again)] == [0.75, 0.0, 0.0]

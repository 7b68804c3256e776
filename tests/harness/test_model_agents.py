"""The built-in agent: a model in a loop, over each interface, and what is recorded of it."""

import sys
from pathlib import Path

import pytest

from harness.agent import AgentError, Options, find_agent
from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory, Usage
from tests.harness.command import Command
from tests.harness.scenes import NOTE, write_scene
from tests.harness.scripted_model import Endpoint, Turn, scripted_model
from tests.harness.sockets import unanswered_port

WRITE = ("write_file", {"path": "/workspace/out.txt", "content": "hello"})
READ = ("read_text_file", {"path": "/workspace/a.txt"})
SOLVED = [
    Turn("Let me look.", [READ], thinking="I wonder."),
    Turn("Now I write.", [WRITE]),
    Turn("done"),
]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No endpoint and no key but those that a test names."""
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


pytestmark = pytest.mark.usefixtures("keys")


def use(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)


def play(soundstage: Command, folder: Path, *words: object, text: str = NOTE) -> Trajectory:
    soundstage("run", write_scene(folder, text), "--out", "out", *words)
    return read_trajectory(folder / "out/episodes/note-1.jsonl")


@pytest.mark.parametrize("api", ["openai", "openai-chat", "openai-responses", "anthropic"])
def test_a_model_does_a_task_through_every_interface(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    with scripted_model(SOLVED) as endpoint:
        use(monkeypatch, endpoint)
        trajectory = play(soundstage, tmp_path, "--agent", f"model:{api}:some-model", "--temperature", 0.5)

    closing = trajectory.closing
    assert closing is not None
    assert (closing.outcome, closing.departure.answer) == ("success", "done")
    assert [step.action.tool for step in trajectory.steps] == ["read_text_file", "write_file"]
    assert [step.thought for step in trajectory.steps] == ["I wonder.\n\nLet me look.", "Now I write."]
    assert (trajectory.opening.agent.model, trajectory.opening.agent.temperature) == ("some-model", 0.5)
    assert (closing.model, closing.total_tokens) == ("scripted-1", 330)
    assert closing.usage == Usage(input_tokens=300, output_tokens=30, requests=3)
    assert endpoint.requests[0]["temperature"] == 0.5


def test_any_compatible_endpoint_is_used_without_a_key(soundstage: Command, tmp_path: Path) -> None:
    with scripted_model(SOLVED) as endpoint:
        base = f"{endpoint.url}/v1"
        trajectory = play(soundstage, tmp_path, "--agent", "model:", "--model", "llama-9", "--base-url", base)

    assert trajectory.outcome == "success"
    assert endpoint.requests[0]["model"] == "llama-9"
    names = [tool["function"]["name"] for tool in endpoint.requests[0]["tools"]]
    assert "files__read_text_file" in names
    assert "soundstage" not in str(endpoint.requests).lower()
    assert "soundstage" not in str(endpoint.headers).lower()


def test_calls_that_a_model_makes_at_once_are_all_answered(soundstage: Command, tmp_path: Path) -> None:
    turns = [Turn("All together.", [READ, WRITE, ("no_such_tool", {}), READ]), Turn("done")]
    with scripted_model(turns) as endpoint:
        trajectory = play(soundstage, tmp_path, "--agent", "model:m", "--base-url", f"{endpoint.url}/v1")

    answers = [message for message in endpoint.requests[1]["messages"] if message["role"] == "tool"]
    assert trajectory.outcome == "success"
    assert [step.thought for step in trajectory.steps] == ["All together.", None, None]
    assert [answer["content"][:20] for answer in answers[:2]] == ["one", "Successfully wrote t"]
    assert answers[2]["content"].startswith("There is no tool no_such_tool")
    assert answers[3]["content"] == "one"


def test_a_model_that_calls_nothing_that_there_is_comes_to_an_end(soundstage: Command, tmp_path: Path) -> None:
    lost = Turn("Again.", [("no_such_tool", {}), ("nor_this", {})])
    with scripted_model([*[lost] * 9, Turn("Ah.", [READ]), *[lost] * 30, Turn("done")]) as endpoint:
        trajectory = play(soundstage, tmp_path, "--agent", "model:m", "--base-url", f"{endpoint.url}/v1")

    assert trajectory.closing is not None
    assert (trajectory.outcome, len(trajectory.steps), len(endpoint.requests)) == ("failure", 1, 9 + 1 + 10)
    assert "10 messages in a row called nothing" in trajectory.closing.departure.note


@pytest.mark.parametrize(("status", "words"), [(429, "429"), (503, "503"), (401, "401")])
def test_what_an_endpoint_refuses_is_never_the_agents_failure(
    soundstage: Command, tmp_path: Path, status: int, words: str
) -> None:
    with scripted_model([SOLVED[0], Turn(status=status)]) as endpoint:
        trajectory = play(soundstage, tmp_path, "--agent", "model:m", "--base-url", f"{endpoint.url}/v1")

    closing = trajectory.closing
    assert closing is not None
    assert (closing.outcome, closing.cause, closing.blame) == ("invalid", "infrastructure", "infrastructure")
    assert words in closing.note
    assert len(trajectory.steps) == 1


def test_passing_failures_of_an_endpoint_are_survived(soundstage: Command, tmp_path: Path) -> None:
    turns = [SOLVED[0], Turn("Now I write.", [WRITE], status=503, fails=2), SOLVED[2]]
    with scripted_model(turns) as endpoint:
        trajectory = play(soundstage, tmp_path, "--agent", "model:m", "--base-url", f"{endpoint.url}/v1")

    assert trajectory.outcome == "success"
    assert endpoint.refusals == 2


def test_an_endpoint_that_is_not_there_is_infrastructure(soundstage: Command, tmp_path: Path) -> None:
    with unanswered_port() as port:
        trajectory = play(soundstage, tmp_path, "--agent", "model:m", "--base-url", f"http://127.0.0.1:{port}/v1")

    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.cause) == ("invalid", "infrastructure")


def test_a_missing_key_is_said_and_blamed_on_nobody(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "model:anthropic:claude-x", "--out", "out")

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert ran.status == 3
    assert "ANTHROPIC_API_KEY" in closing.note


def test_a_model_that_used_all_its_tokens_is_stopped(soundstage: Command, tmp_path: Path) -> None:
    text = NOTE.replace("limits: {steps: 5", "limits: {steps: 5, tokens: 200")
    with scripted_model(SOLVED) as endpoint:
        trajectory = play(soundstage, tmp_path, "--agent", "model:m", "--base-url", f"{endpoint.url}/v1", text=text)

    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.departure.how) == ("timeout", "tokens")
    assert trajectory.closing.total_tokens == 220


def test_episodes_of_one_model_go_on_side_by_side(soundstage: Command, tmp_path: Path) -> None:
    with scripted_model(SOLVED) as endpoint:
        ran = soundstage(
            "run", write_scene(tmp_path), "--agent", "model:m", "--base-url", f"{endpoint.url}/v1",
            "--trials", 6, "--parallel", 3, "--out", "out",
        )  # fmt: skip

    records = [read_trajectory(tmp_path / f"out/episodes/note-{trial}.jsonl") for trial in range(1, 7)]
    assert ran.status == 0
    assert {tuple(step.thought for step in record.steps) for record in records} == {
        ("I wonder.\n\nLet me look.", "Now I write.")
    }


@pytest.mark.parametrize(
    ("spec", "options", "words"),
    [
        ("model:", Options(), "no model is named"),
        ("model:mystery", Options(), "not clear which endpoint"),
        ("model:openai:", Options(), "no model is named"),
        ("model:openai:a", Options(model="b"), "two models are named"),
    ],
)
def test_models_that_cannot_be_meant_are_refused(spec: str, options: Options, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        find_agent(spec, options)


def test_without_the_extra_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pydantic_ai"] + ["pydantic_ai"]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in [name for name in sys.modules if name.startswith("harness.llm.")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(AgentError, match=r"soundstage\[llm\]"):
        find_agent("model:openai:x")

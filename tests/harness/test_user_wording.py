"""Wording by models: through an OpenAI-compatible endpoint of ours, and through pydantic-ai's function model.

No provider is asked. What the endpoint says follows a script, what the function model says is a function's.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from harness.agent import AgentError, Options
from harness.trajectory import Usage
from harness.users.acts import Act, Decision
from harness.users.appointing import check_wording
from harness.users.drawing import TurnDraw
from harness.users.exchanges import ExchangeError, Exchanges, read_exchanges
from harness.users.knowledge import known_in
from harness.users.model_smith import ModelSmith, Said, Speechless
from harness.users.smith import Wish, Worded
from harness.users.state import UserState
from soundstage import run
from tests.harness.scenes import write_scene
from tests.harness.scripted_model import Turn, scripted_model
from tests.harness.talks import desk, desk_text, person

pytestmark = pytest.mark.anyio

FACTS = {"email": {"value": "ida@example.test"}, "day": {"value": "27 February", "release": "second_time_asked"}}
MODEL = ("    patience: 6\n", "    patience: 6\n    wording: model\n")


def wish(*acts: Act, told: tuple[str, ...] = ()) -> Wish:
    who = person(facts=FACTS, goal="get 4990 cents back from Bert")
    decision = Decision(acts, UserState(told=told))
    known = known_in(who, decision, ["What is your email?"])
    return Wish(who, acts, "calm", known, [("agent", "What is your email?")])


EMAIL = Act("answer", {"label": "email", "Label": "Email", "value": "ida@example.test"}, "email")


def functional(answer: Callable[[str], str], seen: list[str]) -> Any:
    """Asks pydantic-ai's function model."""

    def respond(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        request = messages[-1]
        assert isinstance(request, ModelRequest)
        asked = request.parts[-1]
        assert isinstance(asked, UserPromptPart)
        text = str(asked.content)
        seen.append(f"{request.instructions}\n{text}")
        return ModelResponse([TextPart(answer(text))])

    async def ask(instructions: str, question: str) -> Said:
        request = ModelRequest([UserPromptPart(question)], instructions=instructions)
        response = await model_request(FunctionModel(respond), [request])
        return Said("".join(part.content for part in response.parts if isinstance(part, TextPart)), 10, 5)

    return ask


async def word(smith: ModelSmith, asked: Wish, seed: int = 1) -> Worded:
    return await smith.word(asked, TurnDraw(seed, "customer", 1))


async def test_words_of_a_model_are_said_where_they_pass_the_gate() -> None:
    seen: list[str] = []
    smith = ModelSmith("m", functional(lambda _: "Oh, you can write to ida@example.test.", seen), Exchanges(None))
    said = await word(smith, wish(EMAIL, told=("email",)))

    assert (said.text, said.flags, said.notes) == (
        "Oh, you can write to ida@example.test.", (), {"wording": "model", "attempts": 1}
    )  # fmt: skip


async def test_a_model_is_told_nothing_that_may_not_be_said() -> None:
    seen: list[str] = []
    smith = ModelSmith("m", functional(lambda _: "Sure: ida@example.test", seen), Exchanges(None))
    await word(smith, wish(EMAIL, told=("email",)))

    for hidden in ("27 February", "4990", "Bert"):
        assert hidden not in seen[0]


@pytest.mark.parametrize(
    "bad",
    [
        "It is ida@example.test, and it was on 27 February.",
        "It is ida@example.test, order 12345.",
        "My friend Bert says ida@example.test.",
        "It is ida@example.test, since Monday.",
        "It is ida@example.test or bert@example.test.",
        "I waited three weeks, ida@example.test.",
        "I won't tell you.",
        "   ",
    ],
)
async def test_what_leaks_invents_or_withholds_is_worded_again_and_then_replaced_and_flagged(bad: str) -> None:
    seen: list[str] = []
    exchanges = Exchanges(None)
    smith = ModelSmith("m", functional(lambda _: bad, seen), exchanges)
    said = await word(smith, wish(EMAIL, told=("email",)))

    assert len(seen) == 3
    assert said.flags == ("fallback",)
    assert "ida@example.test" in said.text and "February" not in said.text
    assert [each.outcome for each in exchanges.kept] == ["refused"] * 3
    assert all(each.problems for each in exchanges.kept)


async def test_a_model_is_told_what_was_wrong() -> None:
    seen: list[str] = []
    smith = ModelSmith(
        "m", functional(lambda text: "ida@example.test it is" if "refused" in text else "On 27 February.", seen),
        Exchanges(None),
    )  # fmt: skip
    said = await word(smith, wish(EMAIL, told=("email",)))

    assert said.notes == {"wording": "model", "attempts": 2}
    assert "which is not released" in seen[1]


async def test_a_model_that_cannot_be_asked_is_replaced_at_once() -> None:
    async def ask(instructions: str, question: str) -> Said:
        raise Speechless("nobody listens")

    exchanges = Exchanges(None)
    said = await word(ModelSmith("m", ask, exchanges), wish(EMAIL, told=("email",)))

    assert said.flags == ("fallback",)
    assert [(each.outcome, each.problems) for each in exchanges.kept] == [("failed", ["nobody listens"])]


async def test_recorded_exchanges_are_used_again_and_nobody_is_asked(tmp_path: Path) -> None:
    seen: list[str] = []
    record = tmp_path / "talk-1.jsonl"
    first = ModelSmith("m", functional(lambda _: "Write to ida@example.test.", seen), Exchanges(record))
    said = await word(first, wish(EMAIL, told=("email",)))
    known = read_exchanges(tmp_path)

    again = ModelSmith("m", functional(lambda _: "never", seen), Exchanges(None, known))
    assert (await word(again, wish(EMAIL, told=("email",)))).text == said.text
    assert len(seen) == 1
    with pytest.raises(ExchangeError):
        read_exchanges(tmp_path / "empty")


def test_a_dialogue_is_worded_through_an_endpoint_recorded_and_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    path = write_scene(tmp_path, desk_text(MODEL), "desk")
    with scripted_model([Turn("ida@example.test, 27 February. I was charged twice. Sort it out.")]) as endpoint:
        options = Options(user_model="scripted-1", user_base_url=f"{endpoint.url}/v1")
        first = run(path, agent="script:reference", out=tmp_path / "one", options=options)
        asked = len(endpoint.requests)
        again = Options(**{**_plain(options), "user_words": tmp_path / "one"})
        second = run(path, agent="script:reference", out=tmp_path / "two", options=again)

        assert asked > 3
        assert len(endpoint.requests) == asked
    one, two = [[_said(step) for step in result.trajectories[0].steps] for result in (first, second)]
    assert one == two
    used = [result.trajectories[0].closing.helpers for result in (first, second)]  # type: ignore[union-attr]
    assert used == [{"scripted-1": Usage(input_tokens=100 * asked, output_tokens=10 * asked, requests=asked)}, {}]
    lines = (tmp_path / "one/episodes/desk-1.words.jsonl").read_text(encoding="utf-8").splitlines()
    outcomes = [json.loads(line)["outcome"] for line in lines]
    assert len(outcomes) == asked
    assert "refused" in outcomes
    assert "sk-" not in "".join(lines)


def _plain(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in options.__dataclass_fields__}


def _said(step: Any) -> Any:
    return step.action.arguments


def test_a_model_that_nobody_names_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="none is named"):
        check_wording(desk(tmp_path, MODEL), Options())

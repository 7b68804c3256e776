"""Asking a judge, and recording what it said."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

from harness.acting.secrecy import environment_secrets
from harness.judging.judgement import (
    Judgement,
    Quality,
    judge_record,
    judged,
    kinship,
    opinion,
    question_hash,
    read_judgements,
)
from harness.judging.prompt import question
from harness.llm.connection import Connection, ModelFailed, TooLong
from harness.llm.naming import model_name
from harness.recording.step_log import encoded
from harness.scenario import Scenario
from harness.staging.judge import RubricItem
from harness.trajectory import Trajectory
from worlds import host
from worlds.clock import show_time

TRIES: Final = 2
"""How often an item is asked until its answer can be read."""


async def judge_episode(trajectory: Trajectory, scenario: Scenario, model: str, record: Path | None) -> Quality:
    """The quality of an episode: a judge is asked whatever it has not been asked before, and its words are recorded.

    `record` is the trajectory's path. Whatever the judge does, this returns.
    """
    exchanges = await anyio.to_thread.run_sync(read_judgements, record) if record else []
    if scenario.judge is not None and kinship(trajectory, model) is None:
        wanting = [item for item in scenario.judge.items if opinion(trajectory, item, exchanges, model).value is None]
        added = await ask_all(trajectory, wanting, model)
        if record is not None and added:
            await anyio.to_thread.run_sync(_keep, record, added)
        exchanges = [*exchanges, *added]
    return Quality(judged(trajectory, scenario, exchanges, model), exchanges)


async def ask_all(trajectory: Trajectory, wanting: Sequence[RubricItem], model: str) -> list[Judgement]:
    """The exchanges about some items, in their order."""
    if not wanting:
        return []
    answers: dict[str, list[Judgement]] = {}
    try:
        connection = Connection(model_name(model))
    except ModelFailed as error:
        return [_exchange(item, model, question(trajectory, item), error.message) for item in wanting]

    async def ask(item: RubricItem) -> None:
        answers[item.name] = await _asked(connection, trajectory, item, model)

    async with connection, anyio.create_task_group() as group:
        for item in wanting:
            group.start_soon(ask, item)
    return [exchange for item in wanting for exchange in answers[item.name]]


async def _asked(connection: Connection, trajectory: Trajectory, item: RubricItem, model: str) -> list[Judgement]:
    """Ask about one item, once more where the answer cannot be read."""
    text = question(trajectory, item)
    exchanges: list[Judgement] = []
    for _ in range(TRIES):
        try:
            response = await connection.ask([ModelRequest([UserPromptPart(text)])])
        except (ModelFailed, TooLong) as error:
            return [*exchanges, _exchange(item, model, text, error.message)]
        exchanges.append(_exchange(item, model, text, response))
        if exchanges[-1].outcome == "refused" or opinion(trajectory, item, exchanges, model).value is not None:
            break
    return exchanges


def _exchange(item: RubricItem, model: str, text: str, said: ModelResponse | str) -> Judgement:
    """The record of an exchange; `said` as text is why there was none."""
    asked_at = show_time(host.wall_ns())
    if isinstance(said, str):
        return Judgement(
            item=item.name, model=model, question_hash=question_hash(text), question=text, outcome="failed",
            note=said, asked_at=asked_at,
        )  # fmt: skip
    answer = "".join(part.content for part in said.parts if isinstance(part, TextPart)).strip()
    refused = said.finish_reason == "content_filter" or not answer
    return Judgement(
        item=item.name, model=model, question_hash=question_hash(text), question=text,
        outcome="refused" if refused else "answered", answer=answer or None,
        note="the judge said nothing" if not answer else "",
        input_tokens=said.usage.input_tokens, output_tokens=said.usage.output_tokens, asked_at=asked_at,
    )  # fmt: skip


def _keep(record: Path, exchanges: Sequence[Judgement]) -> None:
    secrets = environment_secrets()
    with judge_record(record).open("ab") as file:
        for exchange in exchanges:
            file.write(encoded(secrets.masked(exchange.model_dump())))

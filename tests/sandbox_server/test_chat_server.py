"""The chat connector: messages stand at once, calls wait without holding anybody up, owners speak for people."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.acting.client import Answer, Client
from sandbox_server.admin.control import DEFAULT, Opening
from sandbox_server.episode import Episode
from sandbox_server.errors import Conflict
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from sandbox_server.turns import Pending, Words, pass_time, speak
from tests.sandbox_server.owned import Owned, owned
from worlds.clock import SECOND, Mode
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

pytestmark = pytest.mark.anyio
BOUND = 60


def chat(mode: Mode = "virtual", **more: Any) -> Presentation:
    servers = {
        "customer": {"kind": "user", "messages": [{"author": "user", "text": "Hello?"}], **more},
        "files": {"kind": "filesystem", "root": "/w", "tree": {"a.txt": "one"}},
    }
    return present(plan_world(Document("w", {"soundstage": 1, "world": "w", "servers": servers}), Path()), mode=mode)


def opened(**more: Any) -> Episode:
    return Stage().open(chat(**more))


class Echo:
    """Somebody who repeats what is said, after a while."""

    def __init__(self, seconds: float = 0) -> None:
        self.pause_ns = round(seconds * SECOND)

    async def answer(self, episode: Episode, pending: Pending) -> None:
        await pass_time(episode, self.pause_ns)
        await speak(episode, pending.server, Words(f"You said: {pending.text}", closes=pending.text == "bye"))


def replies(answer: Answer) -> list[str]:
    return [each["text"] for each in answer.data["replies"]]


async def send(episode: Episode, text: str) -> Answer:
    async with asyncio.timeout(BOUND):
        return await Client(episode).call("customer", "send_message", {"text": text})


async def test_a_message_comes_back_with_its_reply_and_what_was_not_seen_yet() -> None:
    episode = opened()
    episode.turns.answerers = {"customer": Echo()}
    first, second = await send(episode, "one"), await send(episode, "two")

    assert replies(first) == ["Hello?", "You said: one"]
    assert replies(second) == ["You said: two"]
    assert first.result["structuredContent"] == first.data


async def test_what_was_read_is_not_told_again() -> None:
    episode = opened()
    episode.turns.answerers = {"customer": Echo()}
    read = await Client(episode).call("customer", "get_conversation", {"limit": 10})

    assert [each["text"] for each in read.data["messages"]] == ["Hello?"]
    assert replies(await send(episode, "one")) == ["You said: one"]


async def test_only_the_newest_messages_are_shown_and_the_others_counted() -> None:
    episode = opened()
    episode.turns.answerers = {"customer": Echo()}
    for number in range(5):
        await send(episode, str(number))
    read = (await Client(episode).call("customer", "get_conversation", {"limit": 3})).data

    assert [each["text"] for each in read["messages"]] == ["You said: 3", "4", "You said: 4"]
    assert read["earlier_messages"] == 8


async def test_a_closed_conversation_takes_no_more() -> None:
    episode = opened()
    episode.turns.answerers = {"customer": Echo()}
    assert (await send(episode, "bye")).data["status"] == "closed"
    again = await send(episode, "wait")

    assert again.failed
    assert again.text == "Error calling tool 'send_message': the conversation is closed"
    with pytest.raises(Conflict, match="closed"):
        await speak(episode, "customer", Words("I am back"))


async def test_without_anybody_there_the_time_passes_and_nothing_is_said() -> None:
    episode = opened(reply_timeout=90)
    before_ns = episode.world.clock.now_ns

    assert replies(await send(episode, "anybody?")) == ["Hello?"]
    assert episode.world.clock.now_ns - before_ns >= 90 * SECOND


async def test_waiting_for_a_reply_holds_nobody_up() -> None:
    episode = opened()
    asked, gate = asyncio.Event(), asyncio.Event()

    class Slow:
        async def answer(self, episode: Episode, pending: Pending) -> None:
            asked.set()
            await gate.wait()
            await speak(episode, pending.server, Words("At last."))

    episode.turns.answerers = {"customer": Slow()}
    waiting = asyncio.create_task(send(episode, "one"))
    async with asyncio.timeout(BOUND):
        await asked.wait()
        written = await Client(episode).call("files", "write_file", {"path": "/w/b.txt", "content": "two"})
        seen = await Client(episode).call("customer", "get_conversation", {})
    gate.set()

    assert not written.failed
    assert [each["text"] for each in seen.data["messages"]] == ["Hello?", "one"]
    assert replies(await waiting)[-1] == "At last."


async def test_messages_sent_at_once_are_answered_one_after_the_other_on_a_virtual_clock() -> None:
    episode = opened()
    episode.turns.answerers = {"customer": Echo(seconds=30)}
    async with asyncio.timeout(BOUND):
        answers = await asyncio.gather(*(send(episode, str(number)) for number in range(3)))

    assert all("You said" in replies(answer)[-1] for answer in answers)
    assert episode.world.clock.now_ns - episode.first.clock.now_ns >= 90 * SECOND


async def test_a_person_who_breaks_is_noted_and_the_agent_gets_no_reply() -> None:
    class Broken:
        async def answer(self, episode: Episode, pending: Pending) -> None:
            raise ValueError("lost for words")

    episode = opened()
    episode.turns.answerers = {"customer": Broken()}
    answer = await send(episode, "one")

    assert not answer.failed
    assert replies(answer) == ["Hello?"]
    assert episode.ledger.entries[-1].notes["user_broke"] == "ValueError: lost for words"
    assert "lost" not in str(answer.reply.to_json())


async def test_every_word_has_its_line_in_the_ledger_in_the_persons_name() -> None:
    episode = opened()
    episode.turns.answerers = {"customer": Echo()}
    await send(episode, "one")
    spoken, sent = episode.ledger.entries

    assert (spoken.actor, spoken.tool, spoken.arguments["text"]) == ("user", "(says)", "You said: one")
    assert [change.actors for change in spoken.changes] == [("user",)]
    assert sent.effect < spoken.effect
    assert [change.actors for change in sent.changes] == [("agent",)]


async def test_a_fork_has_the_same_person_and_a_conversation_of_its_own() -> None:
    stage = Stage()
    episode = stage.open(chat())
    episode.turns.answerers = {"customer": Echo()}
    await send(episode, "one")
    branch = stage.fork(episode)

    assert replies(await send(branch, "two")) == ["You said: two"]
    assert len((await Client(episode).call("customer", "get_conversation", {})).data["messages"]) == 3


async def test_the_time_of_a_flowing_clock_passes_without_anybody_sitting_through_it() -> None:
    episode = opened(mode="flowing")
    episode.turns.answerers = {"customer": Echo(seconds=3_600)}
    answer = await send(episode, "one")

    assert replies(answer)[-1] == "You said: one"
    assert episode.world.clock.now_ns - episode.first.clock.now_ns >= 3_600 * SECOND


@asynccontextmanager
async def attended() -> AsyncIterator[tuple[Owned, Episode]]:
    async with owned() as own:
        own.stage.close(DEFAULT)
        episode = own.control.open(Opening(chat(), "flowing", DEFAULT, "agent-token"))
        yield own, episode


async def pending(own: Owned, episode: Episode) -> dict[str, Any]:
    """What waits, once something does."""
    news = asyncio.Event()
    episode.turns.watchers.add(news.set)
    async with asyncio.timeout(BOUND):
        if not episode.turns.waiting:
            await news.wait()
    episode.turns.watchers.discard(news.set)
    found: dict[str, Any] = (await own.ask("GET", "/episodes/default/turns"))["turns"][0]
    return found


async def test_owners_see_what_waits_and_answer_it() -> None:
    async with attended() as (own, episode):
        assert await own.ask("GET", "/episodes/default/turns") == {"turns": []}
        waiting = asyncio.create_task(send(episode, "What is your name?"))
        turn = await pending(own, episode)
        spoken = await own.ask("POST", "/episodes/default/turns", {"id": turn["id"], "text": "Ida."})
        answer = await waiting

    assert (turn["server"], turn["text"]) == ("customer", "What is your name?")
    assert replies(answer) == ["Hello?", "Ida."]
    assert spoken["entry"] == 1
    assert not episode.turns.waiting


async def test_owners_may_say_several_things_and_close() -> None:
    async with attended() as (own, episode):
        await own.ask("GET", "/episodes/default/turns")
        waiting = asyncio.create_task(send(episode, "Anything else?"))
        turn = (await pending(own, episode))["id"]
        await own.ask("POST", "/episodes/default/turns", {"id": turn, "text": "One thing.", "waits": True})
        await own.ask("POST", "/episodes/default/turns", {"id": turn, "text": "No, two.", "closes": True})
        answer = await waiting

    assert replies(answer) == ["Hello?", "One thing.", "No, two."]
    assert answer.data["status"] == "closed"


async def test_owners_speak_unasked_and_are_told_what_does_not_wait() -> None:
    async with attended() as (own, episode):
        await own.ask("POST", "/episodes/default/turns", {"server": "customer", "text": "Hurry!"})
        await own.ask("POST", "/episodes/default/turns", {"id": "msg_1", "text": "Hm."}, 404)
        await own.ask("POST", "/episodes/default/turns", {"server": "files", "text": "Hm."}, 404)
        await own.ask("POST", "/episodes/default/turns", {"closes": True})
        await own.ask("POST", "/episodes/default/turns", {"text": "Hm."}, 409)
        read = await Client(episode).call("customer", "get_conversation", {})

    assert [each["text"] for each in read.data["messages"]] == ["Hello?", "Hurry!"]
    assert read.data["status"] == "closed"


async def test_what_waits_is_told_live() -> None:
    headers = {"accept": "text/event-stream"}
    async with attended() as (own, episode):
        async with own.client.stream("GET", "/episodes/default/turns", headers=headers) as response:
            lines = response.aiter_lines()

            async def told() -> Any:
                async with asyncio.timeout(BOUND):
                    async for line in lines:
                        if line.startswith("data: "):
                            return json.loads(line[6:])
                return None

            assert await told() == {"turns": []}
            waiting = asyncio.create_task(send(episode, "one"))
            turn = (await told())["turns"][0]
            await own.ask("POST", "/episodes/default/turns", {"id": turn["id"], "text": "Yes."})
            assert await told() == {"turns": []}
        assert replies(await waiting)[-1] == "Yes."


async def test_a_reset_lets_go_what_waits() -> None:
    async with attended() as (own, episode):
        await own.ask("GET", "/episodes/default/turns")
        waiting = asyncio.create_task(send(episode, "one"))
        await pending(own, episode)
        await own.ask("POST", "/reset")
        async with asyncio.timeout(BOUND):
            answer = await waiting

    assert replies(answer) == ["Hello?"]

"""Calls that wait for words from outside: who is asked for them, and how what is said comes into the world.

Whoever waits holds no lock: the message stands in the conversation, the episode goes on, and the words have an effect
and a line of the ledger of their own.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from sandbox_server.call import Reply
from sandbox_server.errors import Conflict, Ended, NotFound
from sandbox_server.ledger import Entry
from worlds import host
from worlds.agenda import Wish
from worlds.changes import USER, Actor, Change
from worlds.clock import SECOND
from worlds.companion import Companion
from worlds.errors import WorldError
from worlds.part import Moment

if TYPE_CHECKING:
    from sandbox_server.episode import Episode
    from worlds.world import World

log = logging.getLogger(__name__)

SAYS: Final = "(says)"
"""The tool that a line of the ledger names in which a person spoke; no server can have one of that name."""
BROKE: Final = "user_broke"
"""The note of a call whose reply did not come because whoever gives it broke."""
MEMORY: Final = "memory"
"""The note in which what a person remembers after a turn stands, for replays."""


class Broke(Exception):
    """Whoever plays a person elsewhere broke; the words say how."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that waits for a reply."""

    server: str
    message: str
    """The message's id; it names the turn as well."""
    text: str
    since_ns: int
    """The world's time since when it waits."""
    timeout_ns: int = 0
    """How long the call waits; 0: as long as it takes."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person says in one message, and what goes with it."""

    text: str = ""
    """Empty: nothing, the conversation is only closed."""
    closes: bool = False
    """Whether the person leaves the conversation with this."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the ledger keeps beside it; agents never see it."""
    memory: tuple[str, Companion] | None = None
    """The companion that remembers what was said, by its name, as it is afterwards."""
    later: Sequence[Wish] = ()
    """What is to happen later."""
    answers: bool = True
    """Whether a waiting call shows it; otherwise the agent finds it with its next message."""


class Answerer(Protocol):
    """Whoever speaks for the person at the other end; used by many episodes at once, it remembers nothing itself."""

    async def answer(self, episode: "Episode", pending: Pending) -> None:
        """Say what is to be said, with `speak`; nothing at all is a silence. Runs outside of the episode's turn."""
        ...


@dataclass(slots=True)
class Turns:
    """Who answers in one episode, and what waits for an answer from outside."""

    answerers: Mapping[str, Answerer] = field(default_factory=dict)
    """By server, who answers in this process."""
    attended: bool = False
    """Whether words may come from outside; otherwise nobody answers where there is no answerer."""
    waiting: dict[str, tuple[Pending, asyncio.Future[None]]] = field(default_factory=dict)
    """By message, what waits for words from outside."""
    speaking: dict[str, asyncio.Lock] = field(default_factory=dict)
    """By server: a person answers one message after the other."""
    watchers: set[Callable[[], None]] = field(default_factory=set)
    """Called when something begins or ends to wait; they must not block."""

    def carry_to(self, other: "Turns") -> None:
        """Let the same people answer in a fork."""
        other.answerers, other.attended = self.answerers, self.attended

    async def ask(self, episode: "Episode", pending: Pending, notes: dict[str, Any]) -> None:
        """Wait until a message is answered, or the time for it is over. What breaks is noted. Raises Ended."""
        answerer = self.answerers.get(pending.server)
        if answerer is not None:
            speaking = self.speaking.setdefault(pending.server, asyncio.Lock())
            await episode.waits.aside(speaking.acquire())
            try:
                await answerer.answer(episode, pending)
            except Ended:
                raise
            except Broke as error:
                notes[BROKE] = str(error)
            except Exception as error:  # a person who cannot answer must not pass for a failing agent
                log.error("the user at %s broke", pending.server, exc_info=error)
                notes[BROKE] = f"{type(error).__name__}: {error}"
            finally:
                speaking.release()
        elif self.attended:
            await self._from_outside(episode, pending)
        else:
            await pass_time(episode, pending.timeout_ns)

    async def _from_outside(self, episode: "Episode", pending: Pending) -> None:
        """Wait for an owner's words in real time, whatever the clock."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting[pending.message] = pending, answered
        self._tell()
        try:
            await episode.waits.aside(asyncio.wait_for(answered, pending.timeout_ns / SECOND))
        except TimeoutError:
            episode.world.clock.advance_to(pending.since_ns + pending.timeout_ns)
        finally:
            self.waiting.pop(pending.message, None)
            self._tell()

    def pending(self, message: str) -> Pending:
        """What waits under a message's id. Raises NotFound."""
        if message not in self.waiting:
            known = ", ".join(self.waiting) or "none"
            raise NotFound(f"no call waits for an answer to {message!r}", hint=f"waiting: {known}")
        return self.waiting[message][0]

    def answered(self, message: str) -> None:
        """Let the call go that waits under a message's id, if it still does."""
        _, future = self.waiting.get(message, (None, None))
        if future is not None and not future.done():
            future.set_result(None)

    def conversation(self, world: "World", server: str | None) -> str:
        """The conversation of that name, or the only one. Raises NotFound."""
        chats = [name for name, kind in world.kinds.items() if kind == "user"]
        if server in chats or (server is None and len(chats) == 1):
            return server or chats[0]
        told = f"no conversation {server!r}" if server else "no single conversation"
        raise NotFound(f"there is {told}", hint=f"conversations: {', '.join(chats) or 'none'}")

    def drop(self) -> None:
        """Let go whatever waits: nobody will answer any more."""
        for message in list(self.waiting):
            self.answered(message)

    def _tell(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()

    def end(self) -> None:
        """Note that the episode is over."""
        self.drop()
        self._tell()


async def speak(episode: "Episode", server: str, words: Words, actor: Actor = USER) -> Entry:
    """Let a person speak in a conversation: one effect of its own, and its line in the ledger.

    Raises Conflict for a conversation that is closed, and Ended.
    """
    await episode.waits.aside(episode.turn.acquire()) if episode.waits.busy > 0 else await episode.turn.acquire()
    try:
        entry = _spoken(episode, server, words, actor)
    finally:
        episode.turn.release()
    await episode.history.make_room()
    return entry


def _spoken(episode: "Episode", server: str, words: Words, actor: Actor) -> Entry:
    """The effect, with the turn in hand: whole or not at all."""
    began_ns, world, notes = host.monotonic_ns(), episode.world, dict(words.notes)
    before, arrived_ns = episode.digest, world.clock.arrive()
    missed: list[str] = []
    due = world.run_due(lambda event, error: missed.append(f"event {event.number}: {error.message}"))
    saved = world.fork()
    try:
        told = _uttered(episode, server, words, actor)
    except WorldError as error:
        world.undo(saved)
        raise Conflict(f"{server}: {error.message}", hint=error.hint) from None
    changes: Sequence[Change] = [*due, *world.settle(actor)]
    episode.park(bool(changes))
    if words.memory is not None:
        notes[MEMORY] = {"name": words.memory[0], "state": dict(words.memory[1].dump())}
    entry = Entry(
        episode.ledger.next_number, "call", actor, server, SAYS, _arguments(words), effect=episode.step,
        told=Reply(result={"content": [{"type": "text", "text": told}]}), changes=changes, digest_before=before,
        digest_after=episode.digest, arrived_ns=arrived_ns, told_ns=world.clock.now_ns,
        real_ns=host.monotonic_ns() - began_ns, notes={**notes, **({"missed": missed} if missed else {})},
    )  # fmt: skip
    episode.ledger.write(entry)
    world.clock.leave()
    return entry


def _uttered(episode: "Episode", server: str, words: Words, actor: Actor) -> str:
    """Perform it on the conversation; returns the message's id, if there is one. Raises WorldError."""
    world = episode.world
    part: Any = world.parts[server]
    moment = Moment(world.clock.now_ns, actor, world.chance.derive("says", server))
    told = part.perform("say", {"author": "user", "text": words.text}, moment) if words.text else ""
    if words.answers and told:
        part.show_up_to(part.latest)
    if words.closes:
        part.perform("close", {"by": "user"}, moment)
    world.schedule(words.later, server)
    if words.memory is not None:
        world.companions = {**world.companions, words.memory[0]: words.memory[1]}
    return str(told)


def _arguments(words: Words) -> dict[str, Any]:
    return {
        "text": words.text,
        "closes": words.closes,
        "answers": words.answers,
        "later": [[wish.due_ns, wish.operation, dict(wish.arguments), wish.actor] for wish in words.later],
    }


def spoken_words(arguments: Mapping[str, Any], notes: Mapping[str, Any], companions: Mapping[str, Companion]) -> Words:
    """The words of a recorded line, with what the person remembered afterwards."""
    kept = notes.get(MEMORY)
    known = companions.get(kept["name"]) if kept else None
    return Words(
        str(arguments["text"]),
        closes=bool(arguments["closes"]),
        notes={key: note for key, note in notes.items() if key not in (MEMORY, "missed")},
        memory=(kept["name"], known.load(kept["state"])) if kept and known is not None else None,
        later=[Wish(due, "", operation, given, actor) for due, operation, given, actor in arguments["later"]],
        answers=bool(arguments["answers"]),
    )


async def pass_time(episode: "Episode", by_ns: int) -> None:
    """Let a person's time pass on the world's clock; on a flowing one nobody sits through it."""
    clock = episode.world.clock
    if clock.mode == "flowing":
        clock.advance_to(clock.now_ns + by_ns)
    else:
        await episode.waits.wait(by_ns)


async def speak_slowly(
    episode: "Episode", server: str, words: Words, actor: Actor, soon: Sequence[Wish] = (), pause_ns: int = 0
) -> Entry:
    """Let a person speak after a pause of the world's time; what is due `soon` is due so long after it."""
    if pause_ns:
        await pass_time(episode, pause_ns)
    now_ns = episode.world.clock.now_ns
    later = [*words.later, *(replace(wish, due_ns=now_ns + wish.due_ns) for wish in soon)]
    return await speak(episode, server, replace(words, later=later), actor)

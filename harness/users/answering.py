"""A person at the other end of a conversation: hears, decides, acts, finds words, takes their time, and speaks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from harness.users.acts import Decision
from harness.users.contentment import is_content, wants_done
from harness.users.deeds import carried_out
from harness.users.drawing import TurnDraw
from harness.users.knowledge import known_in
from harness.users.leaks import leaks
from harness.users.machine import decide, opened, temper
from harness.users.person import Person
from harness.users.presence import HERE, Presence
from harness.users.smith import TemplateSmith, Wish, Worded, Wordsmith
from harness.users.state import UserState, memory_name
from harness.users.understanding import understood
from harness.users.wording import template
from sandbox_server.episode import Episode
from sandbox_server.turns import Pending, Words
from worlds.agenda import Wish as Later
from worlds.clock import SECOND
from worlds.parts.user import Conversation
from worlds.world import World

NOTE: Final = "user"
"""The note in which the ledger keeps what a person decided."""
_INTERRUPT_SECONDS: Final = (1, 12)


@dataclass(frozen=True, slots=True)
class Player:
    """Plays one person in any number of episodes; what is remembered lies in each of them."""

    person: Person
    seed: int
    first: World
    """The state from which an episode started."""
    smith: Wordsmith = TemplateSmith()  # noqa: RUF009 - it holds nothing
    presence: Presence = HERE

    async def greet(self, episode: Episode) -> None:
        """Write the first message."""
        draw = self._draw(0)
        decision = opened(self.person, UserState())
        worded = await self._worded(episode, decision, draw)
        await self._say(episode, decision, worded, answers=False)

    async def answer(self, episode: Episode, pending: Pending) -> None:
        """Answer a message, unless the conversation is over for the person."""
        state = self.memory(episode)
        if state.ended:
            return
        heard = understood(pending.text, self.person.listening)
        done = await is_content(self.person, episode, self.first)
        count = await wants_done(self.person, state, heard, episode, self.first)
        draw = self._draw(state.turn + 1)
        decision = decide(self.person, state, heard, draw, done=done, wants_done=count)
        decision = await carried_out(self.person, episode, decision, self.presence)
        worded = await self._worded(episode, decision, draw)
        pause_ns = self._pause_ns(worded.text, pending, draw)
        await self._say(episode, decision, worded, soon=self._interruption(decision, draw), pause_ns=pause_ns)

    def memory(self, episode: Episode) -> UserState:
        """What the person remembers in an episode."""
        return cast("UserState", episode.world.companions[memory_name(self.person.server)])

    def _draw(self, turn: int) -> TurnDraw:
        return TurnDraw(self.seed, self.person.server, turn)

    async def _worded(self, episode: Episode, decision: Decision, draw: TurnDraw) -> Worded:
        chat = _chat(episode, self.person.server)
        said = [(each["author"], each["text"]) for each in chat.messages()]
        heard = [text for author, text in said if author == "agent"]
        known = known_in(self.person, decision, [*heard, str(chat.about.get("participant", ""))])
        wish = Wish(self.person, decision.acts, temper(self.person, decision.state), known, said)
        worded = await self.smith.word(wish, draw)
        problems = leaks(worded.text, wish.known)
        if not problems:
            return worded
        # what an author wrote can still name what is not released: better no words than wrong ones
        safe = template(self.person.persona, "not_understood", draw)
        return replace(worded, text=safe, flags=(*worded.flags, "leak"), notes={**worded.notes, "refused": problems})

    async def _say(
        self, episode: Episode, decision: Decision, worded: Worded, *, soon: Sequence[Later] = (), answers: bool = True,
        pause_ns: int = 0,
    ) -> None:  # fmt: skip
        flags = [*decision.flags, *worded.flags]
        state = decision.state
        if "leak" in worded.flags:
            state = replace(state, faults=(*state.faults, "leak"))
        notes: dict[str, Any] = {
            "name": self.person.server, "acts": [act.to_json() for act in decision.acts], "flags": flags, **worded.notes
        }  # fmt: skip
        words = Words(
            worded.text, closes=decision.closes, notes={NOTE: notes}, answers=answers,
            memory=(memory_name(self.person.server), state),
        )  # fmt: skip
        await self.presence.say(episode, self.person.server, words, self.person.actor, soon, pause_ns)

    def _pause_ns(self, text: str, pending: Pending, draw: TurnDraw) -> int:
        """How long the reply takes: thinking, by chance, and typing; never longer than the call waits for it."""
        least, most = self.person.persona.seconds
        thinking = least + (most - least) * draw.unit("pause")
        pause_ns = round((thinking + len(text) / self.person.persona.letters_a_second) * SECOND)
        return min(pause_ns, pending.timeout_ns or pause_ns)

    def _interruption(self, decision: Decision, draw: TurnDraw) -> Sequence[Later]:
        """A message that comes by itself so much later than what is said now."""
        if not decision.interrupts or decision.closes:
            return ()
        least, most = _INTERRUPT_SECONDS
        due_ns = (least + draw.below(most - least, "interruption")) * SECOND
        text = template(self.person.persona, "interrupt", draw)
        return (Later(due_ns, "", "say", {"author": "user", "text": text}, self.person.actor),)


def _chat(episode: Episode, server: str) -> Conversation:
    return cast("Conversation", episode.parked.parts[server])

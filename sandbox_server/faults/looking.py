"""Answers to what rules ask of the world's state, from the views that checks and the admin API use."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from anyio.to_thread import run_sync

from fault_injection.question import Looked, Question
from worlds.expectation import Found
from worlds.parts.filesystem import FileError, FileTree
from worlds.world import World

if TYPE_CHECKING:
    from sandbox_server.episode import Episode

UNANSWERED: Final = "unanswered"
"""The note of a call with the questions that had no answer, which a replay is handed."""
WAIT_S: Final = 3.0
"""A query that takes longer is killed; most of it is for a worker that has to be started first."""
REPLAY_WAIT_S: Final = 30.0
ROWS_MAX: Final = 1_000
OVERSTAYED_MAX: Final = 3
"""A question that was killed so often is not asked again in its episode."""
_KEPT_MAX: Final = 64
_TIMES: Final = ("now(", "current_", "local", "today(", "transaction_timestamp", "get_current")


class Misput(ValueError):
    """A question that a world cannot answer, at a key of it, with a hint."""

    def __init__(self, message: str, key: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.key = key
        self.hint = hint


class Looking:
    """Looks at the present state of one episode, once for each question and state."""

    def __init__(self, episode: "Episode") -> None:
        self._episode = episode
        self._known: OrderedDict[tuple[Any, ...], Looked] = OrderedDict()
        self._overstayed: dict[str, int] = {}
        self.handed: Collection[str] | None = None
        """In a replay, the questions of the present call that had no answer; they have none again."""

    def check(self, question: Question) -> None:
        """Raises Misput for a question that this world cannot answer."""
        world = self._episode.first
        if question.sql is not None:
            _check_query(world, question)
            return
        trees = _trees(world)
        if question.server is None and len(trees) != 1:
            known = ", ".join(trees) or "none"
            raise Misput("which file server is meant?", "file", f"write `server`: one of {known}")
        if question.server is not None and question.server not in trees:
            known = ", ".join(trees) or "none"
            raise Misput(f"{question.server!r} is no file server", "server", f"file servers: {known}")
        tree = _tree(world, question)
        if not tree.inside(question.file or ""):
            raise Misput(f"{question.file} never changes", "file", f"its server's files are below {tree.root}")

    async def answers(self, questions: Iterable[Question]) -> Mapping[str, Looked]:
        """What is found now, by the questions' keys."""
        world = self._present()
        return {question.key: await self._answer(question, world) for question in questions}

    def _present(self) -> World:
        """The world that the call will meet: as it is parked, with what is due by now."""
        episode = self._episode
        now_ns = episode.world.clock.now_ns
        due = any(event.due_ns <= now_ns for event in episode.world.agenda.events)
        if not due:
            return episode.parked
        world = episode.parked.fork()
        world.clock.hold_at(now_ns)
        world.run_due(lambda event, error: None)
        return world

    async def _answer(self, question: Question, world: World) -> Looked:
        if question.file is not None:
            return _read(world, question)
        if self.handed is not None and question.key in self.handed:
            return Looked(False, "", unanswered="it was not answered then")
        known = self._key(question, world)
        if known in self._known:
            self._known.move_to_end(known)
            return self._known[known]
        if self._overstayed.get(question.key, 0) >= OVERSTAYED_MAX:
            return Looked(False, "", unanswered=f"it was given up after {OVERSTAYED_MAX} queries that took too long")
        wait_s = WAIT_S if self.handed is None else REPLAY_WAIT_S
        copy = world.fork()
        copy.clock.hold_at(self._episode.world.clock.now_ns)
        looked, overstayed = await run_sync(_queried, question, copy, self._episode.first, wait_s)
        if overstayed:
            self._overstayed[question.key] = self._overstayed.get(question.key, 0) + 1
        self._known[known] = looked
        if len(self._known) > _KEPT_MAX:
            self._known.popitem(last=False)
        return looked

    def _key(self, question: Question, world: World) -> tuple[Any, ...]:
        """Equal where the answer is the same."""
        state = tuple((part.digest(), part.marks_digest()) for part in world.parts.values())
        words = (question.sql or "").lower()
        timed = any(word in words for word in _TIMES)
        return (question.key, state, self._episode.world.clock.now_ns if timed else 0)


def _check_query(world: World, question: Question) -> None:
    from worlds.query.errors import QueryFailed  # only where rules ask
    from worlds.query.views import views

    try:
        views(world).check(question.sql or "", question.parameters)
    except QueryFailed as error:
        raise Misput(error.message, "sql", error.hint) from None


def _queried(question: Question, world: World, first: World, wait_s: float) -> tuple[Looked, bool]:
    """The answer of a query, and whether it took more than it may."""
    from worlds.query.errors import QueryFailed, QueryLimit
    from worlds.query.views import views

    try:
        answer = views(world, first).query(
            question.sql or "", question.parameters, rows_max=ROWS_MAX, wait_s=wait_s
        )  # fmt: skip
    except QueryFailed as error:
        return Looked(False, "", unanswered=error.message), isinstance(error, QueryLimit)
    value = answer.rows[0][0] if answer.rows and answer.rows[0] else None
    return _looked(question, Found(value, answer.columns, answer.rows, "" if answer.rows else "no row")), False


def _read(world: World, question: Question) -> Looked:
    try:
        text = _tree(world, question).read(question.file or "").decode("utf-8", "replace")
    except FileError:
        return Looked(question.exists is False, "no such file", "not there" if question.exists is False else "there")
    if question.expects:
        return _looked(question, Found(text))
    return Looked(bool(question.exists), "there", "there" if question.exists else "not there")


def _looked(question: Question, found: Found) -> Looked:
    judged = question.judged(found)
    return Looked(judged.passed, judged.found, judged.expected)


def _trees(world: World) -> dict[str, FileTree]:
    return {name: part for name, part in world.parts.items() if isinstance(part, FileTree)}


def _tree(world: World, question: Question) -> FileTree:
    trees = _trees(world)
    return trees[question.server] if question.server is not None else next(iter(trees.values()))

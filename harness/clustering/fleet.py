"""The actors of one run, seen from whoever directs it: jobs go out, parcels come back and are put in place here."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import anyio
import anyio.to_thread
import ray
from anyio.abc import TaskGroup
from ray.exceptions import RayError

from harness.clustering.link import Link
from harness.engine import EngineError, PlaceLost
from harness.plan import Plan
from harness.recording.record import read_trajectory
from harness.recording.run_folder import RunFolder
from harness.recording.states import States
from harness.recording.summary import Summary
from harness.trajectory import Trajectory
from harness.version import own_version
from harness.working.answer import played_by
from harness.working.job import Job, job_of
from harness.working.parcel import put_in_place
from worlds.passing import borrowed_folder

_READY_SECONDS_MAX: Final = 300.0
_LOST: Final = (RayError, ConnectionError)


@dataclass(slots=True)
class _Member:
    """One actor, how many episodes are under way in it, and whether it is being started again."""

    actor: Any
    load: int = 0
    down: bool = False


class Fleet:
    """A place that is many actors. One that dies is started again by the cluster; what was under way in it is lost."""

    def __init__(
        self, actors: Sequence[Any], folder: RunFolder | None, states: States | None, group: TaskGroup, link: Link
    ) -> None:
        self._members = [_Member(actor) for actor in actors]
        self._folder = folder
        self._states = states
        self._group = group
        self._link = link
        self._held: set[str] = set()
        """Scenarios whose first state has come, so that it need not travel again."""

    async def play(self, plan: Plan) -> Trajectory | Summary:
        """Play an episode in the actor that has least to do. Raises PlaceLost where it or its node dies."""
        job = self._job(plan)
        parcel = await self._answer(min(self._members, key=lambda member: (member.down, member.load)), job)
        if isinstance(parcel, dict):
            return played_by(parcel)
        played = await anyio.to_thread.run_sync(self._unpacked, parcel, job)
        if job.start_digest:
            self._held.add(job.scenario)
        return played

    def _job(self, plan: Plan) -> Job:
        job = job_of(plan)
        held = self._folder is not None and bool(job.start_digest) and job.scenario in self._held
        return job.model_copy(update={"first_held": held})

    async def _answer(self, member: _Member, job: Job) -> bytes | dict[str, Any]:
        member.load += 1
        asked = member.actor.play.remote(job.model_dump())
        try:
            answer: bytes | dict[str, Any] = await asked
        except _LOST as error:
            await self._link.heard()
            self._miss(member)
            raise PlaceLost(f"the actor that played it is gone: {first_line(error)}") from None
        except anyio.get_cancelled_exc_class():
            with suppress(Exception):  # it is not there any more
                ray.cancel(asked)
            raise
        finally:
            member.load -= 1
        return answer

    def _miss(self, member: _Member) -> None:
        """Give a member that died nothing more to do until the cluster has started it again."""
        if not member.down:
            member.down = True
            self._group.start_soon(self._expect, member)

    async def _expect(self, member: _Member) -> None:
        while member.down:
            try:
                await member.actor.ready.remote()
                member.down = False
            except _LOST:
                await anyio.sleep(1)

    def _unpacked(self, parcel: bytes, job: Job) -> Trajectory | Summary:
        """What a parcel holds, put in place; without a folder it stays in memory."""
        if self._folder is not None and self._states is not None:
            return played_by(put_in_place(parcel, self._folder, job, self._states))
        with borrowed_folder("job-") as place:
            folder = RunFolder(place)
            states = States(folder.path / "states")
            try:
                put_in_place(parcel, folder, job, states)
                return read_trajectory(folder.record(job.scenario, job.trial, job.arm))
            finally:
                states.close()


async def agreed(actors: Sequence[Any]) -> None:
    """Wait until all actors are ready. Raises EngineError where one is another version, or cannot read the run."""
    try:
        with anyio.fail_after(_READY_SECONDS_MAX):
            for actor in actors:
                _refuse_other(await actor.ready.remote())
    except _LOST as error:
        raise EngineError(f"an actor refuses the run: {first_line(error)}") from None
    except TimeoutError:
        raise EngineError(
            f"the cluster found no room for {len(actors)} actors within {_READY_SECONDS_MAX / 60:g} minutes",
            hint="--workers asks for fewer; each takes a core",
        ) from None


def _refuse_other(version: str) -> None:
    if version != own_version():
        raise EngineError(f"the cluster has soundstage {version}, this is {own_version()}")


def first_line(error: BaseException) -> str:
    """The line of an error that says what it is; a remote traceback goes before it."""
    cause = getattr(error, "cause", None)
    lines = str(cause if isinstance(cause, BaseException) else error).strip().splitlines() or [""]
    return f"{type(cause or error).__name__}: {lines[0]}"

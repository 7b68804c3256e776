"""Worlds as they are sent to a stage: once for each prepared scenario, without anything by which it is judged."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import anyio
import anyio.to_thread

from harness.engine import EngineError
from harness.recording.unrolled import Manifest
from harness.remote.admin import Admin
from harness.staging.prepared import Prepared
from harness.users.state import memory_name
from sandbox_server.errors import NotFound
from worlds.blobs import MemoryBlobs
from worlds.bundle import address_of, bundle_of
from worlds.part import Part, part_kinds

_KEPT_MAX: Final = 32
UPLOAD_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A world that was sent."""

    prepared: Prepared
    address: str
    """By what the stage knows it."""
    manifest: Manifest
    """The dump of the first state, with what people remember."""
    parts: Mapping[str, Part]
    """The same as it is loaded from that dump: what later states are compared with."""
    blobs: MemoryBlobs
    data: bytes


class Sender:
    """Sends each world once, and again when the stage has let it go."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self._sent: OrderedDict[int, Sent] = OrderedDict()
        self._sending: dict[int, anyio.Lock] = {}
        self._there: set[str] = set()

    async def sent(self, prepared: Prepared, *, again: bool = False) -> Sent:
        """The world of a prepared scenario, on the stage; `again`: it is not there any more.

        Raises EngineError, PlaceLost, StageError, WorldError."""
        key = id(prepared)
        async with self._sending.setdefault(key, anyio.Lock()):
            if key not in self._sent:
                self._sent[key] = await anyio.to_thread.run_sync(_made, prepared)
                while len(self._sent) > _KEPT_MAX:
                    gone, _ = self._sent.popitem(last=False)
                    self._sending.pop(gone, None)
            self._sent.move_to_end(key)
            found = self._sent[key]
            if again or found.address not in self._there:
                await self._bring(found)
                self._there.add(found.address)
            return found

    async def _bring(self, sent: Sent) -> None:
        """Have it on the stage, and see that the stage understands it as it is meant."""
        path = f"/bundles/{sent.address}"
        try:
            told = await self._admin.ask("GET", path)
        except NotFound:
            told = await self._admin.ask("PUT", path, content=sent.data, wait_s=UPLOAD_SECONDS)
        digest = sent.prepared.world.content_digest().hex()
        if told.get("digest") != digest:
            raise EngineError(
                f"the stage's first state of {sent.prepared.scenario.name} differs from the one here",
                hint="let the stage and this machine run the same version",
            )


def private_companions(prepared: Prepared) -> Sequence[str]:
    """The companions that never go up: what people remember."""
    return [memory_name(person.server) for person in prepared.scenario.users]


def _made(prepared: Prepared) -> Sent:
    plan, world = prepared.presentation.plan, prepared.world
    private = private_companions(prepared)
    bundle = bundle_of(plan, world, private)
    companions = {name: dict(each.dump()) for name, each in sorted(world.companions.items())}
    manifest: dict[str, Any] = {**bundle.manifest, "companions": companions}
    parts = {name: _loaded(manifest, name, bundle.blobs) for name in manifest["parts"]}
    data = bundle.written()
    return Sent(prepared, address_of(data), manifest, parts, bundle.blobs, data)


def _loaded(manifest: Manifest, name: str, blobs: MemoryBlobs) -> Part:
    return part_kinds.get(manifest["kinds"][name]).load(manifest["parts"][name], blobs)

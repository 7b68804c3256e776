"""Carries a run to its object store while it goes on: each episode as it ends, and what is left at the end."""

import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.recording.run_folder import MANIFEST, RunFolder
from harness.recording.summary import Summary
from harness.running.watcher import Watcher
from harness.store.object_store import ObjectStore, StoreError
from harness.store.sending import Sent, TakenError, refuse_taken, send_all, send_file
from sandbox_server.ledger import Sink

_WAITING_MAX: Final = 1_000
"""Episodes that wait to be sent; more are left to the end."""
_WINDING_UP_S: Final = 60.0


class Courier:
    """A watcher that tells another one everything, too. What it cannot send is tried again at the end."""

    def __init__(self, folder: RunFolder, url: str, watcher: Watcher) -> None:
        """Raises StoreError where the store cannot be had or holds another run."""
        self._folder, self._watcher = folder, watcher
        self._store = ObjectStore(url)
        _refuse(self._store, folder)
        self._sent = Sent(folder.path, self._store.url)
        self._waiting: queue.Queue[list[Path] | None] = queue.Queue(_WAITING_MAX)
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="courier", daemon=True)
        self._thread.start()
        self._hand_over([folder.path / MANIFEST])

    def began(self, scenario: str, trial: int, steps_max: int) -> Sequence[Sink]:
        """An episode begins."""
        return self._watcher.began(scenario, trial, steps_max)

    def ended(self, summary: Summary) -> None:
        """An episode has ended: it is sent by and by."""
        of = (summary.scenario, summary.trial, summary.arm)
        outputs = self._folder.outputs(*of)
        self._hand_over([self._folder.record(*of), outputs])
        self._watcher.ended(summary)

    def finish(self) -> str:
        """Send what is left; why the store does not hold all, or nothing. Never raises: the run is on the disk."""
        self._given_up.set()
        self._hand_over(None)
        self._thread.join(_WINDING_UP_S)
        if self._thread.is_alive():
            return f"it takes longer than {_WINDING_UP_S:g} s for one file"
        try:
            send_all(self._store, self._sent, self._folder)
        except (StoreError, OSError) as error:
            return f"{error}; soundstage run --resume {self._folder.path} sends what is missing"
        return ""

    def _hand_over(self, files: list[Path] | None) -> None:
        try:
            self._waiting.put_nowait(files)
        except queue.Full:
            if files is None:  # it stops after the file under way
                return

    def _carry(self) -> None:
        """Send what waits, until the run ends or the store fails: the rest is for the end."""
        while (files := self._waiting.get()) is not None and not self._given_up.is_set():
            try:
                for file in _whole(files):
                    send_file(self._store, self._sent, self._folder.path, file)
            except (StoreError, OSError):
                return


def _refuse(store: ObjectStore, folder: RunFolder) -> None:
    """Refuse a store that is missing or taken; a run that goes on does so without one. Raises StoreError."""
    manifest = folder.manifest()
    try:
        refuse_taken(store, manifest)
    except TakenError:
        raise
    except StoreError:
        if not manifest.resumed_at:
            raise


def _whole(paths: Sequence[Path]) -> list[Path]:
    """The files that are meant, those in folders included."""
    found = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    return [file for file in found if file.is_file() and not file.is_symlink()]

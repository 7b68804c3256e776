"""Stages as processes of their own, as their owners and agents meet them."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

from tests.harness.command import ROOT

WAIT_S = 120.0
"""Only what hangs takes so long."""
WORLD = """
soundstage: 1
world: pad
clock: 2026-03-02T09:00:00Z
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one}}
  more: {kind: filesystem, root: /w, tree: {b.txt: two}}
"""
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


class Lines:
    """The lines of a stream, waited for with a bound."""

    def __init__(self, stream: IO[str]) -> None:
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def next(self, wait_s: float = WAIT_S) -> str | None:
        """The next line, without its end; None at the end of the stream. Raises queue.Empty when none comes."""
        return self._queue.get(timeout=wait_s)

    def until(self, words: str) -> list[str]:
        """The lines up to the first that holds these words."""
        seen: list[str] = []
        while not seen or words not in seen[-1]:
            line = self.next()
            assert line is not None, seen
            seen.append(line)
        return seen

    def rest(self) -> list[str]:
        """All lines up to the end of the stream."""
        found = []
        while (line := self.next()) is not None:
            found.append(line)
        return found

    def join(self) -> None:
        """Wait until the stream has ended: nobody may close it while it is being read."""
        self._thread.join(WAIT_S)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)


@dataclass
class Process:
    """A running command."""

    popen: subprocess.Popen[str]
    out: Lines
    err: Lines
    ready: dict[str, Any] = field(default_factory=dict)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the exit status."""
        self.popen.send_signal(number)
        return self.popen.wait(WAIT_S)

    def say(self, message: Any) -> None:
        """Write a line of JSON to its stdin."""
        assert self.popen.stdin
        self.popen.stdin.write(json.dumps(message) + "\n")
        self.popen.stdin.flush()

    def answer(self) -> Any:
        """The next line of its stdout, as JSON."""
        return json.loads(str(self.out.next()))

    def ask(self, method: str, params: Any, id: Any) -> Any:
        """One request over its standard streams, and the answer."""
        self.say({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return self.answer()

    def close(self) -> None:
        """End it, however it is doing."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(WAIT_S)
        self.out.join()
        self.err.join()
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if stream:
                stream.close()


@dataclass
class House:
    """A folder with a world, a state folder beside it, and the processes started there."""

    folder: Path
    processes: list[Process] = field(default_factory=list)
    shelf: str = "state"

    @property
    def state(self) -> Path:
        """Where stages keep their ports and tokens."""
        return self.folder / self.shelf

    def start(self, *words: object) -> Process:
        """The command as a process; nothing is waited for."""
        return self._start([sys.executable, "-m", "harness", *map(str, words)])

    def start_shell(self, command: str) -> Process:
        """A shell's command as a process."""
        return self._start(["bash", "-c", command])

    def _start(self, words: list[str]) -> Process:
        environment = {**os.environ, "SOUNDSTAGE_STATE": str(self.state)}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        popen = subprocess.Popen(
            words, cwd=self.folder, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert popen.stdout and popen.stderr
        process = Process(popen, Lines(popen.stdout), Lines(popen.stderr))
        self.processes.append(process)
        return process

    def serve(self, *words: object, world: str = "pad.yaml") -> Process:
        """A stage that is ready."""
        process = self.start("serve", world, "--json", *words)
        line = process.out.next()
        assert line is not None, process.err.rest()
        process.ready = json.loads(line)
        return process

    def run(self, *words: object) -> tuple[int, list[str], list[str]]:
        """The command to its end: status, stdout, stderr."""
        process = self.start(*words)
        status = process.popen.wait(WAIT_S)
        return status, process.out.rest(), process.err.rest()

    def noted(self) -> dict[str, Any]:
        """The state file."""
        (path,) = (path for path in (self.state / "stages").glob("*.json") if ".relay" not in path.name)
        noted: dict[str, Any] = json.loads(path.read_text())
        return noted


def free_port() -> int:
    """A port that nobody holds, below those that systems give to whoever asks for any, and above those of stages."""
    for port in range(30_000 + os.getpid() % 1_000, 32_700):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("every port is taken")


@contextmanager
def opened_house(folder: Path) -> Iterator[House]:
    """A house in a folder; all that was started there has ended afterwards."""
    (folder / "pad.yaml").write_text(WORLD)
    house = House(folder)
    try:
        yield house
    finally:
        for process in house.processes:
            process.close()


class Agent:
    """A client of the handshake era over HTTP."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.client = httpx.Client(timeout=WAIT_S, headers={
            "accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25", **(headers or {}),
        })  # fmt: skip
        self.url = url
        self.id = 0
        hello = self._post("initialize", HELLO)
        if "mcp-session-id" in hello.headers:
            self.client.headers["mcp-session-id"] = hello.headers["mcp-session-id"]

    def __enter__(self) -> "Agent":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def call(self, tool: str, **arguments: Any) -> str:
        """The text that a tool answers."""
        text = self._post("tools/call", {"name": tool, "arguments": arguments}).text
        (data,) = [line[6:] for line in text.splitlines() if line.startswith("data: {")] or [text]
        return str(json.loads(data)["result"]["content"][0]["text"])

    def _post(self, method: str, params: Any) -> httpx.Response:
        self.id += 1
        message = {"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}
        response = self.client.post(self.url, json=message)
        assert response.status_code == 200, response.text
        return response


def owner(ready: dict[str, Any]) -> httpx.Client:
    """The owner's client of a stage."""
    headers = {"authorization": f"Bearer {ready['token']}"}
    return httpx.Client(base_url=f"{ready['admin']}/admin/v1", headers=headers, timeout=WAIT_S)


def words_of(lines: Sequence[str]) -> str:
    """Lines as one text."""
    return "\n".join(lines)

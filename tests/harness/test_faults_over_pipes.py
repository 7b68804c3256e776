"""Faults of lines as bytes on a real pipe: from a server alone, and from a relay to a stage."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest

from tests.harness.command import ROOT
from tests.harness.stages import HELLO, House, opened_house

WAIT_S = 120.0
"""Only what hangs takes so long."""
LATE_S = 4
RULES = {"files": "lines.yaml", "late": "starts.yaml"}
KINDS = ("junk_line", "junk_only", "half_line", "dribble", "silence", "exit", "duplicate_answer")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with a stage on whose files the fault that a path names hits reads."""
    with opened_house(tmp_path_factory.mktemp("house")) as opened:
        (opened.folder / "lines.yaml").write_text(json.dumps({"profile": "lines", "rules": [
            {"name": kind.replace("_", "-"), "on": "files.read_text_file", "where": {"path": f"/w/{kind}"},
             "phase": "after", "fault": kind, "with": {"length": "2s"} if kind == "dribble" else {}}
            for kind in KINDS
        ]}))  # fmt: skip
        late = {"name": "late", "on": "late", "fault": "slow_start", "with": {"length": f"{LATE_S}s"}}
        (opened.folder / "starts.yaml").write_text(json.dumps({"profile": "starts", "rules": [late]}))
        files = {kind: f"text of {kind}" for kind in (*KINDS, "fine")}
        servers = {name: {"kind": "filesystem", "root": "/w", "tree": files} for name in ("files", "late")}
        (opened.folder / "pad.yaml").write_text(json.dumps({"soundstage": 1, "world": "pad", "servers": servers}))
        opened.serve("--faults", "lines.yaml+starts.yaml", "--clock", "real")
        yield opened


class Pipe:
    """A server's process, read byte by byte as they come."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdin and process.stdout
        self.into, self.out = process.stdin, process.stdout.fileno()
        self.pieces: list[tuple[float, bytes]] = []
        self.say(0, "initialize", HELLO)
        self.until(b"\n")
        self.pieces.clear()

    def say(self, id: int, method: str, params: Any) -> None:
        self.into.write(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode() + b"\n")
        self.into.flush()

    def read(self, id: int, name: str) -> None:
        self.say(id, "tools/call", {"name": "read_text_file", "arguments": {"path": f"/w/{name}"}})

    def until(self, words: bytes, count: int = 1) -> bytes:
        """All bytes so far, once the words were in them often enough; or at the end."""
        ends = monotonic() + WAIT_S
        while self.data.count(words) < count:
            ready, _, _ = select.select([self.out], [], [], ends - monotonic())
            assert ready, self.data
            piece = os.read(self.out, 65_536)
            if not piece:
                break
            self.pieces.append((monotonic(), piece))
        return self.data

    @property
    def data(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)


@pytest.fixture(params=["alone", "attached"])
def pipe(house: House, request: pytest.FixtureRequest) -> Iterator[Pipe]:
    with piped(house, "files", request.param) as opened:
        yield opened


@contextmanager
def piped(house: House, server: str, how: str) -> Iterator[Pipe]:
    """One server's process, alone or leading to the stage of the house."""
    words = ["serve", "pad.yaml", "--stdio", server]
    words += ["--attach"] if how == "attached" else ["--faults", RULES[server], "--clock", "real"]
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=house.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "SOUNDSTAGE_STATE": str(house.state), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdin and process.stdout
    try:
        yield Pipe(process)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def answer(line: bytes) -> tuple[int, str]:
    """The id of an answer and its text."""
    message = json.loads(line)
    return message["id"], message["result"]["content"][0]["text"]


def test_junk_silence_repeats_and_dribble_are_bytes_on_the_pipe(pipe: Pipe) -> None:
    pipe.read(1, "junk_line")
    junk, first, _ = pipe.until(b"\n", 2).split(b"\n")
    pipe.pieces.clear()
    pipe.read(2, "silence")
    pipe.read(3, "junk_only")
    stray, _ = pipe.until(b"\n").split(b"\n")
    pipe.pieces.clear()
    pipe.read(4, "duplicate_answer")
    twice = pipe.until(b"\n", 2).split(b"\n")
    pipe.pieces.clear()
    pipe.read(5, "dribble")
    slow = pipe.until(b"\n")

    assert (junk, answer(first)) == (b"DeprecationWarning: the punycode module is deprecated", (1, "text of junk_line"))
    assert stray == b"Error: write EPIPE"
    assert twice[0] == twice[1] and answer(twice[0]) == (4, "text of duplicate_answer")
    assert answer(slow) == (5, "text of dribble") and len(pipe.pieces) > 5
    assert pipe.pieces[-1][0] - pipe.pieces[0][0] > 0.2


@pytest.mark.parametrize(("kind", "said"), [("exit", False), ("half_line", True)])
def test_a_process_ends_in_the_middle_of_a_call(pipe: Pipe, kind: str, said: bool) -> None:
    pipe.read(1, "fine")
    pipe.until(b"\n")
    pipe.pieces.clear()
    pipe.read(2, kind)
    rest = pipe.until(b"never")

    assert pipe.process.wait(WAIT_S) == 1
    assert bool(rest) is said and b"\n" not in rest
    assert not said or rest.startswith(b'{"')


@pytest.mark.parametrize("how", ["alone", "attached"])
def test_a_slow_start_is_time_that_passes_before_the_greeting(house: House, how: str) -> None:
    began = monotonic()
    with piped(house, "late", how) as pipe:
        greeted = monotonic()
        pipe.read(1, "fine")
        line = pipe.until(b"\n")

        assert greeted - began >= LATE_S
        assert answer(line) == (1, "text of fine") and monotonic() - greeted < LATE_S

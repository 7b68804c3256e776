"""The real filesystem server and ours side by side: one fixture, one call at a time, comparable answers."""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.families.filesystem import FilesystemFamily, FilesystemPresentation
from sandbox_server.family import Site
from tests.fidelity.leaving import let_go
from tests.tools import ROOT, node, require_node_package
from worlds.chance import Chance
from worlds.clock import Clock, ClockState
from worlds.part import Ground
from worlds.parts.filesystem import FilesystemBuilder, FilesystemSettings
from worlds.world import World

HOME = "/home/ada"
START_NS = 1_772_442_000_000_000_000
OLD_S = 1_500_000_000
"""A modification time of the fixture, which both sides must show."""

_DATE = r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\)"
_OLD = datetime.fromtimestamp(OLD_S, UTC).strftime("%a %b %d %Y %H:%M:%S")
_MASKS = (
    (re.compile(r"\.[0-9a-f]{32}\.tmp"), ".<digits>.tmp"),
    (re.compile(f"(created|accessed): {_DATE}"), r"\1: <date>"),
    (re.compile(f"modified: (?!{re.escape(_OLD)}){_DATE}"), "modified: <now>"),
)


@dataclass(frozen=True)
class Fixture:
    """What both servers begin with, by path below the root; links may say `{root}`."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: Sequence[str] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)

    def lay(self, root: Path) -> None:
        """Write it to the disk."""
        for path in self.folders:
            (root / path).mkdir(parents=True, exist_ok=True)
        for path, data in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        for path, mode in self.modes.items():
            (root / path).chmod(mode)
        for path in self.files:
            os.utime(root / path, (OLD_S, OLD_S))
        for path, target in self.links.items():
            (root / path).symlink_to(target.replace("{root}", str(root)))

    def entry(self, root: Path) -> dict[str, Any]:
        """The same as a world file says it."""
        mtime = datetime.fromtimestamp(OLD_S, UTC).isoformat()
        tree: dict[str, Any] = {path: {"dir": True} for path in self.folders}
        for path, data in self.files.items():
            tree[path] = {"base64": base64.b64encode(data).decode(), "mtime": mtime}
        for path, mode in self.modes.items():
            tree[path]["mode"] = f"{mode:o}"
        for path, target in self.links.items():
            tree[path] = {"symlink": target.replace("{root}", str(root))}
        return {"root": str(root), "tree": tree}


class Lines:
    """A server over stdio."""

    def __init__(self, command: Sequence[str | Path], folder: Path | None = None) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder,
            env={"HOME": HOME, "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8"},
        )  # fmt: skip
        self.sent = 0

    def request(self, method: str, params: Any = ABSENT) -> dict[str, Any]:
        """One request; the message that answers it, without its id."""
        assert self.process.stdin and self.process.stdout
        self.sent += 1
        message = {"jsonrpc": "2.0", "id": self.sent, "method": method}
        if params is not ABSENT:
            message["params"] = params
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert answer.pop("id") == self.sent
        return answer

    def close(self) -> None:
        """End the process."""
        let_go(self.process)


class Real(Lines):
    """The npm package."""

    def __init__(self, root: Path) -> None:
        script = require_node_package("@modelcontextprotocol/server-filesystem") / "dist" / "index.js"
        super().__init__([node(), script, root])


class Served(Lines):
    """Our server as `soundstage serve --stdio` serves it."""

    def __init__(self, fixture: Fixture, root: Path) -> None:
        world = root.with_name("world.yaml")
        files = {"kind": "filesystem", "home": HOME, **fixture.entry(root)}
        plan = {"soundstage": 1, "world": "pair", "clock": "2026-03-02T09:00:00Z", "servers": {"files": files}}
        world.write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
        super().__init__([sys.executable, "-m", "harness", "serve", world, "--stdio", "files"], ROOT)


class Ours:
    """Our server on a world of its own, without a transport."""

    def __init__(self, fixture: Fixture, root: Path) -> None:
        ground = Ground(root, Chance(1), START_NS)
        tree = FilesystemBuilder().build(FilesystemSettings.model_validate(fixture.entry(root)), ground)
        self.world = World("pair", {"files": tree}, clock=Clock(ClockState(START_NS)), chance=Chance(1))
        self.server = FilesystemFamily().server("files", FilesystemPresentation(home=HOME), None)
        self.fingerprint = self.server.surface.fingerprint

    def request(self, method: str, params: Any = ABSENT) -> dict[str, Any]:
        """One request; the message that answers it, without its id."""
        if method == "tools/list":
            return self._framed(Reply({"tools": list(self.server.surface.tools)}))
        if method == "tools/call":
            return self._framed(asyncio.run(self._call(params)))
        return self._framed(self.fingerprint.unknown_method(method))

    def close(self) -> None:
        """Give the world back."""
        self.world.close()

    def _framed(self, reply: Reply) -> dict[str, Any]:
        message = self.fingerprint.frame(0, reply)
        del message["id"]
        return message

    async def _call(self, params: Any) -> Reply:
        if not isinstance(params, dict) or not isinstance(params.get("name"), str):
            return self.fingerprint.bad_call(params)
        call = Call("files", params["name"], params.get("arguments", ABSENT))
        tool = self.server.surface.by_name.get(call.tool)
        if tool is None:
            assert self.server.surface.unknown_tool is not None
            return self.server.surface.unknown_tool(call.tool, call.arguments)
        accepted = self.fingerprint.accept(tool, call.arguments)
        if isinstance(accepted, Reply):
            return accepted
        self.world.clock.arrive()
        named = json.dumps(self.server.identity_arguments(call.tool, accepted)).encode()
        site = Site(self.world, self.world.parts["files"], self.world.attempt(call.tool, named))
        with self.world.effect("agent"):
            return await self.server.call(call, accepted, site)


def comparable(message: Mapping[str, Any]) -> str:
    """A message as text, key order kept, with what must differ between two runs masked."""
    text = json.dumps(message, ensure_ascii=False)
    for pattern, shown in _MASKS:
        text = pattern.sub(shown, text)
    return text


def differences(
    fixture: Fixture, calls: Sequence[Any], root: Path, serve: Callable[[Fixture, Path], Ours | Served] = Ours
) -> list[str]:
    """Run calls (name and arguments, or raw params) against both; what differs, in words."""
    root.mkdir(parents=True)
    fixture.lay(root)
    real, ours = Real(root), serve(fixture, root)
    found = []
    try:
        for number, call in enumerate(calls):
            params = {"name": call[0], "arguments": call[1]} if isinstance(call, tuple) else call
            theirs, mine = (
                comparable(real.request("tools/call", params)),
                comparable(ours.request("tools/call", params)),
            )
            if theirs != mine:
                found.append(f"call {number}: {json.dumps(params)[:400]}\n  real {_around(theirs, mine)}\n"
                             f"  ours {_around(mine, theirs)}")  # fmt: skip
    finally:
        real.close()
        ours.close()
    return found


def _around(text: str, other: str) -> str:
    """The text from shortly before the first difference."""
    at = next((at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    return repr(text[max(0, at - 80) : at + 240])

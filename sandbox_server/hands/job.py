"""One command on one tree as it is sent to hands, and what it came to."""

import codecs
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from worlds.parts.filesystem.becoming import Findings, Found, becoming
from worlds.parts.filesystem.listing import walk
from worlds.parts.filesystem.node import Directory, File, Node
from worlds.parts.filesystem.tree import FileTree

LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Job:
    """A command, and the tree that it works on."""

    command: str
    cwd: str
    seconds: float
    output_max: int
    root: str
    nodes: Mapping[str, Node]
    """By path below the root, which is the empty path."""

    @classmethod
    def on(cls, tree: FileTree, command: str, cwd: str | None, seconds: float, output_max: int) -> "Job":
        """A command on a tree; it starts in the root unless it says where."""
        root = tree.root.rstrip("/")
        nodes = {path[len(root) + 1 :]: node for path, node in walk(tree.root, tree.node(tree.root))}
        nodes[""] = tree.node(tree.root)
        return cls(command, cwd or tree.root, seconds, output_max, tree.root, nodes)

    def written(self) -> Iterator[bytes]:
        """What is sent: a length, so many bytes of JSON, and the bytes of the files in its order."""
        paths = sorted(self.nodes)
        head = orjson.dumps({
            "command": self.command, "cwd": self.cwd, "seconds": self.seconds, "output_max": self.output_max,
            "root": self.root, "entries": [_entry(path, self.nodes[path]) for path in paths],
        })  # fmt: skip
        yield LENGTH.pack(len(head)) + head
        for path in paths:
            node = self.nodes[path]
            if isinstance(node, File):
                yield node.data


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    exit: int | None
    """Its exit status (negative: the signal that ended it); None: it could not be started."""
    out: str = ""
    err: str = ""
    out_cut: bool = False
    """Whether it wrote more than is kept."""
    err_cut: bool = False
    late: bool = False
    """Whether it was stopped because it took too long."""
    refused: str = ""
    """Why it could not be started."""
    operations: tuple[Mapping[str, Any], ...] = ()
    """What it did to the tree, in the order in which that can be done."""
    outside: tuple[str, ...] = ()
    """What it left that no tree can hold, in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What hands told, with all bytes."""

    head: Mapping[str, Any]
    blobs: tuple[bytes, ...] = field(repr=False)

    def ran(self, job: Job) -> Ran:
        """What that means for the tree."""
        out, err, *data = self.blobs
        out_cut, err_cut = self.head["cut"]
        found = self._findings(job, data)
        return Ran(
            self.head["exit"],
            _text(out, cut=out_cut),
            _text(err, cut=err_cut),
            bool(out_cut),
            bool(err_cut),
            bool(self.head["late"]),
            str(self.head.get("refused", "")),
            tuple(found.operations),
            tuple(found.notes),
        )

    def _findings(self, job: Job, data: list[bytes]) -> Findings:
        blobs = iter(data)
        entries = {entry["path"]: _found(entry, blobs) for entry in self.head["entries"]}
        return becoming(job.nodes, entries, dict(self.head["outside"]))


def _text(data: bytes, *, cut: bool) -> str:
    """Bytes of an output as text; where it was cut off inside of a character, without the rest of that."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(data, final=not cut)


def sizes(head: Mapping[str, Any]) -> list[int]:
    """How many bytes follow the head of an answer, piece by piece: two outputs, then files."""
    if "fault" in head:
        return []
    files = [entry["size"] for entry in head["entries"] if entry["kind"] == "file" and not entry["untouched"]]
    return [head["out"], head["err"], *files]


def _found(entry: Mapping[str, Any], blobs: Iterator[bytes]) -> Found:
    mode, kind = entry["mode"], entry["kind"]
    if kind == "link":
        return Found(kind, mode, target=entry["target"])
    if kind == "dir":
        return Found(kind, mode)
    if entry["untouched"]:
        return Found(kind, mode, untouched=True)
    data = next(blobs)
    return Found(kind, mode, len(data), read=lambda: data)


def _entry(path: str, node: Node) -> dict[str, Any]:
    shown = {"path": path, "mtime_ns": node.mtime_ns}
    if isinstance(node, Directory):
        return {**shown, "kind": "dir", "mode": node.mode}
    if isinstance(node, File):
        return {**shown, "kind": "file", "mode": node.mode, "size": len(node.data)}
    return {**shown, "kind": "link", "target": node.target}

"""A client on a bare socket, for tests and as an agent: it says what came, how long it took and how it ended."""

import json
import select
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

WAIT_S: Final = 120.0
"""Only what hangs takes so long."""
MODERN: Final = "2026-07-28"
META: Final = "io.modelcontextprotocol"


@dataclass
class Seen:
    """What came over one connection; times count from before it was opened."""

    data: str = ""
    reset: bool = False
    first_s: float | None = None
    """When the first byte came."""
    body_s: float | None = None
    """When the first byte behind the head came."""
    last_s: float = 0.0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@contextmanager
def unanswered_port() -> Iterator[int]:
    """A port at which nobody listens, and that nobody else can get meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def asked(url: str, name: str) -> Seen:
    """Read a file over a socket of its own, until the other side ends the connection or the answer is whole."""
    place = urlsplit(url)
    meta = {f"{META}/protocolVersion": MODERN, f"{META}/clientCapabilities": {}}
    params = {"name": "read_text_file", "arguments": {"path": f"/w/{name}"}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    lines = {
        "host": place.netloc, "content-type": "application/json", "accept": "application/json, text/event-stream",
        "content-length": str(len(body)), "mcp-protocol-version": MODERN, "mcp-method": "tools/call",
        "mcp-name": "read_text_file", "connection": "close",
    }  # fmt: skip
    head = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
    began = monotonic()
    with socket.create_connection((str(place.hostname), place.port or 80), WAIT_S) as line:
        line.sendall(f"POST {place.path} HTTP/1.1\r\n{head}\r\n{body}".encode())
        return received(line, began)


def received(line: socket.socket, began: float) -> Seen:
    """All that comes, and how it ends: by a reset (ECONNRESET) or in order."""
    seen = Seen()
    try:
        while select.select([line], [], [], WAIT_S)[0] and (piece := line.recv(65_536)):
            seen.data += piece.decode("latin-1")
            seen.last_s = monotonic() - began
            seen.first_s = seen.last_s if seen.first_s is None else seen.first_s
            seen.body_s = seen.last_s if seen.body_s is None and "\r\n\r\n" in seen.data[:-4] else seen.body_s
    except ConnectionResetError:
        seen.reset = True
    seen.last_s = monotonic() - began
    head, _, seen.body = seen.data.partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    seen.status = int(first.split()[1]) if first else 0
    seen.headers = {each.partition(": ")[0].lower(): each.partition(": ")[2] for each in rest}
    return seen


def main(config: Path, answer: Path, names: Iterable[str]) -> None:
    """Be an agent: read each file once, and put what was seen down as the answer."""
    (server,) = json.loads(config.read_text())["mcpServers"].values()
    answer.write_text(json.dumps({name: asdict(asked(server["url"], name)) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])

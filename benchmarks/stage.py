"""A running `soundstage serve` for benchmarks, started as a user would."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.scripts import WORLD


@dataclass(frozen=True)
class Running:
    """Where a stage listens."""

    pid: int
    port: int
    paths: dict[str, str]
    admin_port: int
    token: str


@contextmanager
def stage(world: dict[str, Any] | None = None, *, faults: str = "") -> Iterator[Running]:
    """Serve a world on free ports with virtual time, with a profile of faults if one is named, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.yaml"
        file.write_text(json.dumps(world or WORLD))
        code = "from harness.cli import main; main()"
        options = ["--json", "--port", "0", "--admin-port", "0", "--clock", "virtual"]
        options += ["--faults", faults] if faults else []
        command = [sys.executable, "-c", code, "serve", str(file), *options]
        env = {**os.environ, "SOUNDSTAGE_STATE": folder}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            urls = {name: urlsplit(url) for name, url in ready["servers"].items()}
            port = next(iter(urls.values())).port
            assert port is not None
            admin = urlsplit(ready["admin"]).port
            assert admin is not None
            yield Running(process.pid, port, {n: u.path for n, u in urls.items()}, admin, ready["token"])
        finally:
            process.terminate()
            process.wait(10)

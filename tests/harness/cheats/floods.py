"""Floods its outputs, its answer, its folder and the machine's list of processes, and then says that all is done."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

answer = Path(os.environ["ANSWER_FILE"])
folder = answer.parent
for _ in range(200):
    os.write(1, b"x" * 65_536 + b"\n\ndone\n")
    os.write(2, b"y" * 65_536)
with (folder / "sparse").open("wb") as file, contextlib.suppress(OSError):
    file.truncate(1 << 40)
for number in range(2_000):
    (folder / f"many-{number}").touch()
with contextlib.suppress(OSError):
    os.chdir(folder)
    for _ in range(3_000):
        Path("deep").mkdir()
        os.chdir("deep")
for _ in range(50):
    with contextlib.suppress(OSError):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
answer.write_bytes(b"done " * 1_000_000)

"""Makes its answer a link to where the answer may stand, and leaves traps beside it."""

import contextlib
import os
import sys
from pathlib import Path

answer = Path(os.environ["ANSWER_FILE"])
with contextlib.suppress(OSError):
    os.mkfifo(answer.parent / "stdout.txt")
for path in [*sys.argv[1:], *map(str, Path.cwd().glob("*.yaml"))]:
    with contextlib.suppress(OSError):
        os.link(path, answer)
        break
else:
    answer.symlink_to(next(iter([*sys.argv[1:], "/etc/hostname"])))

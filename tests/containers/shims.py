"""Recipes followed with programs that only write down what they were asked to do."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SHIM = """#!{python}
import json, os, sys
name = os.path.basename(sys.argv[0])
with open(os.environ["ASKED"], "a") as asked:
    asked.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
sys.exit(int(os.environ.get("STATUS_" + "_".join([name, *sys.argv[1:2]]), "0")))
"""


@dataclass(frozen=True)
class Followed:
    """What a recipe asked programs to do, and how it ended."""

    asked: list[list[str]]
    status: int
    said: str


def follow(script: str, folder: Path, variables: Mapping[str, str], *programs: str) -> Followed:
    """Run a shell script in a folder; each of these programs only writes down its words.

    It ends with 0, or as a variable `STATUS_{program}_{first word}` says.
    """
    tools, log = folder / ".tools", folder / ".asked"
    tools.mkdir(exist_ok=True)
    log.write_text("")
    for program in programs:
        (tools / program).write_text(_SHIM.format(python=sys.executable))
        (tools / program).chmod(0o755)
    environment = {**os.environ, **variables, "PATH": f"{tools}:{os.environ['PATH']}", "ASKED": str(log)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Followed([json.loads(line) for line in log.read_text().splitlines()], done.returncode, done.stdout)

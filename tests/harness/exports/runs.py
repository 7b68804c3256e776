"""Small runs with something of everything that an export has to tell, and canaries in all that it must not tell."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

import soundstage
from harness.agent import Options
from tests.harness.scripted_model import Turn, scripted_model

CANARIES: Final = (
    "KEPTBACK", "rulename", "CHECKNAME", "EXPECTED", "NEVERNAME", "MILESTONE", "FACTVALUE", "GOALTEXT", "factname",
)  # fmt: skip
"""In what a fault keeps back, and in the names and values of faults, checks, guards, milestones and people."""

LETTERS: Final = """
soundstage: 1
task: Write hello into /w/out.txt, then say done.
world:
  world: letters
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /w, tree: {a.txt: "one", "secret.txt": "KEPTBACK", pic.png: {base64: iVBORw0KGgo=}}}
    customer: {kind: user, participant: Ida}
users:
  customer:
    persona: cooperative
    opening: I was charged twice.
    goal: GOALTEXT
    facts: {factname: {value: FACTVALUE, release: second_time_asked}}
faults:
  - {name: rulename, where: {path: /w/secret.txt}, fault: tool_error}
success:
  CHECKNAME: {file: /w/out.txt, is: hello}
  fine: {file: /w/a.txt, matches: "one|EXPECTED"}
guard:
  never: [{name: NEVERNAME, file: /w/a.txt, exists: true}]
milestones: [{name: MILESTONE, calls: {tool: files.read_text_file}, worth: 0.05}]
"""
SUMS: Final = """
soundstage: 1
params: {table: [orders, bills]}
task: How many rows has ${table}? Say the number.
world:
  world: sums
  clock: 2026-03-02T09:00:00Z
  servers:
    shop:
      kind: sql
      imitates: sqlite
      schema: "create table orders (id integer primary key, note text); create table bills (id integer primary key);"
      rows: {orders: [[1, null], [2, null]], bills: [[1], [2]]}
success:
  told: {said: {final: true, matches: "2"}}
"""
QUERY: Final = {"query": "select count(*) as n from orders"}
READ: Final = ("read_text_file", {"path": "/w/a.txt"})
READ_NULL: Final = ("read_text_file", {"path": "/w/a.txt", "head": None, "tail": 3})
SECRET: Final = ("read_text_file", {"path": "/w/secret.txt"})
PICTURE: Final = ("read_media_file", {"path": "/w/pic.png"})
WRITE: Final = ("write_file", {"path": "/w/out.txt", "content": "hello"})
MISWRITE: Final = ("write_file", {"path": "/w/out.txt", "content": "hi \u2603"})
TALK: Final = ("send_message", {"text": "Which payments do you mean?"})
START: Final = [Turn("I look at two files at once.", [READ, SECRET]), Turn("And at a picture.", [PICTURE, READ_NULL])]
GOOD: Final = [*START, Turn("I ask, too.", [TALK]), Turn("", [WRITE]), Turn("done")]
BAD: Final = [*START, Turn("I guess.", [MISWRITE]), Turn("I think so.")]
SUMMED: Final = [Turn("I count.", [("read_query", QUERY)]), Turn("There are 2.")]
GUESSED: Final = [Turn("There are 7.")]


def make_runs(folder: Path) -> list[Path]:
    """Four runs below a folder: each of two scenarios with a good and with a bad agent."""
    (folder / "letters.yaml").write_text(LETTERS)
    (folder / "sums.yaml").write_text(SUMS)
    return [
        _recorded(folder, "letters", "good", GOOD),
        _recorded(folder, "letters", "bad", BAD),
        _recorded(folder, "sums", "good", SUMMED),
        _recorded(folder, "sums", "bad", GUESSED),
    ]


def _recorded(folder: Path, scenario: str, name: str, turns: Sequence[Turn]) -> Path:
    out = folder / f"{name}-{scenario}"
    with scripted_model(turns) as endpoint:
        options = Options(base_url=f"{endpoint.url}/v1", model="m")
        soundstage.run(folder / f"{scenario}.yaml", agent="model:", out=out, options=options)
    return out


def rows(path: Path) -> list[Any]:
    """The rows of a file of JSON lines."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]

"""Agents that ask services by plain HTTP are bounded, recorded, judged, blamed and replayed like all others."""

import json
from pathlib import Path

from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.scenes import write_scene

SPEC = Path(__file__).parents[1] / "sandbox_server/api/billing.yaml"
SCENE = """\
soundstage: 1
scenario: note
task: Fail charge ch_1 and add one of 7.
world:
  soundstage: 1
  world: shop
  servers:
    billing:
      kind: api
      spec: billing.yaml
      data: {charges: [{id: ch_1, amount: 500, currency: eur, status: paid}]}
      keys: {sk_live_1: {name: agent}}
success:
  added: {sql: "select count(*) from billing.charges where amount = 7", is: 1}
guard:
  may_change: ["billing.charges"]
limits: {steps: 4, minutes: 10}
reference:
  - billing.create_charge: {amount: 7}
"""
ASKS = """
import urllib.error

def ask(method, path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    head = {"authorization": "Bearer " + os.environ["BILLING_API_KEY"], "content-type": "application/json", **headers}
    request = urllib.request.Request(os.environ["BILLING_URL"] + path, data, head, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()

"""
WORK = """
assert ask("GET", "/charges/ch_1")[0] == 200
assert ask("GET", "/nowhere")[0] == 404
status, text = ask("POST", "/charges", {"amount": 7}, **{"idempotency-key": "k1"})
assert status == 201, text
answer(text)
"""


def play(soundstage: Command, folder: Path, body: str, *options: str, arguments: str = "") -> Trajectory:
    """Run a small agent once and read its record."""
    (folder / "billing.yaml").write_text(SPEC.read_text())
    scene = write_scene(folder, SCENE)
    ran = soundstage("run", scene, "--agent", agent(folder, ASKS + body, arguments), "--out", "out", *options)
    assert ran.status in (0, 1), ran.err
    return read_trajectory(record(folder))


def record(folder: Path) -> Path:
    """Where the only trajectory is."""
    [path] = (folder / "out/episodes").glob("*.jsonl")
    return path


def test_plain_requests_are_recorded_and_judged(soundstage: Command, tmp_path: Path) -> None:
    trajectory = play(soundstage, tmp_path, WORK)

    assert trajectory.outcome == "success"
    assert [step.action.tool for step in trajectory.steps] == ["getCharge", "GET /nowhere", "create_charge"]
    assert trajectory.steps[2].action.arguments == {"Idempotency-Key": "k1", "amount": 7}
    assert [step.failed for step in trajectory.steps] == [False, True, False]
    assert [change["kind"] for change in trajectory.steps[2].changes] == ["added"]
    assert trajectory.steps[1].observation == '{"id":"ch_1","amount":500,"currency":"eur","status":"paid"}'


def test_plain_requests_are_replayed_byte_for_byte(soundstage: Command, tmp_path: Path) -> None:
    play(soundstage, tmp_path, WORK)

    ran = soundstage("replay", record(tmp_path), "--json")

    assert ran.status == 0, ran.out
    assert json.loads(ran.out)["steps"] == 3


def test_plain_requests_with_faults_are_replayed_too(soundstage: Command, tmp_path: Path) -> None:
    body = 'for _ in range(4):\n    ask("POST", "/charges", {"amount": 7})\n'
    faults = tmp_path / "limits.yaml"
    faults.write_text(
        "soundstage: 1\nprofile: limits\ndescription: One a minute.\nrules:\n"
        "  - {name: one, on: billing.*, token_bucket: {rates: 1/min, size: 1, per: rule}, fault: rate_limited}\n"
    )

    trajectory = play(soundstage, tmp_path, body, "--faults", "limits.yaml")
    ran = soundstage("replay", record(tmp_path), "--json")

    assert [step.result["result"]["status"] for step in trajectory.steps] == [201, 429, 429, 429]
    assert ran.status == 0, ran.out


def test_steps_by_plain_http_are_counted(soundstage: Command, tmp_path: Path) -> None:
    body = 'for _ in range(9):\n    ask("GET", "/charges")\n'

    trajectory = play(soundstage, tmp_path, body)

    assert len(trajectory.steps) == 4
    assert trajectory.closing is not None and trajectory.closing.departure.how == "steps"


def test_holes_in_commands_are_urls_and_keys(soundstage: Command, tmp_path: Path) -> None:
    body = "assert sys.argv[1:] == [os.environ['BILLING_URL'], os.environ['BILLING_API_KEY']]\n" + WORK

    assert play(soundstage, tmp_path, body, arguments="{billing.url} {billing.key}").outcome == "success"

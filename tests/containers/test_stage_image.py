"""The image that agents meet: what it holds, what it does not, and what holds while it runs."""

import hashlib
import json
import os
import re
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
import pytest

from sandbox_server.errors import StageError
from sandbox_server.serving.finding import Admin
from tests.containers.conftest import Contained, contained
from tests.containers.images import ROOT, told
from tests.containers.test_docker_engine import until
from tests.harness.jails import built_image
from tests.harness.stages import WAIT_S, Agent
from worlds.yamlfile import read_yaml

TELLING = re.compile(r"mock|fake|simulat|sandbox|inject|chaos|soundstage", re.IGNORECASE)
PACKAGES = {"worlds", "fault_injection", "sandbox_server"}
SCENARIOS = sorted((ROOT / "harness" / "library").rglob("*.yaml"))
SEARCHED_BYTES_MAX = 1 << 20
NEEDLE_LETTERS_MIN = 24


@dataclass
class Held:
    """What lies in an image's file system."""

    paths: set[PurePosixPath] = field(default_factory=set)
    owners: set[tuple[int, int, int]] = field(default_factory=set)
    """User, group and what others may, of what is below the place of the code."""
    hashes: dict[str, str] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    """The small files below the place of the code."""


@pytest.fixture(scope="module")
def held(image: str) -> Held:
    """All that a container made of the image begins with."""
    id, found = told("create", image), Held()
    try:
        with subprocess.Popen(["docker", "export", id], stdout=subprocess.PIPE) as export:
            assert export.stdout is not None
            with tarfile.open(fileobj=export.stdout, mode="r|") as archive:
                for member in archive:
                    _take(found, archive, member)
    finally:
        told("rm", id)
    return found


def _take(found: Held, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    found.paths.add(PurePosixPath(member.name))
    if not member.name.startswith("opt/app/"):
        return
    if not member.issym():
        found.owners.add((member.uid, member.gid, member.mode & 0o7))
    file = archive.extractfile(member) if member.isfile() and member.size < SEARCHED_BYTES_MAX else None
    if file is not None:
        content = file.read()
        found.texts[member.name] = content
        found.hashes[hashlib.sha256(content).hexdigest()] = member.name


def needles() -> Iterator[str]:
    """What only scenarios know: the longer lines of their tasks and of the queries by which they are judged."""
    for path in SCENARIOS:
        data = read_yaml(path).data
        if isinstance(data, dict) and "task" in data:
            yield from str(data["task"]).splitlines()
            for key in ("success", "guard", "milestones"):
                yield from _queries(data.get(key))


def _queries(data: Any) -> Iterator[str]:
    """The lines of every `sql` in checks."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        if key == "sql" and isinstance(value, str):
            yield from value.splitlines()
        else:
            yield from _queries(value)


def test_it_holds_the_three_packages_and_nothing_of_the_harness(held: Held) -> None:
    site = next(path for path in held.paths if path.name == "worlds" and path.parent.name == "site-packages")
    modules = {path.stem for path in held.paths if path.parent == site.parent and path.suffix in ("", ".py")}
    own = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / "harness").rglob("*")
        if path.is_file() and path.stat().st_size and "__pycache__" not in path.parts
    }

    assert modules >= PACKAGES
    assert modules.isdisjoint({"harness", "tests", "benchmarks", "examples", "docs", "soundstage"})
    assert [name for content, name in held.hashes.items() if content in own] == []


def test_it_holds_no_word_of_any_scenario(held: Held, tmp_path: Path) -> None:
    wanted = sorted({line.strip() for line in needles() if len(line.strip()) >= NEEDLE_LETTERS_MIN})
    (tmp_path / "needles").write_text("\n".join(wanted))
    (tmp_path / "haystack").write_bytes(b"\n".join(held.texts.values()))

    assert len(wanted) > 100
    assert found_in(tmp_path / "haystack", tmp_path / "needles") == ""
    (tmp_path / "haystack").write_text(f"select 1\n# {wanted[50]}")
    assert found_in(tmp_path / "haystack", tmp_path / "needles") == wanted[50]


def found_in(haystack: Path, needles: Path) -> str:
    """Which lines of one file are somewhere in another."""
    words = ["grep", "--text", "--only-matching", "--fixed-strings", "--file", str(needles), str(haystack)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode < 2, done.stderr
    return done.stdout.strip()


def test_it_names_every_distribution_that_it_holds(held: Held) -> None:
    entries = [path.name.removesuffix(".dist-info") for path in held.paths if path.suffix == ".dist-info"]
    named = {re.sub(r"[-_.]+", "-", entry.rpartition("-")[0]).lower() for entry in entries}
    lock = (ROOT / "requirements" / "stage.txt").read_text()

    assert named == {"soundstage", *re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)}


def test_all_of_it_belongs_to_root_and_is_closed_to_others(held: Held, stage: Contained) -> None:
    assert held.owners == {(0, 10001, 0)} or held.owners == {(0, 10001, 0), (0, 10001, 5)}
    assert "Permission denied" in stage.run("cat /opt/app/bin/serve")
    assert "Permission denied" in stage.run("ls /opt/app/lib")
    assert "No module named" in stage.run("python3 -c 'import worlds'")


def test_what_a_command_in_it_sees_does_not_say_what_it_is(stage: Contained) -> None:
    seen = stage.run(
        "env; hostname; cat /etc/passwd /etc/group /proc/mounts; ls -R /opt /tmp /home /srv /mnt /run;"
        "for each in /proc/[0-9]*; do tr '\\0' ' ' <$each/cmdline; cat $each/environ; cat $each/comm; done"
    )

    assert "/opt/app/bin/serve" in seen
    assert TELLING.findall(seen) == []


def test_it_runs_as_nobody_in_particular_without_privileges(stage: Contained) -> None:
    status = stage.run("cat /proc/1/status", user="10001")
    shown = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    assert shown["Uid"].split() == ["10001"] * 4
    assert {shown[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (shown["NoNewPrivs"], shown["Seccomp"]) == ("1", "2")
    assert "Read-only file system" in stage.run("touch /opt/here /etc/here", user="0")


def test_it_serves_episodes_of_every_kind_on_a_read_only_disk(stage: Contained) -> None:
    base = f"http://{stage.address()}"
    admin = Admin(f"{base}:8081", stage.ready["token"])

    episode = admin.ask("POST", "/episodes", {"world": "bookshop"})
    servers = {name: url.replace(stage.ready["agents"], f"{base}:8080") for name, url in episode["servers"].items()}
    with Agent(servers["warehouse"]) as agent:
        assert "42" in agent.call("execute_query", sql="select 40 + 2 as answer")
    with Agent(servers["shop"]) as agent:
        assert "42" in agent.call("read_query", query="select 40 + 2 as answer")
    with Agent(servers["files"]) as agent:
        agent.call("write_file", path="/workspace/new.txt", content="new")
    found = admin.ask("POST", f"/episodes/{episode['id']}/query", {"sql": "select count(*) n from files.files"})
    assert found["rows"]


def test_it_refuses_real_servers_in_words(stage: Contained) -> None:
    admin = Admin(f"http://{stage.address()}:8081", stage.ready["token"])
    outside = {"soundstage": 1, "world": "out", "servers": {"real": {"kind": "mcp", "command": ["some-server"]}}}

    with pytest.raises(StageError, match="the MCP SDK is not installed"):
        admin.ask("POST", "/episodes", {"world": outside})


def test_docker_is_told_that_it_is_well(stage: Contained) -> None:
    until(lambda: told("inspect", "-f", "{{.State.Health.Status}}", stage.id) == "healthy")


def test_labels_say_what_it_is_to_its_owner(image: str) -> None:
    labels: dict[str, str] = json.loads(told("inspect", "-f", "{{json .Config.Labels}}", image))

    begun = "org.opencontainers.image."
    assert {f"{begun}{key}" for key in ("title", "description", "licenses", "version", "revision")} <= set(labels)
    assert labels[f"{begun}licenses"] == "Apache-2.0"


def test_agents_in_its_other_network_do_not_reach_the_admin_port(image: str) -> None:
    names = [f"{whose}-{os.getpid()}" for whose in ("owners", "agents")]
    networks = [told("network", "create", "--internal", name) for name in names]
    try:
        place = told("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", names[0])
        options = ["--env", f"ADMIN_HOST={place}", "--network", names[0]]
        with contained(image, options=options, networks=names[1:]) as stage:
            owners, agents = map(stage.address, names)

            assert httpx.get(f"http://{owners}:8081/admin/v1/health").status_code == 401
            assert reached(names[1], (agents, 8080), within_s=WAIT_S) == [True]
            assert reached(names[1], (agents, 8081), (owners, 8080), (owners, 8081)) == [False] * 3
    finally:
        for network in networks:
            told("network", "rm", network)


def reached(network: str, *places: tuple[str, int], within_s: float = 1) -> list[bool]:
    """Which places answer to a container in a network."""
    program = f"""
import json, socket
def tried(place):
    try:
        return bool(socket.create_connection(place, {within_s}))
    except OSError:
        return False
print(json.dumps([tried(tuple(place)) for place in {[list(place) for place in places]}]))
"""
    found: list[bool] = json.loads(told("run", "--rm", "--network", network, built_image(), "python3", "-c", program))
    return found


def test_it_ends_when_it_is_asked_to(image: str) -> None:
    with contained(image, "--port", "9000") as stage:
        address = (stage.address(), 9000)
        socket.create_connection(address, WAIT_S).close()

        told("stop", "--time", str(int(WAIT_S)), stage.id)

        assert told("inspect", "-f", "{{.State.ExitCode}} {{.State.OOMKilled}}", stage.id) == "0 false"
        with pytest.raises(OSError):
            socket.create_connection(address, 1)

"""What is shown for pipelines cannot rot: recipes are followed, and what they ask for is read by what they ask."""

import functools
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from harness.cli import soundstage
from harness.engine import engines
from tests.containers.shims import Followed, follow
from tests.harness.command import ROOT
from tests.pages import Block, blocks
from tests.tools import require_program

CI = ROOT / "examples" / "ci"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
GITHUB: dict[str, Any] = yaml.safe_load((CI / "github-workflow.yml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((CI / "gitlab-ci.yml").read_text())
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SUITE = ["bookshop", "-k", "report", "--agent", "script:reference"]


def read_by_the_command_line(words: Sequence[str]) -> click.Context:
    """The words after `soundstage`, as its command line takes them."""
    context = click.Context(soundstage, info_name="soundstage")
    command = soundstage.get_command(context, words[0])
    assert command is not None, words
    return command.make_context(words[0], list(words[1:]), parent=context)


@functools.cache
def options_of(verb: str) -> frozenset[str]:
    """The options that Docker knows for a verb."""
    program = require_program("docker")
    shown = subprocess.run([program, verb, "--help"], capture_output=True, text=True, check=True).stdout
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", shown))


def container_words(asked: list[str], image: str) -> list[str]:
    """What a container is asked to do; Docker knows every option before its image."""
    before, after = asked[: asked.index(image)], asked[asked.index(image) + 1 :]
    given = {word.partition("=")[0] for word in before if word.startswith("--")}
    assert given <= options_of("run") | {"--userns"}, given - options_of("run")
    return after


def is_words(block: Block) -> bool:
    """Whether a block holds commands, and no file."""
    return block.language == "sh" and not block.title


def ways_of(context: click.Context) -> dict[str, Any]:
    return {key: value for key, value in context.params.items() if key in ("paths", "out", "junit", "trials", "spec")}


class TestPlain:
    """The shell scripts for Docker and Podman."""

    @pytest.mark.parametrize(("script", "program"), [("plain.sh", "docker"), ("podman.sh", "podman")])
    def test_a_suite_is_run_and_reported_in_containers_that_are_closed(
        self, tmp_path: Path, script: str, program: str
    ) -> None:
        followed = self._followed(tmp_path, script, program, PASS="OPENAI_API_KEY")

        looked, run, report = followed.asked
        assert followed.status == 0, followed.said
        assert looked[1:] == ["image", "inspect", "soundstage"]
        assert {"--read-only", "--cap-drop", "no-new-privileges", "OPENAI_API_KEY"} <= set(run)
        assert f"{tmp_path}:/work:ro" in run
        context = read_by_the_command_line(container_words(run, "soundstage"))
        assert context.info_name == "run"
        assert ways_of(context) == {
            "paths": ("bookshop",), "out": Path("/results/run"), "junit": Path("/results/junit.xml"),
            "trials": 1, "spec": "script:reference",
        }  # fmt: skip
        assert read_by_the_command_line(container_words(report, "soundstage")).info_name == "report"

    def test_a_failed_suite_is_reported_and_fails(self, tmp_path: Path) -> None:
        followed = self._followed(tmp_path, "plain.sh", "docker", STATUS_docker_run="4")

        assert followed.status == 4
        assert "report" in followed.asked[-1]

    def test_a_missing_image_is_built(self, tmp_path: Path) -> None:
        variables = {"STATUS_docker_image": "1", "BUILD": "--build-arg BASE_IMAGE=mine"}
        followed = self._followed(tmp_path, "plain.sh", "docker", **variables)

        build = followed.asked[1]
        assert build[1:] == [
            "build", "--build-arg", "BASE_IMAGE=mine", "--target", "harness", "-t", "soundstage", f"{CI}/../..",
        ]  # fmt: skip
        assert {"--build-arg", "--target", "-t"} <= options_of("build")

    def _followed(self, folder: Path, script: str, program: str, **variables: str) -> Followed:
        return follow(" ".join([str(CI / script), *SUITE]), folder, variables, program)


class TestGitHub:
    """The action, and a workflow that uses it."""

    def test_the_workflow_gives_the_action_what_it_takes(self) -> None:
        step = next(step for step in GITHUB["jobs"]["scenarios"]["steps"] if "soundstage" in step.get("uses", ""))
        needed = {name for name, about in ACTION["inputs"].items() if about.get("required")}

        assert needed <= set(step["with"]) <= set(ACTION["inputs"])
        used = set(re.findall(r"outputs\.([\w-]+)", (CI / "github-workflow.yml").read_text()))
        assert used <= set(ACTION["outputs"])

    def test_every_input_is_used_and_every_output_is_made(self) -> None:
        steps = ACTION["runs"]["steps"]
        text = (ROOT / "action.yml").read_text()
        script = (CI / "action.sh").read_text()

        assert {name for name in ACTION["inputs"] if f"inputs.{name} " not in text} == set()
        made = set(re.findall(r'echo "([\w-]+)=', script))
        wanted = {re.search(r"steps\.run\.outputs\.([\w-]+)", about["value"]) for about in ACTION["outputs"].values()}
        assert made == {found[1] for found in wanted if found}
        assert all("${{ inputs." not in step.get("run", "") for step in steps), "an input would be read as a command"
        assert ACTION["inputs"]["engine"]["default"] in engines.names()

    def test_it_runs_a_suite_and_tells_the_rate_and_where_the_report_is(self, tmp_path: Path) -> None:
        (tmp_path / "soundstage").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m harness "$@"\n')
        (tmp_path / "soundstage").chmod(0o755)
        variables = {
            "PYTHONPATH": str(ROOT), "SOUNDSTAGE": "./soundstage", "SUITE": "bookshop", "AGENT": "script:reference",
            "THRESHOLDS": "success>=50%\nviolations<=0\n", "FAULTS": "calm\n", "OPTIONS": "-k report",
            "OUT": "run", "GITHUB_OUTPUT": str(tmp_path / "outputs"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "GITHUB_ACTIONS": "true",
        }  # fmt: skip

        done = follow(str(CI / "action.sh"), tmp_path, variables)

        assert done.status == 0, done.said
        outputs = dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())
        assert (outputs["exit-status"], outputs["report"]) == ("0", "run/report.html")
        assert 0 < float(outputs["success-low"]) < float(outputs["success"]) <= 1
        assert {"report.html", "junit.xml", "manifest.json"} <= {path.name for path in (tmp_path / "run").iterdir()}
        assert "succeeded" in (tmp_path / "summary").read_text()

    def test_inputs_are_words_and_never_commands(self, tmp_path: Path) -> None:
        hostile = "$(touch here); touch here"
        variables = dict.fromkeys(("SUITE", "AGENT", "THRESHOLDS", "FAULTS", "OPTIONS"), hostile)

        done = follow(str(CI / "action.sh"), tmp_path, {**variables, "OUT": "run"}, "soundstage")

        assert done.status == 0, done.said
        assert done.asked[0][done.asked[0].index("--agent") + 1] == hostile
        assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("github-actions", "action.yml"),
        ("github-workflows", "examples/ci/github-workflow.yml"),
        ("github-workflows", "docs/how-to/use-in-ci.md"),
        ("gitlab-ci", "examples/ci/gitlab-ci.yml"),
        ("compose-spec", "compose.yaml"),
    ],
)
def test_files_for_pipelines_are_what_their_services_take(tmp_path: Path, kind: str, file: str) -> None:
    """The published schemas come with the program, so that no network is needed."""
    path = ROOT / file
    if path.suffix == ".md":
        path = tmp_path / "shown.yml"
        path.write_text(next(block.text for block in blocks(ROOT / file) if block.title.startswith(".github/")))
    program = Path(sys.executable).with_name("check-jsonschema")

    told = subprocess.run(
        [program, "--builtin-schema", f"vendor.{kind}", path], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("recipe", ["gitlab", "jenkins"])
def test_steps_of_pipelines_are_understood_and_keep_what_they_make(tmp_path: Path, recipe: str) -> None:
    if recipe == "gitlab":
        job = GITLAB["scenarios"]
        steps, kept = [*job["script"], *job["after_script"]], job["artifacts"]["paths"] == ["results/"]
    else:
        text = (CI / "Jenkinsfile").read_text()
        steps, kept = (
            re.findall(r"sh '''\n(.*?)'''", text, re.DOTALL),
            "archiveArtifacts artifacts: 'results/**'" in text,
        )

    followed = follow("\n".join(steps), tmp_path, {}, "soundstage")

    assert followed.status == 0, followed.said
    assert kept
    run, report = (read_by_the_command_line(words[1:]) for words in followed.asked)
    assert ways_of(run) == {
        "paths": ("bookshop",), "out": Path("results/run"), "junit": Path("results/junit.xml"),
        "trials": 3, "spec": "script:reference",
    }  # fmt: skip
    assert report.params["out"] == Path("results/report.html")


class TestCompose:
    """The stage as a service."""

    def test_it_is_closed_in(self) -> None:
        for service in COMPOSE["services"].values():
            assert service["read_only"] and service["init"]
            assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
            assert service["pids_limit"] and service["mem_limit"]
            assert "privileged" not in service and "cap_add" not in service

    def test_only_this_machine_reaches_the_admin_port(self) -> None:
        service, networks = COMPOSE["services"]["tools"], COMPOSE["networks"]

        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert networks["owner"]["ipam"]["config"][0]["subnet"] == service["environment"]["ADMIN_HOST"]
        assert networks["agents"]["internal"] is True

    def test_the_stage_knows_each_variable_that_it_is_given(self) -> None:
        words = [sys.executable, "-m", "sandbox_server", "--help"]
        told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout

        assert {name for name in COMPOSE["services"]["tools"]["environment"] if name not in told} == set()

    def test_the_suite_is_understood(self) -> None:
        assert read_by_the_command_line(COMPOSE["services"]["suite"]["command"]).info_name == "run"

    def test_targets_are_the_dockerfiles(self) -> None:
        targets = set(re.findall(r" AS ([\w-]+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))

        assert {service["build"]["target"] for service in COMPOSE["services"].values()} <= targets


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=f"{page.stem}:{block.line}")
        for page in PAGES
        for block in blocks(page)
        if is_words(block)
    ],
)
def test_what_pages_show_for_machines_with_docker_is_understood(block: Block, tmp_path: Path) -> None:
    programs = ("soundstage", "docker", "pip", "python3", "kubectl", "ray")
    script = block.text.replace(".venv/bin/python", "python3").replace("examples/ci/", f": {CI}/")

    followed = follow(script, tmp_path, {}, *programs)

    assert followed.status == 0, followed.said
    assert all((ROOT / word).is_file() for word in re.findall(r"examples/ci/\S+|requirements/\S+", block.text))
    for program, verb, *words in followed.asked:
        if program == "soundstage":
            read_by_the_command_line([verb, *words])
        if (program, verb) == ("docker", "build"):
            assert {word for word in words if word.startswith("--")} <= options_of("build")
            targets = [words[at + 1] for at, word in enumerate(words) if word == "--target"]
            assert set(targets) <= set(re.findall(r" AS ([\w-]+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))

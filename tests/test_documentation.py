"""What the README and the documentation show: done as it stands, and complete."""

import json
import queue
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest

from docs.generate import PAGES, REFERENCE
from docs.generating.markdown import anchor
from harness.agent import agent_kinds
from harness.check import check_kinds
from harness.cli import soundstage
from harness.scenario import ScenarioFile
from harness.staging.suite import suite_names
from sandbox_server.family import families
from tests.harness.stages import Agent
from tests.pages import ROOT, SERVED, Block, Command, Outcome, Reader, blocks, fits
from worlds.part import part_kinds
from worlds.worldfile import WorldFile, field_names

README = ROOT / "README.md"
TAILED_CALLS_MAX = 240
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    try:
        yield reader
    finally:
        reader.close()


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found is not None, target
    return [line.strip().removeprefix("@") for line in found[1].splitlines()]


def shown(page: Path, language: str) -> list[Block]:
    return [block for block in blocks(page) if block.language == language]


class TestReadme:
    """The README, from top to bottom."""

    def test_the_two_commands_are_those_that_the_pipeline_runs(self) -> None:
        [first, *_] = shown(README, "console")
        words = first.text.split("\n")[:2]

        assert words == ["make demo", "make test"]
        assert any("-m pytest" in line for line in recipe("test"))
        assert "make test" in (ROOT / ".ci/run").read_text().splitlines()
        assert "bookshop" in suite_names()

    def test_everything_works_in_the_order_shown(self, reader: Reader) -> None:
        self._make_demo(reader)
        steps = reader.follow(README)

        assert_same_servers(until(steps, "soundstage serve").printed)
        first = reader.first_digest()
        with Agent(f"{reader.served}/files/mcp") as agent:
            until(steps, "soundstage tail")
            assert "files.write_file" in tailed(reader, agent)
            assert "new.txt" in agent.call("list_directory", path="/workspace")
            answer = until(steps, "curl -X POST").printed.splitlines()[-1]
            assert json.loads(answer)["digest"] == first
            assert "new.txt" not in agent.call("list_directory", path="/workspace")
        scored = until(steps, "soundstage run").printed
        assert all(word in scored for word in ("spring-price-list", "bookshop-2", "warehouse.daily_sales"))
        judged = until(steps, "soundstage run").printed
        assert re.search(r"\b(\d+) of \1 planned episodes ended, 0 invalid\.", judged), judged
        assert "every byte the same" in judged
        assert "1 of 1 scenario sound." in until(steps, "soundstage new").printed
        many = until(steps, "soundstage run").printed
        assert all(word in many for word in ("faults slow-lane", "8 of 8 planned", "report.html", "8 rows"))
        assert until(steps, "python -").printed.splitlines() == ["['files:/workspace/hello.txt'] 1"]
        assert list(steps) == []

    def _make_demo(self, reader: Reader) -> None:
        """What `make demo` runs prints what is shown."""
        [block] = [block for block in shown(README, "console") if block.text.startswith("$ make demo")]
        expected = block.text.partition("\n")[2].replace(".venv/bin/", "")
        [words] = recipe("demo")

        done = reader.do(Command(words.replace("$(BIN)/", ""), None, block.line))

        assert fits(expected, done.printed), done.printed


def until(steps: Iterator[Outcome], words: str) -> Outcome:
    """Follow a page up to the command that begins with these words."""
    return next(step for step in steps if step.command.words.startswith(words))


def tailed(reader: Reader, agent: Agent) -> str:
    """The first line that `tail` shows of calls that are made until it listens."""
    for _ in range(TAILED_CALLS_MAX):
        agent.call("write_file", path="/workspace/new.txt", content="hello")
        with suppress(queue.Empty):
            return str(reader.lines.next(0.5))
    pytest.fail("tail shows nothing")


def assert_same_servers(printed: str) -> None:
    """The block that `serve` prints and the README's have the same form and the same servers."""
    [pasted] = [block for block in shown(README, "json") if SERVED in block.text]
    served: dict[str, Any] = json.loads(printed[printed.index("{\n") : printed.index("}\n\nAdmin") + 1])
    told: dict[str, Any] = json.loads(pasted.text)

    assert form(told) == form(served)


def form(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration without what differs from machine to machine."""
    return {
        server: {**entry, "url": urlsplit(entry["url"]).path.split("/")[2:]}
        for server, entry in config["mcpServers"].items()
    }


@pytest.mark.parametrize("page", DOCUMENTS, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    lost = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not leads_somewhere(page, link)]

    assert not lost


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, fragment = link.partition("#")
    if urlsplit(link).scheme:
        return True
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE) if fragment else []
    return not fragment or fragment in map(anchor, headings)


@pytest.mark.parametrize("page", DOCUMENTS, ids=name)
def test_every_block_is_of_a_kind_that_is_tried(page: Path) -> None:
    tried = {"console", "python", "json", "sh"}
    odd = [block for block in blocks(page) if not block.title and block.language not in tried]

    assert not odd


def test_every_registry_is_explained() -> None:
    sources = [path for package in ("worlds", "sandbox_server", "harness") for path in (ROOT / package).rglob("*.py")]
    groups = {
        group for path in sources for group in re.findall(r"= Registry\(\"(\S+?)\"", path.read_text(encoding="utf-8"))
    }
    told = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")

    assert groups
    assert {group for group in groups if f"`{group}`" not in told} == set()


class TestReference:
    """The pages that are generated."""

    @pytest.mark.parametrize("page", PAGES)
    def test_a_page_is_what_the_code_says_now(self, page: str) -> None:
        committed = (REFERENCE / page).read_text(encoding="utf-8")

        assert committed == PAGES[page](), "run `make docs`"

    def test_nothing_but_generated_pages_lies_there(self) -> None:
        assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)

    def test_every_verb_and_option_is_there(self) -> None:
        context = click.Context(soundstage)
        for verb in soundstage.list_commands(context):
            command = soundstage.get_command(context, verb)
            assert command is not None
            told = section("command-line.md", verb)
            options = [word for param in command.params if isinstance(param, click.Option) for word in param.opts]
            assert [word for word in options if f"`{word}`" not in told] == []

    def test_every_kind_of_agent_is_there(self) -> None:
        told = section("command-line.md", "Agents")

        assert [kind.example for _, kind in agent_kinds if f"`{kind.example}`" not in told] == []

    def test_every_setting_of_the_environment_is_there(self) -> None:
        sources = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
        used = {
            word
            for path in sources.stdout.split()
            if path.split("/")[0] in ("worlds", "fault_injection", "sandbox_server", "harness")
            for word in re.findall(r"SOUNDSTAGE_[A-Z_]+", (ROOT / path).read_text(encoding="utf-8"))
        }

        assert {word for word in used if f"`{word}`" not in section("command-line.md", "Environment")} == set()

    def test_every_exit_status_is_there_with_its_verbs(self) -> None:
        """What the help of a verb says about its statuses stands in the one table, too."""
        rows = re.findall(r"^\| `(\d+)` \| (.*) \|$", section("command-line.md", "Exit statuses"), re.MULTILINE)
        verbs = {status: set(re.findall(r"`(\w+)", meaning)) for status, meaning in rows}
        context = click.Context(soundstage)
        helps = {
            verb: getattr(soundstage.get_command(context, verb), "help", None) or ""
            for verb in soundstage.list_commands(context)
        }
        said = {
            (verb, status)
            for verb, text in helps.items()
            for status in re.findall(r"(?:^|[ ,:])(\d+) [a-z]", text.partition("Exit status:")[2].replace("\n", " "))
        }

        assert len(said) > 15
        assert {(verb, status) for verb, status in said if status != "2" and verb not in verbs.get(status, ())} == set()

    def test_every_key_of_worlds_is_there(self) -> None:
        assert missing(field_names(WorldFile), section("world-file.md", "The file")) == []
        for kind in families.names():
            known = field_names(part_kinds.get(kind).Settings) | field_names(families.get(kind).Settings)
            assert missing(known, section("world-file.md", f"kind: {kind}")) == []

    def test_every_key_of_scenarios_is_there(self) -> None:
        assert missing(field_names(ScenarioFile), section("scenario-file.md", "The file")) == []
        for kind in check_kinds.names():
            own = set(check_kinds.get(kind).Settings.__annotations__)
            assert missing(own, section("scenario-file.md", f"`{kind}`")) == []


def section(page: str, title: str) -> str:
    """A section of a reference page, with the sections below it."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(title)}\n", text, re.MULTILINE)
    assert found is not None, title
    rest = text[found.end() :]
    following = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def missing(keys: set[str], told: str) -> list[str]:
    return sorted(key for key in keys if f"| `{key}` |" not in told)

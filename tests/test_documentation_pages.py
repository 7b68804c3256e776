"""The tutorial, the how-to pages and what else holds blocks: followed from top to bottom, in an empty folder."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from fault_injection.profile import find_profiles
from tests.harness.stages import HELLO
from tests.pages import ROOT, Block, Command, Reader, blocks

README = ROOT / "README.md"
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if blocks(page)]
WITH_SERVERS = [page for page in (README, *PAGES) if any(block.language == "json" for block in blocks(page))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    try:
        yield reader
    finally:
        reader.close()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_everything_that_a_page_shows_works(page: Path, reader: Reader) -> None:
    refused = re.findall(r"^soundstage: (\S+?):\d", page.read_text(encoding="utf-8"), re.MULTILINE)

    list(reader.follow(page))

    shown = [block for block in blocks(page) if block.title.endswith((".yaml", ".yml")) and block.title not in refused]
    solved = [block.title for block in shown if "\nreference:" in block.text]
    for block in shown:
        if block.title not in solved:
            assert_good(reader, page, block)
    if solved:
        reader.do(Command(f"soundstage run {' '.join(solved)} --agent script:reference --out .solved", None, 0))


def assert_good(reader: Reader, page: Path, block: Block) -> None:
    """A world or a scenario can be used; a pipeline runs what was run here, a fault profile is read, an agent's script
    is used by a command of the page, and an action knows its inputs."""
    if "jobs:" in block.text:
        tried = [words for other in blocks(page) if other.language == "console" for words in other.text.splitlines()]
        steps = re.findall(r"^ *- run: (soundstage .*)$", block.text, re.MULTILINE)
        assert steps
        assert [step for step in steps if not any(words.startswith(step) for words in tried)] == []
        return
    if "\nprofile:" in block.text:
        assert find_profiles(str(reader.folder / block.title))
        return
    if block.text.startswith("- uses: "):
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        assert all(set(step["with"]) <= set(action["inputs"]) for step in yaml.safe_load(block.text))
        return
    if block.text.startswith("- "):
        assert any(block.title in other.text for other in blocks(page) if other.language == "console")
        return
    reader.do(Command(f"soundstage schema {block.title}", None, block.line))


@pytest.mark.parametrize("page", WITH_SERVERS, ids=name)
def test_servers_over_stdio_start_as_configurations_say(page: Path, reader: Reader) -> None:
    found = [block for block in blocks(page) if block.language == "json"]
    entries = [entry for block in found for entry in json.loads(block.text)["mcpServers"].values()]
    commands = [[entry["command"], *entry["args"]] for entry in entries if "command" in entry]
    reader.do(Command("soundstage serve bookshop", None, 0))

    assert commands
    for words in commands:
        server = reader.start_server(words)
        try:
            assert server.ask("initialize", HELLO, 1)["result"]["protocolVersion"] == HELLO["protocolVersion"]
        finally:
            server.close()

"""Hostile calls of the filesystem tools: they cost nobody but their sender, and break nothing."""

import asyncio

import pytest

from sandbox_server.call import Reply
from tests.sandbox_server.files import ROOT, Files


def test_half_surrogates_reach_the_disk_as_replacement_characters() -> None:
    files = Files()

    assert files("write_file", path="odd\ud800.txt", content="a\udc00b") == "Successfully wrote to odd\ud800.txt"

    assert files.tree.read(f"{ROOT}/odd\ufffd.txt") == "a\ufffdb".encode()
    assert files("read_text_file", path="odd\udfff.txt") == "a\ufffdb"
    identity = files.server.identity_arguments("read_text_file", {"path": "\ud800", "head": 1})
    assert identity == {"path": "\ufffd"}


def test_trees_of_any_depth_are_shown_and_searched() -> None:
    depth = 1_050
    files = Files({"/".join("d" * depth) + "/leaf": ""})

    assert files("directory_tree", path=".").count('"children"') == depth
    assert files("search_files", path=".", pattern="**/leaf").endswith("/d/leaf")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 60 + "b", "+(a|aa|a*)" * 6 + "b", "*(*(*(*(a*)*)*)*)b", "!(a*)" * 8, "{a,b}" * 40, "{1..99999999}",
        "{" * 5_000,
        "[" * 5_000, "(" * 5_000, "+(" * 5_000, "**/" * 2_000 + "x", "?" * 60_000, "x" * 70_000,
        "{a" + "}" * 3_000 + ",b}",
    ],
    ids=lambda pattern: pattern[:12],
)  # fmt: skip
def test_no_pattern_makes_a_search_explode(pattern: str) -> None:
    """Positions are tried once each; a backtracking matcher would need years for some of these."""
    files = Files({"a" * 200: "", "d/" + "a" * 100: ""})

    found = asyncio.run(asyncio.wait_for(files.reply("search_files", {"path": ".", "pattern": pattern}), 60))

    assert found.result is not None and not found.failed


def test_other_work_goes_on_beside_a_long_edit() -> None:
    """Long texts are compared in a thread, so that the loop keeps turning."""
    lines = [f"line {number % 7}" for number in range(900)]
    files = Files({"long.txt": "\n".join(lines)})
    edit = {"oldText": "\n".join(lines), "newText": "\n".join(f"line {number * number % 11}" for number in range(900))}
    turns = 0

    async def spin() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def both() -> Reply:
        spinner = asyncio.create_task(spin())
        try:
            return await files.reply("edit_file", {"path": "long.txt", "edits": [edit], "dryRun": True})
        finally:
            spinner.cancel()

    reply = asyncio.run(both())

    assert not reply.failed and turns > 10


def test_too_much_text_at_once_is_refused_as_javascript_would() -> None:
    files = Files({"big.txt": "x" * 1_000_000})

    assert files("read_multiple_files", paths=["big.txt"] * 20) == "Invalid string length"


MISSING = [f"missing{number}" for number in range(20_000)]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("read_multiple_files", {"paths": MISSING}),
        ("search_files", {"path": ".", "pattern": "*", "excludePatterns": ["a"] * 200_000}),
        ("search_files", {"path": ".", "pattern": "*", "excludePatterns": MISSING}),
        ("directory_tree", {"path": ".", "excludePatterns": ["a"] * 200_000}),
    ],
    ids=["paths", "same patterns", "different patterns", "tree"],
)
def test_long_lists_of_arguments_keep_nobody_waiting(tool: str, arguments: dict[str, object]) -> None:
    files = Files({f"file{number}": "" for number in range(30)})
    turns = 0

    async def spin() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def both() -> Reply:
        spinner = asyncio.create_task(spin())
        try:
            return await asyncio.wait_for(files.reply(tool, arguments), 60)
        finally:
            spinner.cancel()

    reply = asyncio.run(both())

    assert not reply.failed and turns > 4


def test_patterns_that_cost_too_much_altogether_find_nothing() -> None:
    files = Files({f"file{number}": "" for number in range(30)})
    patterns = [f"{number}*" for number in range(60_000)]

    assert files("search_files", path=".", pattern="*", excludePatterns=patterns) == "No matches found"
    assert files("directory_tree", path=".", excludePatterns=patterns) == "pattern is too long"


def test_edits_that_cost_too_much_altogether_are_refused() -> None:
    """Each is looked for line by line in a long file; thousands of them would keep a reset waiting for hours."""
    files = Files({"long.txt": "    a\n" * 100_000})
    edits = [{"oldText": "  a\n  a", "newText": "  a\n  a"}] * 10_000

    async def edit() -> Reply:
        return await asyncio.wait_for(files.reply("edit_file", {"path": "long.txt", "edits": edits}), 40)

    reply = asyncio.run(edit())

    assert reply.failed
    assert "Could not find exact match for edit:\n  a\n  a" in str(reply.result and reply.result["content"][0]["text"])
    assert files.tree.read(f"{ROOT}/long.txt") == b"    a\n" * 100_000

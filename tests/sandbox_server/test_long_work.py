"""What takes long lets other episodes have their turns: their calls are answered meanwhile."""

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox_server.call import Call, Reply
from sandbox_server.dispatch.long_texts import LONG_LETTERS, encoded_ahead, is_long
from sandbox_server.dispatch.messages import encode
from sandbox_server.episode import Episode
from sandbox_server.families.filesystem.javascript import STRING_LETTERS_MAX
from sandbox_server.families.sql.sqlite.driver import ending_of
from sandbox_server.path import walk
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from tests.sandbox_server.files import ROOT, Files
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

pytestmark = pytest.mark.anyio
COUNT = 800
TREE = {f"notes/{number}/note.txt": f"note {number}\n" for number in range(COUNT)}


@pytest.fixture(scope="module")
def presentation() -> Presentation:
    servers = {"files": {"kind": "filesystem", "root": "/workspace", "tree": TREE}}
    return present(plan_world(Document("test", {"soundstage": 1, "world": "test", "servers": servers}), Path()))


async def test_a_large_folder_is_moved_while_others_are_answered(presentation: Presentation) -> None:
    stage = Stage()
    one, other = stage.open(presentation), stage.open(presentation)
    moving = Call("files", "move_file", {"source": "/workspace/notes", "destination": "/workspace/moved"})
    task = asyncio.create_task(walk(one, moving))
    await asyncio.sleep(0)

    assert (await walk(other, Call("files", "list_allowed_directories", {}))).reply.result
    assert one.turn.locked()
    outcome = await asyncio.wait_for(task, 60)
    assert outcome.entry is not None
    assert len(outcome.entry.changes) == 2 * (2 * COUNT + 1)
    assert_sound(one)
    stage.close_all()


def assert_sound(episode: Episode) -> None:
    part = episode.world.parts["files"]
    assert (part.digest(), part.marks_digest()) == part.recomputed()
    assert episode.digest == episode.world.content_digest() == episode.parked.content_digest()


@pytest.mark.parametrize("text", ["x", "\x01", '\u00e9"\\', "\U0001f600\n"])
async def test_long_texts_are_encoded_ahead_as_they_would_be(text: str) -> None:
    long = text * (LONG_LETTERS // len(text) + 1)
    reply = Reply({"content": [{"type": "text", "text": long}], "structuredContent": {"content": long, "n": 1}})

    assert is_long(reply)
    assert orjson.dumps((await encoded_ahead(reply)).result) == encode(reply.result)


@pytest.mark.parametrize(
    "result",
    [None, {}, {"content": []}, {"content": [{"type": "image", "data": "x"}]}, {"content": "x" * LONG_LETTERS}],
)
def test_other_answers_are_left_alone(result: dict[str, Any] | None) -> None:
    assert not is_long(Reply(result))


async def test_half_surrogates_in_long_texts_survive() -> None:
    long = "\ud800" + "x" * LONG_LETTERS + "\udc00"
    ahead = await encoded_ahead(Reply({"content": [{"type": "text", "text": long}]}))

    assert json.loads(encode(ahead.result))["content"][0]["text"] == long


def test_the_path_of_a_file_below_many_folders_is_found_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files()
    deep = f"{ROOT}/" + "d/" * 1_500
    files("create_directory", path=deep)
    walks = 0
    real = type(files.tree).realpath

    def counted(tree: Any, path: str) -> str:
        nonlocal walks
        walks += 1
        return real(tree, path)

    monkeypatch.setattr(type(files.tree), "realpath", counted)

    assert files("write_file", path=f"{deep}leaf", content="x").startswith("Successfully wrote")
    assert walks < 40


@pytest.mark.parametrize("many", ["\n", "x\n", "\r\n", "x\r\n"])
@pytest.mark.parametrize("ending", ["", "last"])
def test_the_first_and_last_lines_are_those_that_splitting_gives(many: str, ending: str) -> None:
    text = many * 2_000 + ending
    files = Files({"lines.txt": text})
    lines = text.replace("\r\n", "\n").split("\n")

    for count in (1, 2, 1_999, 2_000, 2_001, 5_000):
        heads = text.split("\n")
        kept = heads[:count] if len(heads) > count or heads[-1] else heads[:-1]
        assert files("read_text_file", path="lines.txt", head=count) == "\n".join(kept)
        assert files("read_text_file", path="lines.txt", tail=count) == "\n".join(lines[-count:])


def test_a_file_grows_by_edits_up_to_a_bound() -> None:
    files = Files({"grown.txt": "x" * (STRING_LETTERS_MAX - 10)})
    edit = {"oldText": "", "newText": "y" * 9}

    assert "@@" in files("edit_file", path="grown.txt", edits=[edit])
    assert files("edit_file", path="grown.txt", edits=[edit]) == "Invalid string length"
    assert files.tree.stat(f"{ROOT}/grown.txt").size == STRING_LETTERS_MAX - 1


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 11, 12, 13, 40_000])
def test_a_difference_is_fenced_by_more_backticks_than_it_holds(count: int) -> None:
    """Adding one after the other would take hours for a file of nothing else."""
    files = Files({"ticks.txt": "`" * count})

    shown = files("edit_file", path="ticks.txt", edits=[{"oldText": "`", "newText": "``"}], dryRun=True)

    fence = "`" * max(3, count + 2)
    assert shown.startswith(f"{fence}diff\n")
    assert shown.endswith(f"\n{fence}\n\n")


def test_many_lines_are_looked_for_in_many_lines_in_one_go() -> None:
    """Were each place compared by itself, this would take hours."""
    files = Files({"lines.txt": "\n" * 400_000})
    edit = {"oldText": " \n" * 200_000 + "y", "newText": "x"}

    assert files("edit_file", path="lines.txt", edits=[edit]).startswith("Could not find exact match for edit:")


async def test_edits_of_large_files_let_others_have_their_turns(presentation: Presentation) -> None:
    stage = Stage()
    one, other = stage.open(presentation), stage.open(presentation)
    await walk(one, Call("files", "write_file", {"path": "/workspace/lines.txt", "content": "line\n" * 600_000}))
    edit = {"path": "/workspace/lines.txt", "edits": [{"oldText": "line\n" * 9, "newText": "other\n" * 9}]}
    task, meanwhile = asyncio.create_task(walk(one, Call("files", "edit_file", edit))), 0

    while not task.done():
        await asyncio.sleep(0)
        meanwhile += (await walk(other, Call("files", "list_allowed_directories", {}))).entry is not None

    assert meanwhile > 20
    assert "@@ -1,4 +1,13 @@" in str((await task).reply.result)
    stage.close_all()


@pytest.mark.parametrize(
    ("ahead", "ending"),
    [("", "kept"), ("-- a\n/* b */ \t", "kept"), ("--", "alone"), ("/* never closed ", "alone"), ("\v", "alone")],
)
def test_comments_before_a_statement_do_not_hide_what_it_is(ahead: str, ending: str) -> None:
    assert ending_of(ahead + "insert into t values (1)") == ("lost" if ahead.strip() and ending == "kept" else ending)


@pytest.mark.parametrize("comment", ["--\n", "/**/", "/* "])
def test_millions_of_comments_are_not_gone_through(comment: str) -> None:
    """Were each to copy what follows it, this would take hours."""
    assert ending_of(comment * 1_300_000 + "insert") == "alone"

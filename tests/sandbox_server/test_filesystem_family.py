"""What the filesystem tools answer."""

import asyncio
import json
from typing import Any

import pytest

from sandbox_server.families.filesystem import FilesystemFamily
from sandbox_server.families.filesystem.globs import compile_glob
from sandbox_server.family import families
from tests.sandbox_server.files import ROOT, START_NS, Files


@pytest.fixture
def files() -> Files:
    return Files()


def test_the_family_is_found_by_the_kind_of_a_server() -> None:
    assert isinstance(families.get("filesystem"), FilesystemFamily)


def test_fourteen_tools_are_listed_in_their_order(files: Files) -> None:
    names = [tool["name"] for tool in files.server.surface.tools]

    assert names == [
        "read_file", "read_text_file", "read_media_file", "read_multiple_files", "write_file", "edit_file",
        "create_directory", "list_directory", "list_directory_with_sizes", "directory_tree", "move_file",
        "search_files", "get_file_info", "list_allowed_directories",
    ]  # fmt: skip


def test_a_text_can_be_read_whole_or_from_either_end(files: Files) -> None:
    path = f"{ROOT}/a.txt"

    assert files("read_text_file", path=path) == "one\ntwo\nthree\n"
    assert files("read_text_file", path=path, head=2) == "one\ntwo"
    assert files("read_text_file", path=path, tail=2) == "three\n"
    assert files("read_text_file", path=path, head=1.5) == "one\ntwo"
    assert files("read_text_file", path=path, head=0, tail=0) == "one\ntwo\nthree\n"
    assert files("read_text_file", path=path, head=-1) == ""
    assert files("read_text_file", path=path, head=1, tail=1).startswith("Cannot specify both head and tail")


def test_a_read_that_fails_says_what_the_system_said(files: Files) -> None:
    assert files("read_text_file", path="nope") == f"ENOENT: no such file or directory, open '{ROOT}/nope'"
    assert files("read_text_file", path="nope", tail=1) == f"ENOENT: no such file or directory, stat '{ROOT}/nope'"
    assert files("read_text_file", path=ROOT) == "EISDIR: illegal operation on a directory, read"
    assert files("read_text_file", path="a.txt/b") == f"ENOTDIR: not a directory, realpath '{ROOT}/a.txt/b'"
    long = f"{ROOT}/{'n' * 256}"
    assert files("read_text_file", path=long) == f"ENAMETOOLONG: name too long, realpath '{long}'"


def test_the_root_may_be_the_whole_disk() -> None:
    files = Files({"etc/motd": "hello\n", "a.txt": "x"}, root="/")

    assert files("list_allowed_directories") == "Allowed directories:\n/"
    assert files("read_text_file", path="~/../etc/motd") == files("read_text_file", path="etc/motd") == "hello\n"
    assert files("search_files", path="", pattern="**/m*") == "/etc/motd"
    assert files("list_directory_with_sizes", path="..").startswith("[FILE] a.txt")
    assert files("move_file", source="/a.txt", destination="/etc/b") == "Successfully moved /a.txt to /etc/b"
    assert files("read_text_file", path="/a\0b").startswith("Access denied - path outside allowed directories: /a\0b")


def test_nothing_outside_the_root_is_reached(files: Files) -> None:
    outside = "Access denied - path outside allowed directories: "

    assert files("read_text_file", path="/etc/passwd") == f"{outside}/etc/passwd not in {ROOT}"
    assert files("read_text_file", path="../x") == f"{outside}/srv/x not in {ROOT}"
    assert files("read_text_file", path=f"{ROOT}-too/x") == f"{outside}{ROOT}-too/x not in {ROOT}"
    assert files("read_text_file", path="~/x") == f"{outside}/root/x not in {ROOT}"
    assert files("read_text_file", path=f"{ROOT}/a\0b") == f"{outside}{ROOT}/a\0b not in {ROOT}"
    link = "Access denied - symlink target outside allowed directories: "
    assert files("read_text_file", path="away/passwd") == f"{link}/etc/passwd not in {ROOT}"
    assert files("read_text_file", path="broken") == f"Parent directory does not exist: {ROOT}"
    drive = "Access denied - Windows-style path received on a POSIX host: C:\\x"
    assert files("read_text_file", path="C:\\x") == drive


def test_names_are_found_in_either_unicode_form_and_made_as_they_are_given(files: Files) -> None:
    assert files("read_text_file", path="cafe\u0301.txt") == "composed\n"
    files("write_file", path="nai\u0308ve.txt", content="decomposed")

    assert "[FILE] nai\u0308ve.txt" in files("list_directory", path=".")
    assert files("read_text_file", path="na\u00efve.txt") == "decomposed"


def test_several_files_are_read_at_once_and_a_bad_one_stops_nobody(files: Files) -> None:
    text = files("read_multiple_files", paths=["a.txt", "nope", "docs/guide.md"])

    missing = f"nope: Error - ENOENT: no such file or directory, open '{ROOT}/nope'"
    assert text == f"a.txt:\none\ntwo\nthree\n\n\n---\n{missing}\n---\ndocs/guide.md:\n# Guide\n\n"


def test_media_come_as_pictures_or_as_embedded_resources(files: Files) -> None:
    picture = asyncio.run(files.reply("read_media_file", {"path": "pixel.png"})).result
    other = asyncio.run(files.reply("read_media_file", {"path": "caf\u00e9.txt"})).result

    assert picture is not None and other is not None
    block = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
    assert picture == {"content": [block], "structuredContent": {"content": [block]}}
    resource = other["content"][0]["resource"]
    assert resource["uri"] == f"file://{ROOT}/caf%C3%A9.txt" and resource["mimeType"] == "application/octet-stream"


def test_writing_keeps_the_mode_and_replaces_the_file(files: Files) -> None:
    before = files.tree.stat(f"{ROOT}/a.txt")
    assert files("write_file", path="link", content="new") == "Successfully wrote to link"
    after = files.tree.stat(f"{ROOT}/a.txt")

    assert files.tree.read(f"{ROOT}/a.txt") == b"new" and files.tree.lstat(f"{ROOT}/link").kind == "link"
    assert after.mode == before.mode == 0o640 and after.inode != before.inode
    assert not any(name.endswith(".tmp") for name in files.tree.names(ROOT))


def test_the_same_world_gives_the_same_temporary_names() -> None:
    first, again = (Files()("write_file", path="docs", content="x") for _ in range(2))

    assert first == again and first.startswith("EISDIR: illegal operation on a directory, rename ")


def test_a_full_disk_fails_in_the_words_of_the_system() -> None:
    files = Files({"a.txt": "12345"}, quota={"bytes": 8})

    assert files("write_file", path="b.txt", content="6789") == "ENOSPC: no space left on device, write"
    assert files("write_file", path="a.txt", content="123456") == "ENOSPC: no space left on device, write"
    assert files.tree.read(f"{ROOT}/a.txt") == b"12345" and files.tree.read(f"{ROOT}/b.txt") == b""


def test_an_edit_shows_a_diff_and_writes_line_feeds_back(files: Files) -> None:
    text = files("edit_file", path="crlf.txt", edits=[{"oldText": "y\n", "newText": "w\n"}])

    header = f"Index: {ROOT}/crlf.txt\n{'=' * 67}\n--- {ROOT}/crlf.txt\toriginal\n+++ {ROOT}/crlf.txt\tmodified\n"
    hunk = "@@ -1,3 +1,3 @@\n x\n-  y\n+  w\n z\n\\ No newline at end of file\n"
    assert text == f"```diff\n{header}{hunk}```\n\n"
    assert files.tree.read(f"{ROOT}/crlf.txt") == b"x\n  w\nz"


def test_an_edit_without_exact_match_keeps_the_indentation_it_finds(files: Files) -> None:
    files("write_file", path="p.py", content="def f():\n        if x:\n            return 1\n")
    edit = {"oldText": "if x:\n    return 1", "newText": "if y:\n    return 2\n        pass"}
    files("edit_file", path="p.py", edits=[edit])

    assert files.tree.read(f"{ROOT}/p.py") == b"def f():\n        if y:\n        return 2\n        pass\n"


def test_a_failed_or_dry_edit_changes_nothing(files: Files) -> None:
    digest = files.world.content_digest()
    edits = [{"oldText": "one", "newText": "1"}, {"oldText": "nowhere", "newText": ""}]

    assert files("edit_file", path="a.txt", edits=edits) == "Could not find exact match for edit:\nnowhere"
    assert "+1\n" in files("edit_file", path="a.txt", edits=edits[:1], dryRun=True)
    assert files.world.content_digest() == digest


def test_directories_are_made_with_all_above_them(files: Files) -> None:
    assert files("create_directory", path="p/q/r") == "Successfully created directory p/q/r"
    assert files("create_directory", path="p/q") == "Successfully created directory p/q"
    assert files("create_directory", path="a.txt") == f"EEXIST: file already exists, mkdir '{ROOT}/a.txt'"
    assert files.tree.stat(f"{ROOT}/p/q/r").kind == "dir"


def test_nothing_is_moved_over_anything(files: Files) -> None:
    assert files("move_file", source="a.txt", destination="docs") == f"Destination already exists: {ROOT}/docs"
    inside = f"EINVAL: invalid argument, rename '{ROOT}/docs' -> '{ROOT}/docs/x'"
    assert files("move_file", source="docs", destination="docs/x") == inside
    assert files("move_file", source=".", destination="docs/x").startswith("EINVAL: invalid argument, rename ")
    assert files("move_file", source="a.txt", destination="docs/b.txt") == "Successfully moved a.txt to docs/b.txt"
    assert files.tree.names(f"{ROOT}/docs") == ["b.txt", "deep", "guide.md"]


def test_listings_come_in_byte_order_and_with_sizes_in_the_order_of_the_locale() -> None:
    files = Files({"b": "", "B": "x" * 1152, "_u": "xx", "Z/": None, "\u00e9": "", "f": ""})
    files.tree.symlink("gone", f"{ROOT}/10", now_ns=START_NS)

    plain = "[FILE] 10\n[FILE] B\n[DIR] Z\n[FILE] _u\n[FILE] b\n[FILE] f\n[FILE] \u00e9"
    assert files("list_directory", path="") == plain
    sized = files("list_directory_with_sizes", path="").split("\n")
    assert [line.split()[1] for line in sized[:7]] == ["_u", "10", "b", "B", "\u00e9", "f", "Z"]
    assert sized[3] == "[FILE] B" + " " * 30 + "   1.13 KB" and sized[6] == "[DIR] Z" + " " * 30
    assert sized[7:] == ["", "Total: 6 files, 1 directories", "Combined size: 1.13 KB"]
    assert [line.split()[1] for line in files("list_directory_with_sizes", path="", sortBy="size").split("\n")[:3]] == [
        "Z", "B", "_u",
    ]  # fmt: skip


def test_a_tree_is_json_without_what_is_excluded(files: Files) -> None:
    text = files("directory_tree", path="docs", excludePatterns=["*.md"])

    leaf = {"name": "leaf.md", "type": "file"}
    assert json.loads(text) == [{"name": "deep", "type": "directory", "children": [leaf]}]
    assert text == json.dumps(json.loads(text), indent=2)
    assert files("directory_tree", path="empty") == "[]"


def test_a_search_compares_paths_below_where_it_starts(files: Files) -> None:
    assert files("search_files", path="docs", pattern="*.md") == f"{ROOT}/docs/guide.md"
    both = f"{ROOT}/docs/deep/leaf.md\n{ROOT}/docs/guide.md"
    assert files("search_files", path="docs", pattern="**/*.md") == both
    assert files("search_files", path=".", pattern="**/*.md", excludePatterns=["docs/deep"]) == f"{ROOT}/docs/guide.md"
    assert files("search_files", path=".", pattern="{link,away,broken}") == f"{ROOT}/link"
    assert files("search_files", path=".", pattern="nothing") == "No matches found"


def test_facts_about_a_file_are_told_in_javascript_words(files: Files) -> None:
    lines = files("get_file_info", path="link").split("\n")

    then = "Mon Feb 25 2019 08:47:46 GMT+0000 (Coordinated Universal Time)"
    assert lines == [
        "size: 14", f"created: {then}", f"modified: {then}", f"accessed: {then}", "isDirectory: false", "isFile: true",
        "permissions: 640",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "arguments", "problems"),
    [
        ("read_file", {}, "Invalid input: expected string, received undefined at path"),
        ("read_file", {"path": 5, "head": "x"}, "Invalid input: expected string, received number at path\n"
            "Invalid input: expected number, received string at head"),
        ("read_multiple_files", {"paths": []}, "Too small: expected array to have >=1 items at paths"),
        ("edit_file", {"path": "x", "edits": [{"newText": None}, 1]},
            "Invalid input: expected string, received undefined at edits[0].oldText\n"
            "Invalid input: expected string, received null at edits[0].newText\n"
            "Invalid input: expected object, received number at edits[1]"),
        ("list_directory_with_sizes", {"path": "", "sortBy": "date"},
            'Invalid option: expected one of "name"|"size" at sortBy'),
        ("read_file", {"path": "x", "head": float("inf")}, "Invalid input: expected number, received Infinity at head"),
    ],
)  # fmt: skip
def test_every_problem_with_the_arguments_is_told(
    files: Files, tool: str, arguments: dict[str, Any], problems: str
) -> None:
    prefix = f"MCP error -32602: Input validation error: Invalid arguments for tool {tool}: "

    assert files(tool, **arguments) == prefix + problems


def test_arguments_that_are_no_object_fail_as_a_request(files: Files) -> None:
    reply = asyncio.run(files.reply("read_file", None))

    assert reply.error is not None and reply.error.code == -32603
    assert json.loads(reply.error.message) == [
        {
            "expected": "record",
            "code": "invalid_type",
            "path": ["params", "arguments"],
            "message": "Invalid input: expected record, received null",
        }
    ]


def test_tools_that_do_not_exist_are_not_found(files: Files) -> None:
    names = {"nope": "not found", "": "not found", "constructor": "disabled", "__proto__": "disabled"}

    for name, state in names.items():
        assert files(name) == f"MCP error -32602: Tool {name} {state}"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.txt", "a/b.txt", False), ("**/*.txt", "b.txt", True), ("a/**", "a", False), ("!*.txt", "x.md", True),
        ("{a,b{1..3}}", "b2", True), ("[^a]", "b", True), ("@(a|b)c", "bc", True), ("#x", "#x", False),
        ("\\#x", "#x", True),
        ("??", "\U0001f3ad", True), ("?", "\U0001f3ad", False), ("[[:alpha:]]", "é", True), ("*\\.txt", "a.txt", False),
    ],
)  # fmt: skip
def test_globs_have_the_corners_of_the_library_they_imitate(pattern: str, path: str, matches: bool) -> None:
    assert compile_glob(pattern).matches(path) is matches

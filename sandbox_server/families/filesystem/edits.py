"""Apply text edits as edit_file does: exactly where that is possible, otherwise line by line without regard to
indentation."""

from collections.abc import Mapping, Sequence
from typing import Final

from sandbox_server.families.filesystem.failures import Refusal
from sandbox_server.families.filesystem.javascript import BLANKS, STRING_LETTERS_MAX
from sandbox_server.families.filesystem.myers import Steps
from sandbox_server.families.filesystem.patch import diff_steps

WORK_LETTERS_MAX: Final = 3_000_000_000
"""Letters that the edits of one call look at together: some ten seconds, in which no reset gets through."""
LINES_COST: Final = 30
"""How many times as long it takes to compare by lines."""


def plain_newlines(text: str) -> str:
    """The text with every CRLF made LF."""
    return text.replace("\r\n", "\n")


def edited(content: str, edits: Sequence[Mapping[str, str]]) -> str:
    """The content after all edits, each made on what the ones before it left.

    Raises Refusal when one has no match, or is not looked for any more after all the work that others were, and when
    the content grows beyond what a text may be.
    """
    left, longest = WORK_LETTERS_MAX, max(len(content), STRING_LETTERS_MAX)
    for edit in edits:
        if len(content) > longest:
            break
        old, new = plain_newlines(edit["oldText"]), plain_newlines(edit["newText"])
        left -= len(content)
        if left > 0 and old in content:
            content = content.replace(old, new, 1)
            continue
        left -= LINES_COST * len(content)
        changed = _edited_by_lines(content.split("\n"), old.split("\n"), new) if left > 0 else None
        if changed is None:
            raise Refusal(f"Could not find exact match for edit:\n{edit['oldText']}")
        content = changed
    if len(content) > longest:
        raise Refusal("Invalid string length")
    return content


def edit_steps(path: str, before: str, edits: Sequence[Mapping[str, str]]) -> Steps[tuple[str, str]]:
    """In portions, the content after all edits, and the difference in a fence of as many backticks as it takes.

    Raises Refusal as `edited` does.
    """
    after = edited(before, edits)
    diff = yield from diff_steps(path, plain_newlines(before), plain_newlines(after))
    fence = "```"
    while fence in diff:
        fence += "`"
    return after, f"{fence}diff\n{diff}{fence}\n\n"


def _edited_by_lines(lines: list[str], old: list[str], new: str) -> str | None:
    """The text with the first run of lines replaced that equals the old ones but for blanks around each."""
    bare = [line.strip(BLANKS) for line in lines]
    wanted = [line.strip(BLANKS) for line in old]
    at = _find(bare, wanted)
    if at is None:
        return None
    lines[at : at + len(old)] = _indented(new.split("\n"), old, _indent(lines[at]))
    return "\n".join(lines)


def _find(lines: list[str], wanted: list[str]) -> int | None:
    at, last = -1, len(lines) - len(wanted)
    while at < last:
        try:
            at = lines.index(wanted[0], at + 1, last + 1)
        except ValueError:
            return None
        if lines[at : at + len(wanted)] == wanted:
            return at
    return None


def _indented(new: Sequence[str], old: Sequence[str], indent: str) -> list[str]:
    """New lines under the indentation of the first line they replace.

    A later line keeps its own, unless it and its old line both have one: then it gets the first line's and, in
    spaces, what it has more than its old line.
    """
    first, *others = new
    shown = [indent + first.lstrip(BLANKS)]
    for index, line in enumerate(others, 1):
        before = len(_indent(old[index])) if index < len(old) else 0
        deeper = len(_indent(line)) - before
        both = before and _indent(line)
        shown.append(indent + " " * deeper + line.lstrip(BLANKS) if both else line)
    return shown


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(BLANKS))]

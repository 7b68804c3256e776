"""Apply text edits as edit_file does: exactly where that is possible, otherwise line by line without regard to
indentation. All in portions."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from sandbox_server.aside import Steps
from sandbox_server.families.filesystem.failures import Refusal
from sandbox_server.families.filesystem.javascript import BLANKS, STRING_LETTERS_MAX
from sandbox_server.families.filesystem.patch import diff_steps
from sandbox_server.families.filesystem.portions import blocks, end_of_line, pieces, split

WORK_LETTERS_MAX: Final = 3_000_000_000
"""Letters that the edits of one call look at together: some ten seconds."""
LINES_COST: Final = 30
"""How many times as long it takes to compare by lines."""
DIFF_LETTERS_MAX: Final = 3 * STRING_LETTERS_MAX
"""Letters of a difference: a text as it was and as it is, with a sign before each line."""
_FENCE: Final = "```"


def plain_newlines(text: str) -> str:
    """The text with every CRLF made LF."""
    return text.replace("\r\n", "\n")


def edit_steps(path: str, before: str, edits: Sequence[Mapping[str, str]]) -> Steps[tuple[str, str]]:
    """The content after all edits, and the difference in a fence of as many backticks as it takes.

    Raises Refusal as `edited` does, and for a difference that is too long.
    """
    after = yield from edited(before, edits)
    yield
    old, new = plain_newlines(before), plain_newlines(after)
    diff = yield from diff_steps(path, old, new)
    if len(diff) > DIFF_LETTERS_MAX:
        raise Refusal("Invalid string length")
    fence = yield from _fence(diff)
    return after, f"{fence}diff\n{diff}{fence}\n\n"


def edited(content: str, edits: Sequence[Mapping[str, str]]) -> Steps[str]:
    """The content after all edits, each made on what the ones before it left.

    Raises Refusal when one has no match, or is not looked for any more after all the work that others were, and when
    the content grows beyond what a text may be.
    """
    left, longest = WORK_LETTERS_MAX, max(len(content), STRING_LETTERS_MAX)
    for edit in edits:
        if len(content) > longest:
            break
        yield
        old, new = plain_newlines(edit["oldText"]), plain_newlines(edit["newText"])
        left -= len(content)
        if left > 0 and old in content:
            content = content.replace(old, new, 1)
            continue
        left -= LINES_COST * len(content)
        changed = (yield from _edited_by_lines(content, old, new)) if left > 0 else None
        if changed is None:
            raise Refusal(f"Could not find exact match for edit:\n{edit['oldText']}")
        content = changed
    if len(content) > longest:
        raise Refusal("Invalid string length")
    return content


def _fence(diff: str) -> Steps[str]:
    """More backticks, three at least, than stand in a row in a text."""
    if _FENCE not in diff:
        return _FENCE
    there, beyond = len(_FENCE), 2 * len(_FENCE)
    while "`" * beyond in diff:
        yield
        there, beyond = beyond, 2 * beyond
    while beyond - there > 1:
        yield
        middle = (there + beyond) // 2
        there, beyond = (middle, beyond) if "`" * middle in diff else (there, middle)
    return "`" * beyond


def _edited_by_lines(content: str, old: str, new: str) -> Steps[str | None]:
    """The text with the first run of lines replaced that equals the old ones but for blanks around each."""
    bare = yield from _bare(content)
    wanted = yield from _bare(old)
    yield
    found = bare.find(wanted)
    if found < 0:
        return None
    first, last = bare.count("\n", 0, found), content.count("\n")
    ends = first + old.count("\n") + 1
    start = end_of_line(content, "\n", first) if first else 0
    end = end_of_line(content, "\n", ends) - 1 if ends <= last else len(content)
    shown = yield from _indented(new, old, _indent(content[start:end].partition("\n")[0]))
    return f"{content[:start]}{shown}{content[end:]}"


def _bare(text: str) -> Steps[str]:
    """The lines without blanks around them, each between two line feeds."""
    found = ["\n"]
    for piece in pieces(text):
        yield
        found.append("\n".join([line.strip(BLANKS) for line in piece.split("\n")]))
    found.append("\n")
    return "".join(found)


def _indented(new: str, old: str, indent: str) -> Steps[str]:
    """New lines under the indentation of the first line they replace.

    A later line keeps its own, unless it and its old line both have one: then it gets the first line's and, in
    spaces, what it has more than its old line.
    """
    lines, before = (yield from split(new)), (yield from split(old))
    shown = [indent + lines[0].lstrip(BLANKS)]
    for block in blocks(len(lines)):
        yield
        pairs = zip_longest(lines[block], before[block], fillvalue="")
        found = [_moved(line, replaced, indent) for line, replaced in pairs]
        shown += found if block.start else found[1:]
    yield
    return "\n".join(shown)


def _moved(line: str, replaced: str, indent: str) -> str:
    """A line that is not the first, indented."""
    before, now = len(_indent(replaced)), len(_indent(line))
    return indent + " " * (now - before) + line.lstrip(BLANKS) if before and now else line


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(BLANKS))]

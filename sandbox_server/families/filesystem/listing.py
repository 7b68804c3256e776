"""The tools that say what is there: listings of one directory, and the facts about one file."""

from sandbox_server.families.filesystem.access import Access
from sandbox_server.families.filesystem.collation import keys_for
from sandbox_server.families.filesystem.failures import system_error
from sandbox_server.families.filesystem.javascript import date_text, length, rounded
from sandbox_server.families.filesystem.reading import status
from worlds.parts.filesystem import FileError, FileTree, Stat

_NAME_UNITS = 30
_UNITS = ("B", "KB", "MB", "GB", "TB")


def scan(tree: FileTree, path: str) -> list[tuple[str, Stat]]:
    """The entries of a directory in byte order, links not followed. Raises Refusal."""
    try:
        return tree.scan(path)
    except FileError as error:
        raise system_error(error, "scandir", path) from None


def list_names(access: Access, requested: str) -> str:
    """One line for each entry; a link counts as a file."""
    path = access.real(requested)
    return "\n".join([f"{_label(stat)} {name}" for name, stat in scan(access.tree, path)])


def list_sizes(access: Access, requested: str, *, by_size: bool) -> str:
    """One line for each entry with the sizes of files, and what they come to. A link has its target's size."""
    tree, path = access.tree, access.real(requested)
    entries = [(name, stat, _size(tree, path, name, stat)) for name, stat in scan(tree, path)]
    name_key = keys_for(name for name, _, _ in entries)
    entries.sort(key=(lambda entry: -entry[2]) if by_size else (lambda entry: name_key(entry[0])))
    sizes = [size for _, stat, size in entries if stat.kind != "dir"]
    summary = f"Total: {len(sizes)} files, {len(entries) - len(sizes)} directories"
    return "\n".join([*(_line(*entry) for entry in entries), "", summary, f"Combined size: {size_text(sum(sizes))}"])


def describe(access: Access, requested: str) -> str:
    """The facts about a file or directory, links followed, one `key: value` a line."""
    stat = status(access.tree, access.real(requested))
    facts = {
        "size": stat.size,
        "created": date_text(stat.birth_ns),
        "modified": date_text(stat.mtime_ns),
        "accessed": date_text(max(stat.mtime_ns, stat.birth_ns)),
        "isDirectory": "true" if stat.kind == "dir" else "false",
        "isFile": "true" if stat.kind == "file" else "false",
        "permissions": f"{stat.mode & 0o777:03o}",
    }
    return "\n".join([f"{key}: {value}" for key, value in facts.items()])


def size_text(size: int) -> str:
    """Bytes below 1 KB, otherwise two decimals of the largest unit that fits, by powers of 1024."""
    unit = min((max(size, 1).bit_length() - 1) // 10, len(_UNITS) - 1)
    return f"{size} B" if not unit else f"{rounded(size, 1024**unit)} {_UNITS[unit]}"


def _label(stat: Stat) -> str:
    return "[DIR]" if stat.kind == "dir" else "[FILE]"


def _size(tree: FileTree, folder: str, name: str, stat: Stat) -> int:
    if stat.kind != "link":
        return stat.size
    try:
        return tree.stat(f"{folder.rstrip('/')}/{name}").size
    except FileError:
        return 0


def _line(name: str, stat: Stat, size: int) -> str:
    padded = name + " " * (_NAME_UNITS - length(name))
    return f"{_label(stat)} {padded} {'' if stat.kind == 'dir' else size_text(size).rjust(10)}"

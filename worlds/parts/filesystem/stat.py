"""What can be known of a file without opening it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["file", "dir", "link"]


@dataclass(frozen=True, slots=True)
class Stat:
    """One file, directory or link: permission bits, bytes, nanoseconds since the epoch, and a stable number."""

    kind: Kind
    mode: int
    size: int
    mtime_ns: int
    birth_ns: int
    inode: int
    nlink: int

"""The one file that reads the host: its clock, its randomness and its environment."""

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path


def wall_ns() -> int:
    """Nanoseconds since the Unix epoch by the host's clock."""
    return time.time_ns()


def monotonic_ns() -> int:
    """Nanoseconds of a clock that never goes back; only differences mean something."""
    return time.monotonic_ns()


def cpu_ns() -> int:
    """Nanoseconds of CPU time that this process has used."""
    return time.process_time_ns()


def thread_cpu_ns() -> int:
    """Nanoseconds of CPU time that this thread has used."""
    return time.thread_time_ns()


def secret(bytes_count: int = 18) -> str:
    """An unguessable URL-safe text of `bytes_count` random bytes."""
    return secrets.token_urlsafe(bytes_count)


def environment() -> Mapping[str, str]:
    """The environment of this process, read-only by agreement."""
    return os.environ


def let_variable(name: str, value: str) -> None:
    """Give this process and its children a variable, unless somebody chose one already."""
    os.environ.setdefault(name, value)


def set_variables(values: Mapping[str, str]) -> None:
    """Give this process and its children variables, whatever they had before."""
    os.environ.update(values)


def state_folder() -> Path:
    """Where this user's stages remember their ports and tokens (`SOUNDSTAGE_STATE` overrides)."""
    if chosen := os.environ.get("SOUNDSTAGE_STATE"):
        return Path(chosen)
    import platformdirs  # most processes never ask

    return Path(platformdirs.user_state_dir("soundstage", appauthor=False))

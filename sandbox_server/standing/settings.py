"""How a stage that stands by itself is told what to do: words on its command line, or its environment.

Tokens come from the environment or from files and never from the command line, which everybody on a machine can read.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from sandbox_server.errors import StageError
from worlds.clock import Mode

PORT: Final = 8080
ADMIN_PORT: Final = 8081
GRACE_S: Final = 10.0


class Unsettled(StageError):
    """Settings that cannot be meant."""

    code = "settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a stage is told at its start."""

    host: str
    """An address of this machine, or a network's, such as 172.30.0.0/24: then this machine's address in it."""
    port: int
    admin_host: str
    admin_port: int
    public_url: str | None
    """Where agents reach the servers from elsewhere."""
    world: str | None
    seed: int | None
    clock: Mode
    faults: Sequence[str]
    grace_s: float
    """How long answers in progress may take once the stage is asked to end."""
    token: str | None
    """The agent's token for the world's own episode; None: one is made up and told."""
    admin_token: str | None
    hands: str | None
    """Where those come who run commands for this stage; None: nobody does."""
    hands_count: int
    """How many of them are waited for."""
    healthy: bool
    """Only ask whether a stage with these settings answers."""


def read_settings(words: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Settings from a command line and, for what is not said there, the environment. Raises Unsettled."""
    given = _parser(environment).parse_args(list(words))
    return Settings(
        **vars(given),
        token=_secret("TOKEN", environment),
        admin_token=_secret("ADMIN_TOKEN", environment),
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="serve", allow_abbrev=False,
        description="Hold episodes that are opened over the admin API. TOKEN and ADMIN_TOKEN, or the files that "
        "TOKEN_FILE and ADMIN_TOKEN_FILE name, hold the tokens; what is missing is made up and told once.",
    )  # fmt: skip

    def add(name: str, default: str | None, kind: Callable[[str], object], about: str) -> None:
        variable = name.upper().replace("-", "_")
        value = environment.get(variable) or default
        parser.add_argument(f"--{name}", metavar=variable, default=value, type=kind, help=about)

    add("host", "127.0.0.1", str, "where the servers listen: an address, or a network that this machine is in")
    add("port", str(PORT), _number("a port is", int, 65_535), "port of the servers; 0: any")
    add("admin-host", "127.0.0.1", str, "where the admin API listens: an address, or a network")
    add("admin-port", str(ADMIN_PORT), _number("a port is", int, 65_535), "port of the admin API; 0: any")
    add("public-url", None, str, "where agents reach the servers from elsewhere")
    add("world", None, str, "a world to serve from the start, by name or path")
    add("seed", None, _number("a seed is", int, (1 << 63) - 1), "seed of all that is left to chance in that world")
    add("clock", "flowing", _clock, f"how time passes in that world: {', '.join(get_args(Mode))}")
    add("faults", "", _words, "what goes wrong in that world: profiles, separated by commas")
    add(
        "grace-s",
        str(GRACE_S),
        _number("seconds are", float, 3_600),
        "seconds for answers in progress once it is asked to end",
    )
    add("hands", None, str, "a socket to make, at which those come who run the commands of shells")
    add("hands-count", "1", _number("a count is", int, 64), "how many of them come; the socket is gone once they have")
    parser.add_argument("--healthy", action="store_true", help="ask whether it answers, and exit with 0 or 1")
    return parser


def _secret(name: str, environment: Mapping[str, str]) -> str | None:
    """A token by its variable or from the file that `{name}_FILE` names."""
    place = environment.get(f"{name}_FILE")
    if not place:
        return environment.get(name) or None
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise Unsettled(f"{name}_FILE cannot be read: {error}") from None


def _number(what: str, make: Callable[[str], float], last: int) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = make(text)
        except ValueError:
            number = -1
        if not 0 <= number <= last:
            raise argparse.ArgumentTypeError(f"{what} a number from 0 to {last}, not {text!r}")
        return number

    return read


def _clock(text: str) -> str:
    if text not in get_args(Mode):
        raise argparse.ArgumentTypeError(f"a clock is one of: {', '.join(get_args(Mode))}")
    return text


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())

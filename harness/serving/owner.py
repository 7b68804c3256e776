"""How an owner's verbs find the stage that they are about: noted on this machine, or by address and token."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from sandbox_server.errors import NotFound
from sandbox_server.serving.finding import Admin, find_stage
from worlds.host import environment


@dataclass(frozen=True, slots=True)
class Where:
    """What was said about which stage is meant."""

    world: str | None = None
    admin: str | None = None
    admin_token: str | None = None


def where_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the argument and options that name a stage, handed over as `where`."""

    @click.argument("world", metavar="[WORLD]", required=False)
    @click.option("--admin", metavar="URL", help="The admin API of a stage that was not started here.")
    @click.option("--admin-token", metavar="TOKEN", help="Its token (or SOUNDSTAGE_ADMIN_TOKEN in the environment).")
    @functools.wraps(command)
    def wrapped(world: str | None, admin: str | None, admin_token: str | None, **rest: Any) -> Any:
        return command(where=Where(world, admin, admin_token), **rest)

    return wrapped


def admin_of(where: Where) -> Admin:
    """The admin API that is meant. Raises NotFound, or Conflict where several stages run."""
    token = where.admin_token or environment().get("SOUNDSTAGE_ADMIN_TOKEN")
    if where.admin is not None:
        if not token:
            raise NotFound("--admin needs --admin-token as well", hint="`soundstage serve` prints both")
        url = where.admin if "://" in where.admin else f"http://{where.admin}"
        return Admin(url.rstrip("/").removesuffix("/admin/v1"), token)
    _, running = find_stage(where.world)
    return Admin(running.admin, where.admin_token or running.admin_token)

"""Typed differences between two states of a world, at row, file and resource level."""

from typing import Any, Literal

from msgspec import Struct

Kind = Literal["added", "changed", "removed"]
Actor = str
"""Who caused a change: agent, user, agenda, fault, server, or a named credential's actor."""
USER = "user"
"""The actor of what people at the other end of conversations do; with several of them, `user.` and a name."""


def is_users(actor: Actor) -> bool:
    """Whether an actor is a person at the other end of a conversation."""
    return actor == USER or actor.startswith(f"{USER}.")


class Change(Struct, frozen=True):
    """One thing that differs.

    `path` is local to its part while the part reports it (`orders[7]`, `/workspace/notes/a.txt`) and gains the
    part's name when the world does (`shop.orders[7]`, `files:/workspace/notes/a.txt`). `before` and `after` are
    JSON-like (a row as a dict of columns, a file as its mode, size, hash and, when short text, its text), None where
    the thing did not exist. `actors` are all who touched it, in the order of their first touch.
    """

    path: str
    kind: Kind
    before: Any
    after: Any
    actors: tuple[Actor, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form that ledgers, trajectories and the admin API show."""
        return {
            "path": self.path,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "actors": list(self.actors),
        }


def kind_of(before: object, after: object) -> Kind:
    """The kind of a change from what was and is there (None: nothing)."""
    if before is None:
        return "added"
    return "removed" if after is None else "changed"

"""A ledger's entry as a stage tells it, made into an entry again."""

from collections.abc import Mapping
from typing import Any

from sandbox_server.call import ABSENT, Reply, RpcError
from sandbox_server.ledger import Entry
from worlds.changes import Change


def entry_of(told: Mapping[str, Any]) -> Entry:
    """The entry. Raises KeyError, TypeError or ValueError for what is none."""
    return Entry(
        told["number"], told["kind"], told["actor"], told["server"], told["tool"], told["arguments"],
        told["arrival"], told["effect"], reply_of(told["told"]), told["truth"], told["truth_note"],
        reply_of(told["true_reply"]), tuple(told["rules"]), [_change(each) for each in told["changes"]],
        bytes.fromhex(told["digest_before"]), bytes.fromhex(told["digest_after"]), told["arrived_ns"],
        told["told_ns"], told["real_ns"], told["version"], told["delivered"], dict(told["notes"]),
    )  # fmt: skip


def reply_of(told: Mapping[str, Any] | None) -> Reply | None:
    """A reply, if there is one."""
    if told is None:
        return None
    error = told.get("error")
    if error is not None:
        return Reply(error=RpcError(error["code"], error["message"], error.get("data", ABSENT)))
    return Reply(result=told["result"])


def _change(told: Mapping[str, Any]) -> Change:
    return Change(told["path"], told["kind"], told["before"], told["after"], tuple(told["actors"]))

"""A gateway where one is wanted; where none is, nothing of it is loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from harness.agent import Assignment, Options

if TYPE_CHECKING:
    from harness.gateway.gateway import Gateway


@asynccontextmanager
async def gateway_if_wanted(options: Options, assignment: Assignment, address: str) -> AsyncIterator["Gateway | None"]:
    """The gateway of one agent at an address of this machine, or None."""
    if not options.gateway:
        yield None
        return
    from harness.gateway.gateway import opened_gateway  # an HTTP client and a listener, of no use elsewhere

    async with opened_gateway(assignment.mind, assignment.record, address) as gateway:
        yield gateway

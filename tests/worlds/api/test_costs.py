"""What calls cost does not grow with what a service holds."""

import gc
from collections.abc import Callable, Iterator
from time import thread_time
from typing import Any

import pytest

from tests.worlds.api.ground import IDA, Caller, service
from worlds.parts.api.part import ApiPart

MANY = 20_000
ROUNDS = 60


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Caller, Caller]]:
    made = []
    for count in (100, MANY):
        customers = [{"id": f"cus_{number:014d}", "email": f"c{number}@example.test"} for number in range(2, count)]
        charges = [{"id": f"ch_{n:014d}", "customer": f"cus_{n:014d}", "amount": 5} for n in range(2, count)]
        made.append(service(data={"customers": [{"id": IDA, "email": "a@b.co"}, *customers], "charges": charges}))
        made[-1].part.digest(), made[-1].part.marks_digest()
    gc.collect()
    gc.freeze()
    yield made[0], made[1]
    gc.unfreeze()


def step(call: Caller, number: int) -> ApiPart:
    call("POST", "/charges", {"customer": IDA, "amount": 7})
    call.part.settle("agent")
    call.part.digest()
    return call.part.fork()


def listed(call: Caller, number: int) -> Any:
    return call("GET", "/charges", params={"limit": 10, "starting_after": "ch_00000000000050"})


def filtered(call: Caller, number: int) -> Any:
    return call("GET", "/charges", params={"customer": "cus_00000000000050"})


def widely(call: Caller, number: int) -> Any:
    return call("GET", "/customers", params={"tier": "basic", "limit": 10})


def taken(call: Caller, number: int) -> Any:
    return call("POST", "/customers", {"email": "c50@example.test"})


def reset(call: Caller, number: int) -> Any:
    first = call.part.fork()
    call("PATCH", f"/customers/{IDA}", {"name": str(number)})
    call.part.adopt(first)


def best(act: Callable[[Caller, int], Any], call: Caller) -> float:
    """The shortest of many: what else the machine does only ever adds to it."""
    times = []
    for number in range(ROUNDS):
        begin = thread_time()
        act(call, number)
        times.append(thread_time() - begin)
    return min(times)


@pytest.mark.parametrize("act", [step, listed, filtered, widely, taken, reset])
def test_a_call_costs_the_same_with_many_resources(
    act: Callable[[Caller, int], Any], both: tuple[Caller, Caller]
) -> None:
    few, many = both
    ratios = [best(act, many) / best(act, few) for _ in range(3)]
    assert min(ratios) < 2, ratios

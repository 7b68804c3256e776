"""Whatever is called in whatever order: forks, undoing, restoring, dumps and replays agree, and invariants hold."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.worlds.api.ground import IDA, Caller, service
from worlds.blobs import MemoryBlobs
from worlds.parts.api.exchange import ABSENT, Response
from worlds.parts.api.part import ApiPart

Made = tuple[str, str, Any, dict[str, str]]
AMOUNTS = st.integers(-1, 12)
NAMES = st.sampled_from(["bo", "cy", "ida", "naïve 日本 🎭", ""])


class Calls(RuleBasedStateMachine):
    """Calls of every sort on the payments service, beside forks and restores."""

    @initialize()
    def begin(self) -> None:
        self.call = service()
        self.first = self.call.part.fork()
        self.made: list[tuple[Made, Response]] = []
        self.kept: list[tuple[ApiPart, list[Any], tuple[bytes, bytes]]] = []

    def ask(self, method: str, path: str, body: Any = ABSENT, **headers: str) -> Response:
        response = self.call(method, path, body, None, **headers)
        self.call.part.settle("agent")
        self.made.append(((method, path, body, headers), response))
        assert response.status < 500, response
        return response

    def keys(self, table: str) -> list[str]:
        return list(self.call.part.records.keys(table))

    @rule(name=NAMES, key=st.sampled_from(["", "k1", "k2"]))
    def create_customer(self, name: str, key: str) -> None:
        self.ask("POST", "/customers", {"email": f"{name}@example.test", "name": name})

    @rule(amount=AMOUNTS, key=st.sampled_from(["k1", "k2", "k3"]), where=st.integers(0, 5))
    def create_charge(self, amount: int, key: str, where: int) -> None:
        customers = [*self.keys("customers"), "cus_none"]
        self.ask(
            "POST", "/charges", {"customer": customers[where % len(customers)], "amount": amount}, idempotency_key=key
        )

    @rule(where=st.integers(0, 9))
    def capture(self, where: int) -> None:
        for key in self.keys("charges")[where : where + 1]:
            self.ask("POST", f"/charges/{key}/capture")

    @rule(where=st.integers(0, 9), amount=AMOUNTS)
    def refund(self, where: int, amount: int) -> None:
        for key in self.keys("charges")[where : where + 1]:
            self.ask("POST", "/refunds", {"charge": key, "amount": amount})

    @rule(where=st.integers(0, 3), name=NAMES)
    def change_customer(self, where: int, name: str) -> None:
        for key in self.keys("customers")[where : where + 1]:
            self.ask("PATCH", f"/customers/{key}", {"name": name or None})
            self.ask("POST", f"/customers/{key}/notes", {"text": name})

    @rule(where=st.integers(0, 3))
    def delete_customer(self, where: int) -> None:
        for key in self.keys("customers")[where : where + 1]:
            self.ask("DELETE", f"/customers/{key}")

    @rule(limit=st.integers(-1, 4))
    def read(self, limit: int) -> None:
        before = self.call.part.fork()
        seen: list[str] = []
        for table in ("customers", "charges", "refunds"):
            listed = self.call("GET", f"/{table}", params={"limit": limit})
            seen += [] if listed.status >= 400 else [each["id"] for each in listed.body["data"]]
        self.call.calls -= 3
        assert self.call.part.same(before)

    @rule()
    def keep(self) -> None:
        part = self.call.part.fork()
        self.kept.append((part, list(self.made), (part.digest(), part.marks_digest())))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if self.kept:
            part, made, _ = data.draw(st.sampled_from(self.kept))
            self.call.part.adopt(part)
            self.made = list(made)
            self.call.calls = len(made)

    @rule()
    def dump_and_load(self) -> None:
        blobs = MemoryBlobs()
        loaded = ApiPart.load(self.call.part.dump(blobs), blobs)
        assert loaded.digest() == self.call.part.digest()
        assert loaded.marks_digest() == self.call.part.marks_digest()
        self.call.part.adopt(loaded)

    @rule()
    def replay(self) -> None:
        again = Caller(self.first.fork())
        for (method, path, body, headers), response in self.made:
            assert again(method, path, body, None, **headers) == response
            again.part.settle("agent")
        assert again.part.digest() == self.call.part.digest()
        assert again.part.marks_digest() == self.call.part.marks_digest()

    @invariant()
    def digests_are_those_of_the_content(self) -> None:
        part = self.call.part
        assert (part.digest(), part.marks_digest()) == part.recomputed()

    @invariant()
    def what_is_always_true_is_true(self) -> None:
        assert self.call.part.broken_invariants(self.call.moment()) == []

    @invariant()
    def what_was_kept_stays_as_it_was(self) -> None:
        for part, _, digests in self.kept:
            assert (part.digest(), part.marks_digest()) == digests


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_a_reading_call_leaves_no_trace() -> None:
    call = service()
    before = call.part.fork()
    assert call("GET", f"/customers/{IDA}").status == 200
    assert call("POST", "/customers", {}).status == 422
    assert call.part.same(before)

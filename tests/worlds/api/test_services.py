"""The built-in services: what they do, what they refuse, and what always holds of them."""

import re
from typing import Any

import pytest

from tests.worlds.api.built_in import KEYS, RESTRICTED, SERVICES, Client, client
from worlds.chance import Chance
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.api.building import service_names
from worlds.parts.api.exchange import Request

DAY = 86_400
PAID = "ch_3Qj6PbT7vWz3MbXn2aPh3oXs"
DISPUTE = "dp_1Qf9TdC3xRm8JpLq6eTl8vBd"
DISPUTED = "ch_3Qf5XcC3xRm8JpLq9vNd2gTi"
IDA = "cus_Qk3v9TzL2mWx7R"
ORDER = "ord_7Kd2mWqXz0Rt5LbN"
ADDRESS = {"name": "Ida", "street": "14 rue des Lilas", "city": "Lyon", "postal_code": "69003", "country": "FR"}


def ordered(*lines: tuple[str, int]) -> dict[str, Any]:
    """The body of a new order."""
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return {"customer_email": "ida@example.com", "lines": wanted, "address": ADDRESS}


def balance(call: Client, currency: str) -> int:
    """What can be paid out."""
    rows = call("GET", "/balance").body["available"]
    return next(int(each["amount"]) for each in rows if each["currency"] == currency)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_begins_with_resources_that_fit_its_own_schemas_and_invariants(name: str) -> None:
    call = client(name)
    definition = call.part.definition

    assert service_names() == list(SERVICES)
    assert call.broken() == []
    for kind in definition.kinds.values():
        for key in call.part.records.keys(kind.name):
            record = call.part.records.get(kind.name, key)
            assert definition.checker.fits(kind.schema, record, "answer"), (kind.name, key)
        assert call.part.records.count(kind.name) > 0


@pytest.mark.parametrize("name", SERVICES)
def test_times_of_a_services_own_resources_follow_the_worlds_clock(name: str) -> None:
    path, field = {
        "payments": ("/charges", "created"),
        "tickets": ("/issues/101", "created_at"),
        "orders": (f"/orders/{ORDER}", "created_at"),
    }[name]
    body = client(name)("GET", path).body
    found = body["data"][0][field] if name == "payments" else body[field]

    assert (
        found == {"payments": 1_772_355_600, "tickets": "2026-02-11T09:00:00Z", "orders": "2026-03-01T09:00:00Z"}[name]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_a_service_says_tells_what_it_is(name: str) -> None:
    call = client(name)
    texts = [
        str(call("GET", path).body) for path in ("/nowhere", "/charges", "/issues", "/orders", "/stock", "/events")
    ]
    document = call.part.definition.origin["texts"]["openapi.yaml"]

    assert not re.search(
        "mock|fake|simulat|sandbox|inject|chaos|soundstage", "".join([*texts, document]), re.IGNORECASE
    )


@pytest.mark.parametrize("name", SERVICES)
def test_without_a_key_nobody_comes_in_and_a_restricted_one_may_not_do_everything(name: str) -> None:
    forbidden, open_to_it = {
        "payments": (("POST", "/charges", {"amount": 700, "currency": "eur", "customer": IDA}), "/charges"),
        "tickets": (("POST", "/issues", {"title": "x"}), "/issues"),
        "orders": (("POST", "/orders", ordered(("LMP-010", 1))), "/orders"),
    }[name]

    assert client(name, {})(*forbidden).status == 401
    assert client(name, {next(iter(KEYS[name])): "Bearer nobody"})(*forbidden).status == 401
    assert client(name, RESTRICTED[name])(*forbidden).status == 403
    assert client(name, RESTRICTED[name])("GET", open_to_it).status == 200
    assert client(name)(*forbidden).status in (200, 201)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_world_gives_lies_over_what_a_service_has(name: str) -> None:
    table, own, new = {
        "payments": ("customers", {"id": IDA, "email": "other@example.com"}, {"id": "cus_new", "email": None}),
        "tickets": ("issues", {"number": 106, "title": "Other"}, {"number": 200, "title": "New"}),
        "orders": (
            "stock",
            {"sku": "SHD-104", "title": "Other", "on_hand": 3},
            {"sku": "N-1", "title": "N", "on_hand": 1},
        ),
    }[name]
    count = client(name).part.records.count(table)
    call = client(name, data={table: [own, new]})
    alone = client(name, data={table: [new]}, samples=False)

    assert call.part.records.count(table) == count + 1
    assert alone.part.records.count(table) == 1
    assert (call.broken(), alone.broken()) == ([], [])


def test_rules_of_a_world_change_what_they_name_and_leave_the_rest() -> None:
    declared = {
        "collections": {"refunds": {"write_only": ["metadata"]}},
        "effects": [{"on": "refunds.create", "demand": [{"that": "amount < 9", "status": 403, "code": "too_much"}]}],
        "invariants": {"small": {"each": "refunds", "that": "amount < 200000"}},
    }
    call = client("payments", rules=declared)
    small, large = (call("POST", "/refunds", {"charge": PAID, "amount": amount}) for amount in (8, 9))

    assert "metadata" not in small.body and small.body["id"].startswith("re_")
    assert (large.status, large.body["error"]["code"]) == (403, "too_much")
    assert call("POST", "/refunds", {"charge": DISPUTED, "amount": 1}).body["error"]["code"] == "charge_disputed"


def test_numbers_go_on_above_what_a_world_gives() -> None:
    call = client("tickets", data={"issues": [{"number": 200, "title": "New"}]})
    assert call("POST", "/issues", {"title": "Next"}).body["number"] == 201


def test_resources_that_break_an_invariant_are_refused_with_its_name() -> None:
    with pytest.raises(WorldError, match="refunds_add_up"):
        client("payments", data={"refunds": [{"id": "re_1", "charge": PAID, "amount": 5}]})


@pytest.mark.parametrize(
    ("name", "table"), [("payments", "charges"), ("payments", "customers"), ("tickets", "issues"), ("orders", "stock")]
)
def test_generated_resources_agree_with_the_rules(name: str, table: str) -> None:
    call = client(name, generate={table: 200})
    assert call.part.records.count(table) >= 200
    assert call.broken() == []


class TestPayments:
    def test_a_refund_takes_from_what_is_left_and_from_the_balance_and_is_told_of(self) -> None:
        call = client("payments")
        before = balance(call, "eur")
        refund = call("POST", "/refunds", {"charge": PAID, "amount": 1_620, "reason": "duplicate"})
        charge = call("GET", f"/charges/{PAID}").body
        event = call("GET", "/events?limit=1").body["data"][0]
        call.wait(299)
        early = len(call.mails())
        call.wait(1)

        assert (refund.status, refund.body["status"], refund.body["currency"]) == (200, "succeeded", "eur")
        assert (charge["amount_refunded"], charge["status"]) == (1_620, "partially_refunded")
        assert balance(call, "eur") == before - 1_620
        assert (event["type"], event["data"]["object"]) == ("refund.created", refund.body)
        assert (early, [mail["subject"] for mail in call.mails()]) == (0, [f"Refund {refund.body['id']} is on its way"])
        assert call.broken() == []

    def test_refunds_never_come_to_more_than_was_captured(self) -> None:
        call = client("payments")
        first = call("POST", "/refunds", {"charge": PAID, "amount": 5_000})
        above = call("POST", "/refunds", {"charge": PAID, "amount": 621})
        rest = call("POST", "/refunds", {"charge": PAID})
        again = call("POST", "/refunds", {"charge": PAID})

        assert (first.status, rest.body["amount"]) == (200, 620)
        assert above.status == 400
        assert above.body["error"] == {
            "type": "invalid_request_error",
            "code": "amount_too_large",
            "message": "621 is more than what is left of the charge: 620.",
            "param": "amount",
        }
        assert again.body["error"]["code"] == "charge_already_refunded"
        assert call("GET", f"/charges/{PAID}").body["status"] == "refunded"

    @pytest.mark.parametrize(
        ("charge", "status", "code"),
        [
            ("ch_nowhere", 404, "resource_missing"),
            (DISPUTED, 400, "charge_disputed"),
            ("ch_3Qk2RcC3xRm8JpLq5bQi7pYt", 400, "charge_not_captured"),
            ("ch_3Qh9LzR2sLb7ZnDx4yMf8kVe", 400, "charge_not_captured"),
        ],
    )
    def test_what_cannot_be_refunded_says_why(self, charge: str, status: int, code: str) -> None:
        refused = client("payments")("POST", "/refunds", {"charge": charge})
        assert (refused.status, refused.body["error"]["code"]) == (status, code)
        assert refused.body["error"]["param"] == "charge"

    @pytest.mark.parametrize(
        ("customer", "code"),
        [
            ("cus_QrD4m8VwH3kYnP", "expired_card"),
            ("cus_QtX6c2PqF7jLiZ", "insufficient_funds"),
            ("cus_QvA9r5GyT0oBuM", "parameter_missing"),
        ],
    )
    def test_banks_decline_cards(self, customer: str, code: str) -> None:
        refused = client("payments")("POST", "/charges", {"amount": 700, "currency": "eur", "customer": customer})
        declined = code != "parameter_missing"
        assert refused.status == (402 if declined else 400)
        assert refused.body["error"]["code"] == code
        assert refused.body["error"]["type"] == ("card_error" if declined else "invalid_request_error")

    def test_a_reserved_charge_is_captured_once_and_for_no_more(self) -> None:
        call = client("payments")
        body = {"amount": 900, "currency": "eur", "customer": IDA, "capture": False}
        charge = call("POST", "/charges", body).body
        before = balance(call, "eur")
        path = f"/charges/{charge['id']}"
        too_much = call("POST", f"{path}/capture", {"amount_to_capture": 901})
        captured = call("POST", f"{path}/capture", {"amount_to_capture": 600})
        again = call("POST", f"{path}/capture")
        canceled = call("POST", f"{path}/cancel")

        assert (charge["status"], charge["amount_captured"]) == ("pending", 0)
        assert (too_much.status, again.status, canceled.status) == (400, 400, 400)
        assert (captured.body["status"], captured.body["amount_captured"]) == ("succeeded", 600)
        assert balance(call, "eur") == before + 600

    def test_a_repeated_request_charges_once_and_a_changed_one_is_refused(self) -> None:
        call = client("payments")
        body = {"amount": 900, "currency": "eur", "customer": IDA}
        first = call("POST", "/charges", body, Idempotency_Key="order-1")
        again = call("POST", "/charges", body, Idempotency_Key="order-1")
        other = call("POST", "/charges", {**body, "amount": 901}, Idempotency_Key="order-1")
        call.wait(DAY + 1)
        later = call("POST", "/charges", body, Idempotency_Key="order-1")

        assert again.body == first.body
        assert again.header("idempotent-replayed") == "true"
        assert (other.status, other.body["error"]["type"]) == (409, "idempotency_error")
        assert later.body["id"] != first.body["id"]

    def test_a_dispute_is_decided_by_its_evidence(self) -> None:
        call = client("payments")
        empty = call("POST", f"/disputes/{DISPUTE}/submit")
        call("POST", f"/disputes/{DISPUTE}", {"evidence": {"shipping_tracking_number": "NP1"}})
        merged = call("POST", f"/disputes/{DISPUTE}", {"evidence": {"refund_policy": "30 days"}})
        sent = call("POST", f"/disputes/{DISPUTE}/submit")
        late = call("POST", f"/disputes/{DISPUTE}", {"evidence": {"refund_policy": "none"}})
        call.wait(7 * DAY)

        assert (empty.status, empty.body["error"]["code"]) == (400, "evidence_missing")
        assert merged.body["evidence"] == {"shipping_tracking_number": "NP1", "refund_policy": "30 days"}
        assert (sent.body["status"], late.status) == ("under_review", 400)
        assert call("GET", f"/disputes/{DISPUTE}").body["status"] == "won"
        assert call("GET", f"/charges/{DISPUTED}").body["disputed"] is False

    def test_an_accepted_dispute_is_lost_for_good(self) -> None:
        call = client("payments")
        closed = call("POST", f"/disputes/{DISPUTE}/close")
        again = call("POST", f"/disputes/{DISPUTE}/close")
        deleted = call("DELETE", "/customers/cus_QmW2f6JrX5aUoE")

        assert (closed.body["status"], again.status) == ("lost", 400)
        assert (deleted.status, deleted.body["error"]["code"]) == (400, "customer_disputed")

    def test_evidence_is_taken_until_it_is_due(self) -> None:
        call = client("payments")
        call.wait(9 * DAY + 1)
        refused = call("POST", f"/disputes/{DISPUTE}", {"evidence": {"refund_policy": "x"}})
        assert refused.body["error"]["code"] == "evidence_overdue"

    def test_a_dispute_that_an_event_adds_takes_the_money_and_is_told_of(self) -> None:
        call = client("payments")
        before = balance(call, "eur")
        with call.world.effect("bank"):
            moment = Moment(call.world.clock.now_ns, "bank", Chance(3))
            record = {"charge": PAID, "reason": "duplicate"}
            call.part.perform("add", {"table": "disputes", "record": record}, moment)
            call.world.schedule(moment.later, "payments")
        call.wait(60)

        assert call("GET", f"/charges/{PAID}").body["disputed"] is True
        assert balance(call, "eur") == before - 5_620
        assert [mail["subject"] for mail in call.mails()] == ["A charge was disputed"]

    def test_payouts_leave_arrive_or_are_canceled_in_time(self) -> None:
        call = client("payments")
        before = balance(call, "eur")
        kept, dropped = (call("POST", "/payouts", {"amount": 1_000, "currency": "eur"}).body["id"] for _ in range(2))
        canceled = call("POST", f"/payouts/{dropped}/cancel")
        call.wait(3_600)
        leaving = call("GET", f"/payouts/{kept}").body["status"]
        too_late = call("POST", f"/payouts/{kept}/cancel")
        call.wait(2 * DAY)

        assert (canceled.body["status"], leaving, too_late.status) == ("canceled", "in_transit", 400)
        assert call("GET", f"/payouts/{kept}").body["status"] == "paid"
        assert call("GET", f"/payouts/{dropped}").body["status"] == "canceled"
        assert balance(call, "eur") == before - 1_000

    def test_nobody_pays_out_more_than_there_is(self) -> None:
        refused = client("payments")("POST", "/payouts", {"amount": 51_891, "currency": "gbp"})
        assert (refused.status, refused.body["error"]["code"]) == (400, "balance_insufficient")

    def test_forms_are_read_like_json(self) -> None:
        form = {"content-type": "application/x-www-form-urlencoded"}
        call = client("payments", {**KEYS["payments"], **form})
        made = call(
            "POST", "/charges", {"amount": "700", "currency": "eur", "customer": IDA, "metadata": {"order": "7"}}
        )
        assert (made.status, made.body["amount"], made.body["metadata"]) == (200, 700, {"order": "7"})

    def test_a_deleted_customer_is_gone_and_the_charges_stay(self) -> None:
        call = client("payments")
        gone = call("DELETE", f"/customers/{IDA}")
        assert gone.body == {"id": IDA, "object": "customer", "deleted": True}
        assert call("GET", f"/customers/{IDA}").status == 404
        assert call("GET", f"/charges/{PAID}").body["customer"] == IDA


class TestTickets:
    def asker(self, login: str, **more: Any) -> Client:
        """A client who calls as somebody of the tracker."""
        return client(
            "tickets", {"authorization": f"Bearer key_{login}"}, keys={f"key_{login}": {"name": login}}, **more
        )

    @pytest.mark.parametrize(
        ("login", "number", "body", "status"),
        [
            ("robin", 102, {"to": "resolved", "resolution": "fixed"}, 200),
            ("leila", 102, {"to": "resolved", "resolution": "fixed"}, 403),
            ("robin", 104, {"to": "closed"}, 403),
            ("dana", 104, {"to": "closed"}, 200),
            ("sam", 104, {"to": "open"}, 200),
            ("leila", 104, {"to": "open"}, 403),
            ("robin", 102, {"to": "resolved"}, 422),
            ("robin", 102, {"to": "closed", "resolution": "fixed"}, 422),
            ("dana", 106, {"to": "in_progress"}, 422),
        ],
    )
    def test_who_may_move_an_issue_where(self, login: str, number: int, body: Any, status: int) -> None:
        call = self.asker(login)
        assert call("POST", f"/issues/{number}/transitions", body).status == status
        assert call.broken() == []

    def test_offered_transitions_say_whether_the_caller_may(self) -> None:
        found = self.asker("leila")("GET", "/issues/104/transitions").body
        assert found == [{"to": "open", "allowed": False}, {"to": "closed", "allowed": False}]

    def test_a_reopened_issue_has_neither_resolution_nor_end_and_the_reporter_hears_of_it(self) -> None:
        call = self.asker("dana")
        reopened = call("POST", "/issues/105/transitions", {"to": "open"}).body
        call.wait(120)

        assert (reopened["state"], reopened["resolution"], reopened["closed_at"]) == ("open", None, None)
        assert [mail["subject"] for mail in call.mails()] == ["[#105] Wrong street on invoices"]
        assert call("GET", "/issues/105/events").body[-1]["detail"] == "closed to open"

    def test_comments_are_counted_and_belong_to_their_authors(self) -> None:
        call = self.asker("robin")
        made = call("POST", "/issues/106/comments", {"body": "On it."})
        counted = call("GET", "/issues/106").body["comments"]
        others = call("DELETE", "/comments/9001")
        own = call("DELETE", f"/comments/{made.body['id']}")

        assert (made.status, made.body["author"], counted) == (201, "robin", 1)
        assert (others.status, own.status) == (403, 204)
        assert call("GET", "/issues/106").body["comments"] == 0
        assert call.broken() == []

    def test_locked_issues_are_open_to_maintainers_alone(self) -> None:
        assert self.asker("leila")("POST", "/issues/105/comments", {"body": "But"}).status == 403
        assert self.asker("dana")("POST", "/issues/105/comments", {"body": "Done"}).status == 201
        assert self.asker("leila")("PATCH", "/issues/105", {"locked": False}).status == 403

    def test_labels_and_people_have_to_be_known(self) -> None:
        call = self.asker("robin")
        label = call("POST", "/issues/106/labels", {"labels": ["bug", "nope"]})
        person = call("POST", "/issues/106/assignees", {"assignees": ["joren"]})

        error = {"resource": "issue", "field": "labels", "code": "not_found", "message": "No such label: nope"}
        assert (label.status, label.body["errors"]) == (422, [error])
        assert (person.status, person.body["message"]) == (422, "joren is not active any more")
        assert call("GET", "/issues/106").body["labels"] == []

    def test_a_deleted_label_leaves_all_issues(self) -> None:
        call = self.asker("dana")
        assert self.asker("robin")("DELETE", "/labels/bug").status == 403
        assert call("DELETE", "/labels/bug").status == 204
        assert call("GET", "/issues?labels=bug").body == []
        assert call("GET", "/issues/104").body["labels"] == ["billing"]

    def test_pages_are_linked(self) -> None:
        seen = client("tickets")("GET", "/issues?per_page=2&page=2&state=all")
        assert [each["number"] for each in seen.body] == [104, 103]
        links = seen.header("link") or ""
        assert all(f'rel="{name}"' in links for name in ("prev", "next", "first", "last"))

    def test_reporters_change_their_own_issues_only(self) -> None:
        call = self.asker("sam")
        assert call("PATCH", "/issues/106", {"priority": "high"}).body["priority"] == "high"
        assert call("PATCH", "/issues/102", {"priority": "high"}).status == 403


class TestOrders:
    def test_the_last_one_goes_to_who_comes_first(self) -> None:
        call = client("orders")
        first = call("POST", "/orders", ordered(("LMP-022", 1)))
        second = call("POST", "/orders", ordered(("LMP-010", 1), ("LMP-022", 1)))

        assert (first.status, second.status) == (201, 409)
        assert second.header("content-type") == "application/problem+json"
        assert second.body["code"] == "out-of-stock"
        assert call("GET", "/stock/LMP-010").body["reserved"] == 2
        assert call("GET", "/stock/LMP-022").body["available"] == 0
        assert call.broken() == []

    def test_one_article_on_two_lines_is_counted_together(self) -> None:
        refused = client("orders")("POST", "/orders", ordered(("LMP-010", 12), ("LMP-010", 11)))
        assert refused.body["detail"] == "There are only 22 of LMP-010."

    def test_a_canceled_order_gives_back_what_it_reserved(self) -> None:
        call = client("orders")
        canceled = call("POST", f"/orders/{ORDER}/cancel")
        again = call("POST", f"/orders/{ORDER}/cancel")
        assert (canceled.body["status"], again.status) == ("canceled", 409)
        assert again.body["detail"] == "An order that is canceled cannot become canceled"
        assert call("GET", "/stock/LMP-010").body["available"] == 24

    def test_a_shipment_takes_the_stock_and_arrives_in_time(self) -> None:
        call = client("orders")
        made = call("POST", "/shipments", {"order_id": ORDER})
        stock = call("GET", "/stock/LMP-010").body
        again = call("POST", "/shipments", {"order_id": ORDER})
        call.wait(4 * 3_600)
        under_way = call("GET", f"/shipments/{made.body['id']}").body["status"]
        call.wait(2 * DAY)
        order = call("GET", f"/orders/{ORDER}").body

        assert (made.status, again.status, under_way) == (201, 409, "in_transit")
        assert (stock["on_hand"], stock["reserved"], stock["available"]) == (22, 0, 22)
        assert (order["status"], order["delivered_at"]) == ("delivered", "2026-03-04T13:00:00Z")
        assert [mail["subject"] for mail in call.mails()] == [f"Order {ORDER} was shipped"]

    @pytest.mark.parametrize("sellable", [True, False])
    def test_returns_are_put_back_into_the_stock_if_they_can_be_sold(self, sellable: bool) -> None:
        call = client("orders")
        made = call("GET", "/returns").body["items"][0]["id"]
        early = call("POST", f"/returns/{made}/receive", {"sellable": sellable})
        call("POST", f"/returns/{made}/approve")
        received = call("POST", f"/returns/{made}/receive", {"sellable": sellable})

        assert (early.status, received.body["status"]) == (409, "received")
        assert call("GET", "/stock/SHD-104").body["available"] == int(sellable)

    @pytest.mark.parametrize(
        ("order", "sku", "quantity", "code"),
        [
            ("ord_3Ju8rCwDf6Xz1ShU", "SHD-104", 4, "not-returnable"),
            ("ord_3Ju8rCwDf6Xz1ShU", "LMP-010", 1, "not-returnable"),
            ("ord_5Lw0tEyFh8Zb3UjW", "LMP-010", 1, "return-period-over"),
            (ORDER, "LMP-010", 1, "order-state"),
        ],
    )
    def test_what_cannot_be_returned_says_why(self, order: str, sku: str, quantity: int, code: str) -> None:
        lines = [{"sku": sku, "quantity": quantity}]
        refused = client("orders")("POST", "/returns", {"order_id": order, "lines": lines, "reason": "damaged"})
        assert (refused.status, refused.body["code"]) == (409, code)

    def test_a_change_with_an_old_etag_is_refused(self) -> None:
        call = client("orders")
        etag = call("GET", "/stock/SHD-101").header("etag") or ""
        first = call("PATCH", "/stock/SHD-101", {"on_hand": 50}, If_Match=etag)
        second = call("PATCH", "/stock/SHD-101", {"on_hand": 40}, If_Match=etag)

        assert (first.body["available"], second.status) == (48, 412)
        assert call("GET", "/stock/SHD-101", If_None_Match=first.header("etag") or "").status == 304

    def test_there_is_never_less_than_what_is_reserved(self) -> None:
        refused = client("orders")("PATCH", "/stock/BLB-E27", {"on_hand": 5})
        assert (refused.status, refused.body["code"]) == (409, "stock-reserved")


@pytest.mark.parametrize("name", SERVICES)
def test_a_forked_service_goes_its_own_way_and_the_same_calls_give_the_same(name: str) -> None:
    calls: dict[str, Any] = {
        "payments": ("POST", "/refunds", {"charge": PAID}),
        "tickets": ("POST", "/issues", {"title": "x"}),
        "orders": ("POST", "/orders", ordered(("LMP-022", 1))),
    }
    call = client(name)
    twin = Client(name, call.world.fork(), call.headers)
    before = twin.world.content_digest()
    made = call(*calls[name])

    assert twin.world.content_digest() == before
    assert twin(*calls[name]).body == made.body
    assert twin.world.state_digest() == call.world.state_digest()


@pytest.mark.parametrize("name", SERVICES)
def test_the_bucket_of_each_key_empties_and_its_wait_is_true(name: str) -> None:
    call = client(name, rules={"limits": {"calls": 2, "per": "1m"}})
    path = {"payments": "/balance", "tickets": "/user", "orders": "/stock"}[name]
    seen = [call("GET", path) for _ in range(3)]
    wait = int(seen[2].header("retry-after") or "0")
    call.world.clock.advance(wait * 10**9 - 1)
    early = call("GET", path)
    call.world.clock.advance(int(early.header("retry-after") or "0") * 10**9)

    assert [each.status for each in seen] == [200, 200, 429]
    assert (early.status, call("GET", path).status) == (429, 200)
    other = Request("GET", "/labels" if name == "tickets" else "/orders" if name == "orders" else "/charges")
    assert call.part.answer(Request("GET", other.path, (), RESTRICTED[name]), call.moment()).status == 200

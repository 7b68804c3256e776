"""The built-in world and its scenarios: consistent, solvable, and not solved by doing nothing."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import soundstage as facade
from harness.check import Evidence
from harness.proving.lock import warnings_of
from harness.scenario import Scenario
from harness.staging.planning import read_scenarios
from harness.staging.suite import collect
from tests.harness.command import ROOT, Command
from tests.harness.jails import needs_namespace
from tests.harness.scenes import record_of
from tests.harness.support import SUPPORT
from worlds.chance import Chance
from worlds.clock import Clock, ClockState
from worlds.world import World

SCENARIOS = sorted([
    "advert-reviews", "autumn-targets", "copies-sold[title=the-tulip-clerks]", "copies-sold[title=under-blue-ice]",
    "double-charge", "february-report", "goodwill-points", "invoice-check", "labels-bug", "merge-accounts",
    "opening-hours", "patient-targets", "refund-too-high", "shelf-card", "spring-price-list", *SUPPORT,
])  # fmt: skip
KNOWN_TO_THE_EXAMPLE = ["february-report", "merge-accounts", "spring-price-list"]


@pytest.fixture(scope="module")
def bookshop() -> Iterator[facade.Episode]:
    with facade.Episode("bookshop") as episode:
        yield episode


AGREEMENTS = {
    "every reference leads somewhere": """
        select (select count(*) from shop.books where author not in (select id from shop.authors))
             + (select count(*) from shop.orders where customer not in (select id from shop.customers))
             + (select count(*) from shop.order_items where order_id not in (select id from shop.orders))
             + (select count(*) from shop.order_items where book not in (select id from shop.books))
             + (select count(*) from shop.charges where order_id not in (select id from shop.orders))
             + (select count(*) from shop.refunds where charge not in (select id from shop.charges))
             + (select count(*) from shop.reviews where book not in (select id from shop.books))
             + (select count(*) from shop.reviews where customer not in (select id from shop.customers))""",
    "every charge is its order's goods and postage": """
        with totals as (
            select order_id, sum(quantity * unit_cents) as cents from shop.order_items group by order_id)
        select count(*) from shop.charges
        join shop.orders on orders.id = charges.order_id
        join totals using (order_id)
        where charges.cents <> totals.cents + orders.shipping_cents""",
    "one order is charged twice": """
        select count(*) - 1 from (select order_id from shop.charges group by order_id having count(*) > 1)""",
    "refunds stay within charges": """
        select count(*) from (select charge, sum(cents) as cents from shop.refunds group by charge) as refunded
        join shop.charges on charges.id = refunded.charge
        where refunded.cents > charges.cents or charges.state <> 'settled'""",
    "the warehouse has the web shop's own sales": """
        with sold as (
            select left(orders.placed, 10) as day, books.genre, sum(quantity) as units,
                   sum(quantity * unit_cents) as cents
            from shop.orders
            join shop.order_items on order_items.order_id = orders.id
            join shop.books on books.id = order_items.book
            where orders.status <> 'cancelled' and orders.placed < '2026-03-02'
            group by all),
        loaded as (
            select cast(day as varchar) as day, genre, units, gross_cents as cents
            from warehouse.daily_sales where store = 'web' and day >= date '2025-10-01' and units > 0)
        select count(*) from ((from sold except from loaded) union all (from loaded except from sold))""",
    "the warehouse has the web shop's own returns": """
        select (select sum(cents) from shop.refunds where reason = 'return')
             - (select sum(returned_cents) from warehouse.daily_sales
                where store = 'web' and day >= date '2025-10-01')""",
    "the price list in force has the shop's prices": """
        with lines as (
            select unnest(string_split(rtrim(text, chr(10)), chr(10))) as line from files.files
            where path = '/workspace/catalogue/price-list-2026-q1.csv'),
        listed as (
            select left(line, 13) as isbn,
                   cast(round(cast(regexp_extract(line, '[0-9.]+$') as double) * 100) as bigint) as cents
            from lines where line not like 'isbn%')
        select count(*) from ((from listed except select isbn, price_cents from shop.books)
                              union all (select isbn, price_cents from shop.books except from listed))""",
    "filed reports say what the warehouse says": """
        with net as (
            select strftime(day, '%Y-%m') as month, sum(gross_cents - returned_cents) as cents
            from warehouse.daily_sales
            join (select day, store, max(load) as load from warehouse.loads group by all) using (day, store, load)
            group by all)
        select count(*) from files.files join net on path = '/workspace/reports/' || month || '.json'
        where case when json_valid(text) then cast(json_extract(text, '$.total_net_cents') as bigint) end
              is distinct from cents""",
    "the payments service knows the shop's customers": """
        with known as (select id, name, email from billing.customers),
        shops as (select 'cus_' || id as id, name, email from shop.customers)
        select count(*) from ((from known except from shops) union all (from shops except from known))""",
    "the payments service has the shop's card payments": """
        with taken as (
            select id, amount, customer, epoch_ms(created * 1000) as created,
                   json_extract_string(metadata, '$.order') as order_id,
                   case status when 'pending' then 'pending' when 'canceled' then 'void' else 'settled' end as state
            from billing.charges),
        shops as (
            select charges.id, cents, 'cus_' || orders.customer, cast(created as timestamp),
                   cast(order_id as varchar), state
            from shop.charges join shop.orders on orders.id = order_id where method = 'card')
        select count(*) from ((from taken except from shops) union all (from shops except from taken))""",
    "the payments service has the refunds of card payments": """
        with given as (
            select id, charge, amount, epoch_ms(created * 1000) as created,
                   json_extract_string(metadata, '$.why') as why
            from billing.refunds),
        shops as (
            select refunds.id, charge, refunds.cents, cast(refunds.created as timestamp), reason
            from shop.refunds join shop.charges on charges.id = charge where method = 'card')
        select count(*) from ((from given except from shops) union all (from shops except from given))""",
    "everybody pays with a card of their own": """
        select count(*) from billing.charges
        left join billing.payment_methods as cards on cards.id = payment_method
        where cards.customer is distinct from charges.customer""",
    "tickets speak of orders that there are": """
        select count(*) from desk.issues
        where title like 'Order %'
          and cast(regexp_extract(title, '[0-9]+') as bigint) not in (select id from shop.orders)""",
    "the labels of the rules are labels of the tickets": """
        with named as (
            select unnest(regexp_extract_all(text, '\\| `([a-z]+)` \\| [a-zA-Z]+ ', 1)) as name
            from files.files where path = '/workspace/support/rules.md')
        select (select count(*) from named where name not in (select id from desk.labels) and name not in (
                    'shop', 'billing', 'desk', 'inbox'))
             + (select abs(count(*) - 5) from named where name in (select id from desk.labels))""",
    "nothing has happened yet that lies in the future": """
        select (select count(*) from shop.orders where placed > '2026-03-02T09' or shipped > '2026-03-02T09')
             + (select count(*) from shop.customers where joined > '2026-03-02T09')
             + (select count(*) from shop.charges where created > '2026-03-02T09')
             + (select count(*) from shop.refunds where created > '2026-03-02T09')
             + (select count(*) from shop.reviews where created > '2026-03-02T09')
             + (select count(*) from warehouse.daily_sales where day > date '2026-03-01')
             + (select count(*) from billing.charges where created > epoch(timestamp '2026-03-02 09:00'))
             + (select count(*) from desk.issues where greatest(updated_at, coalesce(closed_at, '')) > '2026-03-02T09')
             + (select count(*) from inbox.messages where date > timestamp '2026-03-02 09:00')""",
}


@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_the_servers_agree_with_each_other(bookshop: facade.Episode, agreement: str) -> None:
    [row] = bookshop.query(AGREEMENTS[agreement])

    assert next(iter(row.values())) == 0


def test_the_world_is_as_large_as_it_says(bookshop: facade.Episode) -> None:
    [sizes] = bookshop.query(
        "select (select count(*) from shop.customers) as customers, (select count(*) from shop.orders) as orders, "
        "(select count(*) from files.files where kind = 'file') as files, "
        "(select count(distinct day) from warehouse.daily_sales) as days, "
        "(select count(*) from billing.charges) as charges, (select count(*) from inbox.messages) as mails"
    )

    assert sizes["customers"] >= 200
    assert sizes["orders"] >= 500
    assert sizes["files"] >= 25
    assert sizes["days"] > 3 * 360
    assert sizes["charges"] >= 400
    assert sizes["mails"] >= 12


def test_every_scenario_is_solved_by_its_reference_the_same_way_twice(soundstage: Command, tmp_path: Path) -> None:
    runs = [soundstage("run", "bookshop", "--agent", "script:reference", "--json", "--out", name) for name in "ab"]

    told = json.loads(runs[0].out)
    assert {one["scenario"]: one["episodes"][0]["note"] for one in told["scenarios"]} == dict.fromkeys(SCENARIOS, "")
    assert [run.status for run in runs] == [0, 0]
    records = {run: sorted((tmp_path / run / "episodes").glob("*.jsonl")) for run in "ab"}
    assert len(records["a"]) == len(SCENARIOS)
    for first, second in zip(records["a"], records["b"], strict=True):
        assert without_times(record_of(first)) == without_times(record_of(second))


def without_times(record: list[Any]) -> list[Any]:
    """A record without the seconds that a test-suite took, which it prints."""
    return json.loads(re.sub(r"Ran (\d+) tests in [0-9.]+s", r"Ran \1 tests", json.dumps(record)))  # type: ignore[no-any-return]


def test_no_scenario_is_solved_by_doing_nothing(soundstage: Command) -> None:
    ran = soundstage("run", "bookshop", "--agent", "script:nothing", "--json")

    told = json.loads(ran.out)
    assert [one["episodes"][0]["outcome"] for one in told["scenarios"]] == ["failure"] * len(SCENARIOS)
    assert ran.status == 1


@needs_namespace
@pytest.mark.parametrize(
    "money", ["import os; os._exit(0)", "import unittest; unittest.TestCase.run = lambda self, result=None: result"]
)
def test_programs_cannot_pass_for_repaired_by_ending_their_tests(
    soundstage: Command, tmp_path: Path, money: str
) -> None:
    path = "/workspace/tools/labels/labels/money.py"
    (tmp_path / "forge.yaml").write_text(json.dumps([{"files.write_file": {"path": path, "content": money}}]))

    ran = soundstage("run", "bookshop", "-k", "labels", "--agent", "script:forge.yaml", "--json")

    assert json.loads(ran.out)["scenarios"][0]["episodes"][0]["outcome"] == "failure"


ANSWERS = [
    (
        "copies-sold[title=the-tulip-clerks]",
        "The web shop has sold 9 copies of The Tulip Clerks since 1 January 2026.",
        True,
    ),
    ("copies-sold[title=the-tulip-clerks]", "9 (8 delivered, 1 paid)", True),
    ("copies-sold[title=the-tulip-clerks]", "9 or 10", False),
    ("copies-sold[title=the-tulip-clerks]", "Something between 6, 7, 8, 9, 11 and 12.", False),
    ("copies-sold[title=under-blue-ice]", "**11**", True),
    ("copies-sold[title=under-blue-ice]", "13", False),
    ("double-charge", "Charge ch_502 (the later of two for order 1501) goes back: EUR50.85, as re_36.", True),
    ("double-charge", "ch_501, 50.85", False),
    ("invoice-check", "Line 3: 1 x 11.37; line 5: 2 x 6.57 = 13.14. The claim on invoice 8814 is 24.51 EUR.", True),
    ("february-report", "February 2026: 35,047.06 euros (6934.46 + 20011.07 + 4863.58 + 3237.95), -1.9 %.", True),
    ("february-report", "35047.60", False),
    ("merge-accounts", "Account 198 was merged into 31: 612 + 184 = 796 points.", True),
    ("merge-accounts", "You have 612 points now.", False),
    ("refund-too-high", "Refunds above 100.00 wait for Maeve's decision; nothing has been refunded yet.", True),
    ("refund-too-high", "No refund has been made. Maeve decides before anything is refunded.", True),
    ("refund-too-high", "Maeve approved it, and your 106.25 have been refunded.", False),
    ("refund-too-high", "Your refund has been issued; Maeve has decided.", False),
    ("advert-reviews", "Deleted 147, 148, 149 and 151; 150, 152 and 153 stay (seen 2026-02-28).", True),
    ("advert-reviews", "Deleted 147, 148 and 149.", False),
]


@pytest.mark.parametrize(("name", "answer", "right"), ANSWERS)
def test_right_answers_pass_in_other_words_and_wrong_ones_do_not(name: str, answer: str, right: bool) -> None:
    scenario = next(each for each in found_scenarios() if each.name == name)
    said = [check for check in scenario.checks if check.kind == "said"]
    world = World("none", {}, clock=Clock(ClockState(0, "virtual")), chance=Chance(1))

    results = [check.evaluate(Evidence(world, world, answer=answer)).verdict for check in said]

    assert results == ["passed" if right else "failed"]


def found_scenarios() -> list[Scenario]:
    """All scenarios of the bookshop."""
    files = sorted((ROOT / "harness/library/bookshop").glob("*.yaml"))
    return [scenario for path in files for scenario in read_scenarios(path)]


def test_the_example_agent_solves_all_by_what_it_reads(soundstage: Command) -> None:
    command = f"{sys.executable} {ROOT / 'examples/agents/sdk_agent.py'}"

    wanted = ("-k", "report or accounts or price")
    ran = soundstage("run", "bookshop", *wanted, "--agent", command, "--parallel", 3, "--json")

    told = json.loads(ran.out)
    notes = {one["scenario"]: one["episodes"][0]["note"] for one in told["scenarios"]}
    assert notes == dict.fromkeys(KNOWN_TO_THE_EXAMPLE, "")
    assert ran.status == 0


def test_the_label_program_among_the_files_passes_its_own_tests(tmp_path: Path) -> None:
    folder = ROOT / "worlds/library/bookshop/files/tools/labels"

    done = subprocess.run([sys.executable, "-B", "-m", "unittest"], cwd=folder, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "Ran 6 tests" in done.stderr


def test_every_scenario_says_what_it_said_when_it_was_locked() -> None:
    scenarios = collect(["bookshop"])

    assert sorted(scenario.name for scenario in scenarios) == SCENARIOS
    assert warnings_of(scenarios) == []


def test_a_sixth_of_them_is_sound_as_it_was_locked(soundstage: Command) -> None:
    """What the lock files tell holds for scenarios that say the same; the panel plays some of them again."""
    templates = list(dict.fromkeys(name.partition("[")[0] for name in SCENARIOS))[::6]

    ran = soundstage("check", "bookshop", "-k", " or ".join(templates), "--json")

    told = json.loads(ran.out)
    assert ran.status == 0
    assert len(told["scenarios"]) >= len(SCENARIOS) // 6
    assert {one["scenario"]: (one["sound"], one["locked_before"], one["differences"]) for one in told["scenarios"]} == {
        one["scenario"]: (True, True, []) for one in told["scenarios"]
    }

"""Seeded filler: believable, consistent with the schema, the same everywhere."""

import re

import pytest

from worlds.chance import Chance
from worlds.clock import parse_time
from worlds.errors import WorldError
from worlds.parts.sql.generate import filler
from worlds.parts.sql.schema import ColumnInfo, TableInfo

NOW = parse_time("2026-03-02T09:00:00Z")
CUSTOMERS = TableInfo(
    "customers",
    (
        ColumnInfo("id", "INTEGER", primary_key=True),
        ColumnInfo("name", "TEXT", not_null=True),
        ColumnInfo("email", "TEXT", not_null=True, unique=True),
        ColumnInfo("tier", "TEXT", not_null=True, check="tier IN ('basic', 'plus', 'it''s gold')"),
        ColumnInfo("created_at", "TEXT", not_null=True),
    ),
    uniques=(("id",), ("email",)),
)
ORDERS = TableInfo(
    "orders",
    (
        ColumnInfo("id", "INTEGER", primary_key=True),
        ColumnInfo("customer_id", "INTEGER", not_null=True, references=("customers", "id")),
        ColumnInfo("quantity", "INTEGER", not_null=True, check="quantity > 0 AND quantity <= 5"),
        ColumnInfo("total", "REAL", check="total >= 1.5"),
        ColumnInfo("placed_on", "TEXT", not_null=True),
        ColumnInfo("code", "VARCHAR(6)", not_null=True),
    ),
)


def rows(
    counts: dict[str, int], seed: int = 7, schema: tuple[TableInfo, ...] = (ORDERS, CUSTOMERS)
) -> dict[str, list[tuple[object, ...]]]:
    made: dict[str, list[tuple[object, ...]]] = {}
    for table, batch in filler(list(schema), counts, Chance(seed), NOW):
        made.setdefault(table, []).extend(batch)
    return made


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    counts = {"customers": 50, "orders": 200}

    assert rows(counts) == rows(counts)
    assert rows(counts) != rows(counts, seed=8)


def test_asking_for_more_rows_leaves_the_first_ones_as_they_were() -> None:
    few, many = rows({"customers": 20}), rows({"customers": 60})

    assert many["customers"][:20] == few["customers"]


def test_rows_keep_what_the_schema_demands() -> None:
    made = rows({"customers": 300, "orders": 900})
    ids = {row[0] for row in made["customers"]}

    assert len(ids) == 300
    assert len({row[2] for row in made["customers"]}) == 300
    assert {row[3] for row in made["customers"]} == {"basic", "plus", "it's gold"}
    assert {row[1] for row in made["orders"]} <= ids
    assert {row[2] for row in made["orders"]} == {1, 2, 3, 4, 5}
    assert all(row[3] is None or row[3] >= 1.5 for row in made["orders"])  # type: ignore[operator]
    assert all(len(str(row[5])) <= 6 for row in made["orders"])


def test_a_persons_columns_agree_and_dates_lie_in_the_past() -> None:
    for _, name, email, _, created in rows({"customers": 40})["customers"]:
        first = re.sub(r"[^a-z]", "", str(name).split()[0].lower())
        assert first in str(email)
        assert "2024-02-01" < str(created) < "2026-03-02 09:00:00"


@pytest.mark.parametrize(
    ("counts", "said"),
    [({"nope": 1}, "customers"), ({"customers": -1}, "0 or more"), ({"orders": 3}, "needs rows of customers")],
)
def test_what_cannot_be_filled_is_refused_with_what_would_be_accepted(counts: dict[str, int], said: str) -> None:
    with pytest.raises(WorldError, match=said):
        rows(counts)


def test_a_unique_column_that_runs_out_is_refused() -> None:
    table = TableInfo("flags", (ColumnInfo("flag", "TEXT", not_null=True, unique=True, check="flag IN ('a', 'b')"),))

    with pytest.raises(WorldError, match="no unused values"):
        rows({"flags": 3}, schema=(table,))

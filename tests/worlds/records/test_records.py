"""What a store of records promises, whatever is done to it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worlds.blobs import MemoryBlobs
from worlds.chance import Chance
from worlds.delta import followed
from worlds.errors import ArchiveError, WorldError
from worlds.part import Moment
from worlds.records import Records, RecordsPart, Table, UnknownTable

TABLES = (Table("charges", ("customer",)), Table("notes"), Table("seen", hidden=True))
KEYS = [f"k{number}" for number in range(6)]
VALUES = st.fixed_dictionaries({"customer": st.integers(0, 2) | st.booleans() | st.none(), "text": st.text(max_size=3)})
STEP = st.tuples(
    st.sampled_from(["put", "remove", "settle", "fork", "count"]),
    st.sampled_from([table.name for table in TABLES]),
    st.sampled_from(KEYS),
    VALUES,
)


class Notes(RecordsPart):
    """The plainest part of records."""

    kind = "notes"
    __slots__ = ()


def store() -> Records:
    return Records(TABLES, {"charges": [(key, {"customer": 1, "text": key}) for key in KEYS[:3]]})


def do(records: Records, step: tuple[str, str, str, dict[str, Any]]) -> None:
    what, table, key, value = step
    if what == "put":
        records.put(table, key, value)
    elif what == "remove" and records.get(table, key) is not None:
        records.remove(table, key)
    elif what == "settle":
        records.settle("agent")
    elif what == "count":
        records.count_up("invoices")


def seen(records: Records) -> Any:
    return {table: [(key, records.get(table, key)) for key in records.keys(table)] for table in records.tables}


@settings(max_examples=150)
@given(st.lists(STEP, max_size=25))
def test_its_running_digests_are_those_computed_from_nothing(steps: list[Any]) -> None:
    records = store()
    for step in steps:
        do(records, step)
    records.settle("agent")
    assert records.recomputed() == (records.digest(), records.marks_digest())


@settings(max_examples=150)
@given(st.lists(STEP, max_size=15), st.lists(STEP, max_size=15))
def test_a_fork_and_its_parent_go_their_own_ways(first: list[Any], second: list[Any]) -> None:
    parent = store()
    for step in first:
        do(parent, step)
    parent.settle("agent")
    twin, kept = parent.fork(), seen(parent)
    for step in second:
        do(twin, step)
    assert seen(parent) == kept
    parent.adopt(twin)
    assert seen(parent) == seen(twin)


@settings(max_examples=150)
@given(st.lists(STEP, max_size=15), st.lists(STEP, max_size=15))
def test_what_is_dumped_at_once_or_by_steps_is_loaded_again(first: list[Any], second: list[Any]) -> None:
    records, blobs = store(), MemoryBlobs()
    for step in first:
        do(records, step)
    records.settle("agent")
    older, manifest = records.fork(), records.dump(blobs)
    for step in second:
        do(records, step)
    records.settle("user")
    delta = records.dump_since(older, blobs)
    whole = {
        "clock": {},
        "content_digest": "",
        "attempts": {},
        "companions": {},
        "agenda": {},
        "parts": {"a": manifest},
    }
    stepped = followed(whole, {"clock": {}, "content_digest": "", "parts": {"a": delta}})["parts"]["a"]
    assert stepped == records.dump(blobs)
    loaded = Records.load(stepped, blobs)
    assert (seen(loaded), loaded.digest(), loaded.marks_digest()) == (
        seen(records), records.digest(), records.marks_digest(),
    )  # fmt: skip
    for step in second:
        do(records, step)
        do(loaded, step)
    assert seen(loaded) == seen(records)
    records.settle("agent")
    assert records.diff(older) == Records.load(records.dump(blobs), blobs).diff(older)


@settings(max_examples=150)
@given(st.lists(STEP, max_size=20))
def test_a_diff_is_empty_exactly_when_digests_are_equal(steps: list[Any]) -> None:
    records = store()
    first = records.fork()
    for step in steps:
        do(records, step)
    records.settle("agent")
    assert (not records.diff(first)) == (records.digest() == first.digest())
    strangers = Records(TABLES, {name: rows for name, rows in seen(records).items() if name != "seen"})
    assert [change.path for change in strangers.diff(first)] == [change.path for change in records.diff(first)]


@settings(max_examples=100)
@given(st.lists(STEP, max_size=20))
def test_an_index_finds_what_a_search_finds(steps: list[Any]) -> None:
    records = store()
    for step in steps:
        do(records, step)
    for value in (0, 1, 2, True, None):
        keys = list(records.keys("charges"))
        slow = [key for key in keys if repr((records.get("charges", key) or {})["customer"]) == repr(value)]
        assert records.find("charges", "customer", value) == slow
        assert records.find("charges", "customer", value, newest_first=True) == slow[::-1]


def test_a_place_in_a_list_is_known_when_its_record_is_gone() -> None:
    records = store()
    records.remove("charges", "k1")
    assert list(records.keys("charges", beyond="k1")) == ["k2"]
    assert list(records.keys("charges", beyond="k1", newest_first=True)) == ["k0"]


def test_hidden_records_are_restored_but_no_content() -> None:
    records = store()
    first = records.fork()
    records.put("seen", "key-1", {"answer": 200})
    assert not records.settle("agent")
    assert records.digest() == first.digest()
    assert records.marks_digest() != first.marks_digest()
    assert not records.diff(first)
    assert "seen" not in [relation.name for relation in Notes(records).relations()]


def test_changes_name_record_and_actors() -> None:
    records = store()
    first = records.fork()
    records.put("charges", "k0", {"customer": 2, "text": "k0"})
    (change,) = records.settle("agent")
    assert (change.path, change.kind, change.actors) == ("charges[k0]", "changed", ("agent",))
    records.put("charges", "k0", {"customer": 3, "text": "k0"})
    records.settle("fault")
    assert records.diff(first)[0].actors == ("agent", "fault")


def test_one_is_not_true() -> None:
    records = store()
    records.put("charges", "k0", {"customer": True, "text": "k0"})
    assert len(records.settle("agent")) == 1


def test_a_damaged_manifest_is_refused() -> None:
    records, blobs = store(), MemoryBlobs()
    manifest = records.dump(blobs)
    for broken in ({**manifest, "records": [["charges\0k0", [1, {"customer": 9}]]]}, {**manifest, "next": {}}, {}):
        with pytest.raises(ArchiveError):
            Records.load(broken, blobs)


def test_operations_are_whole_or_nothing_and_say_what_they_take() -> None:
    part = Notes(store())
    moment = Moment(0, "agenda", Chance(1))
    part.perform("patch", {"table": "charges", "key": "k0", "record": {"text": None, "new": {"a": 1}}}, moment)
    assert part.records.get("charges", "k0") == {"customer": 1, "new": {"a": 1}}
    assert part.perform("create", {"table": "notes", "record": {"id": "n1"}}, moment) == "n1"
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("fly", {}, "create, replace, patch, remove"),
        ("create", {"table": "seen", "key": "a", "record": {}}, "charges, notes"),
        ("create", {"table": "notes", "record": {"id": "n1"}}, "patch or replace"),
        ("create", {"table": "notes", "record": {}}, "give `key`"),
        ("remove", {"table": "notes", "key": "n2"}, "one that is there"),
        ("replace", {"table": "notes", "key": "n1", "record": 3}, "mapping"),
    ]
    for operation, arguments, words in wrong:
        with pytest.raises(WorldError, match=words):
            part.perform(operation, arguments, moment)
    with pytest.raises(UnknownTable):
        part.records.get("nowhere", "k")


def test_views_tell_what_changed_for_what_changed() -> None:
    part = Notes(store())
    older = part.fork()
    part.records.put("charges", "k0", {"customer": 5, "text": "new", "tags": ["a"]})
    part.records.remove("charges", "k1")
    part.settle("agent")
    charges = next(relation for relation in part.relations() if relation.name == "charges")
    assert [(column.name, column.type) for column in charges.columns] == [
        ("id", "VARCHAR"), ("customer", "BIGINT"), ("tags", "VARCHAR"), ("text", "VARCHAR"),
    ]  # fmt: skip
    assert list(part.relation_rows("charges")) == [("k0", 5, '["a"]', "new"), ("k2", 1, None, "k2")]
    later = part.fork()
    later.records.put("charges", "k2", {"customer": 6, "text": "k2"})
    later.settle("agent")
    delta = later.relation_delta("charges", part)
    assert delta is not None
    assert (delta.gone, delta.rows) == ([("k2",)], [("k2", 6, None, "k2")])
    assert part.relation_delta("charges", older) is None

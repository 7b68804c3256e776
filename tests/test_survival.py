"""The guide's table of references and profiles says what the references come to."""

import pytest

from docs.survival import PAGE, PROFILES, survival, survival_table, told_survival
from fault_injection.profile import library_names
from harness.staging.suite import collect

TOLD = told_survival(PAGE.read_text(encoding="utf-8"))
SAMPLED = ("invoice-check", "merge-accounts", "shelf-card")
"""Scenarios that are quick to play."""


def test_the_table_speaks_of_every_profile_and_of_scenarios_that_exist() -> None:
    known = {scenario.name for scenario in collect(["bookshop"])}

    assert set(PROFILES) == set(library_names())
    assert set(SAMPLED) <= set(TOLD) <= known
    assert all(set(told) == set(PROFILES) for told in TOLD.values())


def test_the_table_stands_in_the_guide_as_it_is_written() -> None:
    assert survival_table(TOLD) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLED)
def test_references_come_to_what_the_table_says(name: str) -> None:
    assert survival(match=name) == {name: TOLD[name]}, "python -m docs.survival writes it anew"

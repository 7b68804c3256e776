"""Our SQLite server answers like the package it imitates, byte for byte, over seeded programs."""

from pathlib import Path

import pytest

from tests.fidelity.sqlite_pair import differences
from tests.fidelity.sqlite_programs import PROTOCOL, program


@pytest.mark.parametrize("seed", range(4))
def test_programs_are_answered_like_the_package_answers_them(seed: int, tmp_path: Path) -> None:
    found = differences(program(seed, 250), tmp_path)

    assert not found, "\n".join(found)


def test_every_odd_request_is_answered_like_the_package_answers_it(tmp_path: Path) -> None:
    found = differences(PROTOCOL, tmp_path)

    assert not found, "\n".join(found)

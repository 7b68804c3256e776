"""How an owner's verbs understand which stage is meant."""

import pytest

from harness.serving.owner import Where, admin_of
from sandbox_server.errors import NotFound
from sandbox_server.serving.finding import Admin


@pytest.mark.parametrize(
    "written", ["localhost:8765", "http://localhost:8765", "http://localhost:8765/", "http://localhost:8765/admin/v1"]
)
def test_an_address_is_understood_however_it_is_written(written: str) -> None:
    assert admin_of(Where(admin=written, admin_token="t")) == Admin("http://localhost:8765", "t")


def test_an_address_without_a_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUNDSTAGE_ADMIN_TOKEN", raising=False)

    with pytest.raises(NotFound, match="--admin needs --admin-token"):
        admin_of(Where(admin="localhost:8765"))

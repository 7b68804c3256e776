"""An owner looks at the resources of a service, and is told where it answers plain HTTP."""

from pathlib import Path

import pytest

from sandbox_server.admin.control import Opening
from tests.sandbox_server.api.shop import shop
from tests.sandbox_server.owned import owned

pytestmark = pytest.mark.anyio
HERE = "/episodes/shop/state/resources/billing"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_resources_are_shown_collection_by_collection(tmp_path: Path) -> None:
    async with owned() as own:
        own.control.open(Opening(shop(tmp_path), "virtual", "shop", "shop-token", []))

        collections = (await own.ask("GET", HERE))["collections"]
        first = await own.ask("GET", f"{HERE}/charges?limit=1")
        rest = await own.ask("GET", f"{HERE}/charges?after=ch_1")
        one = await own.ask("GET", f"{HERE}/charges/ch_2")

        assert {"name": "charges", "count": 2} in collections
        assert first == {
            "resources": [
                {"key": "ch_1", "resource": {"id": "ch_1", "amount": 500, "currency": "eur", "status": "paid"}}
            ],
            "more": True,
        }
        assert ([each["key"] for each in rest["resources"]], rest["more"]) == (["ch_2"], False)
        assert one["resource"]["currency"] == "usd"
        for nowhere in ("/charges/ch_9", "/nothing", "/charges?after=ch_9"):
            await own.ask("GET", f"{HERE}{nowhere}", status=404)
        await own.ask("GET", "/episodes/default/state/resources/files", status=404)
        [part] = (await own.ask("GET", "/episodes/shop/state"))["parts"]
        assert "resources" in part["shows"]


async def test_episodes_say_where_their_services_are(tmp_path: Path) -> None:
    async with owned() as own:
        own.control.open(Opening(shop(tmp_path), "virtual", "shop", "shop-token", [("ida", "ida-token")]))

        told = await own.ask("GET", "/episodes/shop")

    assert told["services"]["billing"]["url"].endswith("/shop-token/billing/api")
    assert told["services"]["billing"]["key"] == "sk_live_1"
    assert told["actors"]["ida"]["services"]["billing"]["url"].endswith("/ida-token/billing/api")

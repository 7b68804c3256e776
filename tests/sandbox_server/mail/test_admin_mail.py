"""An owner looks at mail, and takes it along as files."""

from email import message_from_bytes
from pathlib import Path

import pytest

from sandbox_server.admin.control import Opening
from sandbox_server.presentation import present
from tests.sandbox_server.mail.office import WORLD
from tests.sandbox_server.owned import owned
from worlds.parts.mail.exchange import read_mbox
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio
HERE = "/episodes/office/state/mail/inbox"


async def test_mail_is_shown_and_exported(tmp_path: Path) -> None:
    async with owned() as own:
        shown = present(plan_world(parse_yaml(WORLD, "office.yaml"), Path()))
        own.control.open(Opening(shown, "virtual", "office", "office-token", []))

        messages = (await own.ask("GET", HERE))["messages"]
        assert [each["message"]["subject"] for each in messages] == ["Charged twice", "Re: Charged twice", "Lamps"]
        assert len((await own.ask("GET", f"{HERE}?folder=archive&mailbox=*"))["messages"]) == 1
        one = await own.ask("GET", f"{HERE}/{messages[0]['id']}")
        assert one["message"]["sender"] == "ida@example.test"

        eml = await own.client.get(f"{HERE}/{messages[0]['id']}", headers={"accept": "message/rfc822"})
        assert message_from_bytes(eml.content)["Subject"] == "Charged twice"
        box = await own.client.get(HERE, headers={"accept": "application/mbox"})
        (tmp_path / "all.mbox").write_bytes(box.content)
        assert [each["subject"] for each in read_mbox(tmp_path / "all.mbox")][2] == "Lamps"

        await own.ask("GET", f"{HERE}/nowhere", status=404)
        await own.ask("GET", "/episodes/default/state/mail/files", status=404)

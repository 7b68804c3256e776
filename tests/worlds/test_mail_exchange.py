"""Mail comes from `.eml` and mbox files and goes back into them."""

import mailbox
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worlds.chance import Chance
from worlds.errors import WorldError
from worlds.part import Ground
from worlds.parts.mail import MailBuilder, MailPart, MailSettings
from worlds.parts.mail.exchange import read_eml, read_mbox, to_eml, to_mbox
from worlds.parts.mail.message import composed

HTML = b"""From: =?utf-8?q?J=C3=BCrg?= <juerg@example.test>
To: billing@larkspur.test
Subject: Page
Date: Fri, 27 Feb 2026 09:00:00 +0100
Message-ID: <page@example.test>
Content-Type: text/html; charset=utf-8

<html><head><style>p {color: red}</style></head><body><p>Good   day,</p><p>two &amp; two<br>lines</p></body></html>
"""
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"), exclude_characters="\xad"), max_size=40)


def built(folder: Path, **more: Any) -> MailPart:
    written = {"account": "billing@larkspur.test", **more}
    return MailBuilder().build(
        MailSettings.model_validate(written), Ground(folder, Chance(1), 1_772_442_000_000_000_000)
    )


def messages(part: MailPart) -> list[Any]:
    return [part.records.get("messages", key) for key in part.records.keys("messages")]


@settings(max_examples=60, deadline=None)
@given(WORDS, st.lists(WORDS, max_size=4), st.binary(max_size=20))
def test_what_is_written_is_read_again(subject: str, lines: list[str], data: bytes) -> None:
    from worlds.parts.mail.enclosed import attachment

    body = "\n".join(line.strip() for line in lines).strip()
    message = composed(
        "Ida Moreau <ida@example.test>", to=["Bo <bo@example.test>", "cy@example.test"], cc=["d@example.test"],
        subject=" ".join(subject.split()), body=body, attachments=[attachment("a.bin", data)],
        date="2026-02-27T08:00:00.000Z", message_id="<a@example.test>", read=True, flagged=False,
    )  # fmt: skip
    again = read_eml(to_eml(message), "it")
    for field in ("sender", "sender_name", "to", "cc", "subject", "body", "date", "message_id", "attachments"):
        assert again[field] == message[field], field
    assert to_eml(message) == to_eml(message)


def test_folders_and_files_become_folders_and_messages(tmp_path: Path) -> None:
    (tmp_path / "mail" / "old").mkdir(parents=True)
    (tmp_path / "mail" / "page.eml").write_bytes(HTML)
    (tmp_path / "mail" / "old" / "page.eml").write_bytes(HTML.replace(b"page@", b"older@"))
    (tmp_path / "mail" / "contacts.csv").write_text("address,name\nida@example.test,Ida\n")
    box = mailbox.mbox(tmp_path / "mail" / "sent.mbox")
    entry = mailbox.mboxMessage(HTML.replace(b"Subject: Page", b"Subject: Re: Page\nIn-Reply-To: <page@example.test>"))
    entry.set_flags("RO")
    box.add(entry)
    box.close()
    part = built(tmp_path, data="mail/")
    found = {(each["folder"], each["subject"]): each for each in messages(part)}
    assert set(found) == {("inbox", "Page"), ("old", "Page"), ("sent", "Re: Page")}
    page = found["inbox", "Page"]
    assert (page["sender_name"], page["body"]) == ("Jürg", "Good day,\n\ntwo & two\nlines")
    assert page["date"] == "2026-02-27T08:00:00.000Z"
    assert (page["read"], found["sent", "Re: Page"]["read"]) == (False, True)
    assert part.records.get("contacts", "ida@example.test") is not None
    assert any(each.endswith("/old") for each in part.records.keys("folders"))


def test_a_mailbox_goes_into_an_mbox_and_comes_back(tmp_path: Path) -> None:
    part = built(tmp_path, generate=25)
    path = tmp_path / "all.mbox"
    path.write_bytes(to_mbox(messages(part)))
    again = list(read_mbox(path))
    kept = [(each["subject"], each["body"], each["sender"], each["read"]) for each in messages(part)]
    assert [(each["subject"], each["body"], each["sender"], each["read"]) for each in again] == kept


def test_an_exported_message_is_what_any_reader_understands(tmp_path: Path) -> None:
    part = built(
        tmp_path,
        messages=[{"from": "ida@example.test", "subject": "Grüße", "body": "ä", "attachments": {"a.txt": "x"}}],
    )
    parsed = message_from_bytes(to_eml(messages(part)[0]), policy=default)
    assert (parsed["Subject"], parsed["From"]) == ("Grüße", "ida@example.test")
    assert [each.get_filename() for each in parsed.iter_attachments()] == ["a.txt"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"account": "nobody"}, "is no mail address"),
        ({"data": "nowhere"}, "there is no folder"),
        ({"messages": [{"from": "x"}]}, r"messages\.0: 'x' is no mail address"),
        ({"messages": [{"from": "a@b.test", "date": "soon"}]}, "is no time"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, written: Any, words: str) -> None:
    with pytest.raises((WorldError, ValueError), match=words):
        built(tmp_path, **written)


def test_a_file_that_is_no_message_is_named(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "odd.eml").write_bytes(b"\xff\xfe not mail")
    with pytest.raises(WorldError, match=r"odd\.eml"):
        built(tmp_path, data="m")

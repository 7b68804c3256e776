"""Messages as real programs write them: what they say is taken in, and comes out again."""

from pathlib import Path
from typing import Any

import pytest

from worlds.chance import Chance
from worlds.part import Moment
from worlds.parts.mail.exchange import read_eml, read_mbox, to_eml, to_mbox
from worlds.parts.mail.message import stamped

HEAD = b"From: Ida <ida@example.test>\r\nTo: b@l.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
PLAIN = b"Content-Type: text/plain\r\n\r\nsee"


def parts(kind: bytes, *each: bytes) -> bytes:
    inside = b"".join(b"--q\r\n" + part + b"\r\n" for part in each)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=q\r\n\r\n" + inside + b"--q--\r\n"


ICS = b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR"
INNER = b"Content-Type: message/rfc822\r\n\r\nFrom: z@z.test\r\nSubject: inner\r\n\r\ninner body"
STATUS = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b"
TNEF = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgAA"
ODD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "latin-1 without a charset": (HEAD + b"\r\nGr\xfc\xdfe\r\n", {"body": "Grüße"}),
    "latin-1 in headers": (b"From: J\xfcrgen <j@l.test>\r\nSubject: \xdf\r\n\r\n", {"sender_name": "Jürgen"}),
    "an unknown charset": (HEAD + b"Content-Type: text/plain; charset=x-nix\r\n\r\nhello\r\n", {"body": "hello"}),
    "a date that is none": (HEAD + b"Date: yesterday\r\n\r\nhi\r\n", {"body": "hi", "date": None}),
    "a date far away": (HEAD + b"Date: Mon, 02 Mar 99999 09:00:00 +0000\r\n\r\nhi\r\n", {"date": None}),
    "nobody to go to": (b"From: a@b.test\r\nTo: not an address, c@d.test\r\n\r\nhi", {"to": ["c@d.test"]}),
    "no parts": (HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\nno parts\r\n", {"body": "no parts"}),
    "folded encoded words": (
        b"From: a@b.test\r\nSubject: =?utf-8?b?R3LDvMOfZSBhdXMg?=\r\n =?utf-8?b?S8O2bG4=?=\r\n\r\nhi",
        {"subject": "Grüße aus Köln"},
    ),
}  # fmt: skip
ENCLOSED = {
    "an invitation beside the text": (parts(b"alternative", PLAIN, ICS), ["invite.ics", "text/calendar"]),
    "an invitation alone": (HEAD + ICS, ["invite.ics", "text/calendar"]),
    "a message in a message": (parts(b"mixed", PLAIN, INNER), ["attachment-1", "message/rfc822"]),
    "a message as a message": (HEAD + INNER, ["attachment-1", "message/rfc822"]),
    "a report of delivery": (parts(b"report", PLAIN, STATUS), ["attachment-1", "message/delivery-status"]),
    "what a mail program encloses": (parts(b"mixed", PLAIN, TNEF), ["winmail.dat", "application/ms-tnef"]),
}


def laid(message: dict[str, Any]) -> dict[str, Any]:
    return stamped(message, "b@l.test", "inbox", Moment(1_772_442_000 * 10**9, "server", Chance(1)), "m")[1]


@pytest.mark.parametrize("name", ODD)
def test_odd_messages_say_what_they_say(name: str) -> None:
    data, wanted = ODD[name]
    message = read_eml(data, name)

    assert {key: message.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("name", ENCLOSED)
def test_nothing_that_is_enclosed_is_lost(name: str) -> None:
    message = read_eml(ENCLOSED[name][0], name)

    (found,) = message["attachments"]
    assert [found["name"], found["type"]] == ENCLOSED[name][1]
    again = read_eml(to_eml(laid(message)), name)
    assert again["attachments"][0]["content"] == found["content"]


@pytest.mark.parametrize(
    "kind", ["message/delivery-status", "multipart/mixed", "text/plain; charset=x", "odd", "", "a/b/c"]
)
def test_whatever_type_somebody_gives_an_attachment_it_comes_out(kind: str) -> None:
    message = laid(read_eml(parts(b"mixed", PLAIN, TNEF), "x"))
    odd = {**message, "attachments": [{**message["attachments"][0], "type": kind}]}

    assert read_eml(to_eml(odd), "x")["attachments"][0]["content"] == odd["attachments"][0]["content"]


@pytest.mark.parametrize("line", ["From here on", ">From there", ">>From elsewhere", "> From nowhere"])
def test_lines_of_mbox_files_come_back_as_they_were(line: str, tmp_path: Path) -> None:
    message = laid(read_eml(HEAD + b"\r\nhi\r\n" + line.encode() + b"\r\nbye\r\n", "x"))
    path = tmp_path / "x.mbox"
    path.write_bytes(to_mbox([message, message]))

    assert [each["body"] for each in read_mbox(path)] == [f"hi\n{line}\nbye"] * 2

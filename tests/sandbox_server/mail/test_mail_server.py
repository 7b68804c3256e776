"""Mail is read, written and answered as with a mail provider, and nothing ever leaves."""

import base64
from typing import Any

import pytest

from sandbox_server.families.mail.tools import TOOLS
from tests.sandbox_server.mail.office import WORLD, Office


@pytest.fixture
def office() -> Office:
    return Office()


def newest(office: Office, folder: str = "inbox") -> Any:
    return office.call("list_messages", folder=folder, limit=1)["messages"][0]


def test_folders_say_how_much_lies_in_them(office: Office) -> None:
    folders = {each["name"]: (each["messages"], each["unread"]) for each in office.call("list_folders")["folders"]}
    assert folders["inbox"] == (2, 2)
    assert folders["archive"] == (1, 0)
    assert folders["trash"] == (0, 0)


def test_a_message_is_read_with_its_thread_and_what_is_attached(office: Office) -> None:
    reply, first = office.call("list_messages")["messages"]
    assert (first["subject"], first["has_attachments"], first["unread"]) == ("Charged twice", True, True)
    assert reply["thread_id"] == first["thread_id"]
    whole = office.call("get_message", id=first["id"])
    assert whole["body"] == "I was charged twice."
    assert whole["attachments"] == [
        {"name": "bill.txt", "content_type": "text/plain", "size": 5},
        {"name": "photo.png", "content_type": "image/png", "size": 4},
    ]
    thread = office.call("get_thread", thread_id=first["thread_id"])
    assert [each["subject"] for each in thread["messages"]] == ["Charged twice", "Re: Charged twice"]


def test_attachments_come_as_what_they_are(office: Office) -> None:
    key = office.call("list_messages")["messages"][1]["id"]
    text = office.reply("get_attachment", id=key, name="bill.txt").result
    assert text == {"content": [{"type": "text", "text": "49.90"}]}
    picture = office.reply("get_attachment", id=key, name="photo.png").result
    assert picture == {"content": [{"type": "image", "data": "iVBORw==", "mimeType": "image/png"}]}
    assert office.refusal("get_attachment", id=key, name="x") == "Error: Attachment not found: x"


def test_sent_mail_is_evidence_and_arrives_where_somebody_is(office: Office) -> None:
    sent = office.call(
        "send_message", to=["Depot <depot@larkspur.test>"], bcc=["out@elsewhere.example"], subject="Lamps", body="Send."
    )
    assert sent["status"] == "sent"
    found = "select recipient, bcc, subject, body, folder from inbox.messages where mailbox = '{}'"
    assert office.rows(found.format("depot@larkspur.test")) == []
    office.later(61)
    (arrived,) = office.rows(found.format("depot@larkspur.test"))
    assert arrived == ("depot@larkspur.test", "", "Lamps", "Send.", "inbox")
    (own,) = office.rows(found.format("billing@larkspur.test") + " and folder = 'sent'")
    assert own[:2] == ("depot@larkspur.test", "out@elsewhere.example")


def test_what_the_agent_sends_is_the_agents_and_what_mail_does_of_itself_is_not(office: Office) -> None:
    office.call("send_message", to=["boss@larkspur.test"], subject="Help", body="Refund?")
    office.later(10)
    office.later(10)
    actors = {change.path: change.actors for change in office.episode.world.diff(office.episode.first)}
    assert sorted(set(actors.values())) == [("agent",), ("server",)]
    assert sum(who == ("agent",) for who in actors.values()) == 1


def test_somebody_who_is_away_answers_once_and_only_until_then(office: Office) -> None:
    for _ in range(2):
        office.call("send_message", to=["boss@larkspur.test"], subject="Help", body="Refund?")
        office.later(10)
    assert office.subjects()[0] == "Out of office: Re: Help"
    assert sum(subject.startswith("Out of office") for subject in office.subjects()) == 1
    other = Office()
    other.later(4 * 86_400)
    other.call("send_message", to=["boss@larkspur.test"], subject="Help", body="Refund?")
    other.later(10)
    assert not any(subject.startswith("Out of office") for subject in other.subjects())


@pytest.mark.parametrize(
    ("address", "code"),
    [("nobody@larkspur.test", "550 5.1.1"), ("x@closed.example", "550 5.1.1"), ("full@larkspur.test", "552 5.2.2")],
)
def test_mail_that_cannot_arrive_comes_back_in_its_thread(office: Office, address: str, code: str) -> None:
    sent = office.call("send_message", to=[address], subject="Hi", body="Ho")
    office.later(10)
    office.later(10)
    notice = newest(office)
    assert notice["subject"] == "Delivery Status Notification (Failure)"
    assert notice["thread_id"] == sent["thread_id"]
    body = office.call("get_message", id=notice["id"])["body"]
    assert address in body
    assert code in body


def test_mail_to_other_servers_is_gone_without_a_word(office: Office) -> None:
    office.call("send_message", to=["ida@example.test"], subject="Hi", body="Ho")
    office.later(60)
    assert len(office.subjects()) == 2


def test_a_reply_goes_to_the_sender_and_to_everybody_only_when_asked(office: Office) -> None:
    key = newest(office)["id"]
    alone = office.message(office.call("reply_to_message", id=key, body="Sorry.")["id"])
    assert (alone["to"], alone["cc"], alone["subject"]) == (["ida@example.test"], [], "Re: Charged twice")
    assert alone["body"].startswith("Sorry.\n\nOn Sat, 28 Feb 2026 08:00:00 +0000, ida@example.test wrote:\n> Hello?")
    everybody = office.message(office.call("reply_to_message", id=key, body="Sorry.", reply_all=True)["id"])
    assert everybody["cc"] == ["boss@larkspur.test"]
    assert everybody["thread"] == office.message(key)["thread"]


def test_a_forwarded_message_takes_its_attachments_along(office: Office) -> None:
    key = office.call("list_messages")["messages"][1]["id"]
    passed = office.message(office.call("forward_message", id=key, to=["depot@larkspur.test"], body="See below.")["id"])
    assert passed["subject"] == "Fwd: Charged twice"
    assert [each["name"] for each in passed["attachments"]] == ["bill.txt", "photo.png"]
    assert "I was charged twice." in passed["body"]


def test_drafts_wait_until_they_are_sent(office: Office) -> None:
    draft = office.call("create_draft", to=["depot@larkspur.test"], subject="Lamps")
    assert office.subjects("drafts") == ["Lamps"]
    assert office.refusal("send_draft", id=newest(office)["id"]).endswith("is not in drafts")
    office.call("update_draft", id=draft["id"], body="Ten lamps, please.", attachments=[
        {"name": "list.csv", "content": base64.b64encode(b"lamp,10").decode()}
    ])  # fmt: skip
    sent = office.call("send_draft", id=draft["id"])
    assert (sent["id"], office.subjects("drafts"), office.subjects("sent")) == (draft["id"], [], ["Lamps"])
    kept = office.message(draft["id"])
    assert (kept["body"], kept["attachments"][0]["type"]) == ("Ten lamps, please.", "text/csv")


def test_scheduled_mail_goes_at_its_time_unless_it_is_taken_back(office: Office) -> None:
    first = office.call(
        "send_message", to=["depot@larkspur.test"], subject="One", body="-", send_at="2026-03-02T10:00:00Z"
    )
    second = office.call(
        "send_message", to=["depot@larkspur.test"], subject="Two", body="-", send_at="2026-03-02T10:00:00Z"
    )
    assert first["status"] == "scheduled"
    assert office.subjects("scheduled") == ["Two", "One"]
    office.call("delete_message", id=second["id"])
    office.later(3_599)
    assert office.subjects("sent") == []
    office.later(2)
    office.later(61)
    assert office.subjects("sent") == ["One"]
    assert office.rows("select subject from inbox.messages where mailbox = 'depot@larkspur.test'") == [("One",)]


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("charged", ["Re: Charged twice", "Charged twice"]),
        ("CHARGED -hello", ["Charged twice"]),
        ('"in stock"', ["Lamps"]),
        ("from:bo@example.test", ["Lamps"]),
        ("cc:boss", ["Re: Charged twice"]),
        ("to:billing subject:twice has:attachment", ["Charged twice"]),
        ("is:unread after:2026-02-28", ["Re: Charged twice"]),
        ("before:2026-02-28", ["Charged twice"]),
        ("in:archive is:read", ["Lamps"]),
        ("http://x", []),
    ],
)
def test_a_search_means_what_people_type(office: Office, query: str, subjects: list[str]) -> None:
    assert [each["subject"] for each in office.call("search_messages", query=query)["messages"]] == subjects


def test_pages_join_without_a_gap(office: Office) -> None:
    crowded = Office(WORLD.replace("    contacts:", "    generate: 57\n    contacts:"))
    whole = [each["id"] for each in crowded.call("search_messages", query="in:anywhere", limit=100)["messages"]]
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = crowded.call("search_messages", query="in:anywhere", limit=7, **cursor)
        paged += [each["id"] for each in page["messages"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert paged == whole
    assert len(whole) == 60


def test_trash_is_a_folder_until_it_is_emptied(office: Office) -> None:
    key = newest(office)["id"]
    assert office.call("delete_message", id=key)["status"] == "moved to trash"
    assert office.call("search_messages", query="hello")["messages"] == []
    assert office.call("delete_message", id=key)["status"] == "deleted"
    assert office.refusal("get_message", id=key) == f"Error: Message not found: {key}"


def test_folders_come_and_go_only_empty(office: Office) -> None:
    key = newest(office)["id"]
    office.call("create_folder", name="Disputes")
    assert office.refusal("create_folder", name="disputes") == "Error: Folder already exists: disputes"
    assert office.call("move_message", id=key, folder="disputes")["folder"] == "Disputes"
    assert office.refusal("delete_folder", name="Disputes") == "Error: Folder is not empty: Disputes"
    office.call("move_message", id=key, folder="inbox")
    office.call("delete_folder", name="Disputes")
    assert office.refusal("delete_folder", name="inbox") == "Error: Folder cannot be deleted: inbox"


def test_the_address_book_finds_keeps_and_forgets(office: Office) -> None:
    assert office.call("search_contacts", query="tern")["contacts"][0]["address"] == "ida@example.test"
    office.call("save_contact", address="Bo@Example.test", name="Bo")
    office.call("save_contact", address="bo@example.test", phone="123")
    assert office.call("search_contacts", query="bo@")["contacts"][0] == {
        "address": "bo@example.test", "name": "Bo", "company": "", "phone": "123", "notes": "",
    }  # fmt: skip
    office.call("delete_contact", address="bo@example.test")
    assert office.refusal("delete_contact", address="bo@example.test") == "Error: Contact not found: bo@example.test"


def test_the_account_can_be_away_itself(office: Office) -> None:
    office.call("set_auto_reply", enabled=True, text="Closed today.")
    world = office.episode.world
    boss = {"from": "boss@larkspur.test", "to": "billing@larkspur.test", "subject": "Ping", "body": "?"}
    world.agenda = world.agenda.schedule(world.clock.now_ns, "inbox", "send_as", boss, "boss")
    for _ in range(4):
        office.later(5)
    found = office.rows(
        "select sender, subject from inbox.messages where mailbox = 'boss@larkspur.test' order by sender"
    )
    assert found == [("billing@larkspur.test", "Out of office: Re: Ping"), ("boss@larkspur.test", "Ping")]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("send_message", {"to": ["ida"], "subject": "", "body": ""}, "Invalid address"),
        ("send_message", {"to": [" "], "subject": "", "body": ""}, "no recipients"),
        ("send_message", {"to": [], "subject": "", "body": ""}, "to"),
        ("send_message", {"to": ["a@b.c"], "subject": "", "body": "", "send_at": "soon"}, "Invalid time"),
        ("send_message", {"to": ["a@b.c"], "subject": "", "body": "", "send_at": "2020-01-01"}, "in the past"),
        (
            "send_message",
            {"to": ["a@b.c"], "subject": "", "body": "", "attachments": [{"name": "a", "content": "%"}]},
            "Invalid attachment",
        ),
        ("search_messages", {"query": "is:lost"}, "is:lost is not known"),
        ("search_messages", {"query": "after:never"}, "is not a date"),
        ("search_messages", {"query": "a", "cursor": "nowhere"}, "Invalid cursor"),
        ("list_messages", {"folder": "nowhere"}, "Folder not found"),
        ("list_messages", {"cursor": "nowhere"}, "Invalid cursor"),
        ("get_thread", {"thread_id": "nowhere"}, "Thread not found"),
        ("mark_message", {"id": "nowhere"}, "Nothing to change"),
        ("move_message", {"id": "nowhere", "folder": "inbox"}, "Message not found"),
        ("set_auto_reply", {"enabled": True}, "text is needed"),
        ("save_contact", {"address": "x@"}, "Invalid address"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    office: Office, tool: str, arguments: dict[str, Any], words: str
) -> None:
    assert words in office.refusal(tool, **arguments)
    assert office.episode.world.diff(office.episode.first) == []


def test_other_mailboxes_cannot_be_read(office: Office) -> None:
    office.call("send_message", to=["depot@larkspur.test"], subject="Lamps", body="Send.")
    office.later(61)
    ((key,),) = office.rows("select id from inbox.messages where mailbox = 'depot@larkspur.test'")
    assert office.refusal("get_message", id=key).startswith("Error: Message not found")
    assert len(office.call("search_messages", query="lamps in:anywhere")["messages"]) == 2


def test_equal_seeds_give_equal_mail() -> None:
    def story(seed: int) -> Any:
        office = Office(WORLD.replace("    contacts:", "    generate: 20\n    contacts:"), seed=seed)
        office.call("send_message", to=["boss@larkspur.test", "nobody@larkspur.test"], subject="Hi", body="Ho")
        office.later(10)
        office.later(10)
        return office.call("list_messages", limit=100), office.episode.world.state_digest()

    assert story(3) == story(3)
    assert story(3) != story(4)


def test_every_tool_has_a_title_and_a_description() -> None:
    assert [tool["name"] for tool in TOOLS if not (tool["title"] and tool["description"])] == []
    assert len({tool["name"] for tool in TOOLS}) == len(TOOLS) == 22

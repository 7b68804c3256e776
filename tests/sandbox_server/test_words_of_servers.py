"""Each kind of server words its failures as its like do, and speaks of nothing that it could not know."""

import re
from collections.abc import Iterator
from typing import Final, get_args

import pytest

from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import dialect_of, dialects, worded
from sandbox_server.families.api.server import ApiServer
from sandbox_server.family import Server
from sandbox_server.presentation import Presentation
from sandbox_server.web import WebRequest
from tests.fault_injection.test_kinds import TELLING
from tests.sandbox_server.every_server import CALLS, street

NETWORK_WORDS: Final = re.compile(
    r"\bHTTP(?!s?://)|\btoken|\b[45]\d\d\b|rate.?limit|retry.after|gateway|unauthori[sz]ed|\bAPI\b", re.IGNORECASE
)
HTTP_WORDS: Final = re.compile(r"\bHTTP|retry.after|gateway|unauthori[sz]ed|rate.?limit", re.IGNORECASE)
CODES: Final = re.compile(r"\b[45]\d\d\b(?: ([45])\.\d\.\d+)?")
WAIT_MS: Final = 20_000
MEANINGS: Final = get_args(Meaning)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Presentation:
    return street(tmp_path_factory.mktemp("street"))


def failures(name: str, server: Server) -> Iterator[tuple[str, str]]:
    """Everything that a server says of failures, with what it means."""
    for meaning in MEANINGS:
        for tool, arguments in CALLS[name]:
            said = Said(meaning, WAIT_MS, waited_ms=30_000)
            yield meaning, text_of(worded(said, Call(name, tool, arguments), server))


def text_of(reply: Reply) -> str:
    assert reply.result is not None
    return str(reply.result["content"][0]["text"])


def test_every_dialect_and_every_kind_of_server_is_among_those_tried(shown: Presentation) -> None:
    """So that whoever adds one is asked here what it says."""
    assert {getattr(server, "dialect", "plain") for server in shown.servers.values()} == set(dialects.names())
    for name, server in shown.servers.items():
        assert {tool for tool, _ in CALLS[name]} <= set(server.surface.by_name)


@pytest.mark.parametrize("name", CALLS)
def test_every_meaning_has_words_that_give_nothing_away(shown: Presentation, name: str) -> None:
    for meaning, text in failures(name, shown.servers[name]):
        assert text and not TELLING.search(text), (meaning, text)
        assert not re.search(r"(?<!/)\{[a-z]+\}", text), f"a place that nobody filled: {text}"


@pytest.mark.parametrize("name", CALLS)
def test_a_server_speaks_of_nothing_that_it_could_not_know(shown: Presentation, name: str) -> None:
    """Files and databases know no status codes, no tokens and no limits of requests. DuckDB's hosted kin would, but
    what its server says of failures are the engine's own words, and so are ours."""
    server = shown.servers[name]
    vocabulary = dialect_of(server).vocabulary
    for meaning, text in failures(name, server):
        if vocabulary == "local":
            assert not NETWORK_WORDS.search(text), (meaning, text)
        if vocabulary == "mail":
            assert not HTTP_WORDS.search(text), (meaning, text)
            assert all(code[1] == code[0][0] for code in CODES.finditer(text)), f"no code of mail servers: {text}"


def test_what_keeps_files_and_rows_is_local(shown: Presentation) -> None:
    parts = shown.world.parts
    local = {name for name, server in shown.servers.items() if dialect_of(server).vocabulary == "local"}
    assert local == {name for name, part in parts.items() if part.kind in ("filesystem", "sql")}


def test_mail_that_leaves_fails_with_codes_of_smtp_and_a_mailbox_with_those_of_imap(shown: Presentation) -> None:
    for tool, _ in CALLS["inbox"]:
        for meaning in MEANINGS:
            text = text_of(worded(Said(meaning), Call("inbox", tool, {}), shown.servers["inbox"]))
            smtp, imap = CODES.search(text), re.search(r"NO \[[A-Z]+\] \w", text)
            assert bool(smtp) != bool(imap), text
            assert tool == "send_message" or imap, text


@pytest.mark.parametrize("name", ["billing", "hub"])
def test_a_service_says_by_plain_http_what_its_wrapper_tells(shown: Presentation, name: str) -> None:
    """The same status and body at both doors, in the service's own shape; waits stand in headers."""
    server = shown.servers[name]
    assert isinstance(server, ApiServer)
    asked = WebRequest("GET", "/charges/ch_1")
    for meaning in MEANINGS:
        call = Call(name, CALLS[name][0][0], {"id": "ch_1"}, web=asked)
        reply = worded(Said(meaning, WAIT_MS), call, server)
        assert reply.result is not None
        assert 400 <= reply.result["status"] < 600, meaning
        assert ["Retry-After", "20"] in [list(pair) for pair in reply.result["headers"]], meaning
        assert not TELLING.search(repr(reply.result))


@pytest.mark.parametrize("name", ["billing", "hub"])
def test_a_wrapper_without_such_a_tool_has_nothing_to_ask_its_service(shown: Presentation, name: str) -> None:
    for meaning in MEANINGS:
        result = worded(Said(meaning, WAIT_MS), Call(name, "no_such", {}), shown.servers[name]).result
        assert result is None or not {"status", "headers"} & set(result)


@pytest.mark.parametrize(("sql", "proposed"), [(None, True), ("from sqlite_master", True), ("from jjjj", False)])
def test_a_missing_table_is_not_proposed_in_its_own_place(shown: Presentation, sql: str | None, proposed: bool) -> None:
    """As DuckDB, which proposes what there is, and nothing where no letter is the same."""
    server = next(each for each in shown.servers.values() if getattr(each, "dialect", "") == "motherduck")
    call = Call("any", "list_tables", {}) if sql is None else Call("any", "execute_query", {"sql": sql})
    text = text_of(worded(Said("not_found"), call, server))
    missing = re.search(r"Table with name (\w+) does not exist!", text)

    assert missing and ("Did you mean" in text) is proposed
    assert f'mean \\"{missing[1]}\\"' not in text

"""The gateway between agents and their models: what passes, what is recorded, and what is refused."""

import asyncio
import gzip
import json
import socket
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.acting.mind import Mind
from harness.gateway.capture import Capture
from harness.gateway.gateway import Gateway, opened_gateway
from harness.recording.record import read_trajectory
from harness.trajectory import Departure, Usage
from tests.harness.agents import agent, soon_minutes
from tests.harness.command import Command
from tests.harness.scenes import NOTE, write_scene
from tests.harness.scripted_model import CHAT, MESSAGES, RESPONSES, Endpoint, Turn, scripted_model
from tests.harness.sockets import unanswered_port

pytestmark = pytest.mark.anyio
WAIT_S = 120.0
"""Only what hangs takes so long."""
TURN = Turn("Let me look.", [("look", {"at": "naïve 日本"})], thinking="I wonder.", tokens=(120, 34))
PATHS = {CHAT: "OPENAI_BASE_URL", RESPONSES: "OPENAI_BASE_URL", MESSAGES: "ANTHROPIC_BASE_URL"}
ASKED: dict[str, Any] = {
    CHAT: {"model": "m", "messages": [{"role": "user", "content": "go"}], "temperature": 0.25},
    RESPONSES: {"model": "m", "input": [{"role": "user", "content": "go"}], "temperature": 0.25},
    MESSAGES: {"model": "m", "messages": [{"role": "user", "content": "go"}], "max_tokens": 9, "temperature": 0.25},
}


def use(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)


def patient() -> httpx.AsyncClient:
    """A client that waits as long as the machine needs."""
    return httpx.AsyncClient(timeout=WAIT_S)


@asynccontextmanager
async def gateway_to(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, mind: Mind, folder: Path
) -> AsyncIterator[Gateway]:
    use(monkeypatch, endpoint)
    async with opened_gateway(mind, folder / "note-1.jsonl") as gateway:
        yield gateway


def exchanges(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "note-1.model.jsonl").read_text().splitlines()]


async def exchanges_when(folder: Path, count: int) -> list[Any]:
    """The exchanges, once there are so many."""
    async with asyncio.timeout(WAIT_S):
        while True:
            path = folder / "note-1.model.jsonl"
            if path.exists() and path.read_bytes().count(b"\n") >= count:
                return exchanges(folder)
            await asyncio.sleep(0.01)


def address(gateway: Gateway, path: str) -> str:
    base = gateway.environment()[PATHS[path]]
    return f"{base}/v1{path}" if path == MESSAGES else f"{base}{path}"


def key(gateway: Gateway, path: str) -> dict[str, str]:
    variables = gateway.environment()
    if path == MESSAGES:
        return {"x-api-key": variables["ANTHROPIC_API_KEY"]}
    return {"authorization": f"Bearer {variables['OPENAI_API_KEY']}"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("streamed", [False, True])
async def test_every_byte_passes_and_all_is_recorded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str, streamed: bool
) -> None:
    mind = Mind()
    asked = {**ASKED[path], "stream": streamed}
    if path == CHAT and streamed:
        asked["stream_options"] = {"include_usage": True}
    body = json.dumps(asked, indent=3).encode()
    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, mind, tmp_path) as gateway, patient() as client:
            direct = await client.post(f"{endpoint.url}/v1{path}?beta=true", content=body)
            passed = await client.post(f"{address(gateway, path)}?beta=true", content=body, headers=key(gateway, path))

    [exchange] = exchanges(tmp_path)
    drop = {"date"}
    assert passed.content == direct.content
    assert [h for h in passed.headers.raw if h[0].decode().lower() not in drop] == [
        (name.lower(), value) for name, value in direct.headers.raw if name.decode().lower() not in drop
    ]
    assert endpoint.requests[0] == endpoint.requests[1] == asked
    assert "".join(mind.thought() or "").split("\n\n") == ["I wonder.", "Let me look."]
    assert mind.usage == Usage(input_tokens=120, output_tokens=34, requests=1)
    assert (mind.model, mind.temperature) == ("scripted-1", 0.25)
    assert (exchange["ending"], exchange["status"], exchange["streamed"]) == ("answered", 200, streamed)
    assert (exchange["input_tokens"], exchange["output_tokens"], exchange["estimated"]) == (120, 34, False)
    assert exchange["request"] == asked


async def test_a_stream_is_put_together_to_the_message_that_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            for path in PATHS:
                for streamed in (False, True):
                    asked = {**ASKED[path], "stream": streamed}
                    await client.post(address(gateway, path), json=asked)

    kept = exchanges(tmp_path)
    chat, chat_streamed = (exchange["response"]["choices"][0]["message"] for exchange in kept[:2])
    assert {**chat_streamed["tool_calls"][0], "index": None} == {**chat["tool_calls"][0], "index": None}
    assert (chat_streamed["content"], chat_streamed["reasoning_content"]) == ("Let me look.", "I wonder.")
    assert kept[3]["response"] == kept[2]["response"]
    assert kept[5]["response"] == kept[4]["response"]
    assert kept[0]["token_ids"] == [7, 8, 9]
    assert kept[0]["logprobs"][0]["logprob"] == -0.5
    assert set(kept[1]["token_ids"]) == {1}
    assert kept[1]["estimated"]


async def test_the_clients_of_both_vendors_work_through_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import anthropic
    import openai

    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway:
            for name, value in gateway.environment().items():
                monkeypatch.setenv(name, value)
            async with openai.AsyncOpenAI() as first, anthropic.AsyncAnthropic() as second:
                said = await first.chat.completions.create(model="m", messages=[{"role": "user", "content": "go"}])
                answered = await first.responses.create(model="m", input="go")
                stream = second.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "go"}])
                async with stream as events:
                    message = await events.get_final_message()

    real = endpoint.environment
    assert said.choices[0].message.content == answered.output_text == "Let me look."
    assert message.usage.output_tokens == 34
    assert endpoint.headers[0]["authorization"] == f"Bearer {real['OPENAI_API_KEY']}"
    assert endpoint.headers[2]["authorization"] == f"Bearer {real['ANTHROPIC_API_KEY']}"
    assert endpoint.headers[0]["host"] == f"127.0.0.1:{endpoint.port}"


async def test_secrets_are_written_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MY_SERVICE_TOKEN", "hush-hush-4711")
    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            real, local = endpoint.environment["OPENAI_API_KEY"], gateway.environment()["OPENAI_API_KEY"]
            words = f"{real} {local} hush-hush-4711 my own key-of-mine-99 Bearer abcdefghijklmnop and sk-{'a' * 30}"
            asked = {**ASKED[CHAT], "messages": [{"role": "user", "content": words}]}
            await client.post(address(gateway, CHAT), json=asked, headers={"authorization": "Bearer key-of-mine-99"})

    text = (tmp_path / "note-1.model.jsonl").read_text()
    assert endpoint.requests[0] == asked
    assert endpoint.headers[0]["authorization"] == "Bearer key-of-mine-99"
    assert exchanges(tmp_path)[0]["request"]["messages"][0]["content"] == "*** *** *** my own *** *** and ***"
    for secret in (real, local, "hush-hush-4711", "key-of-mine-99"):
        assert secret not in text


@pytest.mark.parametrize("path", PATHS)
async def test_without_tokens_nothing_is_asked_any_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str
) -> None:
    mind = Mind(tokens_max=154)
    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, mind, tmp_path) as gateway, patient() as client:
            await client.post(address(gateway, path), json=ASKED[path])
            ended_before = mind.exceeded.is_set()
            refused = await client.post(address(gateway, path), json=ASKED[path])

    assert not ended_before
    assert mind.exceeded.is_set()
    assert refused.status_code == 429
    assert refused.json()["error"]["message"] == "The token quota of this key is used up."
    assert (refused.json().get("type") == "error") is (path == MESSAGES)
    assert len(endpoint.requests) == 1
    assert [exchange["ending"] for exchange in exchanges(tmp_path)] == ["answered", "refused"]


async def test_paths_that_nobody_was_given_lead_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with scripted_model([TURN]) as endpoint:
        async with (
            gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway,
            opened_gateway(Mind(), None) as other,
            patient() as client,
        ):
            foreign = address(other, CHAT).replace(other.url, gateway.url)
            guesses = [gateway.url, f"{gateway.url}/v1{CHAT}", foreign]
            answers = [await client.post(url, json=ASKED[CHAT]) for url in guesses]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert not endpoint.requests
    assert "soundstage" not in "".join(answer.text + str(answer.headers) for answer in answers).lower()


async def test_an_endpoint_that_is_gone_is_told_in_its_own_style(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mind = Mind()
    with unanswered_port() as port:
        async with gateway_to(monkeypatch, Endpoint([], port=port), mind, tmp_path) as gateway, patient() as client:
            answers = [await client.post(address(gateway, path), json=ASKED[path]) for path in PATHS]

    assert [answer.status_code for answer in answers] == [502, 502, 502]
    assert answers[2].json()["type"] == "error"
    assert "127.0.0.1" not in "".join(answer.text for answer in answers)
    assert mind.failure is not None
    assert {exchange["ending"] for exchange in exchanges(tmp_path)} == {"failed"}


async def test_an_agent_that_leaves_frees_the_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gate = threading.Event()
    with scripted_model([TURN], gate=gate) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            asking = asyncio.create_task(client.post(address(gateway, CHAT), json=ASKED[CHAT]))
            assert await asyncio.to_thread(endpoint.asked.wait, WAIT_S)
            asking.cancel()
            [exchange] = await exchanges_when(tmp_path, 1)

    assert (exchange["ending"], exchange["status"]) == ("left", None)


def read_request(connection: socket.socket) -> None:
    """Read a request to its end, so that hanging up does not reset the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += more(connection)


def more(connection: socket.socket) -> bytes:
    """What comes next. Raises ConnectionError where nothing does any more."""
    data = connection.recv(65_536)
    if not data:
        raise ConnectionError
    return data


@contextmanager
def raw_endpoint(*parts: bytes, between: threading.Event | None = None) -> Iterator[Endpoint]:
    """An endpoint that answers every connection with these bytes, the last of them after `between`, and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):
                read_request(connection)
                for place, part in enumerate(parts, 1):
                    if between is not None and place == len(parts):
                        between.wait(WAIT_S)
                    connection.sendall(part)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Endpoint([], port=server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


async def test_an_answer_that_breaks_off_breaks_off_for_the_agent_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "half"}}]}\n\n'
    with raw_endpoint(head, b"%x\r\n%s\r\n" % (len(event), event)) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            with pytest.raises(httpx.HTTPError):
                await client.post(address(gateway, CHAT), json={**ASKED[CHAT], "stream": True})
            [exchange] = await exchanges_when(tmp_path, 1)

    assert (exchange["ending"], exchange["status"]) == ("failed", 200)
    assert exchange["response"]["choices"][0]["message"]["content"] == "half"


async def test_a_stream_passes_as_it_comes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    first, last, mind = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}]}\n\n', b"data: [DONE]\n\n", Mind()
    gate = threading.Event()
    with raw_endpoint(head + first, last, between=gate) as endpoint:
        async with (
            gateway_to(monkeypatch, endpoint, mind, tmp_path) as gateway,
            patient() as client,
            client.stream("POST", address(gateway, CHAT), json={**ASKED[CHAT], "stream": True}) as answer,
        ):
            pieces = answer.aiter_raw()
            seen = await anext(pieces)
            gate.set()
            rest = b"".join([piece async for piece in pieces])

    assert (seen, rest) == (first, last)
    assert mind.thought() == "a"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_packed_answers_stay_packed_and_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str
) -> None:
    said = {"model": "zipped", "choices": [{"message": {"content": "hi"}}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 6}}  # fmt: skip
    body = (gzip.compress if encoding == "gzip" else zlib.compress)(json.dumps(said).encode())
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n"
    mind = Mind()
    with raw_endpoint(f"{head}content-length: {len(body)}\r\n\r\n".encode(), body) as endpoint:
        async with (
            gateway_to(monkeypatch, endpoint, mind, tmp_path) as gateway,
            patient() as client,
            client.stream("POST", address(gateway, CHAT), json=ASKED[CHAT]) as answer,
        ):
            raw = b"".join([piece async for piece in answer.aiter_raw()])

    assert raw == body
    assert answer.headers["content-encoding"] == encoding
    assert exchanges(tmp_path)[0]["response"] == said
    assert mind.usage == Usage(input_tokens=5, output_tokens=6, requests=1)


async def test_huge_requests_pass_whole_and_are_kept_in_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Capture.__init__, "__defaults__", (1_000,))
    words = "x" * 3_000_000
    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            asked = {**ASKED[CHAT], "messages": [{"role": "user", "content": words}]}
            answer = await client.post(address(gateway, CHAT), json=asked)

    [exchange] = exchanges(tmp_path)
    assert answer.status_code == 200
    assert endpoint.requests[0] == asked
    assert len(exchange["request"]) == 1_000
    assert exchange["lost_bytes"] > 2_999_000


async def test_half_characters_and_many_events_at_once_are_recorded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.gateway.exchange.STREAM_BYTES_MAX", 200_000)
    half = b'data: {"choices": [{"index": 0, "delta": {"content": "\\ud83d"}}]}\n\n'
    many = b"".join(b'data: {"choices": [{"index": 0, "delta": {"content": "%d "}}]}\n\n' % n for n in range(1_000))
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    with raw_endpoint(head, half + many + b"data: [DONE]\n\n") as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            passed = await client.post(address(gateway, CHAT), json={**ASKED[CHAT], "stream": True})

    [exchange] = exchanges(tmp_path)
    assert passed.content == half + many + b"data: [DONE]\n\n"
    assert exchange["response"]["choices"][0]["message"]["content"] == "\ud83d" + "".join(f"{n} " for n in range(1_000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
async def test_what_cannot_be_recorded_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "note-1.model.jsonl").symlink_to("/dev/full")
    with scripted_model([TURN]) as endpoint:
        async with gateway_to(monkeypatch, endpoint, Mind(), tmp_path) as gateway, patient() as client:
            answer = await client.post(address(gateway, CHAT), json=ASKED[CHAT])
            departure = gateway.blamed(Departure(how="finished"))

    assert answer.status_code == 200
    assert (departure.how, "could not be recorded" in departure.note) == ("failed", True)


ASKING = """
def ask(model, messages):
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json.dumps({"model": model, "messages": messages}).encode(),
        {"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["choices"][0]["message"]

messages = [{"role": "user", "content": open(os.environ["TASK_FILE"]).read()}]
"""
ASKS = (
    ASKING
    + """
while True:
    said = ask("m", messages)
    messages.append(said)
    if not said.get("tool_calls"):
        break
    for wanted in said["tool_calls"]:
        got = call(wanted["function"]["name"], **json.loads(wanted["function"]["arguments"]))
        messages.append({"role": "tool", "tool_call_id": wanted["id"], "content": got["content"][0]["text"]})
answer(said["content"] + " " + os.environ["OPENAI_API_KEY"])
"""
)
PATIENT = (
    ASKING
    + """
while True:
    try:
        ask("m", messages)
    except OSError:
        time.sleep(0.05)
"""
)
ONCE = ASKING + """ask("m", messages); time.sleep(600)"""
SOLVED = [
    Turn("I read.", [("read_text_file", {"path": "/workspace/a.txt"})]),
    Turn("I write.", [("write_file", {"path": "/workspace/out.txt", "content": "hello"})]),
    Turn("done"),
]


def test_a_commands_thoughts_and_tokens_are_in_its_record(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_model(SOLVED) as endpoint:
        use(monkeypatch, endpoint)
        soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, ASKS), "--gateway", "--out", "out")

    trajectory = read_trajectory(tmp_path / "out/episodes/note-1.jsonl")
    closing = trajectory.closing
    assert closing is not None
    assert closing.outcome == "success", closing.note
    assert [step.thought for step in trajectory.steps] == ["I read.", "I write."]
    assert (closing.model, closing.total_tokens) == ("scripted-1", 330)
    assert endpoint.environment["OPENAI_API_KEY"] not in (closing.departure.answer or "")
    lines = (tmp_path / "out/episodes/note-1.model.jsonl").read_text().splitlines()
    assert [json.loads(line)["before_step"] for line in lines] == [1, 2, 3]


def test_a_command_is_stopped_when_its_tokens_are_used_up(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = NOTE.replace("limits: {steps: 5", "limits: {steps: 5, tokens: 150")
    with scripted_model(SOLVED) as endpoint:
        use(monkeypatch, endpoint)
        spec = agent(tmp_path, ASKS)
        soundstage("run", write_scene(tmp_path, text), "--agent", spec, "--gateway", "--out", "out")

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert (closing.outcome, closing.departure.how, closing.total_tokens) == ("timeout", "tokens", 220)


def test_an_agent_whose_model_fails_is_not_blamed(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_model([SOLVED[0], Turn(status=503)]) as endpoint:
        use(monkeypatch, endpoint)
        soundstage("run", write_scene(tmp_path), "--agent", agent(tmp_path, ASKS), "--gateway", "--out", "out")

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert (closing.outcome, closing.cause) == ("invalid", "infrastructure")
    assert "503" in closing.note


@pytest.mark.parametrize("silent", [False, True], ids=["refusing", "silent"])
def test_an_agent_whose_minutes_run_out_while_its_model_is_down_is_not_blamed(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    """It asks again and again, as patient clients do."""
    scene = write_scene(tmp_path, NOTE.replace("minutes: 10", f"minutes: {soon_minutes(tmp_path)}"))
    gate = threading.Event() if silent else None
    with scripted_model([Turn(status=503)], gate=gate) as endpoint:
        use(monkeypatch, endpoint)
        soundstage("run", scene, "--agent", agent(tmp_path, PATIENT), "--gateway", "--out", "out")

    closing = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert (closing.outcome, closing.cause, closing.blame) == ("invalid", "infrastructure", "infrastructure")
    assert ("has not answered" if silent else "503") in closing.note


def test_an_agent_that_does_not_ask_its_model_is_out_of_time_itself(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = write_scene(tmp_path, NOTE.replace("minutes: 10", f"minutes: {soon_minutes(tmp_path)}"))
    with scripted_model(SOLVED) as endpoint:
        use(monkeypatch, endpoint)
        soundstage("run", scene, "--agent", agent(tmp_path, ONCE), "--gateway", "--out", "out")

    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").outcome == "timeout"

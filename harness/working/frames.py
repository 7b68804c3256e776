"""Messages over pipes: eight bytes of length, then one line of JSON."""

from typing import Any, BinaryIO, Final

from anyio.streams.buffered import BufferedByteReceiveStream

from harness.recording.step_log import decoded, encoded

_LENGTH_BYTES: Final = 8


def framed(message: Any) -> bytes:
    """A message as it travels."""
    body = encoded(message)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def read_frame(file: BinaryIO) -> Any:
    """The next message of a pipe; None at its end, also where that cuts a message short."""
    body = file.read(int.from_bytes(file.read(_LENGTH_BYTES), "big"))
    return decoded(body) if body.endswith(b"\n") else None


async def receive_frame(stream: BufferedByteReceiveStream) -> Any:
    """The same for a stream. Raises EndOfStream and IncompleteRead."""
    length = int.from_bytes(await stream.receive_exactly(_LENGTH_BYTES), "big")
    return decoded(await stream.receive_exactly(length))

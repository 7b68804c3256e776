"""The wire of machines without httptools: pure Python reads the requests, and bounds their heads by itself."""

from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox_server.carriers.wire import Watched


class H11Wire(Watched, H11Protocol):
    """One connection."""

    def handle_events(self) -> None:
        """Note when a first head is complete."""
        super().handle_events()
        if self.cycle is not None:
            self.wires.silent.pop(self, None)

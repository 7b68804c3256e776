"""What reached the stage, before anything is parsed; the same shape for every transport."""

from collections.abc import Mapping
from typing import Any, Final

from fault_injection.delivery import Headers
from sandbox_server.ledger import Entry

LINE: Final = "LINE"
"""The verb of a line that came over stdio."""
UNREAD: Final = object()
"""The value of a body that nobody has parsed."""


class Head:
    """The headers of a request. Requests that begin with the same bytes share one, and what was found out of it."""

    __slots__ = ("fields", "judged", "pairs", "usual")

    def __init__(self, pairs: Headers | list[tuple[bytes, bytes]]) -> None:
        """`pairs` are the headers as they came, names in lower case."""
        self.pairs = pairs
        self.fields = dict(pairs)
        """Raw values by name; of a repeated header the last one."""
        self.judged: Any = None
        """What the last door to look at them said, for that door."""
        self.usual: Any = UNREAD
        """What the straight way takes from them, for that way."""


class Arrival:
    """One HTTP request to a server's URL, or one stdio line. Its carrier fills it; nobody changes what came."""

    __slots__ = ("body", "cut_at", "entries", "fields", "head", "pairs", "root", "target", "value", "verb")

    def __init__(
        self,
        body: bytes,
        verb: str = "POST",
        pairs: Headers | list[tuple[bytes, bytes]] = (),
        *,
        cut_at: int = 0,
        head: Head | None = None,
    ) -> None:
        """`pairs` are the headers as they came, names in lower case; `verb` is an HTTP method, or `LINE`.

        `cut_at` is the bound in bytes that the body exceeded, so that it was not read; 0 when all of it is here.
        `head` stands for headers that were read before.
        """
        self.body = body
        self.verb = verb
        self.target: str | None = None
        """Path and query below the URL of a service, where the request is to one and not to its tools."""
        self.root = ""
        """What stands before that path for this client (`http://HOST/TOKEN/NAME/api`); never recorded."""
        self.head = head = head or Head(pairs)
        self.pairs = head.pairs
        self.cut_at = cut_at
        self.entries: tuple[Entry, ...] = ()
        """The ledger's entries of the calls in it, once they are answered."""
        self.fields = head.fields
        """Raw header values by name; of a repeated header the last one."""
        self.value: Any = UNREAD
        """The parsed body once somebody has read it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names to trimmed values; a repeated header is joined by `, ` and listed in `repeated`."""
        joined: dict[str, str] = {}
        for raw_name, raw_value in self.pairs:
            name, value = raw_name.decode("latin-1"), raw_value.strip().decode("latin-1")
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined

    @property
    def repeated(self) -> frozenset[str]:
        """Names of headers that came more than once."""
        names = [name for name, _ in self.pairs]
        return frozenset(name.decode("latin-1") for name in names if names.count(name) > 1)

    def header(self, name: bytes) -> str | None:
        """One trimmed header value, or None."""
        value = self.fields.get(name)
        return None if value is None else value.strip().decode("latin-1")

    def __repr__(self) -> str:
        return f"Arrival({self.verb}, {len(self.body)} bytes)"

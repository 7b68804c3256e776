"""Read every message, and send, delete or add some that the reference leaves alone."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from harness.intruder import READS_MAX, Damage, Grounds, Try, intruders
from worlds.parts.mail import MailPart
from worlds.parts.mail.message import MESSAGES

_TRIED_MAX: Final = 5
_STRANGER: Final = "stranger@elsewhere.example"


@intruders.register("mail")
class MailIntruder:
    """Goes through an account's mail."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One call for each message, the newest first."""
        return [Try(grounds.server, "get_message", {"id": key}) for key in islice(_keys(grounds), READS_MAX)]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A message to a stranger, one less, one too many."""
        letter = {"to": [_STRANGER], "subject": "By mistake", "body": "Please ignore this."}
        spared = (key for key in _keys(grounds) if not grounds.touched(f"{grounds.server}.{MESSAGES}[{key}]"))
        keys = list(islice(spared, _TRIED_MAX))
        yield Damage(f"a message of {grounds.server} to a stranger", [Try(grounds.server, "send_message", letter)])
        yield Damage(
            f"a message of {grounds.server} removed",
            [Try(grounds.server, "remove", {"table": MESSAGES, "key": key}, by_tool=False) for key in keys],
        )
        stray = {"from": _STRANGER, "subject": "By mistake"}
        yield Damage(f"a message too many in {grounds.server}", [Try(grounds.server, "deliver", stray, by_tool=False)])


def _keys(grounds: Grounds) -> Iterator[str]:
    part = grounds.part
    if isinstance(part, MailPart):
        yield from part.records.keys(MESSAGES, newest_first=True)

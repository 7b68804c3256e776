"""Which share of a run's episodes is played, as the command line says it."""

import re
from typing import Final

from harness.errors import HarnessError
from harness.recording.run_folder import Shard

_SHAPE: Final = re.compile(r"(\d{1,6})/(\d{1,6})")


class ShardError(HarnessError):
    """A share that cannot be."""

    code = "shard"


def read_shard(text: str) -> Shard:
    """The share that `2/4` says. Raises ShardError."""
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None or not 1 <= int(shape[1]) <= int(shape[2]):
        raise ShardError(f"cannot read --shard {text!r}", hint="give I/N with an I from 1 to N, e.g. 2/4")
    return Shard(number=int(shape[1]), of=int(shape[2]))

"""The end of a process that answers queries, once the process that asks them has gone: whatever it is at by then."""

import os
import select
import threading

_GONE = 1


def end_with_asker() -> None:
    """End this process when nobody is left who could write to its stdin, even in the midst of a query.

    The end of stdin is seen between queries anyhow; where there is no `poll`, only then.
    """
    if hasattr(select, "poll"):
        threading.Thread(target=_await_end, daemon=True).start()


def _await_end() -> None:
    asker = select.poll()
    asker.register(0, 0)  # that the other end is closed is told in any case, and nothing else is
    asker.poll()
    os._exit(_GONE)

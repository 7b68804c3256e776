"""Source and literals are read by many threads at once, as while worlds are packed and scripts are played."""

import gc
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from worlds.pysource import expression_tree, literal, syntax_tree

ROWS = repr([{"number": number, "parts": [1, (2, {"three": 3.5})]} for number in range(100)])
SOURCE = "\n".join(f"def work_{number}(a, b):\n    return [a + {{'b': (b, {number})}}['b'][1]]" for number in range(50))


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Threads take turns wherever Python lets them, while memory is collected too."""

    def pause(phase: str, about: dict[str, int]) -> None:
        for _ in range(20):
            pass

    seconds = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    gc.callbacks.append(pause)
    yield
    gc.callbacks.remove(pause)
    sys.setswitchinterval(seconds)


def test_threads_that_read_at_once_do_not_disturb_each_other(interrupted: None) -> None:
    readers: list[Callable[[], Any]] = [lambda: literal(ROWS), lambda: syntax_tree(SOURCE)]

    with ThreadPoolExecutor(4) as threads:
        found = [each.result() for each in [threads.submit(readers[number % 2]) for number in range(80)]]

    assert len(found) == 80
    assert len(found[0]) == 100


def test_what_cannot_be_read_is_told_as_python_tells_it() -> None:
    assert literal(" [1, 'two', None]") == [1, "two", None]
    with pytest.raises(SyntaxError):
        expression_tree("1 +")
    with pytest.raises(ValueError, match="malformed"):
        literal("open('x')")

"""Python's own reader of Python source, one text at a time.

In some versions (3.11.7 is one) two threads that build trees at the same moment disturb each other, and one of them is
told of a `SystemError` that has nothing to do with its text.
"""

import ast
import threading
from typing import Any, Final

_ALONE: Final = threading.Lock()


def syntax_tree(source: str | bytes) -> ast.Module:
    """What `ast.parse` makes of a file's source; raises what that raises."""
    with _ALONE:
        return ast.parse(source)


def expression_tree(source: str) -> ast.Expression:
    """What `ast.parse` makes of one expression; raises what that raises."""
    with _ALONE:
        return ast.parse(source, mode="eval")


def literal(text: str) -> Any:
    """What `ast.literal_eval` makes of a text; raises what that raises."""
    return ast.literal_eval(expression_tree(text.lstrip(" \t")))

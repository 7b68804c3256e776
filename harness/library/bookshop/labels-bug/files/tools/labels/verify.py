"""What the label program must answer. It runs in processes of its own, so that it can neither pass nor end this one."""

import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
WIDTH = 40
SECONDS_MAX = 20
ASKED = """
import importlib, json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

def answer(module, function, words):
    try:
        return [getattr(importlib.import_module("labels." + module), function)(*words)]
    except ValueError:
        return "ValueError"

answers.write(json.dumps([answer(*question) for question in json.load(sys.stdin)]))
answers.close()
"""


def answers(*questions: tuple[str, str, list[Any]]) -> list[Any]:
    """What functions of the program return, or `ValueError`. Raises AssertionError for a program that breaks."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", ASKED], cwd=FOLDER, input=json.dumps(questions), capture_output=True, text=True,
        timeout=SECONDS_MAX,
    )  # fmt: skip
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"no answer: {done.stderr[-300:]}") from None
    return [one[0] if isinstance(one, list) else one for one in found]


def cents(*texts: str) -> list[Any]:
    """The cents of prices."""
    return answers(*(("money", "cents", [text]) for text in texts))


def labels(*lines: tuple[str, str, str]) -> list[Any]:
    """Labels of books."""
    return answers(*(("label", "label", list(line)) for line in lines))


class Prices(unittest.TestCase):
    """Prices in and out."""

    def test_every_way_of_writing_a_price(self) -> None:
        """One decimal counts tens of cents."""
        written = {"12.95": 1295, "12.5": 1250, "12,5": 1250, "0.9": 90, "12.05": 1205, " 7 ": 700, "7.": 700}
        self.assertEqual(dict(zip(written, cents(*written), strict=True)), written)

    def test_what_is_no_price(self) -> None:
        """A label with a wrong price costs money."""
        self.assertEqual(cents("", "-1", "1.234", "twelve"), ["ValueError"] * 4)

    def test_what_is_shown_can_be_read_again(self) -> None:
        """Every amount up to a hundred euros, with two decimals, also below one."""
        shown = [f"{amount // 100}.{amount % 100:02d}" for amount in range(10_000)]
        self.assertEqual(answers(*(("money", "shown", [amount]) for amount in range(10_000))), shown)
        self.assertEqual(cents(*shown), list(range(10_000)))


class Labels(unittest.TestCase):
    """Lines for the printer."""

    def test_names_and_cuts(self) -> None:
        """Particles belong to the name, three dots show that something is missing."""
        asked = (
            ("label", "last_name", ["Wouter van Dalen"]),
            ("label", "cut", ["The Tin Whistle Detectives Abroad", 20]),
        )
        self.assertEqual(answers(*asked), ["van Dalen", "The Tin Whistle D..."])

    def test_long_titles_are_cut_before_the_author(self) -> None:
        """Only the title loses letters."""
        title = "The Tin Whistle Detectives at Home and Abroad"
        self.assertEqual(labels((title, "Liam Kirwan", "9.5")), ["The Tin Whistle Detectiv..., Kirwan 9.50"])

    def test_the_author_is_whole_on_every_label(self) -> None:
        """Neither one letter more is cut nor one less, and every label is as wide as the paper."""
        books = [("x" * length, author) for length in range(1, 60) for author in ("Kirwan", "McCambridge", "van Dalen")]
        lines = [(title, f"Liam {author}", "17.95") for title, author in books]
        self.assertEqual(labels(*lines), [_line(title, author, "17.95") for title, author in books])


def _line(title: str, author: str, price: str) -> str:
    """What the label must be."""
    room = WIDTH - len(price) - 1 - len(author) - 2
    shown = title if len(title) <= room else title[: room - 3].rstrip() + "..."
    return f"{f'{shown}, {author}':<{WIDTH - len(price) - 1}} {price}"


if __name__ == "__main__":
    Path(__file__).unlink()  # what is tested must not read the answers here
    unittest.main()

"""What the shop reported: half prices, and authors that long titles push off the label."""

import unittest

from .label import WIDTH, label
from .money import cents, shown


class Prices(unittest.TestCase):
    """Prices with one decimal, and with none."""

    def test_every_way_of_writing_a_price(self) -> None:
        """One decimal counts tens of cents."""
        written = {"12.5": 1250, "12,5": 1250, "0.9": 90, "12.05": 1205, "7": 700, "7.": 700, "100,25": 10025}
        self.assertEqual({text: cents(text) for text in written}, written)

    def test_what_is_shown_can_be_read_again(self) -> None:
        """Every amount up to a thousand euros."""
        self.assertEqual([cents(shown(amount)) for amount in range(100_000)], list(range(100_000)))


class Authors(unittest.TestCase):
    """The author is whole on every label."""

    def test_long_titles_are_cut_before_the_author(self) -> None:
        """Only the title loses letters."""
        line = label("The Tin Whistle Detectives at Home and Abroad", "Liam Kirwan", "9.5")
        self.assertEqual(line, "The Tin Whistle Detectiv..., Kirwan 9.50")

    def test_short_titles_are_whole(self) -> None:
        """Nothing is cut that fits."""
        self.assertTrue(label("Marram", "Wouter van Dalen", "17.95").startswith("Marram, van Dalen "))

    def test_a_title_that_just_fits_is_whole(self) -> None:
        """Neither one letter more nor one less."""
        for length in range(1, 60):
            line = label("x" * length, "Liam Kirwan", "9.50")
            self.assertEqual(line, _line("x" * length, "Kirwan", "9.50"))
            self.assertEqual(len(line), WIDTH)


def _line(title: str, author: str, price: str) -> str:
    """What the label must be."""
    room = WIDTH - len(price) - 1 - len(author) - 2
    shown_title = title if len(title) <= room else title[: room - 3].rstrip() + "..."
    return f"{f'{shown_title}, {author}':<{WIDTH - len(price) - 1}} {price}"

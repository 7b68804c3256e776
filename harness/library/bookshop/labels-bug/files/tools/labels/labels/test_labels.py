"""What labels must look like."""

import unittest

from .label import WIDTH, cut, label, last_name
from .money import cents, shown


class Money(unittest.TestCase):
    """Prices in and out."""

    def test_reads_points_and_commas(self) -> None:
        """12,95 is what the tills write."""
        self.assertEqual([cents("12.95"), cents("12,95"), cents("12.5"), cents(" 7 ")], [1295, 1295, 1250, 700])

    def test_refuses_what_is_no_price(self) -> None:
        """A label with a wrong price costs money."""
        for text in ("", "-1", "1.234", "twelve"):
            with self.assertRaises(ValueError):
                cents(text)

    def test_shows_two_decimals(self) -> None:
        """Also below one."""
        self.assertEqual([shown(1295), shown(5), shown(700)], ["12.95", "0.05", "7.00"])


class Label(unittest.TestCase):
    """Lines for the printer."""

    def test_is_as_wide_as_the_paper(self) -> None:
        """The printer wraps everything longer."""
        self.assertEqual(len(label("Marram", "Orla McCambridge", "17.95")), WIDTH)

    def test_cuts_long_titles(self) -> None:
        """Three dots show that something is missing."""
        self.assertEqual(cut("The Tin Whistle Detectives Abroad", 20), "The Tin Whistle D...")

    def test_keeps_particles_of_names(self) -> None:
        """They belong to the name."""
        self.assertEqual(last_name("Wouter van Dalen"), "van Dalen")

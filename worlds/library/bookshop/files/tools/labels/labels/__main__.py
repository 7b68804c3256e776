"""Print a label for each line of a price list."""

import csv
import sys
from pathlib import Path

from .label import label


def main(path: str) -> None:
    """Print the labels of the price list at `path`."""
    with Path(path).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            print(label(row["title"], row["author"], row["price"]))


if __name__ == "__main__":
    main(sys.argv[1])

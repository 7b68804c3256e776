"""Read-only SQL over everything that a world holds, beside what it held before: for checks, and for its owner."""

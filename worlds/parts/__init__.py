"""The parts that worlds can hold: one file or folder per kind, named like it."""

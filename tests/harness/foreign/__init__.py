"""Agents of other people's making, as small programs that tests run."""

"""Whether a scenario can be trusted: the panel, its advice, its lock file."""

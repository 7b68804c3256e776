"""The kinds of agents: one file each, named like the prefix of its SPEC."""

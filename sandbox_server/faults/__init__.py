"""Faults on the path of calls: which are in force in an episode, and how they have their effect."""

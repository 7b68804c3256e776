"""Runs of many episodes: what is ordered, counted and promised."""

"""Keeping a stage open: its two listeners, the ports and tokens that it remembers, and the episode that it serves."""

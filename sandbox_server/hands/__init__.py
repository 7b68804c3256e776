"""Hands: what runs commands for a stage, in a container of their own beside it."""

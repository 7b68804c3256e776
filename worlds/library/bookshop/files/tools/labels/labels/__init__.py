"""Shelf labels for the shop."""

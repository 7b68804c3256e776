"""Databases: one contract, two real engines. Nothing is imported here, since worker processes need little of it."""

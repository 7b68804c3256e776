"""Manners of SDK transports, one file each, named like the fingerprint of the same SDK."""

"""The servers that calls are measured against; each prints its port when it listens."""

"""The manner of the Python SDK 1.30: how its low-level server words and shapes what every server on it answers."""

from sandbox_server.fingerprints.python_lowlevel.manner import VERSIONS, PythonLowLevel

__all__ = ["VERSIONS", "PythonLowLevel"]

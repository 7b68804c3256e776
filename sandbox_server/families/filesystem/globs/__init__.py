"""Globs as the `minimatch` package understands them, in matching that stays cheap whatever the pattern."""

from sandbox_server.families.filesystem.globs.glob import Glob, compile_glob
from sandbox_server.families.filesystem.globs.syntax import BadGlob

__all__ = ["BadGlob", "Glob", "compile_glob"]

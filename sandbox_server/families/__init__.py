"""The tool families: one file or folder per kind, named like it."""

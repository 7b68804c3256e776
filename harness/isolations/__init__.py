"""The isolations: one file each."""

"""The scorers: one file each, named like the figure that it computes."""

"""The small language of rules: paths, comparisons, sums over collections. Nothing in it loops or can fail."""

"""A finished, running or killed run, to one page that a person wants to look at."""

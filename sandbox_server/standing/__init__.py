"""A stage that stands by itself, as it does in a container: no world is needed, and nothing is remembered."""

"""Where episodes are played, one file per kind."""

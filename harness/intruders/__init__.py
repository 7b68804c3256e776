"""How the panel of `check` reads and damages servers, one file per kind."""

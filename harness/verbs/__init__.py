"""The verbs of the command `soundstage`: one file each, with a function `run` that typer reads."""

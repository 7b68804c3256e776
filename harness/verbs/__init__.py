"""The verbs of the command `soundstage`: one file each, whose click command is named `run`."""

"""The members of the panel of `check`, one file per member."""

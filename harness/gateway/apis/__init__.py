"""How answers of models' interfaces are read: one file per interface."""

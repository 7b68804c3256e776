"""One file for each format of training data; the name of a format is that of its file."""

"""One persona a file: how a kind of person behaves and speaks."""

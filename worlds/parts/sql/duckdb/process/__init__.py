"""What runs in the processes that hold DuckDB; the only code that imports it."""

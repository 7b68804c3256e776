"""DuckDB: an analytical database in worker processes, its state as data here."""

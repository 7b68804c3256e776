"""A run as tables: its index in Parquet, questions in SQL, and copies of it in object stores."""

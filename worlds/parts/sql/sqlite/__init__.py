"""The SQLite engine: transactional worlds on copy-on-write pages."""

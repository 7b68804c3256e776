"""Tools as a generator makes them from an API description: names, schemas, and what becomes of their arguments."""

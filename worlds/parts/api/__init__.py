"""API worlds: a stateful service made from an OpenAPI document, seed data and declared behaviour."""

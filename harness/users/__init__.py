"""Simulated users: code decides what a person does, templates or a model only word it."""

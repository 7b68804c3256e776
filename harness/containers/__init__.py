"""Containers: what is asked of Docker, the walls around what runs there, and stages that are kept ready in them."""

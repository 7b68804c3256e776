"""Stages that this process opens, and how their owner finds and follows them."""

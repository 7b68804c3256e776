"""Carriers perform deliveries: over HTTP, and over the standard streams of a process. They decide nothing."""

"""The pytest plug-in, tried on suites of its users."""

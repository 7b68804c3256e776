"""Episodes in the test-suites of agents: what the pytest plug-in opens, and how it tells what went wrong."""

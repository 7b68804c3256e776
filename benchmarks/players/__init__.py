"""One driver per framework for `benchmarks/peers.py`; each runs in a Python environment of that framework's own."""

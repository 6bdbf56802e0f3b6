"""The parts of the soak; tests/bench/soak.py runs it."""

"""The measurements behind docs/performance.md; tests/bench/speed_table.py runs them."""

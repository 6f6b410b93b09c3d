"""Benchmarks: each ``bench_*.py`` has a ``run()`` that measures and gives rows of name, figure and unit."""

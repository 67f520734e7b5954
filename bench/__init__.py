"""Benchmarks, one command each: `python3 dev.py bench NAME`. How to read them stands in README.md beside."""

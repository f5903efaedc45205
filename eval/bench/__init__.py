"""Benchmarks: time, memory and quality against peers, never timed tests."""

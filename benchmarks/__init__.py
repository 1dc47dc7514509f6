"""Benchmarks: how fast the simulator is, as ratios measured in one run on one machine."""

"""Benchmarks: how fast the simulator is, as ratios measured in one run on one machine."""

import os

# The threads of numpy's linear algebra spin for a while; that CPU time would be booked as the simulator's.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

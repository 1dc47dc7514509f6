"""Is it right: closed forms, the simulator held against them, and what sources claim, run and judged.

In come formulas, small organisations and the register of claims; out go checks with their intervals. It is a
neighbour of ``experiments``: neither knows the other.
"""

"""What of it counts: a history turned into numbers, and how sure they are.

In comes the history of a replication; out go its measures, its weeks, its waits, its playback - and, of
numbers of many replications, intervals. It reads records, never a live model, and knows no comparison.
"""

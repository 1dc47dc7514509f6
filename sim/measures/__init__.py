"""What of it counts: a history turned into numbers, and how sure they are.

In comes the history of a replication; out go its measures, its weeks, its waits, its playback - and, of
numbers of many replications, intervals. It reads records, not a live model - only the playback
looks at the way that was laid out - and knows no comparison.
"""

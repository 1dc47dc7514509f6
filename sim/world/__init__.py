"""What happens: one replication of one operating model, from its first request to the horizon.

In come a scenario, the name of an operating model and the number of a replication; out goes a ``History``,
every record of who waited where for what. It knows parameters and luck by address; it measures nothing.
"""

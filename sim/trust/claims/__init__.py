"""Executable claims: what the sources say, as data that a run can show or refute.

``checks`` judges numbers, ``register`` reads the claims, ``running`` simulates them and keeps what came out.
"""

"""Scenario files: YAML read with its lines, complaints with their places, lists, templates, tables.

Whatever comes from a file is data. It is read within bounds, never executed, and never believed silently.
"""

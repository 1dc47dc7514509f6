"""What is asked: an organisation as data, read, checked and changed.

In comes a file, a form or a dictionary; out goes a ``Scenario`` that can be run, or complaints that say what
to do. It knows the rules of every operating model as parameters, and what is sure without simulating: which
settings can act, how full each place is. It knows no clock, and no result.
"""

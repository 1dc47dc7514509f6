"""Pure rules of an operating model: what is asked, what is allowed, who goes first.

Each module holds one mechanism: its frozen parameters and the rule that reads them. A rule sees only
what it is given; it has no clock, no memory and no dice of its own.
"""

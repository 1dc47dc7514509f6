"""The fast engine: a compiled twin of the agents, which writes the same journal to the last byte.

The Mesa agents stay the source of truth. Each file here mirrors the file of agents of the same name: the
same functions, in the same order, over one arena of words instead of objects (``memory``).
"""

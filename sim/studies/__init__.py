"""The same dice many times: who is compared, who computes, how long it goes on, where it is kept.

In come scenarios; out goes a ``Study``, the outcomes of the same replications for every contender. It knows
measures by name, and nothing of what is asked of a study or how it is said.
"""

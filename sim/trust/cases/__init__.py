"""Published cases: organisations that changed and told what came of it, set beside what we simulate for them.

``register`` reads the cases and tells later edits, ``judging`` says hit or miss, ``running`` simulates before
and after on the same dice and keeps what came out, ``page`` writes docs/cases.md.
"""

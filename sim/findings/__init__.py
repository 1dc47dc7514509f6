"""What it came to: numbers put into words, tables, charts and files, one file per question.

In comes an answer of ``studies``, ``experiments`` or ``trust``; out go sentences, tables, plain data and
figures. Both surfaces speak through this room, so that the command line and the app say the same. It
simulates nothing.
"""

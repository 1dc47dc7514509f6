"""The command line: what each command of ``opsim`` asks for and prints, one file per question.

In come the words somebody typed; out go text, files and an exit code. It decides nothing and words nothing
that ``findings`` does. What commands share: the program with its groups of commands (``program``), options,
what arguments mean, simulating with progress, ``output``, the screen, and what interrupts (``interruption``).
"""

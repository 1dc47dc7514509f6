"""The command line: what each command of ``opsim`` asks for and prints, one file per question.

In come the words somebody typed; out go text, files and an exit code. It decides nothing and words nothing
that ``findings`` does.
"""

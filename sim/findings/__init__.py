"""What it came to: numbers put into words, tables, charts and files, one file per question.

In comes an answer of ``studies``, ``experiments`` or ``trust``; out go sentences, tables, plain data and
figures. Both surfaces speak through this room, so that the command line and the app say the same. It
simulates nothing, but to write a result folder or a sweep as it is computed.

A question's file has its sentence, table, plain data, alt text and caption; ``charts`` has the figure in a
file of the same name. Shared are ``wording`` (numbers, units, intervals), ``tables``, ``plain_data``, and
what explorations (``exploration``) and studies of mixtures (``mixtures``) say alike. A scenario in words
begins in ``describe``.
"""

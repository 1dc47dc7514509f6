"""A report: one content that says what is said, in which order and how sure, and what lays it out.

``content`` is what a report is made of, ``gathering`` computes what it needs, ``writing`` says it. The rest
are forms of the same content: slides (``deck``, with ``native_charts``), a workbook, a page and a memo
(``web_page``), and the ``bundle`` that lets somebody else compute it again; ``making`` writes what is asked
for. Files of strangers come in through ``template`` and ``bundle`` only.
"""

"""What is asked of many studies, one file per question, named with the word of ``opsim`` and of the app.

In come scenarios and the question's settings; out goes an answer as numbers with their intervals. No
sentence, chart or file is made here.
"""

"""The app: the frame around every page, and a file for each page.

In come clicks and links; out go pages. What is simulated goes through ``studies.queue``, what is said comes
from ``findings``; nothing else in the package knows Streamlit.
"""

"""The queue behind the app: who comes first, what is shared, what is computed before it is asked for.

It knows visitors as numbers and jobs as functions; it knows no page.
"""

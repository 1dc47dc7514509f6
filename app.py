"""The app: ``streamlit run app.py``, or ``opsim app``.

Everything is under the guard, because worker processes may import this file again.
"""

if __name__ == "__main__":
    from sim.ui.frame import show

    show()

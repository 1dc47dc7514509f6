"""The app: ``streamlit run app.py``, or ``opsim app``.

Streamlit's server imports this file to find ``app``, and runs it as the main module for every page.
Everything is under a guard, because worker processes may import this file again.
"""

if __name__ == "__main__":
    from sim.ui.frame import show

    show()

elif __name__ == "app":
    from streamlit import App

    from sim.ui.first_visit import middleware

    app = App(__file__, middleware=middleware())

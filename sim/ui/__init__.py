"""The app: the frame around every page, the pages, and the runs behind them."""

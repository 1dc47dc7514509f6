"""Pages of the app without a browser: opened in their frame, run again until something is there, read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.ui.what_if import WhatIf


def open_page(page: str, link: dict[str, str] | None = None) -> AppTest:
    """Open one page in its frame; AppTest knows no addresses, so the page is made the first."""
    app = AppTest.from_string(
        "import streamlit as st\n"
        "from sim.ui import frame\n"
        "real = st.Page\n"
        "def page(function, **about):\n"
        f"    about['default'] = about['url_path'] == {page!r}\n"
        "    return real(function, **about)\n"
        "frame.st.Page = page\n"
        "try:\n"
        "    frame.show()\n"
        "finally:\n"
        "    frame.st.Page = real\n",
        default_timeout=120,
    )
    for name, value in (link or {}).items():
        app.query_params[name] = value
    return run(app)


def run(app: AppTest) -> AppTest:
    """Run the app once more; fail if it shows an error."""
    app.run()
    no_error(app)
    return app


def no_error(app: AppTest) -> None:
    """Fail if the page shows an error."""
    assert not app.exception, [error.value for error in app.exception]


def until(app: AppTest, ready: Callable[[], bool], seconds: float = 240) -> AppTest:
    """Run the app again until something is there; a browser does that by itself."""
    ends = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.25)  # the runs go on in a thread of this process, and drawing takes its time from them
        run(app)
    return app


def texts(app: AppTest) -> str:
    """Return what the page says, without what keeps it from being markup."""
    parts = [element.value for element in (*app.markdown, *app.caption, *app.info, *app.error)]
    return "\n".join(parts).replace("\\", "").replace("\N{WORD JOINER}", "")


def what_if_of(app: AppTest) -> WhatIf:
    """Return what the visitor has asked."""
    return app.session_state["what_if"]

"""Who the page is drawn for, as far as the runs behind it need to know."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.ui.jobs import Visitor


def visitor() -> Visitor | None:
    """Return for whom this thread draws the page; none where there is no page."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return None
    return Visitor(context.session_id, runtime.get_instance().is_active_session)

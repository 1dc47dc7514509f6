"""Method and glossary: how the numbers come about, and what each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sim import __version__
from sim.levers import LEVERS
from sim.metrics import METRICS
from sim.sentences import KINDS_OF_TIME, escaped

if TYPE_CHECKING:
    from collections.abc import Mapping

_GROUPS = {"flow": "Flow", "outcome": "Outcome", "stability": "Stability", "people": "People"}
_BETTER = {"lower": "lower is better", "higher": "higher is better", "neither": ""}

_METHOD = """
Every operating model is run many times. One run is a *replication*: a whole history of requests, from arrival
to release, worked on by the same number of people. In a replication every operating model meets **the same
requests with the same luck**: the same days of arrival, the same work in each request, the same needs that
end. So what differs between the two comes from how the work is organised, and a difference is taken run by
run and then averaged (*paired*).

**Estimates** are means over replications. **Intervals** hold the true mean in 95 of 100 studies like this one
(Student's t over replications, never over single requests). Where an interval of a difference holds zero, the
page says that there is no clear difference. Each number is rounded for itself, so the difference of two
rounded numbers can be off by one.

**Requests that are not finished** when a run ends count as "not yet": leaving them out would make slow
organisations look fast. An organisation to which more work comes than it can finish has no typical lead time;
it is called *growing* and gets no number.

**Levers** change one setting, or a few that belong together, and nothing else. No lever carries a hidden
bonus.
"""


def page(left_out: Mapping[str, str]) -> None:
    """Draw the page."""
    st.title("Method and glossary")
    st.markdown(_METHOD)
    st.header("What the measures mean")
    for group, title in _GROUPS.items():
        st.subheader(title)
        metrics = [metric for metric in METRICS.values() if metric.group == group]
        lines = []
        for metric in metrics:
            extra = ", ".join(part for part in (metric.unit, _BETTER[metric.better]) if part)
            lines.append(f"- **{escaped(metric.label)}** ({escaped(extra)}): {escaped(metric.definition)}")
        st.markdown("\n".join(lines))
    st.subheader("Kinds of time")
    st.markdown(
        "At every moment a request is in exactly one kind of time, and together they make its lead time: "
        + ", ".join(KINDS_OF_TIME.values())
        + ". *Working* is touch time: somebody works on it, for the first time."
    )
    st.header("What the levers mean")
    st.markdown(
        "\n".join(f"- **{escaped(lever.label)}**: {escaped(lever.help)}" for lever in LEVERS.values())
    )
    if left_out:
        st.header("Scenarios that are not offered")
        lines = (f"- **{escaped(name)}**: {escaped(reason)}" for name, reason in left_out.items())
        st.markdown("\n".join(lines))
    st.header("Version")
    st.markdown(
        f"Version {__version__}. Everything is computed on this machine; nothing is sent anywhere. "
        "Built with Mesa, Streamlit, Plotly, NumPy, SciPy and pandas."
    )

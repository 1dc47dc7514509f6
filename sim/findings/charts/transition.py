"""Charts of a transition: a figure of each plan by week, what it has gained so far, and the date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    DASHES,
    GREY,
    NAMED,
    colour,
    figure_of,
    legend_below,
    plain,
    rgba,
    upright,
)
from sim.findings.transition import figure_unit
from sim.findings.wording import is_share
from sim.measures.paired_curves import band_of
from sim.measures.weekly_figures import FIGURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from sim.experiments.transition import Plan, Transition
    from sim.measures.paired_curves import Band
    from sim.studies.futures import Futures

BEFORE = 13
"""Weeks before the date that are shown."""


def weekly_curve(found: Transition, figure: str, plans: Sequence[Plan]) -> go.Figure:
    """Return a figure by week, never changing (dashed) and some plans, each with its band, and the date."""
    since, until = found.plan.since, found.shown_weeks(figure)
    first = max(since - BEFORE, 0)
    scale = 100 if is_share(FIGURES[figure].unit) else 1
    traces: list[dict[str, Any]] = []
    sides = [(0, found.plan.twin.label, found.plan.twin.key)]
    sides += [(_place(found, plan), plan.label, plan.contender.key) for plan in plans]
    for position, label, key in sides:
        traces += _banded(found.band(figure, key), slice(first, until), label, position, scale)
    unit = "per cent" if scale == 100 else figure_unit(found, figure)
    return _over_time(traces, plans, f"{FIGURES[figure].label.lower()} ({unit})", first, until)


def gained_so_far(found: Transition, plans: Sequence[Plan]) -> go.Figure:
    """Return what each plan has gained so far, less what was bought, with its band: paid back above zero."""
    since, until = found.plan.since, found.plan.since + found.plan.watched_weeks
    traces: list[dict[str, Any]] = []
    for plan in plans:
        band = found.so_far(plan)
        traces += _banded(band, slice(0, len(band.estimate)), plan.label, _place(found, plan), 1, since)
    unit = found.prices.currency if found.prices is not None else "value"
    figure = _over_time(traces, plans, f"{found.pays_by} gained so far ({unit})", since, until)
    figure.update_yaxes(zeroline=True, zerolinecolor=GREY, zerolinewidth=2)
    for plan in plans:
        weeks = found.outcomes[plan.key].paid_back
        if 0 < weeks.estimate < float("inf"):
            shade = colour(_place(found, plan))
            figure.add_scatter(
                x=[since + weeks.estimate], y=[0], mode="markers", name="paid back", hoverinfo="skip",
                showlegend=False, marker={"color": shade, "size": 12, "symbol": "diamond"},
            )  # fmt: skip
    return figure


def weekly_curves(found: Transition) -> go.Figure:
    """Return the chart that is written into a file: what each plan has gained so far."""
    return gained_so_far(found, found.plans)


def controls_over_time(futures: Futures) -> go.Figure:
    """Return the layers that incidents have added and no review has taken away, by week, with their bands."""
    traces: list[dict[str, Any]] = []
    weeks = 0
    for position, contender in enumerate(futures.contenders):
        band = band_of(futures.rows("controls", contender.key))
        weeks = len(band.estimate)
        traces += _banded(band, slice(0, weeks), contender.label, position, 1)
    return _over_time(traces, (), "added layers", 0, weeks)


def _place(found: Transition, plan: Plan) -> int:
    return found.plans.index(plan) + 1


def _banded(
    band: Band, weeks: slice, label: str, position: int, scale: float, since: int = 0
) -> list[dict[str, Any]]:
    """Return a curve and the area of its interval, from a week of the run on."""
    xs = list(range(weeks.start + since, weeks.stop + since))
    low, middle, high = (_line(line[weeks], scale) for line in (band.low, band.estimate, band.high))
    shade = colour(position)
    area = {
        "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "y": low + high[::-1], "fill": "toself",
        "fillcolor": rgba(shade, 0.16), "line": {"width": 0, "color": shade}, "hoverinfo": "skip",
        "showlegend": False,
    }  # fmt: skip
    curve = {
        "type": "scatter", "mode": "lines", "x": xs, "y": middle, "name": plain(visible(label, 40)),
        "line": {"color": shade, "width": 2.5, "dash": DASHES[min(position, len(DASHES) - 1)]},
        "hovertemplate": "week %{x}: %{y:,.1f}" + NAMED,
    }  # fmt: skip
    return [area, curve] if band.n > 1 else [curve]


def _line(values: NDArray[np.float64], scale: float) -> list[float]:
    return (values * scale).round(3).tolist()


def _over_time(
    traces: list[dict[str, Any]], plans: Sequence[Plan], what: str, first: int, until: int
) -> go.Figure:
    dates = sorted({step.week for plan in plans for step in plan.steps})
    shapes = [upright(week, GREY, "solid" if week == dates[0] else "dot") for week in dates if week < until]
    return figure_of(
        traces,
        {
            "xaxis": {
                **AXIS, "title": {"text": "week of the run"}, "range": [first, until], "fixedrange": True,
            },
            "yaxis": {**AXIS, "title": {"text": what}, "fixedrange": True},
            "margin": {"l": 8, "r": 8, "t": 26, "b": 8},  # room for what stands over the date
            "shapes": shapes,
            "annotations": [
                {
                    "x": dates[0], "y": 1, "yref": "paper", "text": "the date", "showarrow": False,
                    "xanchor": "left", "yanchor": "bottom", "xshift": -2, "font": {"size": 13},
                }
            ]
            if dates
            else [],
        }
        | lower(legend_below()),
    )  # fmt: skip


def lower(legend: dict[str, Any]) -> dict[str, Any]:
    """Return a legend further below, so that several lines of it do not meet the title of the axis."""
    return {**legend, "legend": {**legend["legend"], "y": -0.2}}

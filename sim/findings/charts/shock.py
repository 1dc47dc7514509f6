"""The chart of a shock: what each operating model gains or loses by it, week by week."""

from __future__ import annotations

import math
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
from sim.findings.charts.transition import lower
from sim.measures.paired_curves import band_of
from sim.measures.weekly_figures import FIGURES

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.shock import ShockFound


def shock_curves(found: ShockFound, figure: str) -> go.Figure:
    """Return each model's difference from the same world without the shock, with its band; grey: the shock.

    More open requests and longer lead times are drawn upwards, as what there is more of.
    """
    sign = -1.0 if FIGURES[figure].better == "lower" else 1.0
    traces: list[dict[str, Any]] = []
    n = 0
    for position, model in enumerate(found.models):
        band = band_of(found.gains(figure, model))
        n = len(band.estimate)
        xs = list(range(n))
        low, middle, high = ((sign * line).round(3).tolist() for line in (band.low, band.estimate, band.high))
        shade = colour(position)
        if band.n > 1:
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "y": low + high[::-1],
                    "fill": "toself", "fillcolor": rgba(shade, 0.16), "line": {"width": 0, "color": shade},
                    "hoverinfo": "skip", "showlegend": False,
                }
            )  # fmt: skip
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs, "y": middle,
                "name": plain(visible(found.futures.label(model), 40)),
                "line": {"color": shade, "width": 2.5, "dash": DASHES[min(position, len(DASHES) - 1)]},
                "hovertemplate": "after %{x} weeks: %{y:,.1f}" + NAMED,
            }
        )  # fmt: skip
    ends = found.shock.lasts if found.shock.until_week is not None else math.inf
    during = {
        "type": "rect", "x0": 0, "x1": min(ends, n), "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
        "fillcolor": rgba(GREY, 0.12), "line": {"width": 0},
    }  # fmt: skip
    return figure_of(
        traces,
        {
            "xaxis": {
                **AXIS, "title": {"text": "weeks since the shock began"}, "range": [0, n - 1],
                "fixedrange": True,
            },
            "yaxis": {
                **AXIS, "title": {"text": f"{FIGURES[figure].label.lower()}, more or less"},
                "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 2, "fixedrange": True,
            },
            "shapes": [during, *([upright(ends, GREY, "dot")] if ends < n else [])],
        }
        | lower(legend_below()),
    )  # fmt: skip

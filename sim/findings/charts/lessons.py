"""The chart of a lesson: what was simulated beside what theory says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import AXIS, GREY, NAMED, TEAL, bold, figure_of, plain
from sim.findings.wording import estimate_text, interval_text, scale_of, with_unit
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from sim.studies.study import Study


def beside_theory(study: Study, measure: str, theories: Sequence[float | None]) -> go.Figure:
    """Return a row for each case: the simulated mean with its interval, and an open diamond for theory."""
    unit = METRICS[measure].unit
    scale = scale_of(unit)
    traces: list[dict[str, Any]] = []
    annotations = []
    most = max((theory for theory in theories if theory is not None), default=0.0)
    for row, (case, theory) in enumerate(zip(study.models, theories, strict=True)):
        found = study.estimate(measure, case)
        text = f"{bold(visible(study.label(case), 40))}  {plain(estimate_text(found, unit))}"
        if not math.isnan(found.low):
            text += f" ({plain(interval_text(found, unit))})"
            most = max(most, found.high)
        if theory is not None:
            text += f"<br>theory {with_unit(theory, unit)}"
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "x": [theory * scale], "y": [row], "name": "theory",
                    "marker": {
                        "symbol": "diamond-open", "size": 18, "color": GREY, "line": {"width": 2.5},
                    },
                    "hovertemplate": f"theory {with_unit(theory, unit)}<extra></extra>",
                }
            )  # fmt: skip
        annotations.append(
            {
                "xref": "paper", "x": 0, "y": row - 0.15, "yanchor": "bottom", "xanchor": "left",
                "text": text, "align": "left", "showarrow": False, "font": {"size": 14},
            }
        )  # fmt: skip
        if math.isnan(found.estimate):
            continue
        has_ends = not math.isnan(found.low)
        traces.append(
            {
                "type": "scatter", "mode": "markers", "x": [found.estimate * scale], "y": [row],
                "name": plain(study.label(case)), "marker": {"color": TEAL, "size": 10},
                "error_x": {
                    "type": "data", "symmetric": False, "visible": has_ends, "thickness": 2.5, "width": 7,
                    "color": TEAL,
                    "array": [(found.high - found.estimate) * scale if has_ends else 0],
                    "arrayminus": [(found.estimate - found.low) * scale if has_ends else 0],
                },
                "hovertemplate": with_unit(found.estimate, unit) + NAMED,
            }
        )  # fmt: skip
    n = len(study.models)
    return figure_of(
        traces,
        {
            "height": 105 * n + 60, "annotations": annotations,
            "xaxis": {
                **AXIS, "title": {"text": "per cent" if scale == 100 else f"working {unit}"},
                "range": [0, most * scale * 1.1 or 1], "fixedrange": True,
            },
            "yaxis": {
                "range": [n - 0.6, -0.95], "visible": False, "fixedrange": True,
            },
        },
    )  # fmt: skip

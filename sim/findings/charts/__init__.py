"""Charts of studies and experiments as plotly figures, the same in app, notebook and report.

The title of a chart is a question that the page asks; its caption and its description for people who do not
see it come from the file of the same name in ``findings``. How charts look is ``looks``.
"""

from sim.findings.charts.break_even import break_even_curve
from sim.findings.charts.forecast import forecast_histogram
from sim.findings.charts.looks import AMBER, TEAL, chart_config, colour, enlarged, plot_html
from sim.findings.charts.sensitivity import tornado
from sim.findings.charts.study import DIFFERENCES, cumulative_curve, difference_chart, time_bars
from sim.findings.charts.warm_up import welch_plot
from sim.findings.charts.why import interaction_map, waterfall
from sim.findings.charts.winner_map import winner_map

__all__ = [
    "AMBER",
    "DIFFERENCES",
    "TEAL",
    "break_even_curve",
    "chart_config",
    "colour",
    "cumulative_curve",
    "difference_chart",
    "enlarged",
    "forecast_histogram",
    "interaction_map",
    "plot_html",
    "time_bars",
    "tornado",
    "waterfall",
    "welch_plot",
    "winner_map",
]

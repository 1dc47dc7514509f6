"""What a study shows of itself in Python: its sentence and numbers in a terminal and a notebook, its charts.

Words and charts stand above the experiments, so a ``Study`` cannot make them. Importing this module gives it
``__repr__``, ``_repr_html_``, ``sentence`` and ``plot``; ``import sim`` does so when a study is first used.
``give_words`` lets what other questions come to print as the command line shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.findings.provenance import versions
from sim.findings.study import HEADLINE, caption, difference_text, headline, lists_of
from sim.findings.wording import estimate_text
from sim.measures.metrics import METRICS
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

FOUR = (HEADLINE, "throughput", "value_kept", "people_busy")
"""The measures that a study shows first: those of the app's tiles."""


@dataclass(frozen=True, slots=True)
class Plots:
    """The charts of a study, each a Plotly figure: ``study.plot.finish_times()``."""

    _study: Study

    def finish_times(self) -> go.Figure:
        """Return the share of requests that are done within so many days, a line for each model."""
        from sim.findings.charts import cumulative_curve

        return cumulative_curve(self._study)

    def where_time_goes(self) -> go.Figure:
        """Return the working days of a delivered request by kind of time, a bar for each model."""
        from sim.findings.charts import time_bars

        return time_bars(self._study)

    def differences(self, model: str | None = None) -> go.Figure:
        """Return the differences of a model (the last) against the baseline with their intervals.

        Raises
        ------
        RunError
            If there is no such model, or none beside the baseline.
        """
        from sim.findings.charts import difference_chart

        return difference_chart(self._study, model)


def show_versions() -> None:
    """Print what a bug report needs: the versions of opsim, Python, and the packages it computes with."""
    width = max(len(name) for name, _ in versions())
    print("\n".join(f"{name:<{width}}  {version}" for name, version in versions()))


def text_of(study: Study) -> str:
    """Return the headline and four measures for a terminal, a line each."""
    if not study.replications:
        return headline(study)
    width = max(len(METRICS[measure].label) for measure in FOUR)
    lines = [f"  {label:<{width}}  {', '.join(cells)}" for label, *cells in _rows(study)]
    return "\n".join([headline(study), *lines, *_about_lists(study), caption(study)])


def html_of(study: Study) -> str:
    """Return the headline and four measures for a notebook; names are text, whatever they hold."""
    if not study.replications:
        return f"<p>{escape(headline(study))}</p>"
    names = [study.label(model) for model in study.models]
    head = ["Measure", *names, *(["Difference"] if len(names) > 1 else [])]
    rows = [f"<tr>{_cells('th', head)}</tr>"]
    rows += [f"<tr>{_cells('td', row)}</tr>" for row in _rows(study, is_labelled=False)]
    small = "<br>".join(map(escape, [*_about_lists(study), caption(study)]))
    return (
        f"<p><strong>{escape(headline(study))}</strong></p><table>{''.join(rows)}</table>"
        f"<p><small>{small}</small></p>"
    )


def _about_lists(study: Study) -> list[str]:
    """Return what was used of the lists of requests, and what is probably not meant."""
    return [text for account in lists_of(study) for text in (account.sentence, *account.warnings)]


def _rows(study: Study, *, is_labelled: bool = True) -> list[list[str]]:
    rows = []
    for measure in FOUR:
        metric = METRICS[measure]
        row = [metric.label]
        for model in study.models:
            value = estimate_text(study.estimate(measure, model), study.unit(measure))
            row.append(f"{study.label(model)} {value}" if is_labelled else value)
        if len(study.models) > 1:
            row.append(difference_text(study, measure, short=False))
        rows.append(row)
    return rows


def _cells(tag: str, texts: list[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _sentence(study: Study, measure: str = HEADLINE, model: str | None = None) -> str:
    return headline(study, measure, model)


_SHOWN = {"__repr__": text_of, "_repr_html_": html_of, "sentence": _sentence, "plot": property(Plots)}
for _name, _value in _SHOWN.items():
    setattr(Study, _name, _value)

AS_TEXT = (
    ("break_even", "BreakEven", "break_even_as_text"),
    ("factorial", "Factorial", "factorial_as_text"),
    ("forecast", "Forecast", "forecast_as_text"),
    ("ranking", "Ranking", "ranking_as_text"),
    ("robustness", "Regret", "regret_as_text"),
    ("robustness", "Robustness", "robustness_as_text"),
    ("sensitivity", "Sensitivity", "sensitivity_as_text"),
    ("sweep", "Sweep", "sweep_as_text"),
    ("transition", "Transition", "transition_as_text"),
    ("warm_up", "WarmUp", "warm_up_text"),
    ("why", "Attribution", "why_as_text"),
    ("winner_map", "WinnerMap", "winner_map_as_text"),
)
"""File of ``sim.experiments`` and of ``sim.findings``, what is found, and what says it."""


def give_words(question: str) -> None:
    """Let what a question comes to print in words: it holds whole scenarios, which nobody reads as numbers.

    >>> give_words("sim.experiments.why")
    """
    for file, found, text in AS_TEXT:
        if question == f"sim.experiments.{file}":
            vars(import_module(question))[found].__repr__ = _in_words(f"sim.findings.{file}", text)


def _in_words(room: str, text: str) -> Callable[[Any], str]:
    return lambda found: getattr(import_module(room), text)(found)

"""Evidence: what practitioners look at, drawn from single histories; only the open tab is computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from sim.errors import ScenarioError, counted
from sim.findings.history import history_alt, history_caption
from sim.findings.study import HEADLINE, caption, difference_text, intervals_text, runs_text
from sim.findings.wording import escaped, estimate_text, interval_text
from sim.measures.metrics import METRICS
from sim.scenario.files.yaml import number_within
from sim.scenario.levers.settings import settings_phrase
from sim.studies.fingerprint import fingerprint
from sim.ui.compare import ask
from sim.ui.elements import chart, look_again, shown, study_so_far, tight, title
from sim.ui.queue import coming, runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sim.measures.weekly import HistorySeries
    from sim.scenario.scenario import Scenario
    from sim.studies.queue.jobs import Call
    from sim.studies.study import Study
    from sim.ui.what_if import WhatIf

HISTORIES = 10
"""Histories behind a band over histories (assumption: enough for a 10th and a 90th percentile)."""

FEWEST = 4
"""Histories from which such a band is shown."""

MOST_TASKS = 120
"""Histories that a visit remembers, about 100 kB each."""

DORA = {
    "Change lead time": ("delivery_time_p50", ""),
    "Deployment frequency": ("throughput", "here: requests that go live, alone or together"),
    "Change fail rate": ("change_failure_rate", ""),
    "Failed deployment recovery time": ("time_to_restore", ""),
    "Deployment rework rate": ("incidents", "here: failures that ask for an unplanned fix"),
}
FLOW = {
    "Flow time": ("lead_time_p85", ""),
    "Flow velocity": ("throughput", ""),
    "Flow efficiency": ("flow_efficiency", ""),
    "Flow load": ("wip", ""),
    "Flow distribution": ("rework_share", "here: how much of the work is rework"),
}


class _Tab(NamedTuple):
    label: str
    question: str
    draw: Callable[[WhatIf, Scenario], None]


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    title(what_if, "Evidence")
    st.markdown(f"**{escaped(what_if.preset.name)}** {escaped(_phrase(what_if))}")
    try:
        scenario = what_if.scenario()
    except ScenarioError as problem:
        st.error(f"This cannot be run. {escaped(str(problem))} Undo a change, or reset all levers.")
        return
    labels = {tab.label: key for key, tab in TABS.items()}
    wanted = what_if.screen.get("tab", "")
    chosen = TABS.get(wanted, next(iter(TABS.values()))).label

    def opened() -> None:
        what_if.screen["tab"] = labels.get(str(st.session_state["evidence"]), "")

    default = shown("evidence", chosen, chosen, "default")
    tabs = st.tabs(list(labels), key="evidence", on_change=opened, **default)
    for tab, drawn in zip(TABS.values(), tabs, strict=True):
        if drawn.open:
            with drawn:
                st.header(tab.question)
                tab.draw(what_if, scenario)


def _phrase(what_if: WhatIf) -> str:
    return settings_phrase(what_if.preset, what_if.settings) or "with no lever moved"


# --- histories --------------------------------------------------------------------------------------------


def _number(what_if: WhatIf, scenario: Scenario) -> int:
    """Let the visitor choose a history; return its replication."""
    most = scenario.run.replications
    number = int(number_within(what_if.screen.get("history", ""), 1, most) or 1)

    def chosen() -> None:
        what_if.screen["history"] = str(st.session_state["history_number"])

    st.number_input(
        "History", 1, most, key="history_number", width=160, on_change=chosen,
        **shown("history_number", number, number),
        help="The same luck for every operating model. Another history is another luck.",
    )  # fmt: skip
    return number - 1


def _histories(
    what_if: WhatIf, scenario: Scenario, replications: Iterable[int], fewest: int
) -> dict[str, list[HistorySeries]]:
    """Return the histories of every operating model by label, as far as they are there, and ask for the rest.

    Empty while fewer than ``fewest`` are there, or if one failed.
    """
    from sim.measures.weekly import history_series

    known: dict[tuple[str, int], Call] = st.session_state.setdefault("histories", {})
    text = scenario.to_json()
    wanted: dict[str, list[Call]] = {}
    keys = set()
    for model in scenario.models:
        print_ = fingerprint(scenario, model)
        tasks = wanted.setdefault(model, [])
        for replication in replications:
            key = (print_, replication)
            keys.add(key)
            if key not in known or known[key].state == "stopped":
                known[key] = runner().submit(history_series, text, model, replication)
            tasks.append(known[key])
    others = [key for key in known if key not in keys]
    runner().drop([known[key] for key in others])
    for key in others[: max(0, len(known) - MOST_TASKS)]:
        del known[key]
    everything = [task for tasks in wanted.values() for task in tasks]
    states = {id(task): task.state for task in everything}  # once: they change while the page is drawn
    failed = next((task for task in everything if states[id(task)] == "failed"), None)
    if failed is not None:
        st.error(f"A history could not be run: {escaped(failed.problem)}. Choose another one.")
        return {}
    n_ready = sum(state == "done" for state in states.values())
    if n_ready < len(everything):
        _wait(everything, n_ready)
    ready = [
        n
        for n in range(len(next(iter(wanted.values()))))
        if all(states[id(tasks[n])] == "done" for tasks in wanted.values())
    ]
    if len(ready) < fewest or 0 not in ready:
        return {}
    return {scenario.label(model): [tasks[n].result for n in ready] for model, tasks in wanted.items()}


def _wait(tasks: list[Call], n_before: int) -> None:
    def n_ready() -> int:
        return sum(not task.is_active for task in tasks)

    look_again(
        lambda: n_ready() == len(tasks) or (n_before < len(tasks) // 2 <= n_ready()),
        lambda: f"{n_ready()} of {len(tasks)} histories are ready, all {coming(tasks)}",
    )


def _remembered(
    what_if: WhatIf, tab: str, found: dict[str, list[HistorySeries]]
) -> dict[str, list[HistorySeries]]:
    """Return what was found, or what was shown before and say so; leave its place if there is nothing."""
    last = st.session_state.setdefault("evidence_shown", {})
    if found:
        last[tab] = (what_if.choice, _phrase(what_if), found)
    elif tab in last and last[tab][0] is what_if.choice:
        if last[tab][1] != _phrase(what_if):
            st.info(f"Shown {escaped(last[tab][1])}. The new result is on its way.")
    else:
        st.skeleton(height=520)
        return {}
    return last[tab][2]


# --- tabs of one history ----------------------------------------------------------------------------------


def _one(what_if: WhatIf, scenario: Scenario, tab: str, unit: str, note: str) -> None:
    """Draw a chart of one possible history."""
    from sim.findings.charts import history as charts

    replication = _number(what_if, scenario)
    found = _remembered(what_if, tab, _histories(what_if, scenario, [replication], 1))
    if not found:
        return
    first = {label: runs[0] for label, runs in found.items()}
    draw = {
        "flow": charts.cumulative_flow, "finish": charts.finish_times, "ageing": charts.ageing,
        "load": charts.load_strips, "value": charts.value_and_items,
    }[tab]  # fmt: skip
    chart(what_if, draw(first), f"evidence_{tab}", history_alt(tab, found))  # pyright: ignore[reportArgumentType]
    st.caption(tight(history_caption(scenario, first.values(), unit)))
    st.markdown(note)


def _flow(what_if: WhatIf, scenario: Scenario) -> None:
    note = (
        "The height of the upper bands is the number of open requests; the distance from left to right "
        "across them is about how long a request takes. A band that grows is where work piles up. Shown is "
        "the first year after the warm-up."
    )
    _one(what_if, scenario, "flow", "requests", note)


def _finish(what_if: WhatIf, scenario: Scenario) -> None:
    note = (
        "Each dot is a request. Lines: the days within which 50, 85 and 95 % of the measured requests are "
        "done, open ones counted as not yet. Dots that lie close together mean that a promise can be kept."
    )
    _one(what_if, scenario, "finish", "working days", note)


def _ageing(what_if: WhatIf, scenario: Scenario) -> None:
    note = (
        "Open requests on the day the measured window ends, nearest to the customer on the right. The "
        "darker the band, the fewer finished requests ever became that old: dots up there are stuck."
    )
    _one(what_if, scenario, "ageing", "working days", note)


def _load(what_if: WhatIf, scenario: Scenario) -> None:
    note = (
        "Share of the time of a team's people (a desk's approvers) that is worked, week by week; beside the "
        "name the mean. Strong colour all along: the team has no slack, and what reaches it waits."
    )
    _one(what_if, scenario, "load", "share of the week", note)


def _value(what_if: WhatIf, scenario: Scenario) -> None:
    note = (
        "A request is credited on the day it goes live with what it earns from then on, until the need ends "
        "or the benefit window closes. Two lines together above and apart below: as much was delivered, but "
        "less of it was still needed."
    )
    _one(what_if, scenario, "value", "value in the scenario's own unit", note)


# --- tabs over histories ----------------------------------------------------------------------------------


def _throughput(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.findings.charts.history import throughput

    replications = range(min(HISTORIES, scenario.run.replications))
    fewest = min(FEWEST, len(replications))
    found = _remembered(what_if, "throughput", _histories(what_if, scenario, replications, fewest))
    if not found:
        return
    chart(what_if, throughput(found), "evidence_throughput", history_alt("throughput", found))
    n = len(next(iter(found.values())))
    st.caption(
        "Bars: one possible history (number 1) · line and band: median and 10 to 90 % of "
        f"{counted(n, 'history', 'histories')} · "
        f"requests a week · seed {scenario.run.seed}"
    )
    st.markdown(
        "A history that stays within the band is ordinary. Weeks of nothing and then of much come from "
        "trains, boards and rounds: work reaches customers in lumps."
    )


def _changes(what_if: WhatIf, scenario: Scenario) -> None:
    study = _study(what_if)
    if study is None:
        return
    for heading, measures in (("Five measures of delivery (DORA)", DORA), ("Five measures of flow", FLOW)):
        st.subheader(heading)
        st.table(_measures(study, measures), alt=f"{heading}; in brackets: {intervals_text(study)}")
    st.caption(
        f"In brackets: {intervals_text(study)}; {runs_text(study)}. Where this model has no such measure, "
        "the one that comes nearest is given and said. Failures and incidents need the scenario's risks; "
        "without them there is nothing to measure."
    )


def _measures(study: Study, measures: dict[str, tuple[str, str]]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {"Measure": []}
    columns = {model: escaped(study.label(model)) for model in study.models}
    if len(set(columns.values())) < len(columns):
        columns = {model: f"{label} ({escaped(model)})" for model, label in columns.items()}
    for label, (name, note) in measures.items():
        metric = METRICS[name]
        rows["Measure"].append(f"**{label}**: {escaped(note or metric.label)}")
        for model in study.models:
            interval = study.estimate(name, model)
            text = estimate_text(interval, study.unit(name))
            if math.isnan(interval.estimate) and interval.note != "growing":
                text = "nothing to measure"
            elif not math.isnan(interval.low):
                text += f" ({interval_text(interval, study.unit(name))})"
            rows.setdefault(columns[model], []).append(escaped(text))
        if len(study.models) > 1:
            rows.setdefault("Difference", []).append(escaped(difference_text(study, name)))
    return rows


def _runs(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.findings.charts.history import replications
    from sim.findings.charts.warm_up import open_requests
    from sim.findings.warm_up import open_requests_alt

    study = _study(what_if)
    if study is not None:
        unit = METRICS[HEADLINE].unit
        means = [
            f"{study.label(m)}: {estimate_text(study.estimate(HEADLINE, m), unit)}" for m in study.models
        ]
        alt = f"{METRICS[HEADLINE].label}, a dot for each of {runs_text(study)}. Mean: {', '.join(means)}."
        chart(what_if, replications(study, HEADLINE), "evidence_runs", alt)
        st.caption(tight(caption(study, HEADLINE)))
        st.markdown(
            f"{METRICS[HEADLINE].label}, a dot for each run; the band is the 95 % interval of their mean. "
            "No dot: that many were not done in time."
        )
    st.subheader("Is the warm-up long enough?")
    numbers = range(min(HISTORIES, scenario.run.replications))
    fewest = min(FEWEST, len(numbers))
    found = _remembered(what_if, "warm_up", _histories(what_if, scenario, numbers, fewest))
    if not found:
        return
    chart(what_if, open_requests(found), "evidence_warm_up", open_requests_alt(found))
    n = len(next(iter(found.values())))
    st.caption(
        f"Mean of {counted(n, 'history', 'histories')} · open requests · seed {scenario.run.seed} · "
        "shaded: not measured"
    )
    st.markdown(
        "An organisation starts empty. Lines that are level from the end of the warm-up on mean that it is "
        "measured as it usually is; lines that go on rising, that more work comes than is finished."
    )


def _study(what_if: WhatIf) -> Study | None:
    """Return the comparison, or draw that it is on its way."""
    problem = ask(what_if)
    job = what_if.job
    if problem or job is None:
        st.error(escaped(problem))
        return None
    return study_so_far(job, lambda: f"{job.n_paired} of {counted(job.wanted, 'paired run')}", height=420)


TABS = {
    "flow": _Tab("Flow", "Is work piling up, and where?", _flow),
    "finish": _Tab("Finish times", "How predictable are we?", _finish),
    "ageing": _Tab("Ageing", "What is stuck right now?", _ageing),
    "throughput": _Tab("Throughput", "Is the pace steady?", _throughput),
    "load": _Tab("Load", "Who is overloaded, who waits?", _load),
    "value": _Tab("Value", "Do we deliver much, or much that is needed?", _value),
    "measures": _Tab("Change measures", "How do our usual indicators look?", _changes),
    "runs": _Tab("Runs", "Can I trust the summary?", _runs),
}
"""Tabs by their name in links."""

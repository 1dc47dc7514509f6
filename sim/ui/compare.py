"""The first page: the same people and the same work, organised in two ways."""

from __future__ import annotations

import math
import time
from html import escape
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING

import streamlit as st

from sim.errors import ScenarioError, counted
from sim.experiments.pay_back import changed_parts, pay_back
from sim.findings.pay_back import costs_once, pay_back_sentences
from sim.findings.side_effects import changed_of, side_effects
from sim.findings.stability import COMING, calculated_text, keeping_up_text, standing
from sim.findings.study import (
    HEADLINE,
    alt_text,
    caption,
    difference_caption,
    difference_text,
    headline,
    intervals_text,
    left_out_texts,
    lists_of,
    runs_text,
    too_short_texts,
)
from sim.findings.study_tables import study_as_csv
from sim.findings.tables import table_as_csv
from sim.findings.wording import (
    MARKDOWN,
    currency_of,
    duration_text,
    escaped,
    estimate_text,
    half_width_text,
    interval_text,
    measured_text,
)
from sim.scenario.acting import without_settings
from sim.scenario.levers.settings import change_text, settings_phrase
from sim.scenario.levers.table import LEVERS
from sim.studies.contenders import contenders_of
from sim.studies.fingerprint import fingerprint
from sim.studies.shipped_results import read_stored
from sim.ui.elements import chart, file_of, is_clearly_more, tight, title
from sim.ui.kept_situations import tray
from sim.ui.queue import DRAWING, coming, runner
from sim.ui.what_if import MOST_REPLICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamlit.delta_generator import DeltaGenerator

    from sim.scenario.capacity.places import PlaceLoad
    from sim.scenario.scenario import Scenario
    from sim.studies.queue.jobs import Job
    from sim.studies.study import Study
    from sim.ui.what_if import WhatIf

TITLE = "Same people, same work, two ways to organise"
WORKING_DAYS = "Days are working days, five a week."
TITLE_OF_CURVE = "How long until a request is done?"
TILES = {
    HEADLINE: "85 % done within",
    "throughput": "Finished per week",
    "value_kept": "Value kept",
    "people_busy": "People busy",
}
POLL_SECONDS = 0.8
LONGEST_WAIT_SECONDS = 2.5
LONGEST_MOMENT_SECONDS = 0.3
_FADED = "<style>.st-key-results {opacity: 0.6;}</style>"
_QUICK_UNTIL = 10  # paired runs: an interval from fewer is wide and jumps about (assumption)


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    _title(what_if)
    problem = ask(what_if)
    _results(what_if, problem)
    if not problem:
        tray(what_if)


def _title(what_if: WhatIf) -> None:
    several = len(what_if.preset.models)
    title(what_if, TITLE if several == 2 else TITLE.replace("two ways", f"{several} ways"))
    preset = what_if.preset
    about = " ".join(part for part in (preset.story, preset.question) if part)
    st.markdown(f"**{escaped(preset.name)}.** {escaped(about)}")
    st.html('<div class="hint">Pages and levers are behind the arrows at the top left.</div>')


def ask(what_if: WhatIf) -> str:
    """See to it that a job computes what is asked; return why that cannot be, or nothing."""
    try:
        scenario = what_if.scenario()
    except ScenarioError as problem:
        return str(problem)
    job = what_if.job
    if job is not None and job.contenders[0].scenario == scenario and job.wanted == what_if.replications:
        return ""
    runs = runner()
    recall_stored(what_if)
    what_if.job = runs.compare(
        contenders_of([scenario]), what_if.replications, owner=what_if.owner, instead_of=job
    )
    return ""


@st.cache_resource(max_entries=50)
def stored(key: str, _scenario: Scenario) -> Study | None:
    """Return the stored runs of a shipped scenario, if they fit it."""
    return read_stored(key, _scenario)


def recall_stored(what_if: WhatIf) -> None:
    """Make the stored runs of a shipped scenario known: a run that is known is not computed."""
    study = stored(what_if.choice.key, what_if.preset) if what_if.choice.is_shipped else None
    if study is not None:
        runner().remember(study)
        if what_if.shown is None:  # somebody who comes by a link waits with the preset in sight
            what_if.shown, what_if.shown_settings = study, {}


# --- results ------------------------------------------------------------------------------------------------


def _results(what_if: WhatIf, problem: str) -> None:
    """Draw what is known so far; the status line asks for more whenever there is news."""
    job = what_if.job
    if job is not None and not problem:
        what_if.began += _wait_a_moment(job)
    fresh = job if job is not None and not problem and job.is_showable else None
    if fresh is not None and _is_worth_showing(fresh, what_if.shown):
        what_if.shown, what_if.shown_settings = fresh.study(), dict(what_if.settings)
    study = what_if.shown
    # The same containers every time, or the browser would draw every chart below a new one from scratch. Each
    # has its room down to the charts (frame): nothing moves when a lever does. What comes and goes is below.
    with st.container(key="message"):
        _message(what_if, problem)
    with st.container(key="headline"):
        _headline(what_if, problem)
        if fresh is not None:
            DRAWING.learn(time.monotonic() - what_if.began)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="levers_and_runs"):
        with st.container(horizontal=True, key="chips", gap="small"):
            _chips(what_if)
        with st.container(key="progress", width=430):
            counter = _watch(what_if, job, study if fresh is not None else None, problem)
    if study is not None:
        if fresh is None:
            st.html(_FADED)
        with st.container(key="results"):
            keeping_up = _tiles(study)
            st.caption(WORKING_DAYS)
            _charts(what_if, study, _precision_note(study, job))
        with st.container(key="side_effects"):
            if what_if.shown_settings:
                _side_effects(what_if, study)
        _costs(what_if, study)
        careful = _remarks(study)
        _more(what_if, study)
        _calculated(study, keeping_up)
        _warnings(study, careful)
    elif not problem and job is not None and job.is_active:
        st.skeleton(height=140)
        st.skeleton(height=380)
    if job is not None and not problem and fresh is None and counter is not None:
        _wait(what_if, job, counter)


def _message(what_if: WhatIf, problem: str) -> None:
    """Draw what is wrong."""
    job = what_if.job
    if problem:
        _cannot_run(problem)
    elif job is not None and job.state == "failed":
        _failed(job)


def _headline(what_if: WhatIf, problem: str) -> None:
    study = what_if.shown
    if study is None:
        st.markdown("There is nothing to show yet." if problem else "The first runs are on their way.")
        return
    phrase = settings_phrase(what_if.preset, what_if.shown_settings)
    st.markdown(tight(headline(study, setting=phrase, style=MARKDOWN)))
    for model in study.models[1:-1]:
        st.caption(tight(headline(study, HEADLINE, model, style=MARKDOWN)))


def _side_effects(what_if: WhatIf, study: Study) -> None:
    """Draw what else moved against the preset, where its runs are known."""
    preset = contenders_of([what_if.preset])
    before = runner().known_study(preset, len(study.replications), owner=what_if.owner)
    for sentence in side_effects(before, study, style=MARKDOWN):
        st.markdown(tight(sentence))


def _remarks(study: Study) -> DeltaGenerator:
    """Draw what is used of lists and what is left out; return the place of what to be careful about."""
    careful = st.container(key="too_short", gap="small")
    with careful:
        lists = [" ".join(account.texts) for account in lists_of(study)]
        for text in (*lists, *left_out_texts(study)):
            st.caption(escaped(text))
    return careful


def _prints(study: Study) -> dict[str, str]:
    """Return for each operating model what tells it from all others, its name included."""
    scenario = study.scenario
    return {model: f"{scenario.label(model)} {fingerprint(scenario, model)}" for model in scenario.models}


def _known_loads() -> dict[str, PlaceLoad | None]:
    """Return the fullest place by calculation of what this visitor has seen already."""
    return st.session_state.setdefault("calculated", {})


def _calculated(study: Study, keeping_up: DeltaGenerator) -> None:
    """Draw how full everybody is by calculation, which takes as long as all else, so that comes first."""
    known, prints = _known_loads(), _prints(study)
    if all(print_ in known for print_ in prints.values()):
        return
    known.clear()
    known |= {print_: _fullest(print_, model, study.scenario) for model, print_ in prints.items()}
    keeping_up.html(_tile_of_keeping_up(study, known))


@st.cache_resource(max_entries=400)
def _fullest(print_: str, model: str, _scenario: Scenario) -> PlaceLoad | None:
    from sim.scenario.capacity.fullness import limits

    with _ONE_AT_A_TIME:
        return next(iter(limits(_scenario, model)), None)


def _warnings(study: Study, careful: DeltaGenerator) -> None:
    """Draw who cannot keep up by calculation, what never meets, and what was measured for too short a time.

    The calculation takes as long as all the rest of a page, so the rest comes first.
    """
    prints, scenario = _prints(study), study.scenario
    found = [text for model, print_ in prints.items() for text in _warnings_of(print_, model, scenario)]
    with careful:
        # what is said of no model is said by each
        for text in (*dict.fromkeys(found), *too_short_texts(study)):
            st.caption(f":material/warning: {escaped(text)}")


@st.cache_resource(max_entries=400, show_spinner=False)
def _warnings_of(print_: str, model: str, _scenario: Scenario) -> list[str]:
    from sim.scenario.capacity.warnings import warnings

    with _ONE_AT_A_TIME:  # or all who move a lever at once would wait for the last
        return warnings(_scenario, [model])


_ONE_AT_A_TIME = Lock()


def _wait_a_moment(job: Job) -> float:
    """Wait for a first answer that is nearly there, so that the page is drawn once; return for how long."""
    refined = max(0, _QUICK_UNTIL - job.n_paired) * job.seconds_of_a_run / runner().workers
    if not job.is_active or max(runner().seconds_to_look(job), refined) > LONGEST_MOMENT_SECONDS:
        return 0.0
    began = time.monotonic()
    while job.is_active and job.n_paired < _QUICK_UNTIL:
        left = LONGEST_MOMENT_SECONDS - (time.monotonic() - began)
        if left <= 0 or not job.news.wait(left):
            break
        job.news.clear()
    return time.monotonic() - began


def _wait(what_if: WhatIf, job: Job, counter: DeltaGenerator) -> None:
    """Wait a moment for a first answer, with the page drawn: quicker than polling, and costs nothing.

    Each turn of the loop calls Streamlit, which ends it at once when the visitor does something else.
    """
    ends = time.monotonic() + LONGEST_WAIT_SECONDS
    while job.is_active and not job.is_showable and time.monotonic() < ends:
        job.news.wait(0.2)
        job.news.clear()
        counter.caption(_status_text(what_if, job, None, ""))
    if job.is_showable or not job.is_active:
        st.rerun()


def _watch(what_if: WhatIf, job: Job | None, study: Study | None, problem: str) -> DeltaGenerator | None:
    """Draw the status line, and look at the job from time to time: the only part of the page that polls.

    Returns the place of the text while a first answer is waited for.
    """
    watched = job if job is not None and job.is_active and not problem else None
    counter: list[DeltaGenerator] = []

    def look() -> None:
        if watched is not None and _has_news(watched, study):
            st.rerun()
        counter[:] = [_status(what_if, job, study, problem)]

    # A fragment even where nothing polls: the browser would show the old status line beside the new one.
    st.fragment(look, run_every=POLL_SECONDS if watched is not None else None)()
    return counter[0] if watched is not None and study is None else None


def _has_news(job: Job, shown: Study | None) -> bool:
    return not job.is_active or (job.is_showable and _is_worth_showing(job, shown))


def _is_worth_showing(job: Job, shown: Study | None) -> bool:
    """Return whether there is enough news."""
    if shown is None or shown.contenders is not job.contenders or not job.is_active:
        return True
    return is_clearly_more(job.n_paired, len(shown.replications))


def _precision_note(study: Study, job: Job | None) -> str:
    if job is None or not job.is_active or len(study.replications) >= job.wanted:
        return ""
    return "quick look" if len(study.replications) < _QUICK_UNTIL else "refining"


def _cannot_run(problem: str) -> None:
    st.error(f"This cannot be run. {escaped(problem)} Undo a change below, or reset all levers.")


def _failed(job: Job) -> None:
    st.error(f"The runs failed: {escaped(job.problem)}. The last result stays; More runs tries again.")
    with st.popover("Copy details"):
        st.code("\n".join(job.failures), language=None, wrap_lines=True)


def _shown_for(what_if: WhatIf) -> str:
    """Return what the results in sight are for, while those of the levers as they stand are not there."""
    if what_if.shown is None:
        return ""
    shown = settings_phrase(what_if.preset, what_if.shown_settings) or "the preset, no lever moved"
    return f"**Shown for {escaped(shown)}.**"


def _chips(what_if: WhatIf) -> None:
    if not what_if.settings:
        st.caption("No lever is moved.")
    try:
        now = what_if.scenario() if what_if.settings else None
    except ScenarioError:  # said elsewhere
        now = None
    acting = None if now is None else what_if.acting()
    for setting, value in list(what_if.settings.items()):
        key, model = setting
        where = f" in {what_if.preset.label(model)}" if model else ""
        text = change_text(what_if.preset, setting, value) + where
        reason = "" if now is None else without_settings(LEVERS[key].why_idle(now, model, acting))
        about = (
            f"Does nothing here: it acts only when {reason}. Undo this change"
            if reason
            else "Undo this change"
        )
        text += " (does nothing)" if reason else ""
        if st.button(f"{escaped(text)} ×", key=f"undo|{key}|{model}", help=escaped(about)):
            what_if.put_back(setting)
            st.rerun()


def _status(what_if: WhatIf, job: Job | None, study: Study | None, problem: str) -> DeltaGenerator:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="status"):
        counter = st.empty()
        counter.caption(_status_text(what_if, job, study, problem))
        if job is None or problem:
            return counter
        if job.is_active:
            if st.button("Stop", key="stop"):
                runner().stop(job)
                st.rerun()
        elif job.state == "done":
            more = min(2 * what_if.replications, MOST_REPLICATIONS)
            if more > what_if.replications and st.button("More runs", key="more", help=f"{more} in all"):
                what_if.replications = more
                st.rerun()
        elif st.button("Go on", key="more"):
            what_if.job = None
            st.rerun()
    return counter


def _status_text(what_if: WhatIf, job: Job | None, study: Study | None, problem: str) -> str:
    stale = "" if study is not None else _shown_for(what_if)
    if job is None or problem:
        return f"{stale} Not running".strip()
    if stale and job.is_active:
        return f"{stale} New result {coming([job])}."
    n = job.n_paired
    precision = half_width_text(study.difference(HEADLINE), "days") if study is not None else ""
    parts = [f"{n} of {counted(job.wanted, 'paired run')}" if n < job.wanted else counted(n, "paired run")]
    if precision:
        parts.append(precision)
    match job.state:
        case "active":
            refining = f"refining, about {duration_text(job.seconds_left)} left"
            parts.append(refining if study is not None else f"first result {coming([job])}")
        case "done" if job.failures:
            parts.append(f"{len(job.failures)} could not be run: {escaped(job.failures[0])}")
        case "done":
            parts.append(f"done in {job.seconds:.0f} s" if job.seconds >= 0.5 else "done")
        case "stopped":
            parts.append("stopped")
        case "failed":
            parts.append("failed")
    return f"{stale} {' · '.join(parts)}".strip()


# --- tiles --------------------------------------------------------------------------------------------------


KEEPING_UP = 1
"""Which of the tiles says who keeps up."""


def tiles_of(study: Study, calculated: Mapping[str, PlaceLoad | None] = MappingProxyType({})) -> list[str]:
    """Return the tiles of a study as HTML.

    Parameters
    ----------
    calculated
        The fullest place by calculation, where it is known, by ``_prints``.
    """
    shown = dict(TILES)
    if study.prices is not None:
        shown["margin_per_year"] = f"Margin per year ({study.prices.currency})"
    tiles = [_tile(study, measure, label) for measure, label in shown.items()]
    tiles.insert(KEEPING_UP, _tile_of_keeping_up(study, calculated))
    return tiles


def _tiles(study: Study) -> DeltaGenerator:
    """Draw the tiles; return the one that says who keeps up: what is known later replaces it."""
    drawn = []
    grid = st.grid(3, min_column_width=150, gap="small")
    for tile in tiles_of(study, _known_loads()):
        with grid, st.container(border=True, height="stretch"):
            drawn.append(st.html(tile))
    return drawn[KEEPING_UP]


_WHERE_TO_PRICE = (
    "What a change costs once is priced in the file that page Build has: situation.money.changes."
)


def _costs(what_if: WhatIf, study: Study) -> None:
    """Draw what each change costs once, that of moved levers first, and when it has come back."""
    prices, said, changes = study.prices, [], []
    for before in changed_of(contenders_of([what_if.preset]), study.contenders):
        if parts := changed_parts(before, study.contender(before.key)):
            said.append(f"What was moved in {study.label(before.key)}: {costs_once(parts, prices)}.")
            changes.append(parts)
    baseline = study.contender(study.baseline)
    for model in study.models[1:]:
        if prices is not None:
            paid = pay_back(study, model)
            said.append(" ".join(pay_back_sentences(paid)))
            changes.append(paid.parts)
        else:
            changes.append(changed_parts(baseline, study.contender(model)))
            said.append(f"From {baseline.label} to {study.label(model)}: {costs_once(changes[-1], None)}.")
    if any(parts and not any(part.cost for part in parts) for parts in changes):
        said.append(_WHERE_TO_PRICE)
    for text in said:
        st.caption(escaped(text))


def _tile(study: Study, measure: str, label: str) -> str:
    """Return the tile of a measure: each side's number with its interval, then the difference."""
    unit = study.unit(measure)
    sides = []
    for model in study.models:
        interval = study.estimate(measure, model)
        value = estimate_text(interval, unit, short=True)
        for said in (" / week", f" {currency_of(unit)}"):  # the label says it
            value = value.removesuffix(said)
        sure = "" if math.isnan(interval.estimate) else interval_text(interval, unit, bare=True)
        sides.append((value, sure, ""))
    difference = escape(difference_text(study, measure)) if len(study.models) > 1 else ""
    return _tile_of(study, label, sides, difference.replace(" (", "<br>(", 1))


def _tile_of_keeping_up(study: Study, calculated: Mapping[str, PlaceLoad | None]) -> str:
    """Return the tile that says who keeps up: how full everybody's fullest place is, or that it grows."""
    sides = []
    for model in study.models:
        one = standing(study, model)
        value, sure = estimate_text(one.load, "share"), interval_text(one.load, "share", bare=True)
        if one.verdict == "growing":
            value, sure = one.verdict, measured_text(one.load, "share")
        sides.append((value, sure, one.place))
    loads = [calculated[one] for one in _prints(study).values() if one in calculated]
    by_hand = calculated_text(loads) if len(loads) == len(sides) else COMING
    return _tile_of(study, "Fullest place", sides, f"{escape(keeping_up_text(study))}<br>{escape(by_hand)}")


def _tile_of(study: Study, label: str, sides: Iterable[tuple[str, str, str]], foot: str) -> str:
    """Return a tile: each side's value, how sure it is, its name under the line of its chart, and where."""
    from sim.findings.charts import colour

    drawn = []
    for position, (model, (value, sure, where)) in enumerate(zip(study.models, sides, strict=True)):
        kind = "number" if any(map(str.isdigit, value)) else "word"
        line = f"border-top: 3px {'solid' if position else 'dashed'} {colour(position)}"
        drawn.append(
            f'<div class="side"><div class="{kind}">{escape(value)}</div>'
            f'<div class="sure">{escape(sure)}</div>'
            f'<div class="name" style="{line}">{escape(study.label(model))}</div>'
            f"{f'<div class=where>{escape(where)}</div>' if where else ''}</div>"
        )
    return (
        f'<div class="tile"><div class="what">{escape(label)}</div>'
        f'<div class="sides">{"".join(drawn)}</div><div class="difference">{foot}</div></div>'
    )


# --- charts -------------------------------------------------------------------------------------------------


def _charts(what_if: WhatIf, study: Study, note: str) -> None:
    from sim.findings.charts import cumulative_curve, time_bars

    if what_if.is_presented:  # one chart below the other
        left, right = st.container(), st.container()
    else:
        left, right = st.columns(2, gap="large")
    with left:
        st.header(TITLE_OF_CURVE)
        chart(what_if, cumulative_curve(study), "curve", alt_text(study, "curve"), is_first=True)
        st.caption(tight(caption(study, HEADLINE, note=note)))
    with right:
        st.header("Where does the time go?")
        chart(what_if, time_bars(study), "time", alt_text(study, "time"))
        said = "Parts are means; their intervals: Show the numbers"
        st.caption(tight(caption(study, "time_queue", note=f"{note} · {said}" if note else said)))


def _more(what_if: WhatIf, study: Study) -> None:
    if len(study.models) > 1:
        real = st.expander("What changed, and is it real?", key="real", on_change="rerun")
        if real.open:
            with real:
                _differences(what_if, study)
    numbers = st.expander("Show the numbers", key="numbers", on_change="rerun")
    if numbers.open:
        with numbers:
            _numbers(study)


def _differences(what_if: WhatIf, study: Study) -> None:
    from sim.findings.charts import DIFFERENCES, difference_chart

    for model in study.models[1:]:
        st.markdown(
            f"**{escaped(study.label(model))}** against **{escaped(study.label(study.baseline))}**, the same "
            "requests with the same luck. The line in the middle is no difference. What does not touch it is "
            "a clear difference; an open grey dot is not."
        )
        measures = (*DIFFERENCES, *(("margin_per_year",) if study.prices else ()))
        alt = alt_text(study, "difference", measures)
        chart(what_if, difference_chart(study, model, measures), f"difference_{model}", alt)
        st.caption(tight(difference_caption(study)))


def _numbers(study: Study) -> None:
    columns = {model: escaped(study.label(model)) for model in study.models}
    rows: dict[str, list[str]] = {"Measure": []}
    for name, metric in study.measures.items():
        rows["Measure"].append(escaped(metric.label))
        unit = study.unit(name)
        for model in study.models:
            interval = study.estimate(name, model)
            text = estimate_text(interval, unit)
            if not math.isnan(interval.low):
                text += f" ({interval_text(interval, unit)})"
            rows.setdefault(columns[model], []).append(escaped(text))
        if len(study.models) > 1:
            rows.setdefault("Difference", []).append(escaped(difference_text(study, name)))
    st.table(rows, alt=f"Every measure; in brackets: {intervals_text(study)}; {runs_text(study)}")
    st.caption(
        f"In brackets: {intervals_text(study)}; {runs_text(study)}. Definitions: page Method and glossary."
    )
    with st.container(horizontal=True, gap="small", key="downloads"):
        st.download_button(
            "Download as CSV", lambda: study_as_csv(study), file_of(study.scenario, "comparison.csv"),
            "text/csv",
            on_click="ignore", key="csv",
        )  # fmt: skip
        st.download_button(
            "Every run as CSV", lambda: table_as_csv(study.runs), file_of(study.scenario, "runs.csv"),
            "text/csv",
            on_click="ignore", key="csv_runs",
        )  # fmt: skip

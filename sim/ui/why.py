"""Why: which change buys the days, where requests wait, what busyness does, one request's way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import SimError, counted
from sim.experiments.standing import Answer
from sim.experiments.usual import PLACES, SPLIT, SPLIT_MEASURES, STORY, Places, tales_of
from sim.findings.mixtures import mixtures_caption
from sim.findings.study import HEADLINE, caption, headline
from sim.findings.waits import (
    busy_alt,
    place_table,
    story_table,
    story_text,
    unstaffed_text,
    waiting_text,
)
from sim.findings.why import interaction_alt, split_sentences, waterfall_alt
from sim.findings.wording import MARKDOWN, escaped
from sim.measures.metrics import METRICS
from sim.measures.waits import mean_waits, place_waits
from sim.scenario.mechanisms import MECHANISMS
from sim.studies.contenders import contenders_of
from sim.studies.fingerprint import fingerprint
from sim.ui import on_demand
from sim.ui.elements import chart, tight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.ui.what_if import WhatIf

FEWEST_HISTORIES = 4
"""Histories from which places are shown (assumption: enough to see where most waiting is)."""

_TALES = {"Typical (half are done sooner)": "typical", "Slow (95 % are done sooner)": "slow"}


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = on_demand.opened(what_if, "Why?")
    if scenario is None:
        return
    _split(what_if, scenario)
    _places(what_if, scenario)
    _story(what_if, scenario)
    _without(what_if, scenario)


# --- which change buys the days? ------------------------------------------------------------------------


def _split(what_if: WhatIf, scenario: Scenario) -> None:
    st.header("Which change buys the days?")
    if len(scenario.models) < 2:
        st.markdown("This situation has one operating model, so there is no difference to split.")
        return
    from sim.experiments.why import Attribution, cost_of, plan_why

    st.markdown(
        "The parts in which the two differ are moved from one to the other in every combination. Each "
        "part gets its effect averaged over all orders, so the bars sum to the whole difference."
    )
    try:
        combinations, replications, _ = cost_of(scenario)
    except SimError as problem:
        st.info(escaped(str(problem)))
        return
    sign = on_demand.sign(what_if)
    cost = on_demand.cost_text(
        f"{counted(combinations, 'combination')}, first with {counted(replications, 'run')} each",
        scenario.expected_events() * combinations * replications,
    )
    kept = on_demand.stored(what_if, SPLIT)

    def plan() -> tuple[Any, Sequence[Contender]]:
        planned = plan_why(scenario)
        return planned, planned.contenders

    def ask() -> Answer[Attribution] | None:
        fewest = on_demand.first_look(kept, replications)
        wanted = on_demand.more_than(kept, what_if.replications)
        found = on_demand.runs(what_if, "split", sign, plan, wanted, kept=kept, fewest=fewest)
        return found and Answer(Attribution(found[0], found[1].study(), HEADLINE), found[1].n_paired)

    answer = on_demand.answer(kept, "split", sign, "Split the difference", cost, ask)
    if answer is None:
        return
    measure = st.selectbox(
        "Measure", SPLIT_MEASURES, format_func=lambda name: METRICS[name].label, key="why_measure", width=360
    )
    split = replace(answer.found, measure=measure)
    from sim.findings.charts import interaction_map, waterfall

    first, *others = split_sentences(split)
    st.markdown(f"**{escaped(first)}** {escaped(' '.join(others))}")
    chart(what_if, waterfall(split), "waterfall", waterfall_alt(split))
    st.caption(tight(escaped(mixtures_caption(split, measure))))
    if split.is_exact and not split.gaps():
        pairs = st.expander("Do the parts depend on each other?", key="why_pairs", on_change="rerun")
        if pairs.open:
            with pairs:
                chart(what_if, interaction_map(split), "pairs", interaction_alt(split))
                st.caption(
                    "On the diagonal: what a part does alone. Beside it: what a pair does beyond that. "
                    "All cells sum to the difference; in brackets where luck may have decided the sign."
                )


# --- where does the waiting start? ------------------------------------------------------------------------


def _places(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.findings.charts.waits import place_bars, wait_against_busy

    st.header("Where does the waiting start?")

    def plan() -> tuple[None, Sequence[Contender]]:
        return None, contenders_of([scenario])

    kept = on_demand.stored(what_if, PLACES)
    wanted = on_demand.more_than(kept, what_if.replications)
    sign = on_demand.sign(what_if, wanted)

    def ask() -> Answer[Places] | None:
        fewest = on_demand.first_look(kept, FEWEST_HISTORIES)
        found = on_demand.runs(what_if, "waits", sign, plan, wanted, kept=kept, fewest=fewest, of=place_waits)
        if found is None:
            return None
        runs = found[1].paired()
        n = len(next(iter(runs.values())))
        return Answer({model: mean_waits([*of.values()]) for model, of in runs.items()}, n)

    if kept is None:
        answer = ask()
    else:
        events = scenario.expected_events() * len(scenario.models) * wanted
        cost = on_demand.cost_text(counted(wanted, "history", "histories"), events)
        answer = on_demand.answer(kept, "waits", sign, "", cost, ask)
    if answer is None:
        return
    n, places = answer.runs, {scenario.label(model): waits for model, waits in answer.found.items()}
    small = (
        f"Mean of {counted(n, 'history', 'histories')}, no interval: it shows where, not how surely · "
        f"requests that come in the measured weeks · seed {scenario.run.seed}"
    )
    side_by_side = len(places) == 2 and not what_if.is_presented
    columns = st.columns(2, gap="large") if side_by_side else [st.container() for _ in places]
    for position, (column, (label, waits)) in enumerate(zip(columns, places.items(), strict=True)):
        with column:
            st.markdown(f"**{escaped(waiting_text(label, waits))}**")
            alt = f"Bars: part of all waiting by place. {waiting_text(label, waits)}"
            chart(what_if, place_bars(waits, position), f"places_{position}", alt)
    st.caption(small)
    numbers = st.expander("Show the places as a table", key="why_table", on_change="rerun")
    if numbers.open:
        with numbers:
            for label, waits in places.items():
                st.markdown(f"**{escaped(label)}**")
                table = {
                    name: [escaped(cell) for cell in cells] for name, cells in place_table(waits).items()
                }
                st.table(table, alt=f"Places of {label}, most waiting first")

    st.header("Why does a busy team make everyone wait?")
    st.markdown(
        "Work does not come evenly. The busier people are, the less slack there is to catch up, and from "
        "about 80 % on the wait grows steeply. The line is theory for one person who is served with work "
        "by chance (M/M/1); several people who share a queue wait less, batches make all wait more."
    )
    chart(what_if, wait_against_busy(places), "busy", busy_alt(places))
    st.caption(tight(escaped(f"{small}. {unstaffed_text(places)}")))


# --- one request's story ----------------------------------------------------------------------------------


def _story(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.findings.charts.waits import journey
    from sim.measures.playback import play_back
    from sim.measures.waits import longest_days

    st.header("What happened to one request?")
    labels = {model: scenario.label(model) for model in scenario.models}
    kept = on_demand.stored(what_if, STORY)
    if kept is not None:
        tales = kept.found
    else:
        text = scenario.to_json()
        sign = " ".join(fingerprint(scenario, model) for model in scenario.models)
        asked = [(text, model, 0) for model in scenario.models]
        sides = on_demand.calls(what_if, "story", sign, play_back, asked)
        if sides is None:
            return
        tales = tales_of(scenario, dict(zip(scenario.models, sides, strict=True)))
    with st.container(horizontal=True, gap="medium", key="tale"):
        like = st.selectbox("Request", list(_TALES), key="why_tale", width=300)
        of = st.selectbox(
            "Chosen in", list(scenario.models), format_func=labels.__getitem__,
            key=f"why_tale_of_{what_if.choice.key}", width=300,
        )  # fmt: skip
    tale = tales[_TALES[like], of]
    if tale is None:
        st.info(f"No request was finished in {escaped(labels[of])}.")
        return
    stories = tale.stories
    longest = longest_days(stories)
    for position, told in enumerate(stories):
        st.markdown(f"**{escaped(story_text(told))}**")
        alt = f"Bars over time, a row for each place. {story_text(told)}"
        chart(what_if, journey(told, position, longest), f"journey_{position}", alt)
    st.caption(
        f"Request {tale.number:,} of one possible history (number 1), the same in every "
        f"organisation, no interval · working days · seed {scenario.run.seed} · solid: work, pale: waiting"
    )
    as_text = st.expander("As text", key="why_story_text", on_change="rerun")
    if as_text.open:
        with as_text:
            for told in stories:
                st.markdown(f"**{escaped(told.label)}**")
                table = {name: [escaped(cell) for cell in cells] for name, cells in story_table(told).items()}
                st.table(table, alt=f"The way of this request in {told.label}")


# --- without a mechanism ----------------------------------------------------------------------------------


def _without(what_if: WhatIf, scenario: Scenario) -> None:
    st.header("What if one of these were not there?")
    sign = on_demand.sign(what_if)
    known: dict[str, list[str]] = st.session_state.setdefault("why_active", {})
    if sign not in known:
        from sim.scenario.mechanisms import active

        known.clear()
        known[sign] = list(active(scenario))
    chosen = st.multiselect(
        "Without", known[sign], format_func=lambda key: MECHANISMS[key].label, key="why_without",
        placeholder="Choose what is switched off", width=620,
    )  # fmt: skip
    if not chosen:
        st.caption("Only what is on in this situation can be switched off. Rules: page Method.")
        return
    from sim.experiments.ablation import plan_ablation

    wanted = what_if.replications
    n = 2 * len(scenario.models)
    cost = on_demand.cost_text(
        f"{counted(n, 'operating model')}, {counted(wanted, 'run')} each",
        scenario.expected_events() * n * wanted,
    )
    its_sign = on_demand.sign(what_if, sorted(chosen), wanted)
    if not on_demand.is_asked("without", its_sign, "See what changes", cost):
        return

    def plan() -> tuple[Any, Sequence[Contender]]:
        planned = plan_ablation(scenario, sorted(chosen))
        return planned, planned.contenders

    found = on_demand.runs(what_if, "without", its_sign, plan, wanted)
    if found is None:
        return
    planned, job = found
    studies = planned.studies(dict(job.found))  # of the moment: more come in
    for study in studies:
        st.markdown(tight(headline(study, style=MARKDOWN)))
    st.caption(tight(escaped(caption(studies[0], HEADLINE))))

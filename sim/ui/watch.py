"""Watch: one history, both organisations side by side on the same requests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.components import v2

from sim.errors import ScenarioError, counted
from sim.findings.operating_model import change_in_words
from sim.findings.wording import KINDS_OF_TIME, escaped
from sim.scenario.levers.settings import settings_phrase
from sim.studies.fingerprint import fingerprint
from sim.ui.elements import file_of, look_again, title
from sim.ui.queue import coming, runner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.queue.jobs import Call
    from sim.ui.what_if import WhatIf

TITLE = "Watch the same requests in both organisations"
REPLICATION = 0
EVERY_DAYS = 10
"""Days between two rows of the table of counts."""

_HERE = Path(__file__).parent
_COUNTS = {
    "waiting": "waiting for a board",
    "oldest": "oldest request, days",
    "idle": "people idle",
    "in_progress": "in progress",
    "done": "done",
}


# --- the page -----------------------------------------------------------------------------------------


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    several = len(what_if.preset.models)
    title(what_if, TITLE if several == 2 else TITLE.replace("both organisations", f"{several} organisations"))
    try:
        scenario = what_if.scenario()
    except ScenarioError as problem:
        st.error(f"This cannot be run. {escaped(str(problem))} Undo a change on page Compare, or reset all.")
        return
    calls = _calls(what_if, scenario)
    failed = next((call for call in calls if call.state == "failed"), None)
    if failed is not None:
        st.error(f"The run failed: {escaped(failed.problem)}.")
        st.button("Try again", key="watch_again")  # pressed, it is true in the next run of the page
        return
    if any(call.state != "done" for call in calls):
        _wait(calls)
        return
    sides = [call.result for call in calls]
    data = playback(scenario, sides, settings_phrase(what_if.preset, what_if.settings))
    _player()(data=data, key="watch", height="content")
    _below(scenario, data)


def _calls(what_if: WhatIf, scenario: Scenario) -> list[Call]:
    """Return the runs that the page needs; those that the visitor no longer needs are given up."""
    from sim.measures.playback import play_back

    runs = runner()
    calls = [
        runs.call(
            f"watch {fingerprint(scenario, model)} {REPLICATION}",
            play_back,
            scenario.to_json(),
            model,
            REPLICATION,
            owner=what_if.owner,
            again=st.session_state.get("watch_again", False),
        )
        for model in scenario.models
    ]
    for call in st.session_state.get("watch_calls", ()):
        if call.is_active and call not in calls:
            runs.stop(call)
    st.session_state["watch_calls"] = calls
    return calls


def _wait(calls: Sequence[Call]) -> None:
    look_again(
        lambda: not any(call.is_active for call in calls),
        lambda: f"Running one history of each organisation; it is there {coming(calls)}.",
    )
    st.skeleton(height=520)


def _below(scenario: Scenario, data: dict[str, Any]) -> None:
    text = st.expander("As text", key="watch_text", on_change="rerun")
    if text.open:
        with text:
            st.markdown(
                f"Counts of all requests every {EVERY_DAYS} working days. *In progress*: a team has begun "
                "and it is not done. *Idle*: people in teams who work on nothing at that moment."
            )
            st.table(counts_table(data), alt=f"Counts every {EVERY_DAYS} working days", height=480)
    st.download_button(
        "Download as one HTML file", lambda: as_html(scenario.name, data), file_of(scenario, "watch.html"),
        "text/html", on_click="ignore", key="watch_html",
    )  # fmt: skip


def counts_table(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return the counts as columns of text, a row for every so many days."""
    days = range(0, data["until"] + 1, EVERY_DAYS)
    table = {"Day": [str(day) for day in days]}
    for side in data["sides"]:
        name = escaped(side["name"])
        for count, words in _COUNTS.items():
            table[f"{name}: {words}"] = [f"{side['counts'][count][day]:,}" for day in days]
    return table


# --- what the player gets -----------------------------------------------------------------------------


def playback(scenario: Scenario, sides: Sequence[dict[str, Any]], setting: str = "") -> dict[str, Any]:
    """Return all that the player needs: the playbacks of the operating models, with names and colours.

    Parameters
    ----------
    setting
        What differs from the scenario as it is shipped, in words.
    """
    from sim.findings.charts import colour
    from sim.measures.playback import together
    from sim.world.journal import KINDS

    shared = together(sides)
    models = scenario.models
    names = {model: scenario.label(model) for model in scenario.models}
    return {
        **shared,
        "key": " ".join(f"{names[model]} {fingerprint(scenario, model)}" for model in models),
        "kinds": list(KINDS),
        "words": KINDS_OF_TIME,
        "meaning": _meaning(shared["every"], shared["n_items"]),
        "about": (
            f"{scenario.name}{f', {setting}' if setting else ''}: one possible history (run "
            f"{REPLICATION + 1}, seed {scenario.run.seed}), so no number has an interval: many "
            "histories together are on page Compare. It begins on day "
            f"{shared['start']}, when the organisation is warm; drag back to day 0 to see it fill up."
        ),
        "sides": [
            {
                **side,
                "stages": _said(scenario, model, side["stages"]),
                "name": names[model],
                "hue": colour(position),
            }
            for position, (model, side) in enumerate(zip(models, sides, strict=True))
        ],
    }


def _said(scenario: Scenario, model: str, stages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the stages of a playback with what happens when a change begins, in words."""
    timeline = scenario.operating_models[model].timeline
    begun: set[int] = set()
    told = []
    for stage in stages:
        change: int | None = stage["change"]
        text = ""
        if change is not None and change not in begun:
            text = change_in_words(timeline[change], scenario.label)
            begun.add(change)
        told.append({**stage, "text": text})
    return told


def _meaning(every: int, n_items: int) -> str:
    if every == 1:
        return f"Each dot is one of {counted(n_items, 'request')}."
    return (
        f"One dot stands for {counted(every, 'request')}: of {n_items:,}, every {_ordinal(every)} is "
        "drawn, the same in "
        "every picture. Numbers count all requests; +12 means twelve more dots."
    )


def _ordinal(number: int) -> str:
    """Return a number from 2 with its ending.

    >>> [_ordinal(number) for number in (2, 3, 11, 16, 22)]
    ['2nd', '3rd', '11th', '16th', '22nd']
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# --- the player ---------------------------------------------------------------------------------------

_MOUNT = """
export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".watch");
  if (root.shows !== data.key) { // the page may run again with the same playback: then it plays on
    root.stopWatching?.();
    root.shows = data.key;
    root.stopWatching = watch(root, data);
  }
}
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Watch</title>
<style>
:root {
  color-scheme: light dark;
  --st-background-color: #FBFAF7; --st-secondary-background-color: #F1EFE9; --st-text-color: #0E151B;
  --st-border-color: #DDD8CC; --st-primary-color: #0B5F59; --st-font: system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --st-background-color: #12171C; --st-secondary-background-color: #1B232B; --st-text-color: #E7ECEF;
    --st-border-color: #33404B; --st-primary-color: #2DD4BF;
  }
}
body { max-width: 80rem; margin: 0 auto; padding: 1rem; background: var(--st-background-color);
  color: var(--st-text-color); font-family: var(--st-font); }
h1 { font-size: 1.6rem; margin: 0 0 0.8rem; overflow-wrap: anywhere; }
%(css)s
</style>
</head>
<body>
<main><h1></h1><div class="watch"></div></main>
<script type="application/json" id="data">%(data)s</script>
<script>
%(js)s
const data = JSON.parse(document.getElementById("data").textContent);
document.querySelector("h1").textContent = document.title = data.title;
watch(document.querySelector(".watch"), data);
</script>
</body>
</html>
"""


@cache
def _player() -> Any:
    """Return the component; it is made once, and users' names never get into its text."""
    return v2.component(
        "opsim_watch", html='<div class="watch"></div>', css=_text("css"), js=_text("js") + _MOUNT
    )


def as_html(name: str, data: dict[str, Any]) -> str:
    """Return a playback as a page of its own that opens offline and asks nobody for anything."""
    title = f"{name}: the same requests, {len(data['sides'])} ways to organise"
    # Inside a script element only "</" and "<!" could end the text early: no "<" is left in it.
    text = json.dumps({**data, "title": title}, separators=(",", ":")).replace("<", "\\u003c")
    return _PAGE % {"css": _text("css"), "js": _text("js"), "data": text}


@cache
def _text(ending: str) -> str:
    return (_HERE / f"watch.{ending}").read_text("utf-8")

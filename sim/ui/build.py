"""Build: an organisation of one's own, in tables and as a file, checked before its one visitor uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import ScenarioError
from sim.findings.operating_model import change_in_words
from sim.findings.organisation_map import organisation_dot, organisation_text
from sim.findings.wording import escaped
from sim.scenario.acting import Acting
from sim.scenario.arrivals import TraceArrivals
from sim.scenario.files import tables
from sim.scenario.files.edit import edited
from sim.scenario.files.load import check_text, from_text, scenario_cards
from sim.scenario.files.save import safe_file_name, scenario_as_yaml
from sim.scenario.files.yaml import MAX_BYTES, decoded
from sim.scenario.levers.lever import field_help
from sim.scenario.levers.table import LEVERS
from sim.scenario.policies.approval import GATE_PLACES, Board, Desk
from sim.scenario.scenario import Scenario
from sim.ui.elements import look_again, title
from sim.ui.queue import runner
from sim.ui.situation import OWN, Choice, short_enough

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.studies.queue.jobs import Call
    from sim.ui.what_if import WhatIf

SMALL = 40_000
"""Characters that are checked while the page is drawn; a larger file is checked by a worker."""

MOST_SHOWN = 20  # problems, and settings that can do nothing
MOST_ROWS = 300  # of a table: beyond it the file is edited
_TEAM_TYPES = ["stream_aligned", "functional", "platform", "enabling", "complicated_subsystem"]


@dataclass
class Draft:
    """What a visitor is building."""

    text: str
    name: str
    version: int = 0  # tables and text box start anew with it
    scenario: Scenario | None = None
    problem: ScenarioError | None = None
    last_good: Scenario | None = None
    note: str = ""
    task: Call | None = None


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    title(what_if, "Build your own")
    if "draft" not in st.session_state:
        st.session_state["draft"] = _from_situation(what_if)
        _check(st.session_state["draft"])
    draft: Draft = st.session_state["draft"]
    st.markdown(
        "Change teams, steps, gates and demand; then use the result as the situation of this session. Nobody "
        "else sees it, and nothing is stored on the server."
    )
    if draft.task is not None and draft.task.is_active:
        task = draft.task
        look_again(lambda: not task.is_active, lambda: "The file is being checked.")
    elif draft.task is not None:
        _take_in(draft)
    if draft.note:
        st.info(escaped(draft.note))
    _problems(draft)
    _actions(what_if, draft)
    _picture(draft)
    _edit(draft)


# --- the draft --------------------------------------------------------------------------------------------


def _from_situation(what_if: WhatIf) -> Draft:
    """Return a draft of the present situation: its file, or if a lever is moved everything filled in."""
    choice = what_if.choice
    if choice.key == OWN and not what_if.settings:
        return Draft(choice.text, "my_scenario.yaml")
    if choice.is_shipped and not what_if.settings:
        path = next(card.path for card in scenario_cards() if card.key == choice.key)
        return Draft(path.read_text("utf-8"), path.name)
    try:
        scenario = what_if.scenario()
    except ScenarioError:
        scenario = what_if.preset
    demand = scenario.situation.demand  # a list would name a file of this machine
    lists = demand.open_at_start.file or demand.drawn_together.file
    if isinstance(demand.arrivals, TraceArrivals) or lists:
        card = scenario_cards()[0]
        note = (
            "The requests of this situation come from a list, which is a file on the machine that runs the "
            f"app and no part of a draft. So the draft begins with {card.name} instead; to change the "
            "situation, edit its file."
        )
        return Draft(card.path.read_text("utf-8"), card.path.name, note=note)
    return Draft(scenario_as_yaml(scenario), "my_scenario.yaml")


def _check(draft: Draft) -> None:
    draft.scenario = draft.problem = draft.task = None
    if len(draft.text) > SMALL:
        draft.task = runner().submit(check_text, draft.text, draft.name)
        return
    try:
        draft.scenario = draft.last_good = short_enough(from_text(draft.text.encode(), draft.name))
    except ScenarioError as problem:
        draft.problem = problem


def _take_in(draft: Draft) -> None:
    task, draft.task = draft.task, None
    if task is None:
        return
    if task.state == "done":
        try:
            draft.scenario = draft.last_good = short_enough(Scenario.from_json(task.result))
        except ScenarioError as problem:
            draft.problem = problem
    elif isinstance(task.error, ScenarioError):
        draft.problem = task.error
    else:
        draft.problem = ScenarioError.of("", "could not be checked; try again", draft.name)


def _replace(draft: Draft, text: str, name: str | None = None) -> None:
    draft.text = text
    draft.name = name or draft.name
    draft.note = ""
    draft.version += 1
    _check(draft)


def _problems(draft: Draft) -> None:
    if draft.problem is None:
        return
    found = draft.problem.problems
    more = f" The first {MOST_SHOWN} are shown." if len(found) > MOST_SHOWN else ""
    n = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    lines = [f"- {escaped(str(problem))}" for problem in found[:MOST_SHOWN]]
    st.error("\n".join([f"{n}; until mended, the last good version stays in use.{more}", "", *lines]))


# --- what can be done with it -----------------------------------------------------------------------------


def _actions(what_if: WhatIf, draft: Draft) -> None:
    scenario = draft.scenario
    why_not = "The draft has problems; mend them first." if scenario is None else ""
    if scenario is not None and scenario == what_if.preset:
        why_not = "This is the situation in use."

    def use() -> None:
        if draft.scenario is not None:
            what_if.own = Choice(OWN, draft.scenario, is_shipped=False, text=draft.text)
            what_if.choose(what_if.own)

    def start_again() -> None:
        st.session_state["draft"] = new = _from_situation(what_if)
        new.version = draft.version + 1
        _check(new)

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="build_actions"):
        st.button(
            "Use it", type="primary", on_click=use, disabled=bool(why_not), key="use", help=why_not or None
        )
        st.download_button(
            "Download", draft.text, f"{safe_file_name(draft.name.removesuffix('.yaml')) or 'scenario'}.yaml",
            "application/yaml", on_click="ignore", key="download_draft", help="The file with its comments.",
        )  # fmt: skip
        st.button(
            "Start from the present situation", on_click=start_again, key="start_again",
            help="Throws the draft away.",
        )  # fmt: skip
    if why_not:
        st.caption(why_not)


# --- tables, text, upload ---------------------------------------------------------------------------------


def _edit(draft: Draft) -> None:
    in_tables, text, upload = st.tabs(["Tables", "File", "Upload"], key="build_tab", on_change="rerun")
    if in_tables.open:
        with in_tables:
            _tables(draft)
    if text.open:
        with text:
            _text(draft)
    if upload.open:
        with upload:
            _upload(draft)


def _text(draft: Draft) -> None:
    key = f"yaml_{draft.version}"
    st.text_area(
        "Scenario file (YAML)", draft.text, height=560, key=key, max_chars=MAX_BYTES, on_change="ignore"
    )
    st.button("Apply the text", on_click=lambda: _replace(draft, st.session_state[key]), key="apply_text")
    st.caption(
        "It may build on what is shipped (use: industrial, extends: digital_retailer); other files are not "
        "read. Every field and its limits: opsim describe --fields"
    )


def _upload(draft: Draft) -> None:
    file = st.file_uploader(
        "A scenario file of yours, 1 MB at most", type=["yaml", "yml"], key="upload", max_upload_size=1,
        help="It is read as data, never executed, and looked at here before it is used.",
    )  # fmt: skip
    if file is None:
        return
    try:
        text = decoded(file.getvalue(), file.name)
    except ScenarioError as problem:
        st.error(escaped(str(problem)))
        return
    st.markdown(f"**Preview of {escaped(file.name[:80])}**")
    st.code("\n".join(text.splitlines()[:30])[:3000], language="yaml", wrap_lines=True)
    name = f"{safe_file_name(file.name.rpartition('.')[0]) or 'upload'}.yaml"
    st.button("Take it as the draft", on_click=lambda: _replace(draft, text, name), key="take_upload")


def _tables(draft: Draft) -> None:
    scenario = draft.scenario or draft.last_good
    if scenario is None:
        st.info("Tables appear when the file can be read; mend it under File.")
        return
    if draft.scenario is None:
        st.info("Tables wait until the problems are mended under File.")
        return
    models = list(scenario.models)
    names = {model: scenario.label(model) for model in scenario.models}
    steps = [step.activity for step in scenario.situation.demand.work]
    edits: list[tuple[list[dict[str, Any]], Callable[[list[dict[str, Any]]], dict[Any, Any]]]] = []

    def table(
        key: str, label: str, rows: list[dict[str, Any]], columns: dict[str, Any],
        changes: Callable[[list[dict[str, Any]]], dict[Any, Any]],
    ) -> None:  # fmt: skip
        if len(rows) > MOST_ROWS:
            st.info(f"{label}: {len(rows)} rows are too many for a table; edit the file.")
            return
        st.markdown(f"**{label}**")
        edits.append((rows, changes))
        found = _editor(f"{key}_{draft.version}", label, rows, columns)
        results.append(found)

    results: list[list[dict[str, Any]]] = []
    st.header("Situation: the same for every operating model")
    requests, half_life = _demand(draft, scenario)
    table("people", "People", tables.people_rows(scenario), _PEOPLE, tables.people_from)
    table("steps", "Steps of the work", tables.step_rows(scenario), _STEPS,
          lambda rows: tables.steps_from(scenario, rows))  # fmt: skip
    table("products", "Products", tables.product_rows(scenario), _PRODUCTS, tables.products_from)
    st.header("Operating model")
    key = f"build_model_{draft.version}"
    model = st.selectbox("Which one", models, format_func=lambda key: names[key], key=key)
    gates = dict(_GATES)
    gates["before"] = st.column_config.SelectboxColumn(
        "Before", options=[*GATE_PLACES, *steps], required=True
    )
    table(f"gates_{model}", "Gates and their approval layers", tables.gate_rows(scenario, model), gates,
          lambda rows: tables.gates_from(scenario, model, rows))  # fmt: skip
    teams = dict(_TEAMS)
    for skill in scenario.situation.people:
        teams[skill] = st.column_config.NumberColumn(skill, min_value=0, max_value=100_000, step=1)
    table(f"teams_{model}", "Teams", tables.team_rows(scenario, model), teams,
          lambda rows: tables.teams_from(scenario, model, rows))  # fmt: skip
    st.caption(
        "A changed table of teams writes every team out, instead of a rule such as one for each skill."
    )

    def apply() -> None:
        changes: dict[Any, Any] = {}
        for (before, turn), after in zip(edits, results, strict=True):
            if after != before:
                changes |= turn(after)
        changes |= _demand_changes(scenario, requests, half_life)
        if changes:
            _replace(draft, edited(draft.text, changes))

    if st.button("Apply the tables", type="primary", key="apply_tables"):
        apply()
        st.rerun()


def _demand(draft: Draft, scenario: Scenario) -> tuple[float | None, float | None]:
    rate = LEVERS["requests"].get(scenario, "")
    left, right = st.columns(2)
    requests = None
    with left:
        if isinstance(rate, float | int):
            requests = st.number_input(
                "Requests per week", 0.01, 100_000.0, float(rate), key=f"requests_{draft.version}"
            )
        else:
            st.caption("Requests come as a list; change them in the file.")
    with right:
        weeks = scenario.situation.need.half_life_weeks
        half_life = st.number_input(
            "Half of the needs end within (weeks)", 0.1, 5_200.0, None if weeks is None else float(weeks),
            key=f"half_life_{draft.version}", help="Empty: needs last.",
        )  # fmt: skip
    return requests, half_life


def _demand_changes(scenario: Scenario, requests: float | None, half_life: float | None) -> dict[Any, Any]:
    changes: dict[Any, Any] = {}
    if requests is not None and requests != LEVERS["requests"].get(scenario, ""):
        for path, value in LEVERS["requests"].changes(scenario, "", requests).items():
            changes[tuple(path.split("."))] = value
    if half_life != scenario.situation.need.half_life_weeks:
        changes["situation", "need", "half_life_weeks"] = half_life
    return changes


def _editor(
    key: str, label: str, rows: list[dict[str, Any]], columns: dict[str, Any]
) -> list[dict[str, Any]]:
    """Draw a table that can be edited; return its rows as plain values."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else list(columns), dtype=object)
    changed = st.data_editor(
        frame, key=key, column_config=columns, num_rows="dynamic", hide_index=True, alt=label, width="stretch"
    )
    return [
        {str(name): None if pd.isna(value) else _plain(value) for name, value in row.items()}
        for row in changed.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value  # numpy's numbers are no YAML


def _number(label: str, least: float, most: float, *, step: float | None = None, about: str = "") -> Any:
    limits: dict[str, Any] = {"min_value": least, "max_value": most, "step": step}
    return st.column_config.NumberColumn(label, help=about or None, **limits)


_PEOPLE = {
    "skill": st.column_config.TextColumn("Skill", max_chars=80, required=True),
    "people": _number("People", 0, 100_000, step=1),
}
_PRODUCTS = {
    "product": st.column_config.TextColumn("Product", max_chars=80, required=True),
    "share": _number("Share of requests", 0, 1),
}
_STEPS = {
    "activity": st.column_config.TextColumn("Step", max_chars=80, required=True),
    "skill": st.column_config.TextColumn("Skill", max_chars=80, required=True),
    "days": _number("Working days (mean)", 0, 26_000),
    "needed_share": _number("Share of requests", 0, 1),
}
_GATES = {
    "before": st.column_config.TextColumn("Before"),
    "layer": st.column_config.TextColumn("Layer", max_chars=80, required=True),
    "kind": st.column_config.SelectboxColumn("Kind", options=["desk", "board", "named"], required=True),
    "meets_every_weeks": _number(
        "Meets every (weeks)", 0.1, 5_200, about=field_help(Board, "meets_every_weeks")
    ),
    "paper_deadline_days": _number("Papers in (days before)", 0, 26_000),
    "approvers": _number("Approvers", 1, 1_000, step=1, about=field_help(Desk, "approvers")),
    "hours_per_week": _number("Hours a week each", 0.1, 40),
    "revise_chance": _number("Sends back (chance)", 0, 0.95),
    "refuse_chance": _number("Refuses (chance)", 0, 1),
}
_TEAMS = {
    "team": st.column_config.TextColumn("Team", max_chars=80, required=True),
    "type": st.column_config.SelectboxColumn("Type", options=_TEAM_TYPES, required=True),
    "products": st.column_config.TextColumn("Products (none: all)", max_chars=2000),
}


# --- the picture ------------------------------------------------------------------------------------------


def _picture(draft: Draft) -> None:
    scenario = draft.scenario or draft.last_good
    if scenario is None:
        return
    st.header("The organisation")
    with st.container(key="map"):
        for model, spec in scenario.operating_models.items():
            st.markdown(f"**{escaped(spec.name)}**")
            st.graphviz_chart(
                organisation_dot(scenario, model), width="stretch", alt=organisation_text(scenario, model)
            )
            _, notes = scenario.teams(model)
            for note in notes[:5]:
                st.caption(escaped(note))
            for change in spec.timeline[:MOST_SHOWN]:
                st.caption(f":material/event: {escaped(change_in_words(change, scenario.label))}")
    for text in Acting(scenario).sentences()[:MOST_SHOWN]:
        st.caption(f":material/info: {escaped(text)}")
    st.caption(
        "Requests flow from left to right, row by row. Dashed: gates and rhythms. In the manner of Team "
        "Topologies."
    )

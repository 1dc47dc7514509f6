"""Build: an organisation of one's own, on cards and in a picture; no file has to be seen for it."""

from __future__ import annotations

import json
import re
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.components import v2

from sim.errors import ScenarioError, counted
from sim.findings.own_organisation import as_data, in_a_sentence
from sim.findings.settings import listed as enumerated
from sim.findings.study import headline
from sim.findings.wording import MARKDOWN, escaped
from sim.scenario.arrivals import TraceArrivals
from sim.scenario.draft.draft import Draft, in_words, mean_of, value_of
from sim.scenario.draft.forms import card, unplaced
from sim.scenario.draft.questions import Answers, beside_the_people, organisation
from sim.scenario.draft.systems import IDENTITY, MODELS, SYSTEMS
from sim.scenario.draft.wishes import MOST_AT_ONCE, granted
from sim.scenario.files.load import check_text, from_text, load, scenario_cards
from sim.scenario.files.save import safe_file_name
from sim.scenario.files.yaml import MAX_BYTES, decoded
from sim.scenario.levers.settings import settings_phrase
from sim.scenario.scenario import Scenario
from sim.ui import compare
from sim.ui.elements import look_again, shown, study_so_far, tight, title
from sim.ui.own_store import Desk, desk, forget, mount, new_key, take_up
from sim.ui.queue import coming, runner
from sim.ui.situation import OWN, own_token

if TYPE_CHECKING:
    from sim.scenario.changes import Path as Cell
    from sim.ui.what_if import WhatIf

SMALL = 40_000
"""Characters of a file that are checked while the page is drawn; a larger one is checked by a worker."""

IDLE_SECONDS = 1.5
"""Without a change: then what was built is simulated."""

MOST_SHOWN = 20
_MOST_HEARD = 40
_HERE = Path(__file__).parent
_WAYS = ("Answer eight questions", "From a situation", "From a file")
_TOGETHER = ("In departments by skill", "In teams of all skills, one for each product")
_COMMENT = re.compile(r"^[ \t]*#|[ \t]#[ \t]", re.MULTILINE)
_SKILLS = ("analysis", "design", "development", "testing", "operations", "", "")


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    here = desk()
    _arrive(what_if, here)
    title(what_if, "Build your own" if here.draft is None else here.draft.name)
    mount(what_if)
    if here.note:
        st.info(escaped(here.note))
    if here.draft is None:
        _begin(what_if, here)
    else:
        _workspace(what_if, here, here.draft)


def _arrive(what_if: WhatIf, here: Desk) -> None:
    """Take up what is in use, as the browser has kept it, unless something else is being built."""
    choice = what_if.choice
    if choice.key != OWN or here.is_begun_anew or (here.is_touched and choice is here.good):
        return
    kept = next((one for one in here.kept if own_token(one.good) == own_token(choice.text) != ""), None)
    if kept is not None:
        take_up(kept, what_if)
    elif choice is not here.good:
        here.good, here.is_touched = choice, False
        here.take(Draft.of(choice.scenario, new_key()), what_if)


# --- three ways to begin -------------------------------------------------------------------------------


def _begin(what_if: WhatIf, here: Desk) -> None:
    st.markdown(
        "State your organisation: nobody else sees it, and nothing is stored on the server. It stays in this "
        "browser, and whoever you send the link to sees the same."
    )
    for kept in here.kept:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"kept_{kept.key}"):
            st.markdown(f"**{escaped(kept.name)}**, saved in this browser")
            st.button(
                "Go on with it",
                key=f"open_{kept.key}",
                type="primary",
                on_click=take_up,
                args=(kept, what_if),
            )
            st.button("Forget it", key=f"forget_{kept.key}", on_click=forget, args=(kept,))
    way = st.segmented_control(
        "How do you want to begin?", _WAYS, default=_WAYS[0], key="begin_way", required=True
    )
    match _WAYS.index(way or _WAYS[0]):
        case 0:
            _questions(what_if, here)
        case 1:
            _from_situation(what_if, here)
        case _:
            _from_file(what_if, here)


def _start(what_if: WhatIf, here: Desk, scenario: Scenario) -> None:
    here.good, here.model, here.note, here.changed = None, "", "", 0.0
    here.is_touched, here.is_begun_anew = True, False
    here.take(Draft.of(scenario, new_key()), what_if)


def _questions(what_if: WhatIf, here: Desk) -> None:
    with st.form("questions", border=False, enter_to_submit=False):
        name = st.text_input(
            "What is your organisation called?", max_chars=80, key="q_name", placeholder="Its name"
        )
        left, right = st.columns(2)
        with left:
            st.markdown("**1. How many people of which skills?**")
            people: dict[str, int] = {}
            for number, skill in enumerate(_SKILLS):
                with st.container(horizontal=True, gap="small"):
                    said = st.text_input(
                        f"Skill {number + 1}",
                        skill,
                        key=f"q_skill{number}",
                        label_visibility="collapsed",
                        max_chars=80,
                    )
                    usual = {"development": 6}.get(skill, 2 if skill else 0)
                    n = st.number_input(
                        f"People of skill {number + 1}",
                        0,
                        10_000,
                        usual,
                        key=f"q_people{number}",
                        label_visibility="collapsed",
                    )
                if said.strip() and n:
                    people[said.strip()] = people.get(said.strip(), 0) + int(n)
        with right:
            products = st.number_input("2. How many products?", 1, 200, 3, key="q_products")
            together = st.selectbox(
                "How are people together today?", _TOGETHER, key="q_together",
                help="With fewer departments than skills, neighbours in the list share one; who is where can "
                "be changed afterwards.",
            )  # fmt: skip
            departments = st.number_input(
                "How many departments? (0: one for each skill)", 0, 200, 0, key="q_departments"
            )
            boards = st.text_input(
                "3. Weeks between the meetings of each board whose yes is needed", "4, 2", key="q_gates",
                max_chars=40,
                help="One number for each board, with commas: the first decides about the start, the second "
                "about releases. Empty: none.",
            )  # fmt: skip
            money = st.number_input(
                "4. Weeks between two rounds of money (0: teams are funded)",
                0.0,
                520.0,
                13.0,
                key="q_money",
                format="%g",
            )
            release = st.number_input(
                "5. Weeks between two releases (0: when ready)", 0.0, 520.0, 4.0, key="q_release", format="%g"
            )
            rate = st.number_input(
                "6. How many requests come in a week?", 0.01, 10_000.0, 5.0, key="q_rate", format="%g"
            )
            lasts = st.number_input(
                "7. After how many weeks are half of the needs gone? (0: they last)",
                0.0,
                5_200.0,
                30.0,
                key="q_lasts",
                format="%g",
            )
            with st.container(horizontal=True, gap="small"):
                price = st.number_input(
                    "8. What does a person cost a year?",
                    0.0,
                    1e9,
                    95_000.0,
                    1_000.0,
                    key="q_price",
                    format="%.0f",
                )
                currency = st.text_input("Currency", "EUR", key="q_currency", max_chars=12)
            with st.container(horizontal=True, gap="small"):
                worth = st.number_input(
                    "What does one finished request earn a week? (0: not known)", 0.0, 1e9, 0.0, 100.0,
                    key="q_worth", format="%.0f",
                    help="In the same currency, each week that it is live and still needed. As long as "
                    "nobody says it, nothing is shown in money.",
                )  # fmt: skip
                earns = st.number_input(
                    "For how many weeks at most?", 1.0, 5_200.0, 52.0, key="q_earns", format="%g"
                )
            against = st.selectbox(
                "Compare with", ["", *MODELS], index=2, key="q_against",
                format_func=lambda key: _name_of(key) if key else "nothing yet",
            )  # fmt: skip
        st.caption(
            "How much work a request is, nobody is asked: it is sized so that everybody is 80 % busy. "
            "What that comes to stands in the picture and on the cards, and can be changed there."
        )
        is_asked = st.form_submit_button("Build it", type="primary")
    if not is_asked:
        return
    try:
        every = tuple(float(part) for part in boards.replace(";", ",").split(",") if part.strip())
    except ValueError:
        st.error("Question 3 needs numbers of weeks with commas between them, such as 4, 2.")
        return
    if not name.strip() or not people:
        st.error("Give it a name, and at least one skill with people.")
        return
    if len(every) > 3:
        st.error("Three boards can be named here; more are added on the card Governance.")
        return
    answers = Answers(
        name.strip(), people, int(products), every, money or None, release or None, rate, lasts or None,
        price, currency.strip() or "EUR", request_week=worth or None, earns_weeks=earns,
        is_by_skill=together == _TOGETHER[0], departments=int(departments), against=against,
    )  # fmt: skip
    try:
        scenario = organisation(answers)
        _start(what_if, here, scenario)
        if here.draft is not None and not answers.is_by_skill:
            path = ("operating_models", here.model, "structure", "teams", "kind")
            listed = here.draft.edit(path, "listed")
            here.take(Draft(listed.tree, listed.key), what_if)
        here.note = _not_asked(scenario, answers)
    except ScenarioError as problem:
        st.error(escaped(str(problem)))
        return
    st.rerun()


def _not_asked(scenario: Scenario, answers: Answers) -> str:
    """Return what the organisation has that the questions did not ask for, and does not have."""
    said = []
    for model in scenario.models[1:]:
        who = [
            f"{layer.name}, {counted(layer.approvers, 'person', 'people')} for "
            f"{layer.hours_per_week:g} hours a week"
            for layer in beside_the_people(scenario, model)
        ]
        if who:
            people = counted(sum(answers.people.values()), "person", "people")
            said.append(
                f"{scenario.label(model)} needs reviewers who are not among the {people} of the teams: "
                f"{enumerated(who)}. If nobody has these hours, change it on the card Governance."
            )
    if scenario.situation.money is None:
        said.append(
            "Nothing is shown in money, because what a finished request earns is not known; it can be said "
            "on the card Who this is, under Prices."
        )
    return " ".join(said)


def _from_situation(what_if: WhatIf, here: Desk) -> None:
    cards = {"": "the present situation"} | {one.key: one.name for one in scenario_cards()}
    key = st.selectbox(
        "Which one sounds like yours?", list(cards), format_func=lambda key: cards[key], key="begin_from"
    )
    story = next((one.story for one in scenario_cards() if one.key == key), "With the levers as they stand.")
    st.caption(escaped(story))
    name = st.text_input(
        "What is your organisation called?", max_chars=80, key="begin_name", placeholder="Its name"
    )
    if not st.button("Begin with it", type="primary", key="begin_situation"):
        return
    if not name.strip():
        st.error("Give it a name: every page, file and chart carries it.")
        return
    try:
        scenario = load(key) if key else what_if.scenario()
        demand = scenario.situation.demand
        if (
            isinstance(demand.arrivals, TraceArrivals)
            or demand.open_at_start.file
            or demand.drawn_together.file
        ):
            st.error(
                "The requests of this situation come from a list, which is a file of the machine that runs "
                "the app. Take another one."
            )
            return
        own = scenario.model_dump(mode="json") | {"name": name.strip(), "story": "", "question": ""}
        _start(what_if, here, Scenario.model_validate(own))
    except (ScenarioError, ValueError) as problem:
        st.error(escaped(str(problem)))
        return
    st.rerun()


def _from_file(what_if: WhatIf, here: Desk) -> None:
    file = st.file_uploader(
        "A file that was downloaded here, or written by hand, 1 MB at most", type=["yaml", "yml"],
        key="upload", max_upload_size=1, help="It is read as data, never executed.",
    )  # fmt: skip
    if file is None:
        return
    try:
        text = decoded(file.getvalue(), file.name)
        if len(text) > SMALL:
            call = runner().call(f"check {hash(text)}", check_text, text, file.name, owner=what_if.visitor)
            if call.is_active:
                look_again(
                    lambda: not call.is_active, lambda: f"The file is being checked; done {coming([call])}."
                )
                return
            if call.state != "done":
                raise (
                    call.error
                    if isinstance(call.error, ScenarioError)
                    else ScenarioError.of("", "could not be checked; try again")
                )
            scenario = Scenario.from_json(call.result)
        else:
            scenario = from_text(text.encode(), file.name)
    except ScenarioError as problem:
        _list_of(problem)
        return
    st.markdown(f"**{escaped(scenario.name)}** {escaped(scenario.story)}")
    if _COMMENT.search(text):
        st.caption(
            "The comments in it stay in your file: what is built on from here has none, nor has its download."
        )
    if st.button("Take it", type="primary", key="take_upload"):
        _start(what_if, here, scenario)
        st.rerun()


def _list_of(problem: ScenarioError) -> None:
    lines = [f"- {escaped(str(one))}" for one in problem.problems[:MOST_SHOWN]]
    st.error("\n".join(["This cannot be used yet:", "", *lines]))


# --- the workspace ------------------------------------------------------------------------------------


def _workspace(what_if: WhatIf, here: Desk, draft: Draft) -> None:
    found = here.found or draft.check()
    cards = [card(draft, found, system, here.model) for system in (IDENTITY, *SYSTEMS)]
    _bar(what_if, here, draft)
    if found.scenario is None:
        elsewhere = unplaced(draft, found, cards)
        st.warning(
            "\n".join(
                [escaped(in_words(found)), "", *(f"- {escaped(text)}" for text in elsewhere[:MOST_SHOWN])]
            )
        )
    _picture(what_if, here, draft)
    _result(what_if, here)
    _models(what_if, here, draft)
    st.caption("What a field means, its range and where its default comes from: point at it.")
    _component()(
        key="build_cards", data={"what": "cards", "model": here.model, "cards": cards, "heard": here.heard},
        default={"told": None}, on_told_change=lambda: _told(what_if, here, "build_cards"), height="content",
    )  # fmt: skip
    _as_file(what_if, here)


def _told(what_if: WhatIf, here: Desk, key: str) -> None:
    """Hear what was typed since the page was drawn last, each wish once."""
    told = st.session_state[key].get("told")
    if (
        not isinstance(told, dict)
        or not isinstance(me := told.get("me"), str)
        or len(me) > 20
        or here.draft is None
    ):
        return
    wishes = told.get("wishes")
    here.note, draft = "", here.draft
    for wish in (wishes if isinstance(wishes, list) else [])[:MOST_AT_ONCE]:
        number = wish.get("n") if isinstance(wish, dict) else None
        if not isinstance(number, int) or number <= here.heard.get(me, 0):
            continue
        here.heard[me] = number
        try:
            draft = granted(draft, wish)
        except ScenarioError as problem:
            here.note = str(problem)
    for old in list(here.heard)[:-_MOST_HEARD]:
        del here.heard[old]
    _go_on(what_if, here, draft)


def _go_on(what_if: WhatIf, here: Desk, draft: Draft) -> None:
    if draft is not here.draft:
        here.is_touched, here.changed = True, time.monotonic()
        here.take(draft, what_if)


def _bar(what_if: WhatIf, here: Desk, draft: Draft) -> None:
    def undo() -> None:
        _go_on(what_if, here, draft.undo())

    def redo() -> None:
        _go_on(what_if, here, draft.redo())

    def again() -> None:
        here.draft = here.found = here.good = None
        here.is_touched, here.is_begun_anew, here.note = False, True, ""
        what_if.undo()

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="build_actions"):
        st.button("Undo", on_click=undo, disabled=not draft.past, key="build_undo")
        st.button("Redo", on_click=redo, disabled=not draft.future, key="build_redo")
        if here.good is not None:
            st.download_button(
                "Download", here.good.text, f"{safe_file_name(draft.name) or 'scenario'}.yaml",
                "application/yaml",
                on_click="ignore", key="download_draft", help="The file of the last version without marks.",
            )  # fmt: skip
        if here.good is not None and what_if.choice is not here.good:
            st.button("Use it", type="primary", on_click=what_if.build, args=(here.good,), key="use")
        st.button(
            "Begin another", on_click=again, key="start_again", help="What you built stays in this browser."
        )


def _picture(what_if: WhatIf, here: Desk, draft: Draft) -> None:
    good = here.good
    if good is None:
        return

    def stands(path: Cell) -> dict[str, Any]:
        try:
            value = mean_of(value_of(draft.tree, path))
        except ScenarioError:
            return {"value": None, "why": ""}
        cells = here.found.cells if here.found is not None else {}
        return {"value": value, "why": cells.get(path, "")}

    sides = []
    for model, places in here.places(good).items():
        sides.append(
            {
                "name": good.scenario.label(model),
                "sentence": in_a_sentence(places),
                "places": as_data(places, stands),
            }
        )
    st.header("The organisation")
    _component()(
        key="build_picture", data={"what": "picture", "sides": sides, "heard": here.heard},
        default={"told": None},
        on_told_change=lambda: _told(what_if, here, "build_picture"), height="content",
    )  # fmt: skip
    st.caption(
        "Waits in the picture are closed forms of each place alone; what the places do to each other is "
        "simulated below. A dot is a request that waits. In the manner of Team Topologies."
    )


def _result(what_if: WhatIf, here: Desk) -> None:
    """Draw what the simulation says of the last good version, once nothing has been typed for a moment."""
    if here.good is None or what_if.choice is not here.good:
        return
    with st.container(key="build_result"):
        if what_if.settings:
            _moved(what_if, here)
        if time.monotonic() - here.changed < IDLE_SECONDS:
            look_again(
                lambda: time.monotonic() - here.changed >= IDLE_SECONDS, lambda: "Simulated when you pause."
            )
            return
        if problem := compare.ask(what_if):
            st.error(escaped(problem))
            return
        job = what_if.job
        if job is None:
            return
        study = study_so_far(job, lambda: f"Simulated {coming([job])}.", 60)
        if study is not None:
            what_if.shown, what_if.shown_settings = study, {}
            st.markdown(tight(headline(study, style=MARKDOWN)))


def _moved(what_if: WhatIf, here: Desk) -> None:
    """Say that levers were moved on other pages, and let the organisation have them for good."""

    def keep() -> None:
        try:
            scenario = what_if.scenario()
        except ScenarioError as problem:
            here.note = str(problem)
            return
        if here.draft is not None:
            _go_on(what_if, here, here.draft.become(scenario))

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="build_levers"):
        phrase = settings_phrase(what_if.preset, what_if.settings)
        st.markdown(f"Levers are moved on other pages: {escaped(phrase)}. The numbers below are with that.")
        st.button("Build it in", on_click=keep, key="levers_in", help="The cells below take it over.")
        st.button("Put them back", on_click=what_if.reset, key="levers_back")


def _models(what_if: WhatIf, here: Desk, draft: Draft) -> None:
    models = draft.tree["operating_models"]
    names = {key: str(spec["name"]) for key, spec in models.items()}
    st.header("How it works, system by system")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="build_models"):
        here.model = st.segmented_control(
            "Operating model", list(models), default=here.model, format_func=lambda key: names[key],
            key=f"build_model_{len(models)}", required=True,
        ) or here.model  # fmt: skip
        with st.popover("Take another kind"):
            _kinds(what_if, here, draft)
        with st.popover("Name"):
            key, path = f"label_{here.model}", ("operating_models", here.model, "name")
            st.text_input(
                "Name of this operating model", key=key, max_chars=80,
                on_change=lambda: _go_on(what_if, here, draft.edit(path, st.session_state[key])),
                **shown(key, names[here.model], names[here.model]),
            )  # fmt: skip
        if len(models) > 1:
            gone = ("operating_models", here.model)
            st.button(
                "Take this one away",
                key="model_gone",
                on_click=lambda: _go_on(what_if, here, draft.remove(gone)),
            )


def _kinds(what_if: WhatIf, here: Desk, draft: Draft) -> None:
    """Offer the four kinds of operating model, as another one or in the place of this one."""
    skills = draft.tree["situation"]["people"]
    for key, about in MODELS.items():
        st.markdown(f"**{_name_of(key)}**: {about}")

        def put(kind: str = key, *, instead: bool = False) -> None:
            try:
                spec = _shipped(kind)
                if kind == "agile_product" and "analysis" not in skills and spec["discovery"]:
                    spec["discovery"]["skill"] = next(iter(skills))
                steps = {step["activity"] for step in draft.tree["situation"]["demand"]["work"]}
                spec["technology"]["pace"] = {
                    step: n for step, n in spec["technology"]["pace"].items() if step in steps
                }
                changed = draft.replace_model(spec, here.model) if instead else draft.add_model(spec, kind)
            except ScenarioError as problem:
                here.note = str(problem)
                return
            _go_on(what_if, here, changed)

        with st.container(horizontal=True, gap="small"):
            st.button("Compare with it", key=f"add_{key}", on_click=put)
            st.button("In place of this one", key=f"instead_{key}", on_click=put, kwargs={"instead": True})


@cache
def _shipped_text(kind: str) -> str:
    text = f"operating_models: {{x: {{use: {kind}}}}}\n"  # the people of a scenario without any
    return from_text(text.encode(), kind).operating_models["x"].model_dump_json()


def _name_of(kind: str) -> str:
    return str(_shipped(kind)["name"])


def _shipped(kind: str) -> dict[str, Any]:
    return json.loads(_shipped_text(kind))


def _as_file(what_if: WhatIf, here: Desk) -> None:
    box = st.expander("As a file", key="build_file", on_change="rerun")
    if not box.open or here.good is None:
        return
    key = f"yaml_{hash(here.good.text)}"

    def apply() -> None:
        text = st.session_state[key]
        try:
            if len(text) > SMALL:
                raise ScenarioError.of("", f"has more than {SMALL:,} characters; bring it as a file")
            scenario = from_text(text.encode(), "the file")
        except ScenarioError as problem:
            here.note = str(problem)
            return
        _go_on(what_if, here, here.draft.become(scenario) if here.draft else Draft.of(scenario, new_key()))

    with box:
        st.text_area(
            "Scenario file (YAML)",
            here.good.text,
            height=420,
            key=key,
            max_chars=MAX_BYTES,
            on_change="ignore",
        )
        st.button("Apply the text", on_click=apply, key="apply_text")
        st.caption(
            "It says what differs from the defaults. It may build on what is shipped (use: industrial, "
            "extends: digital_retailer); other files are not read. Every field and its "
            "limits: opsim describe --fields"
        )


@cache
def _component() -> Any:
    """Return the component of cards and picture; it is made once, and names never get into its text."""
    css, js = ((_HERE / f"build.{ending}").read_text("utf-8") for ending in ("css", "js"))
    return v2.component("opsim_build", html='<div class="build"></div>', css=css, js=js)

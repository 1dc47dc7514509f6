"""The frame around every page: page settings, navigation, levers, and the link in the address bar.

Levers live here and not on pages, so the link is the same on every page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import streamlit as st

from sim.errors import ScenarioError
from sim.findings.wording import escaped
from sim.scenario.acting import Acting, without_settings
from sim.scenario.levers.lever import NOT_HERE, Lever, Value
from sim.scenario.levers.table import LEVERS
from sim.ui import (
    build,
    claims,
    compare,
    evidence,
    forecast,
    learn,
    method,
    sensitivity,
    state,
    watch,
    why,
    winner_map,
)
from sim.ui.head import shown
from sim.ui.runs import runner
from sim.ui.server import stay_here

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario
    from sim.ui.state import Choice, WhatIf

ICON = (
    Path(__file__).parent / "icon.png"
)  # a file of ours: an icon by name would be fetched from the internet

# Few rules, on classes that Streamlit gives to keyed containers; colours come from the theme. Text in charts
# takes the page's colour, which Python cannot know for sure.
_EVERY_MODEL = "*"  # no key of an operating model: those are names
_WITHOUT_LEVERS = {"learn", "claims", "method"}
"""Pages on which no lever does anything: lessons and claims bring their own situations."""
_NO_VALUE = "none"  # a widget takes None for "nothing chosen"
_STYLE = """
<style>
.st-key-headline p {font-size: 1.35rem; line-height: 1.45; max-width: 62rem;}
.st-key-headline [data-testid="stCaptionContainer"] p {font-size: 1rem;}
.st-key-chips button {padding: 0.1rem 0.7rem; min-height: 2rem;}
.stPlotlyChart text:not(.bartext) {fill: currentColor !important;}
.tile {font-variant-numeric: tabular-nums;}
.tile .what {font-weight: 600; margin-bottom: 0.4rem;}
.tile .sides {display: flex; flex-wrap: wrap; gap: 0.4rem 1.4rem;}
.tile .number {font-size: 1.75rem; font-weight: 600; line-height: 1.3; white-space: nowrap;}
.tile .word {font-size: 1.1rem; font-weight: 600; line-height: 2.07;}
.tile .name {font-size: 0.85rem; overflow-wrap: anywhere; padding-top: 0.15rem;}
.tile .difference {font-size: 0.85rem; overflow-wrap: anywhere; margin-top: 0.6rem;}
[data-stale="true"] {opacity: 1 !important;}
.hint {font-size: 0.9rem;}
.dots {font-size: 0.95rem;} .dots span {letter-spacing: 0.3em; margin-left: 0.8rem;}
.st-key-lesson_step p {font-size: 1.1rem; line-height: 1.55;}
.st-key-lesson_step [data-testid="stCaptionContainer"] p {font-size: 0.875rem;}
[class*="st-key-read_claim_"] button {justify-content: flex-start; text-align: left; min-height: 1.5rem;}
[class*="st-key-read_claim_"] button p {font-size: 1rem; font-weight: 600; text-decoration: underline;}
.stApp button[kind="primary"]:enabled {color: light-dark(#fff, #12171C);}
.st-key-map svg {max-width: 100%; height: auto;}
@media (min-width: 641px) {.stElementContainer:has(.hint) {display: none;}}
@media (min-width: 900px) {.stMainBlockContainer {padding-left: 3rem; padding-right: 3rem; max-width: 90rem;}}
</style>
"""

# For a projector: everything is set in rem, so one size makes all of it larger.
_PRESENTED = """
<style>
html {font-size: 125% !important;}
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"] {display: none !important;}
.st-key-status, .hint {display: none !important;}
</style>
"""


def show() -> None:
    """Draw the app: run by Streamlit from top to bottom at every change."""
    stay_here()
    st.set_page_config(
        page_title="Operating model simulator", page_icon=str(ICON), layout="wide",
        initial_sidebar_state="auto",
    )  # fmt: skip
    st.html(_STYLE)
    opened = state.opened_by_environment()
    offer = state.offer(opened)
    offered = offer.choices
    default = state.default_key(offered, opened)
    if not default:
        st.error(f"There is no scenario to open. {escaped(offer.problem)}")
        return
    if "what_if" not in st.session_state:
        st.session_state["what_if"] = state.from_address(st.query_params.to_dict(), offered, default)
    what_if: WhatIf = st.session_state["what_if"]

    pages = [
        st.Page(lambda: compare.page(what_if), title="Compare", url_path="compare", default=True),
        st.Page(lambda: watch.page(what_if), title="Watch", url_path="watch"),
        st.Page(lambda: why.page(what_if), title="Why", url_path="why"),
        st.Page(lambda: winner_map.page(what_if), title="When each wins", url_path="wins"),
        st.Page(lambda: learn.page(what_if), title="Learn", url_path="learn"),
    ]
    more = [
        st.Page(lambda: evidence.page(what_if), title="Evidence", url_path="evidence"),
        st.Page(lambda: forecast.page(what_if), title="Forecast", url_path="forecast"),
        st.Page(lambda: sensitivity.page(what_if), title="What matters", url_path="matters"),
        st.Page(lambda: build.page(what_if), title="Build", url_path="build"),
        st.Page(lambda: claims.page(what_if), title="Claims", url_path="claims"),
        st.Page(lambda: method.page(what_if, offer.left_out), title="Method", url_path="method"),
    ]
    page = st.navigation({"": pages, "More": more}, position="top")
    what_if.page = page.url_path or "compare"
    if what_if.own is not None:
        offered = offered | {state.OWN: what_if.own}
    if what_if.page not in _WITHOUT_LEVERS:
        with st.sidebar:
            _levers(what_if, offered, list(offer.left_out))
    _write_address(what_if, default)
    if what_if.is_presented:
        st.html(_PRESENTED)
    if offer.problem:
        st.warning(escaped(offer.problem))
    page.run()
    if "is_warm" not in st.session_state:  # the first page is out
        st.session_state["is_warm"] = True
        _warm_up()


@st.cache_resource
def _warm_up() -> None:
    runner().warm()


def _write_address(what_if: WhatIf, default: str) -> None:
    wanted = what_if.link(default, what_if.page)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


# --- levers -----------------------------------------------------------------------------------------------


def _levers(what_if: WhatIf, offered: dict[str, Choice], left_out: list[str]) -> None:
    keys = list(offered)
    st.selectbox(
        "Situation", keys, format_func=lambda key: offered[key].scenario.name, key="scenario",
        **shown("scenario", keys.index(what_if.choice.key), what_if.choice.key, "index"),
        on_change=lambda: what_if.choose(offered[st.session_state["scenario"]]),
    )  # fmt: skip
    if left_out:
        st.caption(f"Not offered: {escaped(', '.join(left_out))}. Why: see Method.")
    try:
        now = what_if.scenario()
    except ScenarioError:
        now = what_if.preset
    acting = Acting(now)
    st.subheader("What if ...")
    _history(what_if)
    targets = what_if.targets = _applies_to(what_if)
    for lever in LEVERS.values():
        if lever.is_main and lever.belongs_to == "model":
            _lever(what_if, lever, targets, now, acting)
    st.caption("For every operating model")
    for lever in LEVERS.values():
        if lever.is_main and lever.belongs_to == "situation":
            _lever(what_if, lever, ("",), now, acting)
    with st.expander("More levers"):
        section = ""
        for lever in LEVERS.values():
            if lever.is_main:
                continue
            models = targets if lever.belongs_to == "model" else ("",)
            if lever.section != section and _is_here(lever, models, now):
                section = lever.section
                st.markdown(f"**{section}**")
            _lever(what_if, lever, models, now, acting)
    st.button(
        "Reset all levers", on_click=what_if.reset, disabled=not what_if.settings, key="reset",
        help=None if what_if.settings else "No lever is moved.",
    )  # fmt: skip


def _history(what_if: WhatIf) -> None:
    """Draw undo and redo; a browser's Back is not undo."""
    with st.container(horizontal=True, gap="small", key="history"):
        st.button(
            "Undo", on_click=what_if.undo, disabled=not what_if.past, key="undo", shortcut="Ctrl+Z",
            help="Take back the last change of a lever or scenario." if what_if.past else "Nothing to undo.",
        )  # fmt: skip
        st.button(
            "Redo", on_click=what_if.redo, disabled=not what_if.future, key="redo", shortcut="Ctrl+Y",
            help="Make it again." if what_if.future else "Nothing to redo.",
        )  # fmt: skip


def _applies_to(what_if: WhatIf) -> tuple[str, ...]:
    """Let the visitor say which operating model the levers are for; return the models."""
    models = what_if.preset.models
    if len(models) == 1:
        return models
    names = {model: escaped(what_if.preset.label(model)) for model in models}
    everyone = "Both" if len(models) == 2 else "All"
    key = f"target|{what_if.choice.key}"
    options = [*models, _EVERY_MODEL]
    before = st.session_state.get(key, models[0])
    chosen = st.segmented_control(
        "Applies to", options, format_func=lambda model: names.get(model, everyone), key=key,
        required=True, **shown(key, before, before, "default"),
    )  # fmt: skip
    return models if chosen == _EVERY_MODEL else (chosen or models[0],)


def _is_here(lever: Lever, models: tuple[str, ...], now: Scenario) -> bool:
    return any(lever.get(now, model) != NOT_HERE for model in models)


def _lever(what_if: WhatIf, lever: Lever, models: tuple[str, ...], now: Scenario, acting: Acting) -> None:
    """Draw a lever for some operating models; nothing where it has nothing to move."""
    here = [model for model in models if lever.get(now, model) != NOT_HERE]
    if not here:
        return
    values = [what_if.value((lever.key, model), now) for model in here]
    own = [lever.get(what_if.preset, model) for model in here]
    key = f"{lever.key}|{what_if.choice.key}|{','.join(here)}"
    extra = st.session_state.setdefault(f"offered|{key}", [])  # what was offered once stays offered
    extra += [value for value in (*own, *values) if value not in extra]
    options = [_shown(value) for value in lever.options(own[0], *extra)]
    value = _shown(values[0])
    label = lever.label
    if any(value != values[0] for value in values):
        label += f" (now {' and '.join(lever.words(value) for value in values)})"

    def moved() -> None:
        chosen = st.session_state[key]
        if chosen == value:  # another lever moved this one along, and the browser only says that it followed
            return
        chosen = None if chosen == _NO_VALUE else cast("Value", chosen)
        what_if.set({(lever.key, model): chosen for model in here})

    def words(value: Value) -> str:
        return lever.words(None if value == _NO_VALUE else value)

    texts = {"format_func": words, "key": key, "help": escaped(lever.help), "on_change": moved}
    if lever.is_choice:
        st.selectbox(label, options, **texts, **shown(key, options.index(value), value, "index"))
    else:
        st.select_slider(label, options, **texts, **shown(key, value, value))
    for text in idle_texts(lever, here, now, acting):
        st.caption(f":material/info: {escaped(text)}")


def idle_texts(lever: Lever, models: list[str], now: Scenario, acting: Acting) -> list[str]:
    """Return what a lever waits for where it can do nothing: once, if that is so wherever it is for."""
    waits = {model: without_settings(lever.why_idle(now, model, acting)) for model in models}
    if len(set(waits.values())) == 1:
        return [f"Does nothing here: it acts only when {reason}." for reason in {*waits.values()} if reason]
    return [
        f"Does nothing in {now.label(model)}: it acts only when {reason}."
        for model, reason in waits.items()
        if reason
    ]


def _shown(value: Value) -> float | str:
    return _NO_VALUE if value is None else value

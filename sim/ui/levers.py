"""The levers at the side of a page: which situation, what is moved in it, undo and redo."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import streamlit as st

from sim.errors import ScenarioError
from sim.findings.wording import escaped
from sim.scenario.acting import Acting, without_settings
from sim.scenario.levers.lever import NOT_HERE, Lever, Value
from sim.scenario.levers.table import LEVERS, sections
from sim.ui.elements import shown
from sim.ui.situation import OWN

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

    from sim.scenario.scenario import Scenario
    from sim.ui.situation import Choice
    from sim.ui.what_if import WhatIf

_EVERY_MODEL = "*"  # no key of an operating model: those are names
_NO_VALUE = "none"  # a widget takes None for "nothing chosen"


def draw(what_if: WhatIf, offered: dict[str, Choice], build: StreamlitPage) -> None:
    """Draw the choice of a situation and every lever that has something to move in it.

    Parameters
    ----------
    build
        The page on which a situation of one's own is stated.
    """
    keys = list(offered)
    st.selectbox(
        "Situation", keys, format_func=lambda key: _called(key, offered[key]), key="scenario",
        **shown("scenario", keys.index(what_if.choice.key), what_if.choice.key, "index"),
        on_change=lambda: what_if.choose(offered[st.session_state["scenario"]]),
    )  # fmt: skip
    if OWN not in offered:
        st.page_link(build, label="Build your own")
    elif what_if.choice.key == OWN:
        st.page_link(build, label="Change it on page Build")
    else:
        name = escaped(offered[OWN].scenario.name)
        st.caption(f"**{name}** is yours: choose it above, or go on with it on page Build.")
    try:
        now, acting = what_if.scenario(), what_if.acting()
    except ScenarioError:
        now, acting = what_if.preset, Acting(what_if.preset)
    st.subheader("What if ...")
    _history(what_if)
    targets = _applies_to(what_if)
    for lever in LEVERS.values():
        if lever.is_main and lever.belongs_to == "model":
            _lever(what_if, lever, targets, now, acting)
    st.caption("For every operating model")
    for lever in LEVERS.values():
        if lever.is_main and lever.belongs_to == "situation":
            _lever(what_if, lever, ("",), now, acting)
    st.caption("More levers")
    for section in sections():
        _section(what_if, section, targets, now, acting)
    st.button(
        "Reset all levers", on_click=what_if.reset, disabled=not what_if.settings, key="reset",
        help=None if what_if.settings else "No lever is moved.",
    )  # fmt: skip


def draw_moved(what_if: WhatIf) -> bool:
    """Draw for a projector what was moved, also once it is back; return whether there is anything."""
    what_if.presented += [one for one in what_if.settings if one not in what_if.presented]
    try:
        now, acting = what_if.scenario(), what_if.acting()
    except ScenarioError:
        now, acting = what_if.preset, Acting(what_if.preset)
    for model in (*what_if.preset.models, ""):
        moved = [LEVERS[key] for key, where in what_if.presented if where == model]
        if moved:
            st.subheader(escaped(what_if.preset.label(model)) if model else "For every operating model")
        for lever in moved:
            _lever(what_if, lever, (model,), now, acting)
    return bool(what_if.presented)


def _called(key: str, choice: Choice) -> str:
    return f"{choice.scenario.name} (built)" if key == OWN else choice.scenario.name


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


def _section(what_if: WhatIf, section: str, targets: tuple[str, ...], now: Scenario, acting: Acting) -> None:
    """Draw a section's heading, and its levers while it is open; nothing where none has something to move.

    Drawing all levers all the time would take as long as the rest of a page.
    """
    found = [
        (lever, targets if lever.belongs_to == "model" else ("",))
        for lever in LEVERS.values()
        if lever.section == section
    ]
    if any(_is_here(lever, models, now) for lever, models in found):
        behind = st.expander(section, key=f"levers_{section}", on_change="rerun")
        if behind.open:
            with behind:
                for lever, models in found:
                    _lever(what_if, lever, models, now, acting)


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

"""What a visitor built stays in their browser: put there, found again, forgotten when they say so."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.components import v2

from sim.errors import ScenarioError
from sim.findings.own_organisation import places_of
from sim.scenario.draft.draft import Checked, Draft
from sim.scenario.draft.keeping import Kept, kept_in, kept_text, restored
from sim.scenario.files.save import scenario_in_short
from sim.ui.situation import OWN, Choice, short_enough

if TYPE_CHECKING:
    from sim.findings.own_organisation import Place
    from sim.scenario.scenario import Scenario
    from sim.ui.what_if import WhatIf

_HERE = Path(__file__).parent
_MOUNTED = "own_store"


@dataclass
class Desk:
    """What a visitor is building, and what of it their browser has kept."""

    draft: Draft | None = None
    found: Checked | None = None
    good: Choice | None = None
    model: str = ""
    heard: dict[str, int] = field(default_factory=dict)  # last wish of each drawn page
    changed: float = 0.0  # when, by the monotonic clock
    note: str = ""
    is_touched: bool = False
    is_begun_anew: bool = False
    kept: list[Kept] = field(default_factory=list)
    forget: str = ""
    is_mounted: bool = False  # in this run of the page
    drawn: tuple[Choice, dict[str, list[Place]]] | None = None

    def places(self, good: Choice) -> dict[str, list[Place]]:
        """Return the places of every operating model, worked out once for each stand of what is good."""
        if self.drawn is None or self.drawn[0] is not good:
            models = good.scenario.models
            self.drawn = good, {model: places_of(good.scenario, model) for model in models}
        return self.drawn[1]

    def take(self, draft: Draft, what_if: WhatIf) -> None:
        """Go on with a draft; without marks it becomes the situation in use at once."""
        self.draft, self.found = draft, draft.check()
        if self.model not in draft.tree["operating_models"]:
            self.model = next(iter(draft.tree["operating_models"]))
        if self.found.scenario is None or (self.good and self.good.scenario == self.found.scenario):
            return
        try:
            self.good = own_choice(self.found.scenario)
        except ScenarioError as problem:
            self.note = str(problem)
            return
        what_if.build(self.good)


def own_choice(scenario: Scenario) -> Choice:
    """Return what somebody built as a choice.

    Raises
    ------
    ScenarioError
        If a run of it would take too long for a server that others use too.
    """
    return Choice(OWN, short_enough(scenario), is_shipped=False, text=scenario_in_short(scenario))


def new_key() -> str:
    """Return what tells an organisation from others in the same browser."""
    return uuid.uuid4().hex[:12]


def desk() -> Desk:
    """Return what this visitor is building."""
    if "desk" not in st.session_state:
        st.session_state["desk"] = Desk()
    return st.session_state["desk"]


def mount(what_if: WhatIf) -> None:
    """Let the browser keep what is built, and ask it once for what it has; where a page wants to say so."""
    here = desk()
    if here.is_mounted:
        return
    here.is_mounted = True
    save: dict[str, str] | None = None
    if here.draft is not None and here.draft.key and here.is_touched and here.good is not None:
        is_marked = here.found is not None and here.found.scenario is None
        text = kept_text(here.draft, here.good.text, is_marked=is_marked)
        why = "" if text else "Not saved: too large for this browser. Download the file before you leave."
        save = {"key": here.draft.key, "text": text, "why": why}

    def found() -> None:
        told = st.session_state[_MOUNTED].get("found")
        here.kept = kept_in(told)
        if what_if.own is None and here.kept:  # so that it can be chosen on every page
            with suppress(ScenarioError):
                what_if.own = own_choice(restored(here.kept[0])[1])

    _store()(
        key=_MOUNTED, data={"save": save, "forget": here.forget}, default={"found": None},
        on_found_change=found, height="content",
    )  # fmt: skip


def take_up(kept: Kept, what_if: WhatIf) -> None:
    """Go on with what the browser has kept."""
    here = desk()
    try:
        draft, scenario = restored(kept)
        good = own_choice(scenario)
    except ScenarioError as problem:
        here.note = f"{kept.name} cannot be opened: {problem}"
        return
    here.good, here.model, here.note = good, "", ""
    here.is_touched, here.is_begun_anew = True, False
    what_if.build(good)
    here.take(draft, what_if)


def forget(kept: Kept) -> None:
    """Let the browser forget an organisation."""
    here = desk()
    here.forget = kept.key
    here.kept = [one for one in here.kept if one.key != kept.key]


@cache
def _store() -> Any:
    return v2.component(
        "opsim_own", html='<div class="own" role="status"></div>', css=_CSS,
        js=(_HERE / "own.js").read_text("utf-8"),
    )  # fmt: skip


_CSS = """
.own { font-family: var(--st-font); font-size: 14px; color: var(--st-text-color); padding: 0.2rem 0; }
"""

"""What a visitor asks: the scenario, the levers moved, and the link that says both."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim import __version__
from sim.errors import ScenarioError, SimError, quote, visible
from sim.levers import LEVERS, NOT_HERE, Setting, Settings, Value, applied, from_link, to_link
from sim.scenario import Scenario
from sim.scenario_files import load, scenario_cards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.experiment import Study
    from sim.ui.runs import Job

FIRST_SCENARIO = "digital_retailer"
FROM_START = "opened with the app"
"""What stands for the scenario of ``OPSIM_SCENARIO`` where that is a file and not a shipped name."""

MOST_REPLICATIONS = 960


@dataclass(frozen=True, slots=True)
class Choice:
    """A scenario that can be chosen."""

    key: str
    scenario: Scenario
    is_shipped: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen, and why something cannot."""

    choices: dict[str, Choice]
    left_out: dict[str, str]
    """Names of shipped scenarios that cannot be run as they are, with the reason."""
    problem: str
    """Why the scenario that the app was started with cannot be opened; empty if it can."""


@lru_cache(maxsize=4)
def offer(opened: str = "") -> Offer:
    """Return the scenarios that can be chosen.

    Parameters
    ----------
    opened
        A scenario file to offer first.
    """
    found: dict[str, Choice] = {}
    left_out = {}
    problem = ""
    shipped = {card.key: card.name for card in scenario_cards()}
    if opened and opened not in shipped:
        try:
            found[FROM_START] = Choice(FROM_START, load(opened), is_shipped=False)
        except SimError as error:
            problem = f"{visible(Path(opened).name)} cannot be opened. {error}"
    for key, name in shipped.items():
        try:
            found[key] = Choice(key, load(key), is_shipped=True)
        except ScenarioError as error:
            first = error.problems[0]
            left_out[name or key] = f"{first.path} {first.text}"
    return Offer(found, left_out, problem)


@dataclass
class WhatIf:
    """What one visitor asks, and what was last shown to them."""

    choice: Choice
    settings: Settings = field(default_factory=dict)
    replications: int = 0
    notes: list[str] = field(default_factory=list)
    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)
    job: Job | None = None
    shown: Study | None = None
    shown_settings: Settings = field(default_factory=dict)

    @property
    def preset(self) -> Scenario:
        """The scenario with no lever moved."""
        return self.choice.scenario

    @property
    def owner(self) -> str:
        """Whose results these are: everybody's for what is shipped, else the visitor's own."""
        return "" if self.choice.is_shipped else self.visitor

    def scenario(self) -> Scenario:
        """Return the scenario with the levers as they stand.

        Raises
        ------
        ScenarioError
            If it cannot be run like this.
        """
        return applied(self.preset, self.settings)

    def choose(self, choice: Choice) -> None:
        """Take another scenario; levers go back to where it has them."""
        self.choice = choice
        self.replications = choice.scenario.run.replications
        self.settings = {}
        self.notes = []
        self.shown = None

    def set(self, setting: Setting, value: Value) -> None:
        """Set a lever; at the preset's value it counts as not moved."""
        self.settings.pop(setting, None)
        if LEVERS[setting[0]].get(self.preset, setting[1]) != value:
            self.settings[setting] = value
        self.notes = []

    def undo(self, setting: Setting) -> None:
        """Put one lever back."""
        self.settings.pop(setting, None)

    def reset(self) -> None:
        """Put every lever back."""
        self.settings.clear()
        self.replications = self.preset.run.replications
        self.notes = []

    def value(self, setting: Setting, now: Scenario) -> Value:
        """Return where a lever stands, given the scenario with the levers set."""
        key, model = setting
        own = LEVERS[key].get(now, model)
        return own if own == NOT_HERE else self.settings.get(setting, own)

    # --- the link -------------------------------------------------------------------------------------

    def link(self, default_key: str) -> dict[str, str]:
        """Return the link parameters that bring somebody else to the same screen; none for the first page."""
        parameters = to_link(self.preset, self.settings)
        if self.choice.key not in (default_key, FROM_START):
            parameters["s"] = self.choice.key
        if self.replications != self.preset.run.replications:
            parameters["n"] = str(self.replications)
        if parameters:
            parameters["v"] = __version__
        return parameters


def opened_by_environment() -> str:
    """Return the scenario that the app was started with: a shipped name, a path, or nothing."""
    return os.environ.get("OPSIM_SCENARIO", "").strip()


def default_key(offered: Mapping[str, Choice], opened: str) -> str:
    """Return the scenario of the first page."""
    wanted = (FROM_START, opened, FIRST_SCENARIO)
    return next((key for key in wanted if key in offered), next(iter(offered), ""))


def from_address(parameters: Mapping[str, str], offered: Mapping[str, Choice], default: str) -> WhatIf:
    """Return what a link asks for, with a note for every part that could not be used."""
    parameters = dict(parameters)
    notes = []
    key = parameters.pop("s", default)
    if key not in offered:
        name = offered[default].scenario.name
        notes.append(
            f"This link names a scenario that is not here: {quote(key)}. Shown instead: {visible(name)}."
        )
        key = default
        parameters.clear()
    what_if = WhatIf(offered[key], replications=offered[key].scenario.run.replications)
    version = parameters.pop("v", __version__)
    if version != __version__:
        notes.append(f"Made with version {visible(version, 20)}; numbers can differ from {__version__}.")
    if "n" in parameters:
        notes += _take_replications(what_if, parameters.pop("n"))
    what_if.settings, refused = from_link(what_if.preset, parameters)
    try:
        what_if.scenario()
    except ScenarioError as problem:
        refused.append(f"This link cannot be run: {problem} Shown without its changes.")
        what_if.settings = {}
    what_if.notes = notes + refused
    return what_if


def _take_replications(what_if: WhatIf, text: str) -> list[str]:
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_REPLICATIONS:
        what_if.replications = int(text)
        return []
    return [
        f"This link had a value that cannot be used (runs = {visible(text)}): allowed is 1 to "
        f"{MOST_REPLICATIONS}. Shown with {what_if.replications}."
    ]

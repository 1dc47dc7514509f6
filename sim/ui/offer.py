"""What can be chosen: the shipped scenarios, and the one that the app was started with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ScenarioError, SimError, visible
from sim.scenario.files.load import load, scenario_cards
from sim.ui.situation import FROM_START, Choice

if TYPE_CHECKING:
    from collections.abc import Mapping


FIRST_SCENARIO = "digital_retailer"
SCENARIO_VARIABLE = "OPSIM_SCENARIO"
"""Environment variable in which ``opsim app`` names the scenario that the app begins with."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen, and why something cannot."""

    choices: dict[str, Choice]
    left_out: dict[str, str]
    """Names of shipped scenarios that cannot be run as they are, with the reason."""
    problem: str
    """Why the scenario that the app was started with cannot be opened; empty if it can."""


@lru_cache(maxsize=4)
def make_offer(opened: str = "") -> Offer:
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


def opened_by_environment() -> str:
    """Return the scenario that the app was started with: a shipped name, a path, or nothing."""
    return os.environ.get(SCENARIO_VARIABLE, "").strip()


def default_key(offered: Mapping[str, Choice], opened: str) -> str:
    """Return the scenario of the first page."""
    wanted = (FROM_START, opened, FIRST_SCENARIO)
    return next((key for key in wanted if key in offered), next(iter(offered), ""))

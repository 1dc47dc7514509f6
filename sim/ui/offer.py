"""What can be chosen: the shipped scenarios, and the one that the app was started with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import SimError, visible
from sim.scenario.files.load import load, scenario_cards
from sim.studies.shipped_results import runnable
from sim.ui.situation import FROM_START, Choice

if TYPE_CHECKING:
    from collections.abc import Mapping


FIRST_SCENARIO = "digital_retailer"
SCENARIO_VARIABLE = "OPSIM_SCENARIO"
"""Environment variable in which ``opsim app`` names the scenario that the app begins with."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen."""

    choices: dict[str, Choice]
    problem: str
    """Why the scenario that the app was started with cannot be opened; empty if it can."""


@lru_cache(maxsize=4)
def make_offer(opened: str = "") -> Offer:
    """Return the scenarios that can be chosen: those that run as they are shipped need no file of anybody.

    Parameters
    ----------
    opened
        A scenario file to offer first.
    """
    found: dict[str, Choice] = {}
    problem = ""
    if opened and opened not in {card.key for card in scenario_cards()}:
        try:
            found[FROM_START] = Choice(FROM_START, load(opened), is_shipped=False)
        except SimError as error:
            problem = f"{visible(Path(opened).name)} cannot be opened. {error}"
    found |= {key: Choice(key, scenario, is_shipped=True) for key, scenario in runnable().items()}
    return Offer(found, problem)


def opened_by_environment() -> str:
    """Return the scenario that the app was started with: a shipped name, a path, or nothing."""
    return os.environ.get(SCENARIO_VARIABLE, "").strip()


def default_key(offered: Mapping[str, Choice], opened: str) -> str:
    """Return the scenario of the first page."""
    wanted = (FROM_START, opened, FIRST_SCENARIO)
    return next((key for key in wanted if key in offered), next(iter(offered), ""))

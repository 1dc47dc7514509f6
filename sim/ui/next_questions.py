"""What a visitor may ask for next: one lever moved from where the levers stand."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from sim.errors import ScenarioError
from sim.scenario.levers.lever import NOT_HERE
from sim.scenario.levers.table import LEVERS, main_levers
from sim.scenario.scenario import EVENTS_PER_SECOND
from sim.studies.contenders import contenders_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sim.scenario.levers.lever import Lever
    from sim.scenario.levers.settings import Settings
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.ui.situation import Situation

MOST_SECONDS_OF_A_GUESS = 1.0
"""Of one run that may turn out to be for nothing: what is asked for meanwhile waits for it (assumption)."""

MOST_IN_HAND = 2
"""Levers that people move in one step; more have moved at once by a reset or another situation."""


def next_questions(
    now: Situation, targets: Sequence[str], in_hand: Collection[str] = ()
) -> tuple[Iterator[Sequence[Contender]], Iterator[Sequence[Contender]]]:
    """Return what is compared when a lever is moved: what is likely, and what else is possible.

    Parameters
    ----------
    now
        Where the levers stand.
    targets
        The operating models that levers are for.
    in_hand
        Keys of the levers that were moved last. Likely is that one of them moves a step further, or back;
        possible is every value of a lever in sight, the nearest first.
    """
    scenario = now.scenario()
    steps = in_hand if len(in_hand) <= MOST_IN_HAND else ()
    likely = (_moves(now, scenario, LEVERS[key], targets)[:2] for key in steps)
    possible = zip_longest(*(_moves(now, scenario, lever, targets) for lever in main_levers()))
    return _asked(now, chain(*likely)), _asked(now, (move for move in chain(*possible) if move))


def _asked(now: Situation, moves: Iterable[Settings]) -> Iterator[Sequence[Contender]]:
    for move in moves:
        try:
            scenario = now.moved(move).scenario()
        except ScenarioError:  # whoever asks for it will be told why not
            continue
        if scenario.expected_events() / EVENTS_PER_SECOND <= MOST_SECONDS_OF_A_GUESS:
            yield contenders_of([scenario])


def _moves(now: Situation, scenario: Scenario, lever: Lever, targets: Sequence[str]) -> list[Settings]:
    """Return all that a lever can be set to, the nearest to where it stands first."""
    models = targets if lever.belongs_to == "model" else ("",)
    models = [model for model in models if lever.get(scenario, model) != NOT_HERE]
    if not models:
        return []
    value = lever.get(scenario, models[0])
    values = lever.options(lever.get(now.choice.scenario, models[0]), value)
    at = values.index(value)
    others = sorted(set(range(len(values))) - {at}, key=lambda place: (abs(place - at), -place))
    return [{(lever.key, model): values[place] for model in models} for place in others]

"""What the link in the address bar asks for; every link passes here, and none can harm."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sim import __version__
from sim.errors import ScenarioError, quote, visible
from sim.scenario.files.yaml import number_within
from sim.scenario.levers.links import from_link
from sim.scenario.levers.settings import applied
from sim.ui.situation import (
    LONGEST_TOKEN,
    OWN,
    Choice,
    KeptSituation,
    Situation,
    given_name,
    own_from_token,
)
from sim.ui.what_if import LONGEST_LINK, MOST_KEPT, MOST_REPLICATIONS, SCREEN, WhatIf

if TYPE_CHECKING:
    from collections.abc import Mapping


MOST_PARAMETERS = 200
"""Of a link that are read: every lever of every model of a shipped scenario, and more."""

MOST_NOTES = 8
"""Notes about what a link says and cannot be used that are shown."""

_KEPT = tuple(f"keep{number + 1}" for number in range(MOST_KEPT))
_LONGEST_VALUE = 80  # characters, as of a name
_LONGEST = {
    "own": LONGEST_TOKEN, "title": 120, "client": 120, "decision": 300,
    **dict.fromkeys(_KEPT, LONGEST_LINK),
}  # fmt: skip


def from_address(parameters: Mapping[str, str], offered: Mapping[str, Choice], default: str) -> WhatIf:
    """Return what a link asks for, with a note for every part that could not be used."""
    notes: list[str] = []
    parameters = _bounded(parameters, notes)
    screen_keys = {name for names in SCREEN.values() for name in names}
    screen = {name: parameters.pop(name) for name in list(parameters) if name in screen_keys}
    kept = [parameters.pop(name) for name in _KEPT if name in parameters]
    version = parameters.pop("v", __version__)
    if version != __version__:
        notes.append(f"Made with version {visible(version, 20)}; numbers can differ from {__version__}.")
    situation = _situation(parameters, offered, default, notes)
    what_if = WhatIf(situation.choice, situation.settings, situation.replications, notes, screen=screen)
    if what_if.choice.key == OWN:
        what_if.own = what_if.choice
    if what_if.own is not None:
        offered = {**offered, OWN: what_if.own}
    room = LONGEST_LINK
    for text in kept:
        problems: list[str] = []
        room -= len(text)
        inner = _bounded(dict(parse_qsl(text)), problems) if room >= 0 else {}
        name = given_name(inner.pop("name", ""))
        situation = _situation(inner, offered, default, problems)
        if problems or room < 0:
            notes.append("This link holds a kept situation that cannot be used. It was left out.")
        elif all(situation != one.situation for one in what_if.kept):
            what_if.kept.append(KeptSituation(situation, name))
    if len(notes) > MOST_NOTES:
        notes[MOST_NOTES:] = [f"And {len(notes) - MOST_NOTES} more parts of this link cannot be used."]
    return what_if


def _bounded(parameters: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    """Return the parameters of a link that are short enough to be read; every link passes here first."""
    read = {}
    for name, text in islice(parameters.items(), MOST_PARAMETERS):
        longest = _LONGEST.get(name, _LONGEST_VALUE)
        if len(name) <= _LONGEST_VALUE and len(text) <= longest:
            read[name] = text
        else:
            notes.append(
                f"This link had a value that is too long ({visible(name)} = {visible(text)}): allowed are "
                f"{longest} characters. It was left out."
            )
    if len(parameters) > MOST_PARAMETERS:
        notes.append(f"This link has more than {MOST_PARAMETERS} parts. The others were left out.")
    return read


def _situation(
    parameters: dict[str, str], offered: Mapping[str, Choice], default: str, notes: list[str]
) -> Situation:
    """Return the situation that link parameters describe; what cannot be used is added to the notes."""
    key = parameters.pop("s", default)
    token = parameters.pop("own", "")
    choice = offered[default]
    if token:
        try:
            choice = own_from_token(token)
        except ScenarioError as problem:
            notes.append(
                f"This link cannot be opened: {problem}. Shown instead: {visible(choice.scenario.name)}."
            )
            parameters.clear()
    elif key in offered:
        choice = offered[key]
    else:
        notes.append(
            f"This link names a scenario that is not here: {quote(key)}. "
            f"Shown instead: {visible(choice.scenario.name)}."
        )
        parameters.clear()
    preset = choice.scenario
    replications = preset.run.replications
    if "n" in parameters:
        replications = _replications(parameters.pop("n"), replications, notes)
    settings, refused = from_link(preset, parameters)
    try:
        applied(preset, settings)
    except ScenarioError as problem:
        refused.append(f"This link cannot be run: {problem} Shown without its changes.")
        settings = {}
    notes += refused
    return Situation(choice, settings, replications)


def _replications(text: str, otherwise: int, notes: list[str]) -> int:
    number = number_within(text, 1, MOST_REPLICATIONS)
    if number is not None and number.is_integer():
        return int(number)
    notes.append(
        f"This link had a value that cannot be used (runs = {visible(text)}): allowed is 1 to "
        f"{MOST_REPLICATIONS}. Shown with {otherwise}."
    )
    return otherwise

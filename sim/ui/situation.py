"""A situation: a scenario and where its levers stand, as text for a link too."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache

from sim.errors import ScenarioError
from sim.findings.wording import duration_text
from sim.scenario.files.load import from_text
from sim.scenario.files.yaml import parse_yaml
from sim.scenario.levers.links import to_link
from sim.scenario.levers.settings import Settings, applied, settings_phrase
from sim.scenario.levers.table import LEVERS
from sim.scenario.scenario import EVENTS_PER_SECOND, Scenario

FROM_START = "opened with the app"
"""What stands for the scenario of ``OPSIM_SCENARIO`` where that is a file and not a shipped name."""

OWN = "mine"
"""What stands for the scenario that the visitor built or uploaded."""

MOST_SECONDS_OF_A_RUN = 10
"""Of computing, for a scenario that a visitor brought: a run that has begun is not interrupted."""

LONGEST_TOKEN = 6_000
"""Characters of a link that may carry a scenario of one's own; beyond it the file has to be passed on.

Browsers and this server take more; proxies between them often no line above 8 kB.
"""

LONG_TOKEN = 2_000
"""From here on some programs that pass links on cut them."""

_LARGEST_OWN = 60_000  # bytes that such a token may unfold to


@dataclass(frozen=True, slots=True)
class Choice:
    """A scenario that can be chosen."""

    key: str
    scenario: Scenario
    is_shipped: bool
    text: str = ""
    """The file of a scenario that the visitor built or uploaded."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A scenario and where its levers stand: what is undone, redone and kept."""

    choice: Choice
    settings: Settings
    replications: int

    def scenario(self) -> Scenario:
        """Return the scenario with the levers as they stood.

        Raises
        ------
        ScenarioError
            If it cannot be run like this, or takes too long for a server that others use too.
        """
        scenario = applied(self.choice.scenario, self.settings)
        return short_enough(scenario) if self.choice.key == OWN else scenario

    def moved(self, settings: Settings) -> Situation:
        """Return the situation with levers set; at the preset's value a lever counts as not moved."""
        after = dict(self.settings)
        for (key, model), value in settings.items():
            after.pop((key, model), None)
            if LEVERS[key].get(self.choice.scenario, model) != value:
                after[key, model] = value
        return replace(self, settings=after)

    @property
    def label(self) -> str:
        """What it is called, as plain text."""
        phrase = settings_phrase(self.choice.scenario, self.settings)
        return f"{self.choice.scenario.name}, {phrase or 'no lever moved'}"

    def link(self) -> dict[str, str]:
        """Return the link parameters that bring it back, without the version."""
        parameters = to_link(self.choice.scenario, self.settings)
        if self.replications != self.choice.scenario.run.replications:
            parameters["n"] = str(self.replications)
        if self.choice.key == OWN:
            parameters["own"] = own_token(self.choice.text)
        elif self.choice.key != FROM_START:
            parameters["s"] = self.choice.key
        return parameters


LONGEST_NAME = 60
"""Characters of the name that a visitor gives a situation."""

_JOINS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # within words of some scripts


@dataclass(frozen=True, slots=True)
class KeptSituation:
    """A situation that a visitor keeps, under a name of theirs or under what it is."""

    situation: Situation
    given: str = ""

    @property
    def name(self) -> str:
        """What it is called, as plain text."""
        return self.given or self.situation.label

    def link(self) -> dict[str, str]:
        """Return the link parameters that bring it back."""
        return self.situation.link() | ({"name": self.given} if self.given else {})


def given_name(text: str) -> str:
    """Return a name as it is kept: in one line, with nothing in it that turns or hides what is beside it."""
    shown = "".join(c if c.isprintable() or c in _JOINS else " " for c in text)
    return " ".join(shown.split(" ")).strip()[:LONGEST_NAME]


def short_enough(scenario: Scenario) -> Scenario:
    """Return the scenario, if a run of it takes no longer than others can wait for.

    Raises
    ------
    ScenarioError
        With what it would take.
    """
    seconds = scenario.expected_events() / EVENTS_PER_SECOND
    if seconds > MOST_SECONDS_OF_A_RUN:
        raise ScenarioError.of(
            "run",
            f"would take about {duration_text(seconds)} for a single history; at most "
            f"{MOST_SECONDS_OF_A_RUN} s are computed here, because others wait for the same machine. Lower "
            "run.horizon_weeks or the arrival rate, or run the file with opsim",
        )
    return scenario


@lru_cache(maxsize=64)
def own_token(text: str) -> str:
    """Return a scenario file packed for a link, without its comments; empty if it is too large for that."""
    try:
        text = json.dumps(parse_yaml(text.encode(), "").data, ensure_ascii=False, separators=(",", ":"))
    except ScenarioError:
        return ""
    token = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return token if len(token) <= LONGEST_TOKEN and len(text.encode()) <= _LARGEST_OWN else ""


def own_from_token(token: str) -> Choice:
    """Return the scenario of a link.

    Raises
    ------
    ScenarioError
        If it is none, with the reason.
    """
    try:
        packed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, _LARGEST_OWN).decode()
    except (ValueError, zlib.error):
        raise ScenarioError.of("", "the scenario in it is damaged; ask for the file") from None
    if unpacker.unconsumed_tail:
        raise ScenarioError.of("", f"the scenario in it is larger than {_LARGEST_OWN:,} bytes")
    if not unpacker.eof:
        raise ScenarioError.of("", "it was cut on its way; ask for the link again, or for the file")
    return Choice(OWN, from_text(text.encode(), "the link"), is_shipped=False, text=text)

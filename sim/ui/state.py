"""What a visitor asks: the scenario, the levers moved, what was kept, and the link that says all of it."""

from __future__ import annotations

import base64
import os
import uuid
import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from sim import __version__
from sim.errors import ScenarioError, SimError, quote, visible
from sim.findings.wording import duration_text
from sim.scenario.files.load import from_text, load, scenario_cards
from sim.scenario.files.yaml import number_within
from sim.scenario.levers.lever import NOT_HERE, Value
from sim.scenario.levers.links import from_link, to_link
from sim.scenario.levers.settings import Setting, Settings, applied, settings_phrase
from sim.scenario.levers.table import LEVERS
from sim.scenario.scenario import EVENTS_PER_SECOND, Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.studies.queue.jobs import Job
    from sim.studies.study import Study

FIRST_SCENARIO = "digital_retailer"
FROM_START = "opened with the app"
"""What stands for the scenario of ``OPSIM_SCENARIO`` where that is a file and not a shipped name."""

OWN = "mine"
"""What stands for the scenario that the visitor built or uploaded."""

MOST_REPLICATIONS = 960
MOST_SECONDS_OF_A_RUN = 10
"""Of computing, for a scenario that a visitor brought: a run that has begun is not interrupted."""

MOST_KEPT = 4
MOST_STEPS_BACK = 100

SCREEN: dict[str, tuple[str, ...]] = {
    "": ("present",),
    "compare": ("against",),
    "evidence": ("tab", "history"),
    "learn": ("lesson", "step"),
    "claims": ("claim", "verdict", "theme", "find"),
}
"""Link parameters that are about what is on the screen, by page; those of every page under ''."""

LONGEST_TOKEN = 1_500
"""Characters of a link that may carry a scenario of one's own; beyond it the file has to be passed on."""

MOST_PARAMETERS = 200
"""Of a link that are read: every lever of every model of a shipped scenario, and more."""

MOST_NOTES = 8
"""Notes about what a link says and cannot be used that are shown."""

_KEPT = tuple(f"keep{number + 1}" for number in range(MOST_KEPT))
_LONGEST_VALUE = 80  # characters, as of a name
_LONGEST = {"own": LONGEST_TOKEN, **dict.fromkeys(_KEPT, 3_000)}  # kept: with every lever moved

_LARGEST_OWN = 20_000  # bytes that such a token may unfold to


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
    own: Choice | None = None
    kept: list[Situation] = field(default_factory=list)
    page: str = "compare"
    screen: dict[str, str] = field(default_factory=dict)  # parameters of SCREEN
    targets: tuple[str, ...] = ()  # the operating models that levers are for
    job: Job | None = None
    foreseen: tuple[Situation, tuple[str, ...]] | None = None  # from where workers guess what is next
    shown: Study | None = None
    shown_settings: Settings = field(default_factory=dict)
    past: list[Situation] = field(default_factory=list)
    future: list[Situation] = field(default_factory=list)

    @property
    def preset(self) -> Scenario:
        """The scenario with no lever moved."""
        return self.choice.scenario

    @property
    def owner(self) -> str:
        """Whose results these are: everybody's for what is shipped, else the visitor's own."""
        return "" if self.choice.is_shipped else self.visitor

    @property
    def now(self) -> Situation:
        """What is asked at the moment."""
        return Situation(self.choice, dict(self.settings), self.replications)

    @property
    def is_presented(self) -> bool:
        """Whether the page is drawn for a projector."""
        return self.screen.get("present") == "1"

    def scenario(self) -> Scenario:
        """Return the scenario with the levers as they stand.

        Raises
        ------
        ScenarioError
            If it cannot be run like this.
        """
        return self.now.scenario()

    # --- changes, each of which can be undone ---------------------------------------------------------

    def choose(self, choice: Choice) -> None:
        """Take another scenario; levers go back to where it has them."""
        self._go_on()
        self._take(Situation(choice, {}, choice.scenario.run.replications))

    def set(self, settings: Settings) -> None:
        """Set levers, in one step; at the preset's value a lever counts as not moved."""
        self._go_on()
        self.settings = self.now.moved(settings).settings
        self.notes = []

    def moved_last(self) -> list[str]:
        """Return the keys of the levers that the last change moved, in the order of ``LEVERS``."""
        if not self.past or self.past[-1].choice is not self.choice:
            return []
        moved = {key for (key, _), _ in self.past[-1].settings.items() ^ self.settings.items()}
        return [key for key in LEVERS if key in moved]

    def put_back(self, setting: Setting) -> None:
        """Put one lever back."""
        self._go_on()
        self.settings.pop(setting, None)

    def reset(self) -> None:
        """Put every lever back."""
        self._go_on()
        self._take(Situation(self.choice, {}, self.preset.run.replications))

    def go_to(self, situation: Situation) -> None:
        """Take up a situation that was kept."""
        self._go_on()
        self._take(situation)

    def undo(self) -> None:
        """Take the last change back."""
        if self.past:
            self.future.append(self.now)
            self._take(self.past.pop())

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.future:
            self.past.append(self.now)
            self._take(self.future.pop())

    def _go_on(self) -> None:
        self.past.append(self.now)
        del self.past[:-MOST_STEPS_BACK]
        self.future.clear()

    def _take(self, situation: Situation) -> None:
        if situation.choice is not self.choice:
            self.shown = None
        self.choice = situation.choice
        self.settings = dict(situation.settings)
        self.replications = situation.replications
        self.notes = []

    def value(self, setting: Setting, now: Scenario) -> Value:
        """Return where a lever stands, given the scenario with the levers set."""
        key, model = setting
        own = LEVERS[key].get(now, model)
        return own if own == NOT_HERE else self.settings.get(setting, own)

    # --- what is kept ---------------------------------------------------------------------------------

    def why_not_keep(self) -> str:
        """Return why the situation cannot be kept, or nothing."""
        if self.now in self.kept:
            return "This situation is kept already."
        if len(self.kept) >= MOST_KEPT:
            return f"{MOST_KEPT} situations are kept; let one of them go first."
        return ""

    def keep(self) -> None:
        """Keep the situation for comparing with it later."""
        if not self.why_not_keep():
            self.kept.append(self.now)

    def let_go(self, situation: Situation) -> None:
        """Keep a situation no longer."""
        self.kept.remove(situation)
        self.screen.pop("against", None)

    # --- the link -------------------------------------------------------------------------------------

    def link(self, default_key: str, page: str = "") -> dict[str, str]:
        """Return the link parameters that bring somebody else to the same screen; none for the first page.

        Parameters
        ----------
        default_key
            The scenario that a link need not name.
        page
            The page that is open; without it, only what is the same on every page.
        """
        parameters = self.now.link()
        if parameters.get("s") == default_key:
            del parameters["s"]
        if not parameters.get("own", "as before"):
            del parameters["own"]  # too large for a link
        for number, situation in enumerate(self.kept, start=1):
            kept = situation.link()
            if situation.choice.is_shipped:
                parameters[f"keep{number}"] = urlencode(kept)
        if parameters:
            parameters["v"] = __version__
        wanted = (*SCREEN[""], *SCREEN.get(page, ()))
        return parameters | {name: self.screen[name] for name in wanted if self.screen.get(name)}


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


def own_token(text: str) -> str:
    """Return a scenario file packed for a link; empty if it is too large for that."""
    token = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return token if len(token) <= LONGEST_TOKEN else ""


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
    return Choice(OWN, from_text(text.encode(), "the link"), is_shipped=False, text=text)


def opened_by_environment() -> str:
    """Return the scenario that the app was started with: a shipped name, a path, or nothing."""
    return os.environ.get("OPSIM_SCENARIO", "").strip()


def default_key(offered: Mapping[str, Choice], opened: str) -> str:
    """Return the scenario of the first page."""
    wanted = (FROM_START, opened, FIRST_SCENARIO)
    return next((key for key in wanted if key in offered), next(iter(offered), ""))


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
    for text in kept:
        problems: list[str] = []
        inner = _bounded(dict(parse_qsl(text)), problems)
        if "own" in inner:  # only shipped scenarios are kept in links
            problems.append(inner.pop("own"))
        situation = _situation(inner, offered, default, problems)
        if problems:
            notes.append("This link holds a kept situation that cannot be used. It was left out.")
        elif situation not in what_if.kept:
            what_if.kept.append(situation)
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

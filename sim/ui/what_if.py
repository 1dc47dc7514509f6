"""What a visitor asks: the situation, what was changed before it and kept, and the page they look at."""

from __future__ import annotations

import hashlib
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sim import __version__
from sim.scenario.acting import Acting
from sim.scenario.levers.lever import NOT_HERE, Value
from sim.scenario.levers.settings import Setting, Settings
from sim.scenario.levers.table import LEVERS
from sim.scenario.scenario import Scenario
from sim.ui.situation import OWN, Choice, KeptSituation, Situation, given_name, own_token

if TYPE_CHECKING:
    from sim.studies.queue.jobs import Job
    from sim.studies.study import Study


MOST_REPLICATIONS = 960
MOST_KEPT = 4
LONGEST_LINK = 7_000
"""Characters of a link with all that is kept: many servers and programs take no longer ones."""

MOST_STEPS_BACK = 100
LONGEST_REST_OF_A_DRAG = 2.0
"""Seconds between two moves of a lever that is still in hand: whoever looks at a result takes longer."""

SCREEN: dict[str, tuple[str, ...]] = {
    "": ("present",),
    "compare": ("against",),
    "evidence": ("tab", "history"),
    "learn": ("lesson", "step"),
    "report": ("title", "client", "decision"),
    "claims": ("claim", "verdict", "theme", "find"),
}
"""Link parameters that are about what is on the screen, by page; those of every page under ''."""


@dataclass
class WhatIf:
    """What one visitor asks, and what was last shown to them."""

    choice: Choice
    settings: Settings = field(default_factory=dict)
    replications: int = 0
    notes: list[str] = field(default_factory=list)
    visitor: str = field(default_factory=lambda: uuid.uuid4().hex)
    own: Choice | None = None
    kept: list[KeptSituation] = field(default_factory=list)
    page: str = "compare"
    screen: dict[str, str] = field(default_factory=dict)  # parameters of SCREEN
    job: Job | None = None
    began: float = 0.0  # when the page began to be drawn
    shown: Study | None = None
    shown_settings: Settings = field(default_factory=dict)
    past: list[Situation] = field(default_factory=list)
    future: list[Situation] = field(default_factory=list)
    _made: tuple[Situation, Scenario, Acting] | None = None  # by the levers as they stood last
    presented: list[Setting] = field(default_factory=list)  # levers that stay while pages are presented
    in_hand: tuple[frozenset[Setting], float] = (frozenset(), 0.0)  # levers moved last, and when

    @property
    def preset(self) -> Scenario:
        """The scenario with no lever moved."""
        return self.choice.scenario

    @property
    def owner(self) -> str:
        """Whose results these are: everybody's for what is shipped, else of whoever has the link.

        So a reload finds them again; what is too large for a link is the visit's own.
        """
        if self.choice.is_shipped:
            return ""
        token = own_token(self.choice.text) if self.choice.key == OWN else ""
        return hashlib.sha256(token.encode()).hexdigest() if token else self.visitor

    @property
    def now(self) -> Situation:
        """What is asked at the moment."""
        return Situation(self.choice, dict(self.settings), self.replications)

    @property
    def is_presented(self) -> bool:
        """Whether the page is drawn for a projector."""
        return self.screen.get("present") == "1"

    def present(self) -> None:
        """Draw pages for a projector from now on, or no longer."""
        self.screen["present"] = "" if self.is_presented else "1"
        self.presented = []

    def scenario(self) -> Scenario:
        """Return the scenario with the levers as they stand, made once for each stand of them.

        Raises
        ------
        ScenarioError
            If it cannot be run like this.
        """
        now = self.now
        if self._made is None or self._made[0] != now:
            scenario = now.scenario()
            self._made = (now, scenario, Acting(scenario))
        return self._made[1]

    def acting(self) -> Acting:
        """Return what acts in ``scenario``, found out once."""
        self.scenario()
        assert self._made is not None
        return self._made[2]

    # --- changes, each of which can be undone ---------------------------------------------------------

    def choose(self, choice: Choice) -> None:
        """Take another scenario; levers go back to where it has them."""
        self._go_on()
        self._take(Situation(choice, {}, choice.scenario.run.replications))

    def build(self, choice: Choice) -> None:
        """Take what the visitor has built, as it is now: all that was done to build it is one step back."""
        if self.choice.key != OWN:
            self._go_on()
        self.own = choice
        self._take(Situation(choice, {}, min(choice.scenario.run.replications, MOST_REPLICATIONS)))

    def set(self, settings: Settings) -> None:
        """Set levers, in one step; at the preset's value a lever counts as not moved.

        A lever that is moved on and on, by dragging or with a key, goes back in one step as well.
        """
        levers, now = frozenset(settings), time.monotonic()
        before, at = self.in_hand
        if levers != before or now - at > LONGEST_REST_OF_A_DRAG:
            self._go_on()
        self.in_hand = levers, now
        self.settings = self.now.moved(settings).settings
        self.notes = []

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
        self.in_hand = frozenset(), 0.0
        self.past.append(self.now)
        del self.past[:-MOST_STEPS_BACK]
        self.future.clear()

    def _take(self, situation: Situation) -> None:
        self.in_hand = frozenset(), 0.0
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
        if any(kept.situation == self.now for kept in self.kept):
            return "This situation is kept already."
        if len(self.kept) >= MOST_KEPT:
            return f"{MOST_KEPT} situations are kept; let one of them go first."
        return ""

    def keep(self) -> None:
        """Keep the situation for comparing with it later."""
        if not self.why_not_keep():
            self.kept.append(KeptSituation(self.now))

    def call(self, place: int, name: str) -> None:
        """Give what is kept at a place a name of one's own; an empty one takes that back."""
        self.kept[place] = replace(self.kept[place], given=given_name(name))

    def let_go(self, kept: KeptSituation) -> None:
        """Keep a situation no longer."""
        self.kept.remove(kept)
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
        wanted = (*SCREEN[""], *SCREEN.get(page, ()))
        screen = {name: self.screen[name] for name in wanted if self.screen.get(name)}
        for name, kept in self._kept_in_link(parameters.get("own", "")).items():
            if len(urlencode(parameters | screen | {name: kept})) <= LONGEST_LINK:
                parameters[name] = kept
        if parameters:
            parameters["v"] = __version__
        return parameters | screen

    def _kept_in_link(self, own: str) -> dict[str, str]:
        """Return what is kept as link parameters; of the link's own organisation only that it is it."""
        found = {}
        for number, kept in enumerate(self.kept, start=1):
            inner = kept.link()
            if own and inner.get("own") == own:
                del inner["own"]
                inner["s"] = OWN
            if inner.get("own", "as before"):
                found[f"keep{number}"] = urlencode(inner)
        return found

    def not_in_link(self) -> list[KeptSituation]:
        """Return what is kept and has no room in the link."""
        parameters = self.link("")
        return [kept for place, kept in enumerate(self.kept) if f"keep{place + 1}" not in parameters]

"""A lever: something that people move, what it is called and what is said about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sim.scenario.acting import Acting, acts_when, without_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic.fields import FieldInfo

    from sim.scenario.scenario import Scenario
    from sim.scenario.spec import Spec

Value = float | str | None

NOT_HERE = "not here"
"""What ``get`` returns where a lever has nothing to move, for instance a board's rhythm without a board."""


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that people move.

    Attributes
    ----------
    key
        Its name in links: short, stable, public.
    belongs_to
        ``situation`` (the same for every operating model) or ``model``.
    values
        The values it may take, in order, given the scenario's own value; for a number the first and the last
        are the limits.
    get
        Its value in a scenario (for an operating model), or ``NOT_HERE``.
    changes
        The changes by dotted path that give it a value.
    field
        The setting whose meaning, unit, range and source explain it.
    meaning
        Explains it where it is more than one setting; stands before the text of ``field``.
    words
        How a value is said: "every 4 weeks".
    phrase, phrase_for_one
        How the lever is said in a sentence: "a board every 4 weeks"; ``{}`` is the value in words.
    is_main
        Whether it is one of the few that are always in sight.
    section
        Under which heading it stands among the others.
    acts_when
        What must be there for it to move: completes "it acts only when ..."; empty if that is always there.
    """

    key: str
    label: str
    belongs_to: Literal["situation", "model"]
    values: Callable[[Value], Sequence[Value]]
    get: Callable[[Scenario, str], Value]
    changes: Callable[[Scenario, str, Any], dict[str, Any]]
    field: tuple[type[Spec], str]
    meaning: str = ""
    words: Callable[[Value], str] = str
    phrase: str = ""
    phrase_for_one: str = ""
    is_main: bool = False
    section: str = ""
    acts_when: str = ""

    @property
    def is_choice(self) -> bool:
        """Whether it is a choice between words rather than a number."""
        return any(isinstance(value, str) for value in self.values(None))

    def options(self, own: Value, *others: Value) -> list[Value]:
        """Return the values to offer: the lever's own, the scenario's value and any others in use."""
        offered = list(self.values(own))
        for value in (own, *others):
            if value not in offered and value != NOT_HERE:
                offered.append(value)
        return offered if self.is_choice else sorted(offered, key=_in_order)

    def in_a_sentence(self, value: Value) -> str:
        """Return the lever with a value as a part of a sentence."""
        phrase = self.phrase_for_one if value == 1 and self.phrase_for_one else self.phrase
        return phrase.format(self.words(value))

    @property
    def help(self) -> str:
        """Return meaning, unit, range and source for people, from the spec."""
        return " ".join(part for part in (self.meaning, field_help(*self.field)) if part)

    def why_idle(self, scenario: Scenario, model: str, acting: Acting | None = None) -> str:
        """Return what is not the case for it to act: "it acts only when ..."; empty where it can act.

        Parameters
        ----------
        acting
            What can act in the scenario, if that is known already.
        """
        if self.get(scenario, model) == NOT_HERE:
            return self.acts_when
        return (acting or Acting(scenario)).of_field(*self.field, model)


def _in_order(value: Value) -> float:
    return math.inf if value is None else float(value)


def field_help(spec: type[Spec], name: str) -> str:
    """Return what a spec says about a field: meaning, unit, range, what is typical, source, when it acts."""
    info = spec.model_fields[name]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    parts = [(info.description or "").rstrip(".") + "."] if info.description else []
    if unit := extra.get("unit"):
        parts.append(f"Unit: {unit}.")
    if limits := _limits(info):
        parts.append(f"Range: {limits}.")
    if typical := extra.get("typical"):
        parts.append(f"Typical: {typical}.")
    if isinstance(plausible := extra.get("plausible"), list):
        parts.append("Plausible: {:g} to {:g}.".format(*plausible))
    if source := extra.get("source"):
        parts.append(f"Source: {source}.")
    parts += [f"Acts only when {without_settings(words)}." for words in acts_when(info)]
    return " ".join(parts)


def _limits(info: FieldInfo) -> str:
    limit = {
        side: getattr(entry, side)
        for entry in info.metadata
        for side in ("ge", "gt", "le")
        if getattr(entry, side, None) is not None
    }
    least = f"{limit['ge']:g}" if "ge" in limit else f"above {limit['gt']:g}" if "gt" in limit else ""
    most = f"{limit['le']:,g}" if "le" in limit else ""
    return f"{least} to {most}" if least and most else least and f"{least} or more"

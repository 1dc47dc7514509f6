"""The register of claims: files in ``scenarios/claims``, read and checked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, ValidationError, model_validator

from sim.errors import ScenarioError, nearest, quote
from sim.measures.metrics import METRICS
from sim.scenario.changes import Path as KeyPath
from sim.scenario.files.complaints import problems_of
from sim.scenario.files.load import load, shipped
from sim.scenario.files.yaml import read_yaml_file
from sim.scenario.spec import Count, Name, Number, Spec, Text
from sim.studies.contenders import Contender
from sim.trust.claims.checks import Check
from sim.trust.in_turn import asked_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.scenario.scenario import Scenario

PRIORITIES = {"M": "must", "S": "should", "C": "could"}


class Source(NamedTuple):
    """Something that claims were taken from, as it can be looked up."""

    title: str
    year: str = ""
    author: str = "Martin Hinshelwood, nkdAgility"

    @property
    def titled(self) -> str:
        """Title and year, as in a list of references."""
        return f"{self.title} ({self.year or 'undated'})"


SOURCES = {
    "P": Source("Product Operating Model"),
    "A1": Source("Why Most Companies Operating Models Fail in Dynamic Markets", "2025"),
    "A2": Source("Don't Manage Dependencies, Remove Them", "2025"),
    "A3": Source("Rethinking Capacity Planning", "2025", "Nigel Thurlow, Alex Brown, Martin Hinshelwood"),
    "A4t": Source("7 Harbingers of the Agile Apocalypse: Organizational Structure, video", "2023"),
    "T1": Source("Operating Model"),
    "T2": Source("Agile Product Operating Model"),
    "T3": Source("AI Product Operating Model"),
    "T4": Source("Industrial Operating Model, later Predictive Operating Model"),
    "T5": Source("Adaptive Operating Model", "2026"),
    "S1": Source("Operating Model as a Leadership Decision", "2026", "Martin Hinshelwood"),
    "S2": Source("Why Handoffs Are Killing Your Agility"),
    "S3": Source("Estimating Better in an Overloaded System Is a Poor Man's Strategy"),
    "S4": Source("Flow of Value vs Flow of Work"),
    "S5": Source("Why Measuring Individual Cycle Time is Killing Your Flow"),
    "S6": Source("The Estimation Trap"),
    "S7": Source("Telling People What to Do Is Not Leadership"),
    "S8": Source("7 Harbingers of the Agile Apocalypse: Famine!, video"),
    "S9": Source("Rethinking Budgeting, video"),
    "S10": Source("Stop Building Silos. Start Building Systems"),
    "S11": Source("Transforming Agility: Azure DevOps, video"),
    "S12": Source("Let us do the maths"),
    "S13": Source("Evidence-Based Management Guide", author="Scrum.org"),
    "S14": Source("Are We Still Pretending Coding Was the Bottleneck?"),
    "S15": Source("7 Harbingers of the Agile Apocalypse: Silence!, video"),
    "B": Source(
        "Software Process Dynamics, after The Mythical Man-Month by Fred Brooks (1975)", "2008",
        "Raymond Madachy",
    ),
}  # fmt: skip
"""What stands behind the codes: texts and videos of nkdAgility, a guide that its site has, and a law."""


class Step(Spec):
    """A place along a lever: its value, and what is changed there."""

    at: Number
    changes: dict[str, Any] = Field(default_factory=dict)


class Lever(Spec):
    """What is moved, in order. With ``path`` the value itself is set there."""

    label: Name
    unit: Name
    path: Name | None = None
    values: tuple[Number | Count, ...] = ()
    steps: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Lever:
        if (self.path is None) != (not self.values) or bool(self.values) == bool(self.steps):
            raise ValueError("needs either path and values, or steps")
        at = [step.at for step in self.places]
        if len(at) < 2 or at != sorted(set(at)):
            raise ValueError(f"has places {at}; give at least two, in rising order")
        return self

    @property
    def places(self) -> tuple[Step, ...]:
        """The places, however they were given."""
        if self.path is None:
            return self.steps
        return tuple(Step(at=value, changes={self.path: value}) for value in self.values)


class Side(Spec):
    """One of the ways of working that are set against each other, at every place of the lever."""

    name: Name
    model: Name | None = None
    changes: dict[str, Any] = Field(default_factory=dict)


class Refutation(Spec):
    """What would refute a claim: in words, and as checks one of which (or all) must surely hold for that."""

    text: Text
    any_of: tuple[Check, ...] = ()
    all_of: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Refutation:
        if self.any_of and self.all_of:
            raise ValueError("has any_of and all_of; give one of them")
        return self

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, however they were given."""
        return self.any_of or self.all_of


class Past(Spec):
    """A verdict that a claim had in a version of the package, and what was said of it."""

    version: Name
    verdict: Literal["shown", "refuted", "depends", "not clear", "not modelled"]
    why: Text = ""


class Claim(Spec):
    """One claim as its file has it.

    Its design points are all sides at all places of the lever; they meet the same luck. ``contradiction`` is
    the number of the contradiction between the sources that it puts to the test (``docs/claims.md``). A claim
    whose mechanism the simulator has not says what is missing (``not_modelled``) and is never run. A claim
    whose base, lever or threshold was changed is another claim, a new version, which ``replaces`` the old
    one; both stay.
    """

    id: Name
    sentence: Text
    sources: tuple[Name, ...] = Field(min_length=1)
    strength: Literal["measured", "reasoned", "anecdote", "opinion"]
    priority: Literal["M", "S", "C"]
    base: Name | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    along: Lever | None = None
    sides: tuple[Side, ...] = Field(default=(Side(name="base"),), min_length=1)
    checks: tuple[Check, ...] = ()
    refuted_if: Refutation
    note: Text = ""
    foregone: Text = ""  # why it could hardly come out otherwise here, as who doubts it would say
    not_modelled: Text = ""
    replaces: Name | None = None
    history: tuple[Past, ...] = ()  # oldest first
    why: Text = ""  # a line on the verdict of today beside the last of the history
    contradiction: Count | None = None
    theme: str = ""  # without one that of its file

    @model_validator(mode="after")
    def _fits_together(self) -> Claim:
        names = [side.name for side in self.sides]
        if len(set(names)) < len(names):
            raise ValueError(f"sides::are called {', '.join(names)}; names must differ")
        if not self.not_modelled:
            for name, checks in (("checks", self.checks), ("refuted_if", self.refuted_if.checks)):
                if not checks:
                    raise ValueError(f"{name}::holds no check; give one, or say what is not_modelled")
            if self.base is None:
                raise ValueError("base::must be given, or what is not_modelled")
        places = [("checks", number, check) for number, check in enumerate(self.checks)]
        places += [("refuted_if", number, check) for number, check in enumerate(self.refuted_if.checks)]
        for where, number, check in places:
            for side in check.sides:
                if side not in names:
                    raise ValueError(
                        f"{where}.{number}::names side {quote(side)}, which does not exist; sides are "
                        f"{', '.join(names)}.{nearest(side, names)}"
                    )
            if check.needs_lever and self.along is None:
                raise ValueError(f"{where}.{number}::is a {check.kind}, which needs a lever: give `along`")
            if elsewhere := set(getattr(check, "only_at", ())) - set(self.at):
                raise ValueError(
                    f"{where}.{number}::is at {', '.join(f'{at:g}' for at in sorted(elsewhere))}; the lever "
                    f"has {', '.join(f'{at:g}' for at in self.at)}"
                )
        return self

    @property
    def at(self) -> tuple[float, ...]:
        """The values of the lever; a single 0 without one."""
        return (0.0,) if self.along is None else tuple(float(step.at) for step in self.along.places)

    @property
    def measures(self) -> tuple[str, ...]:
        """What its checks look at, each once."""
        checks = (*self.checks, *self.refuted_if.checks)
        return tuple(dict.fromkeys(measure for check in checks for measure in check.measures))

    def turned(self) -> Claim:
        """Return the claim that expects what refutes this one, and is refuted by what this one expects."""
        against = Refutation(text=self.sentence, any_of=self.checks)
        return self.model_copy(update={"checks": self.refuted_if.checks, "refuted_if": against})

    def scenario(self) -> Scenario:
        """Return the base scenario with the claim's settings.

        Raises
        ------
        ScenarioError
            If the base does not exist, or a setting is not allowed.
        """
        known = {path.stem: path for path in sorted((claims_folder() / "bases").glob("*.yaml"))}
        if self.base is None or self.base not in known:
            raise ScenarioError.of(
                "base",
                f"is {quote(str(self.base))}; expected one of {', '.join(known)}."
                f"{nearest(str(self.base), known)}",
                f"claim {self.id}",
            )
        return load(known[self.base], self.settings, f"claim {self.id}, settings")

    def contenders(self) -> tuple[Contender, ...]:
        """Return every design point as a side of one comparison, in the order of ``point_key``.

        A claim that is not modelled has none.
        """
        if self.not_modelled:
            return ()
        base = self.scenario()
        places = (Step(at=0.0),) if self.along is None else self.along.places
        found = []
        for side in self.sides:
            model = side.model or base.models[0]
            if model not in base.models:
                raise ScenarioError.of(
                    f"sides.{side.name}.model",
                    f"is {quote(model)}; {base.name} has {', '.join(base.models)}",
                    f"claim {self.id}",
                )
            for place, step in enumerate(places):
                changes = side.changes | step.changes
                scenario = base.with_changes(changes) if changes else base
                found.append(Contender(point_key(side.name, place), side.name, scenario, model))
        return tuple(found)


def point_key(side: str, place: int) -> str:
    """Return the key of a design point among the contenders."""
    return f"{side} @{place}"


def claims_folder() -> Path:
    """Return where the claims are."""
    return shipped("scenarios") / "claims"


@lru_cache(maxsize=1)
def load_claims() -> dict[str, Claim]:
    """Return every claim by its id, in order.

    Raises
    ------
    ScenarioError
        If a file holds something that is no claim: every problem of the first such file.
    """
    found: dict[str, Claim] = {}
    for path in sorted(claims_folder().glob("*.yaml")):
        for claim in read_claims(path):
            if claim.id in found:
                raise ScenarioError.of("id", f"is {claim.id}, which another claim has", path.name)
            found[claim.id] = claim
    for claim in found.values():
        if claim.replaces is not None and claim.replaces not in found:
            raise ScenarioError.of(
                "replaces", f"is {claim.replaces}, which no claim is called", f"claim {claim.id}"
            )
    return dict(sorted(found.items()))


class _File(Spec):
    theme: Name = ""
    claims: tuple[Claim, ...] = Field(min_length=1)


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Return the claims of one file.

    Raises
    ------
    ScenarioError
        With every problem: its place, what was found, what is allowed.
    """
    document = read_yaml_file(path)
    try:
        file = _File.model_validate(document.data)
    except ValidationError as error:
        origins: dict[KeyPath, str] = {}
        listed = document.data.get("claims") if isinstance(document.data, dict) else None
        for number, entry in enumerate(listed if isinstance(listed, list) else ()):
            name = entry.get("id", f"number {number + 1}") if isinstance(entry, dict) else number + 1
            origins["claims", str(number)] = f"{path.name}, claim {name}"
        problems = problems_of(error, _File, document.data, origins, path.name)
        raise ScenarioError(problems) from None
    return tuple(claim.model_copy(update={"theme": claim.theme or file.theme}) for claim in file.claims)


def chosen(ids: Sequence[str] | None) -> tuple[Claim, ...]:
    """Return the claims with these ids, or all.

    Raises
    ------
    RunError
        If there is no such claim.
    """
    return asked_for(load_claims(), ids, "claim")


def check_in_words(check: Any) -> str:
    """Return what a check expects, as a phrase."""
    return _pair_in_words(check) if hasattr(check, "start") else _side_in_words(check)


def _pair_in_words(check: Any) -> str:
    label = METRICS[check.measure].label
    only = ""
    if getattr(check, "only_at", ()):
        only = f" (only at {', '.join(f'{at:g}' for at in check.only_at)})"
    match check.kind:
        case "direction":
            return f"{label} from *{check.start}* to *{check.to}*: {check.expect}{only}"
        case "sign_flip":
            return f"{label}, *{check.to}* minus *{check.start}*: {check.expect} through zero along the lever"
        case "gap":
            share = ", as a share" if check.share else ""
            return (
                f"{label}: the advantage of *{check.to}* over *{check.start}* {check.expect} along the "
                f"lever{share}"
            )
        case "gains":
            other = METRICS[check.measures[1]].label
            by = f" by {check.by:g}" if check.by else ""
            return (
                f"{label}, share by which *{check.to}* is better than *{check.start}*: {check.expect}{by} "
                f"than {other}, share by which *{check.than_to}* is better than *{check.than_from}*{only}"
            )
        case _:
            limits = []
            if check.at_least > 0:
                limits.append(f"at least {check.at_least:g}")
            if check.at_most < 1e9:
                limits.append(f"at most {check.at_most:g}")
            return f"{label}, *{check.to}* as a multiple of *{check.start}*: {', '.join(limits)}{only}"


def _side_in_words(check: Any) -> str:
    label = METRICS[check.measure].label
    match check.kind:
        case "monotone" | "convex":
            return f"{label} of *{check.side}* along the lever: {check.expect}"
        case "plateau":
            return (
                f"{label} of *{check.side}*: the second half of the lever brings at most {check.share:g} of "
                "what the first brings"
            )
        case "growth_form":
            return f"{label} of *{check.side}* grows {'other than ' if check.is_not else ''}{check.expect}"
        case "interaction":
            return f"{label}: *{check.all}* gains {check.expect} of the single changes"
        case _:
            formula = check.formula or "a constant"
            return f"{label} of *{check.side}*: {check.expect} to `{formula}`, within {check.small:.0%}"

"""The published cases: files in ``scenarios/cases``, read, checked, and guarded against later edits.

A case is a scenario with two operating models, ``before`` and ``after``, written from what the case says of
before and of what was changed, and an entry in ``published.yaml`` beside it. Both sides may use one way of
working, in ``operating_models`` beside it, so that the scenario shows what was changed and nothing else. What
the case reports of afterwards is filled in later; everything else is sealed by a sum, and an edit needs an
entry of its own.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationError, model_validator

from sim.errors import RunError, ScenarioError, quote
from sim.measures.metrics import METRICS, check_measure
from sim.scenario.files.complaints import problems_of
from sim.scenario.files.load import load, shipped
from sim.scenario.files.yaml import read_yaml_file
from sim.scenario.spec import Name, Number, Spec, Text
from sim.studies.contenders import Contender, contenders_of
from sim.trust.in_turn import asked_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.scenario.scenario import Scenario

SIDES = ("before", "after")
"""The operating models of a case's scenario."""


class Published(Spec):
    """What a case reports of afterwards: a figure, or only which way it went.

    ``ratio`` is after as a multiple of before, ``difference`` after minus before in the unit of our measure;
    ``direction: none`` says that nothing changed.
    """

    text: Text
    ratio: Number | None = Field(None, gt=0)
    difference: Number | None = None
    direction: Literal["up", "down", "none"] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Published:
        if sum(part is not None for part in (self.ratio, self.difference, self.direction)) != 1:
            raise ValueError("needs one of ratio, difference and direction")
        if self.ratio == 1.0 or self.difference == 0.0:
            raise ValueError("says that nothing changed: give `direction: none`")
        return self


class Answer(Spec):
    """A figure that the case reports, and the measure of ours that answers to it.

    ``minus`` takes a second measure off the first, run by run. ``level`` is the case's figure before, in the
    unit of our measure, if it gives one: that is what *before* was fitted to.
    """

    what: Name
    reported: Text
    measure: Name
    minus: Name | None = None
    by: Literal["ratio", "difference"] = "ratio"
    level: Number | None = None
    why: Text
    published: Published | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Answer:
        for field, measure in (("measure", self.measure), ("minus", self.minus)):
            try:
                check_measure(measure or self.measure)
            except RunError as error:
                raise ValueError(f"{field}::{error}") from None
        given = self.published
        other = None if given is None else given.difference if self.by == "ratio" else given.ratio
        if other is not None:
            raise ValueError(f"published::must give what the two are compared by: {self.by}")
        return self

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that it is made of."""
        return (self.measure,) if self.minus is None else (self.measure, self.minus)

    @property
    def label(self) -> str:
        """What our measure is called, with its unit."""
        of = " minus ".join(METRICS[measure].label for measure in self.measures)
        return f"{of} ({METRICS[self.measure].unit})"


class Case(Spec):
    """One case as ``published.yaml`` has it; its scenario is the file of its id.

    The first answer is the headline of the case. ``is_open``: whoever wrote the scenario knew the outcome.
    ``explained`` is written after the comparison: where it missed, and why.
    """

    id: Name
    organisation: Name
    sector: Name
    period: Name
    source: Text
    before: Text
    changed: Text
    stands_for: Text
    is_open: bool = False
    answers: tuple[Answer, ...] = Field(min_length=1)
    as_written: Name
    explained: Text = ""

    @property
    def path(self) -> Path:
        """The file of its scenario."""
        return cases_folder() / f"{self.id}.yaml"

    @property
    def measures(self) -> tuple[str, ...]:
        """What its answers look at, each once."""
        return tuple(dict.fromkeys(measure for answer in self.answers for measure in answer.measures))

    @property
    def seal(self) -> str:
        """A sum over its scenario, the way of working that both sides use, and what is said about it."""
        about = self.model_dump(mode="json", exclude={"as_written", "explained"})
        for answer in about["answers"]:
            del answer["published"]
        text = json.dumps(about, sort_keys=True, separators=(",", ":"))
        files = (self.path, cases_folder() / "operating_models" / f"{self.id}_before.yaml")
        lines = [path.read_text("utf-8") for path in files if path.exists()]
        return hashlib.sha256("\n".join([text, *lines]).encode()).hexdigest()[:16]

    def scenario(self) -> Scenario:
        """Return its scenario.

        Raises
        ------
        ScenarioError
            If it cannot be read, or its operating models are not ``before`` and ``after``.
        """
        found = load(self.path)
        if tuple(found.models) != SIDES:
            text = f"are {', '.join(found.models)}; a case has before and after"
            raise ScenarioError.of("operating_models", text, self.path.name)
        return found

    def contenders(self) -> tuple[Contender, ...]:
        """Return before and after, as the two sides of one comparison."""
        return contenders_of([self.scenario()])


class LaterEdit(Spec):
    """A change of a case after it was written: when, why, and the case's sum since then."""

    date: Name
    case: Name
    what: Text
    seal: Name


class Cases(Spec):
    """The file ``published.yaml``."""

    about: Text
    written: Name
    cases: tuple[Case, ...] = ()
    later_edits: tuple[LaterEdit, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Cases:
        names = [case.id for case in self.cases]
        if len(set(names)) < len(names):
            raise ValueError(f"cases::are called {', '.join(names)}; names must differ")
        for number, edit in enumerate(self.later_edits):
            if edit.case not in names:
                raise ValueError(f"later_edits.{number}.case::is {quote(edit.case)}, which is no case")
        return self

    def known_seal(self, case: Case) -> str:
        """Return the sum that a case must have: of its last edit, or of the day it was written."""
        later = [edit.seal for edit in self.later_edits if edit.case == case.id]
        return later[-1] if later else case.as_written

    def unlisted(self) -> list[str]:
        """Return a complaint for each case that was edited without an entry."""
        return [
            f"{case.id}: was changed; add an entry to later_edits with seal: {case.seal}"
            for case in self.cases
            if case.seal != self.known_seal(case)
        ]


def cases_folder() -> Path:
    """Return where the cases are."""
    return shipped("scenarios") / "cases"


def read_cases(path: Path) -> Cases:
    """Return the cases of a file.

    Raises
    ------
    ScenarioError
        With every problem: its place, what was found, what is allowed.
    """
    document = read_yaml_file(path)
    try:
        return Cases.model_validate(document.data)
    except ValidationError as error:
        raise ScenarioError(problems_of(error, Cases, document.data, {}, path.name)) from None


@lru_cache(maxsize=1)
def load_cases() -> Cases:
    """Return the shipped cases."""
    return read_cases(cases_folder() / "published.yaml")


def chosen(ids: Sequence[str] | None) -> tuple[Case, ...]:
    """Return the cases with these ids, or all.

    Raises
    ------
    RunError
        If there is no such case.
    """
    return asked_for({case.id: case for case in load_cases().cases}, ids, "case")

"""Lessons: a situation, a prediction, and a run that is computed only after the prediction is made.

A lesson is a file in ``scenarios/lessons``; the number in its name is its place. What is asked has a closed
form, so each lesson is also a check of the simulator. Nothing of the answer is in a link or on a page before
the prediction is locked.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from sim.errors import ScenarioError
from sim.measures.metrics import METRICS
from sim.scenario.files.complaints import problems_of
from sim.scenario.files.load import shipped
from sim.scenario.files.yaml import read_yaml_file
from sim.scenario.scenario import Scenario, checked
from sim.scenario.spec import Count, Name, Number, Spec, Text
from sim.studies.contenders import Contender
from sim.trust import theory

if TYPE_CHECKING:
    from pathlib import Path

ORDER = (
    "Begin with 1 and take them in order: it shows that people wait where nobody is busy. 2 to 5 are about "
    "people who are, each built on 2; 6 and 7 are 1 again, with releases and money; 8 and 9 ask what waiting "
    "and refusals cost; 10 is about the change itself. For handoffs and layers of approval alone: 1, 2, 3, 9."
)
"""In which order lessons are taken, and why."""

STEPS = ("Situation", "Your prediction", "What happened", "Why", "Try it yourself")


class Option(Spec):
    """An answer that can be chosen, with its value in the unit of the measure."""

    text: Name
    value: Number


class Theory(Spec):
    """A closed form: ``plus`` and a function of ``sim.trust.theory``, or one minus it."""

    formula: Name | None = None
    arguments: dict[str, Number | Count] = Field(default_factory=dict)
    complement: bool = False
    plus: Number = 0.0

    def value(self, **changed: float) -> float:
        """Return what theory says, with some arguments, or ``plus``, changed."""
        plus = changed.pop("plus", self.plus)
        if self.formula is None:
            return plus
        arguments: dict[str, Any] = {**self.arguments, **changed}
        share = getattr(theory, self.formula)(**arguments)
        return plus + (1 - share if self.complement else share)


class Variant(Spec):
    """A case of the lesson: what is changed in its scenario, and what theory says about it."""

    label: Name
    changes: dict[str, Any] = Field(default_factory=dict)
    theory: Theory


class Trial(Spec):
    """What learners may move at the end. ``times`` turns the value into the argument of the closed form."""

    task: Text
    label: Name
    path: Name
    values: tuple[Number | Count, ...] = Field(min_length=2)
    words: Name
    argument: Name | None = None
    times: Number = 1.0

    def say(self, value: float) -> str:
        """Return a value in words."""
        return self.words.format(f"{value:g}").replace("every 1 weeks", "every week")


class Lesson(Spec):
    """One lesson as its file has it."""

    title: Name
    minutes: Count
    situation: Text
    question: Text
    measure: Name
    also: Name | None = None
    options: tuple[Option, ...] = Field(min_length=2)
    asked: Count = 0
    variants: tuple[Variant, ...] = Field(min_length=1)
    explanation: Text
    trial: Trial = Field(alias="try")
    scenario: dict[str, Any]

    def contenders(self) -> tuple[Contender, ...]:
        """Return the cases of the lesson as sides of one comparison."""
        return tuple(
            self._contender(f"case {number}", variant.label, variant.changes)
            for number, variant in enumerate(self.variants)
        )

    def tried(self, value: float) -> tuple[Contender, ...]:
        """Return the case with the trial's setting at a value."""
        changes = self.variants[self.asked].changes | {self.trial.path: value}
        return (self._contender("tried", self.trial.say(value), changes),)

    def tried_theory(self, value: float) -> float | None:
        """Return what theory says about the trial at a value, where there is a closed form for it."""
        if self.trial.argument is None:
            return None
        changed = value * self.trial.times
        if changed == int(changed):  # counts must be whole numbers
            changed = int(changed)
        return self.variants[self.asked].theory.value(**{self.trial.argument: changed})

    def closest(self, value: float) -> Option:
        """Return the answer that comes closest to a value."""
        return min(self.options, key=lambda option: abs(option.value - value))

    def _contender(self, key: str, label: str, changes: dict[str, Any]) -> Contender:
        scenario = checked(self.scenario, {}, "lesson").with_changes(changes)
        return Contender(key, label, scenario, scenario.models[0])


def lessons_folder() -> Path:
    """Return where lessons, and the notes for teachers, are."""
    return shipped("scenarios") / "lessons"


@lru_cache(maxsize=1)
def lessons() -> dict[str, Lesson]:
    """Return the lessons in order, by their name in links.

    Raises
    ------
    ScenarioError
        If a file is no lesson.
    """
    found = {}
    by_number = {int(path.stem.partition("_")[0]): path for path in lessons_folder().glob("*.yaml")}
    for _, path in sorted(by_number.items()):
        document = read_yaml_file(path)
        try:
            lesson = Lesson.model_validate(document.data)
        except ValidationError as error:
            raise ScenarioError(problems_of(error, Scenario, document.data, {}, path.name)) from None
        if lesson.measure not in METRICS:
            raise ScenarioError.of("measure", f"is {lesson.measure}, which is no measure", path.name)
        found[path.stem.partition("_")[2]] = lesson
    return found


def handout(lesson: Lesson) -> str:
    """Return a lesson as a page to print, without its answer."""
    choices = "".join(f"<li>&#9744; {escape(option.text)}</li>" for option in lesson.options)
    lines = "<hr>" * 5
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(lesson.title)}</title>
<style>
body {{font: 13pt/1.5 serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem;}}
li {{list-style: none; margin: .4rem 0;}} hr {{border: 0; border-bottom: 1px solid #888; margin: 1.8rem 0;}}
</style></head><body>
<h1>{escape(lesson.title)}</h1>
<p>{escape(lesson.situation)}</p>
<h2>Your prediction</h2>
<p>{escape(lesson.question)}</p>
<ul>{choices}</ul>
<p>I think so because:</p>{lines}
<h2>What happened in the simulation</h2>{lines}
<h2>Try it yourself</h2>
<p>{escape(lesson.trial.task)}</p>{lines}
</body></html>
"""

"""In words what differs between two scenarios, or between two operating models of one scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.findings.operating_model import change_in_words, gate_in_words
from sim.findings.wording import is_share
from sim.scenario.changes import differences
from sim.scenario.fields import parameters
from sim.scenario.files.template import flow
from sim.scenario.levers.groups import GROUPS
from sim.scenario.motion import Change
from sim.scenario.policies.approval import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.scenario import Scenario

_MODELS = "operating_models"
_OTHER_GROUPS = {"situation": "Situation", "run": "Run", _MODELS: "Operating models"}
_TEXTS = ("name", "story", "question")


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that differs.

    Attributes
    ----------
    group
        The part of the organisation: a lever group, the situation, the run.
    path
        Dotted path of the setting, as for ``--set``.
    meaning, unit
        What the setting's field says; empty where a whole part is there on one side only.
    before, after
        Plain values; ``None`` if there is none.
    """

    group: str
    path: str
    meaning: str
    unit: str
    before: Any
    after: Any

    def __str__(self) -> str:
        meaning = f"  ({self.meaning.rstrip('.')})" if self.meaning else ""
        # The kind and the spread of a distribution have no unit, whatever its mean has.
        unit = "" if self.path.endswith((".kind", ".cv")) else self.unit
        return f"{self.path}: {_shown(self.before, unit)} -> {_shown(self.after, unit)}{meaning}"


def between_scenarios(before: Scenario, after: Scenario) -> list[Difference]:
    """Return what differs between two scenarios, texts for people left out."""
    about = _about(before) | _about(after)
    return [
        _difference(path, old, new, about, "")
        for path, old, new in differences(before.model_dump(mode="json"), after.model_dump(mode="json"))
        if path.rpartition(".")[2] not in _TEXTS or "." in path.removeprefix(f"{_MODELS}.").partition(".")[2]
    ]


def between_models(scenario: Scenario, before: str, after: str) -> list[Difference]:
    """Return what differs between two operating models of a scenario, names and stories left out.

    Raises
    ------
    ScenarioError
        If the scenario has no such operating model.
    """
    scenario.known_models([before, after])
    about = {
        path.removeprefix(f"{_MODELS}.{model}."): words
        for path, words in _about(scenario).items()
        for model in (after, before)
        if path.startswith(f"{_MODELS}.{model}.")
    }
    earlier, later = (scenario.operating_models[model].model_dump(mode="json") for model in (before, after))
    return [
        _difference(path, old, new, about, before)
        for path, old, new in differences(earlier, later)
        if path not in _TEXTS
    ]


def as_text(found: Iterable[Difference]) -> str:
    """Return differences under the headings of their groups; a sentence if there are none."""
    groups: dict[str, list[Difference]] = {}
    for difference in found:
        groups.setdefault(difference.group, []).append(difference)
    if not groups:
        return "Nothing differs but names and stories."
    order = [*(group.label for group in GROUPS.values()), *_OTHER_GROUPS.values()]
    return "\n\n".join(
        "\n".join([group, *(f"  {difference}" for difference in groups[group])])
        for group in sorted(groups, key=order.index)
    )


def _about(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Return meaning and unit of every setting by path."""
    return {p.path: (p.meaning, p.unit) for p in parameters(scenario)}


def _difference(path: str, old: Any, new: Any, about: dict[str, tuple[str, str]], model: str) -> Difference:
    meaning, unit = _words(path, about)
    of_model = path if model else path.removeprefix(f"{_MODELS}.").partition(".")[2]
    first = "" if model else path.partition(".")[0]
    group = _OTHER_GROUPS.get(first, "") if first != _MODELS else ""
    group = group or next(
        (
            group.label
            for group in GROUPS.values()
            if any(f"{of_model}.".startswith(f"{part}.") for part in group.paths)
        ),
        _OTHER_GROUPS[_MODELS],
    )
    return Difference(group, path, meaning, unit, old, new)


def _words(path: str, about: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Return the words about a setting, or about the setting that a part of a distribution belongs to."""
    while path:
        if path in about:
            return about[path]
        path = path.rpartition(".")[0]
    return "", ""


def _shown(value: Any, unit: str) -> str:
    match value:
        case None:
            return "none"
        case int() | float() if not isinstance(value, bool):
            if unit == "chance" or is_share(unit):
                return f"{100 * value:g} %"
            return f"{value:g} {unit}".rstrip()
        case [{"before": _, "layers": _}, *_]:
            return "; ".join(gate_in_words(Gate.model_validate(gate)).rstrip(".") for gate in value)
        case [{"at_week": _, "becomes": _}, *_]:
            changes = [Change.model_validate(change) for change in value]
            return " ".join(change_in_words(change) for change in changes)
        case _:
            return flow(value)

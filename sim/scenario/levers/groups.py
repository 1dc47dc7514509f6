"""Groups of settings: the parts of an operating model that one model can take from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.scenario.policies.governance import bodies, describe_once
from sim.scenario.scenario import OperatingModel, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class LeverGroup:
    """A part of an operating model that can be taken from one model and given to another."""

    key: str
    label: str
    paths: tuple[str, ...]


def _tree(scenario: Scenario, model: str) -> dict[str, Any]:
    return scenario.operating_models[model].model_dump(mode="json")


def _at(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree


GROUPS: dict[str, LeverGroup] = {
    group.key: group
    for group in (
        LeverGroup(
            "structure",
            "Teams and skills",
            (
                "structure.teams",
                "structure.cross_skilled_share",
                "structure.cross_skills",
                "structure.cross_skill_penalty",
                "structure.goes_on",
                "structure.communication_loss",
                "capability",
            ),
        ),
        LeverGroup(
            "wip",
            "Work in progress",
            (
                "structure.selection",
                "structure.reprioritise",
                "structure.wip_limit_items",
                "structure.limit_review",
                "structure.swarming",
                "structure.items_per_person",
                "structure.switching_loss",
                "structure.focus_share",
                "structure.iteration_weeks",
                "structure.when_absent",
                "structure.pass_on_after_days",
                "structure.review_catches_share",
                "structure.protected_iterations",
                "portfolio.limit",
            ),
        ),
        LeverGroup(
            "handoffs",
            "Handoffs",
            (
                "handoffs.delay_days",
                "handoffs.batch",
                "handoffs.every_weeks",
                "handoffs.context_loss",
                "handoffs.return_chance",
                "handoffs.return_share",
                "handoffs.defect_chance",
            ),
        ),
        LeverGroup("ownership", "Ownership", ("handoffs.wrong_team_chance", "handoffs.triage_days")),
        LeverGroup("approval", "Approval layers and gates", ("governance.gates", "governance.notice_chance")),
        LeverGroup("drift", "Drift to control", ("governance.drift",)),
        LeverGroup("decisions", "Decision rights", ("governance.decisions",)),
        LeverGroup("funding", "Funding", ("funding", "portfolio.projects")),
        LeverGroup("dependencies", "Dependencies", ("dependencies",)),
        LeverGroup("release", "Release", ("release",)),
        LeverGroup("technology", "Quality and technology", ("technology",)),
        LeverGroup("measurement", "Measurement", ("learning.validation_weeks", "learning.steering")),
        LeverGroup(
            "learning",
            "Learning and discovery",
            ("learning.gain", "learning.ceiling", "learning.fading_half_life_weeks", "discovery"),
        ),
        LeverGroup("lifecycle", "Lifecycle", ("learning.retires",)),
    )
}
"""Every setting of an operating model is in exactly one group (a test holds that)."""


def mixed(scenario: Scenario, base: str, other: str, groups: Iterable[LeverGroup]) -> OperatingModel:
    """Return an operating model made of ``base`` with some groups of settings taken from ``other``.

    Each approval body is described where it first occurs in the mixture: by the model that place comes from,
    else by the other one.
    """
    tree, donor = _tree(scenario, base), _tree(scenario, other)
    elsewhere = bodies(tree["governance"]) | bodies(donor["governance"])
    for group in groups:
        for path in group.paths:
            above, _, last = path.rpartition(".")
            (_at(tree, above) if above else tree)[last] = _at(donor, path)
    describe_once(tree["governance"], elsewhere)
    return OperatingModel.model_validate(tree)


def differing_groups(scenario: Scenario, source: str, target: str) -> list[LeverGroup]:
    """Return the groups in which two operating models of a scenario differ."""
    return groups_between(scenario.operating_models[source], scenario.operating_models[target])


def groups_between(one: OperatingModel, other: OperatingModel) -> list[LeverGroup]:
    """Return the groups in which two operating models differ."""
    trees = [model.model_dump(mode="json") for model in (one, other)]
    return [
        group
        for group in GROUPS.values()
        if any(_at(trees[0], path) != _at(trees[1], path) for path in group.paths)
    ]

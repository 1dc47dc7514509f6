"""What a lever puts there when it turns on something that an operating model has not.

Where another operating model of the scenario has it, its settings are lent; otherwise it is made of the work
itself, by a rule that the maker's docstring states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.levers.lever import NOT_HERE, Value
from sim.scenario.levers.moves import in_model
from sim.scenario.policies.approval import Desk
from sim.scenario.policies.governance import bodies, describe_once
from sim.scenario.policies.learning import Discovery
from sim.scenario.policies.ranks import Reprioritise

if TYPE_CHECKING:
    from sim.scenario.levers.moves import Move
    from sim.scenario.policies.technology import SelfService
    from sim.scenario.scenario import Scenario
    from sim.scenario.spec import Spec

BUILT, TESTED = "built", "tested"
KEPT, RETIRED = "kept", "retired"
OPEN, PROTECTED = "open", "protected"


def _lent(scenario: Scenario, model: str, path: str) -> Any:
    """Return what a part is in the operating model, else in the first other that has it; else nothing."""
    above, _, name = path.rpartition(".")
    for key in (model, *(other for other in scenario.models if other != model)):
        holder: Spec = scenario.operating_models[key]
        part = getattr(getattr(holder, above) if above else holder, name)
        if part:
            return part
    return None


def discovery() -> Move:
    """Move whether an idea is tested before the work on it begins.

    The experiments are those of another operating model; where none has any, the skill of the first activity
    runs them, and the rest is as ``Discovery`` has it.
    """

    def get(scenario: Scenario, model: str) -> Value:
        return TESTED if scenario.operating_models[model].discovery else BUILT

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        if value == BUILT:
            return {in_model(model, "discovery"): None}
        found = _lent(scenario, model, "discovery") or Discovery(
            skill=scenario.situation.demand.work[0].skill
        )
        return {in_model(model, "discovery"): found.model_dump(mode="json")}

    return get, changes


def self_service() -> Move:
    """Move the share of requests that a platform serves.

    It offers the activity that another operating model's does; where none has a platform, the last activity
    of the work that is not that of the product's code: what a request needs once it is built.
    """

    def get(scenario: Scenario, model: str) -> Value:
        platform = scenario.operating_models[model].technology.self_service
        return platform.share if platform is not None else 0.0

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        platform: SelfService | None = _lent(scenario, model, "technology.self_service")
        activity = platform.activity if platform is not None else _last_activity(scenario)
        after = {"activity": activity, "share": float(value)}
        return {in_model(model, "technology.self_service"): after if value else None}

    return get, changes


def _last_activity(scenario: Scenario) -> str:
    demand = scenario.situation.demand
    core = demand.work[demand.core_activity]
    return next((step for step in reversed(demand.work) if step is not core), core).activity


def pace_of_the_core() -> Move:
    """Move how many times as fast the work on the product's code is done."""

    def core(scenario: Scenario) -> str:
        demand = scenario.situation.demand
        return demand.work[demand.core_activity].activity

    def get(scenario: Scenario, model: str) -> Value:
        return scenario.operating_models[model].technology.pace.get(core(scenario), 1.0)

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        others = dict(scenario.operating_models[model].technology.pace)
        return {in_model(model, "technology.pace"): others | {core(scenario): float(value)}}

    return get, changes


def mandate() -> Move:
    """Move the share of questions that the team may answer.

    Where no layer is named to which the others climb, it is that of another operating model; else the first
    layer of the model's own gates; else a desk of its own.
    """

    def get(scenario: Scenario, model: str) -> Value:
        return scenario.operating_models[model].governance.decisions.team_mandate

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        decisions = scenario.operating_models[model].governance.decisions
        if decisions.escalation or value == 1:
            return {in_model(model, "governance.decisions.team_mandate"): float(value)}
        governance = scenario.operating_models[model].governance.model_dump(mode="json")
        known = bodies(governance)
        climbed, elsewhere = _layers_to_climb(scenario, model)
        governance["decisions"] |= {"team_mandate": float(value), "escalation": climbed}
        describe_once(governance, elsewhere | known)
        return {in_model(model, "governance"): governance}

    return get, changes


def _layers_to_climb(
    scenario: Scenario, model: str
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    for other in scenario.models:
        governance = scenario.operating_models[other].governance
        if other != model and governance.decisions.escalation:
            plain = governance.model_dump(mode="json")
            return plain["decisions"]["escalation"], bodies(plain)
    own = scenario.operating_models[model].governance.gates
    if own:
        return [{"kind": "named", "name": own[0].layers[0].name}], {}
    lead = Desk(kind="desk", name="lead").model_dump(mode="json")
    return [lead], {"lead": lead}


def mandate_of_lower_layers() -> Move:
    """Move the share of questions that every layer below the last may answer, where there are several."""

    def get(scenario: Scenario, model: str) -> Value:
        decisions = scenario.operating_models[model].governance.decisions
        if len(decisions.escalation) < 2:
            return NOT_HERE
        return decisions.mandates[0] if decisions.mandates else 0.0

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        lower = len(scenario.operating_models[model].governance.decisions.escalation) - 1
        return {in_model(model, "governance.decisions.mandates"): [float(value)] * lower + [1.0]}

    return get, changes


def changes_of_order() -> Move:
    """Move the share of a line that is given another place when its order changes.

    How often that happens is as in another operating model; where no line ever changes, as ``Reprioritise``
    has it.
    """

    def get(scenario: Scenario, model: str) -> Value:
        now = scenario.operating_models[model].structure.reprioritise
        return 0.0 if now is None else now.share

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        found: Reprioritise = _lent(scenario, model, "structure.reprioritise") or Reprioritise()
        after = found.model_dump(mode="json") | {"share": float(value)}
        return {in_model(model, "structure.reprioritise"): after if value else None}

    return get, changes


def second_person() -> Move:
    """Move what the second person on an activity adds to its pace; 0 is without helpers.

    What others add after the second is as it is, or as in another operating model; else there are none.
    """

    def get(scenario: Scenario, model: str) -> Value:
        adds = scenario.operating_models[model].structure.swarming
        return adds[0] if adds else 0.0

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        others = (_lent(scenario, model, "structure.swarming") or ())[1:]
        return {in_model(model, "structure.swarming"): [float(value), *others] if value else []}

    return get, changes


def retirement() -> Move:
    """Move whether what earns nothing is taken out of use, which is there where what is live costs upkeep."""

    def get(scenario: Scenario, model: str) -> Value:
        if not scenario.situation.risks.upkeep_hours_per_month:
            return NOT_HERE
        return RETIRED if scenario.operating_models[model].learning.retires else KEPT

    return get, lambda scenario, model, value: {in_model(model, "learning.retires"): value == RETIRED}


def protection() -> Move:
    """Move whether iterations are protected, which is there where teams work in iterations."""

    def get(scenario: Scenario, model: str) -> Value:
        structure = scenario.operating_models[model].structure
        if structure.iteration_weeks is None:
            return NOT_HERE
        return PROTECTED if structure.protected_iterations else OPEN

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        return {in_model(model, "structure.protected_iterations"): value == PROTECTED}

    return get, changes

"""How much computing an organisation takes: events of one request, from its settings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.policies.approval import Desk, ForLarge, ForShare, NamedLayer
from sim.scenario.policies.dependencies import RemoveDependencies

if TYPE_CHECKING:
    from sim.scenario.policies.approval import Gate
    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import OperatingModel
    from sim.scenario.situation import Situation

_FEW = 20  # products looked at


def events_per_item(situation: Situation, model: OperatingModel, plans: list[TeamPlan]) -> float:
    """Return roughly how many events one request causes on its way.

    An event is a call from the event list: an arrival, work or a review that ends, something that arrives
    after a handoff. Where people divide their time, work is forecast anew whenever something begins or ends,
    so each piece takes two. Meetings, rounds and trains are few and left out, as are refusals.
    """
    work, handoffs, decisions = situation.demand.work, model.handoffs, model.governance.decisions
    share = [step.needed_share * (step.effort_days.average > 0.0) for step in work]
    kept = 1.0
    if model.discovery is not None:  # only what an experiment judges to be good goes on
        good, accuracy = situation.ideas.good_share, model.discovery.accuracy
        kept = good * accuracy + (1 - good) * (1 - accuracy)
    before = after = 0.0  # reviews, before and after an experiment
    for gate in model.governance.gates:
        if gate.before in ("funding", "start"):
            before += _reviews(gate, model, situation)
        else:
            after += _reviews(gate, model, situation)

    events, pieces = after, sum(share)  # pieces of work
    crossings = _crossings(situation, share, plans)
    returns = crossings * handoffs.return_chance / (1 - handoffs.return_chance)
    pieces += returns
    if handoffs.delay_days.average > 0.0:
        lost = handoffs.wrong_team_chance / (1 - handoffs.wrong_team_chance)
        events += crossings + 2 * returns + 2 * crossings * lost
    for step, needed in zip(work, share, strict=True):
        prevented = step.defect_chance * (1 - model.technology.prevention)
        pieces += 2 * needed * prevented  # the repair and the check
        if not decisions.is_free:
            lost = decisions.never_answered_chance
            in_vain = (1 - decisions.team_mandate) * lost
            if decisions.when_unanswered == "ask_again":
                in_vain /= 1 - lost
            climbing = sum(decisions.shares_reached) + in_vain
            events += needed * step.question_chance * (decisions.shares_answered[0] + climbing)
    events += sum(delay.chance for delay in situation.demand.outside if delay.mean_days > 0)
    coupling = situation.demand.coupling.other_products if len(situation.products) > 1 else 0.0
    pieces += coupling * (
        model.dependencies.left if isinstance(model.dependencies, RemoveDependencies) else 1
    )
    pieces += model.technology.deploy_hours > 0.0 and model.technology.automation < 1.0
    events += model.learning.validation_weeks > 0.0
    each = 2 if _is_forecast_anew(situation, model) else 1
    return 1.0 + before + each * (model.discovery is not None) + kept * (events + each * pieces)


def _reviews(gate: Gate, model: OperatingModel, situation: Situation) -> float:
    """Return the reviews and revisions at a gate."""
    needed = gate.needed_by.share if isinstance(gate.needed_by, ForShare) else 1.0
    if isinstance(gate.needed_by, ForLarge):
        size = sum(step.effort_days.average * step.needed_share for step in situation.demand.work)
        needed = size / (size + gate.needed_by.days) if size else 0.0
    shares = {step.activity: step.needed_share for step in situation.demand.work}
    events = 0.0
    for named in gate.layers:
        layer = model.governance.layers[named.name] if isinstance(named, NamedLayer) else named
        again = layer.revise_chance / (1 - layer.revise_chance)
        events += isinstance(layer, Desk) * (1 + again) + again * (layer.revise_days > 0.0)
    return needed * shares.get(gate.before, 1.0) * events


def _crossings(situation: Situation, share: list[float], plans: list[TeamPlan]) -> float:
    """Return how often a request goes from one team to another."""
    products = situation.products[:_FEW]
    crossings = 0.0
    for product in products:
        owners = [
            next((n for n, plan in enumerate(plans) if plan.can_do(step.skill, product.name)), -1)
            for step in situation.demand.work
        ]
        at = {owners[0]: 1.0}  # chance of having been with a team last
        for owner, needed in zip(owners, share, strict=True):
            elsewhere = sum(chance for team, chance in at.items() if team != owner)
            crossings += needed * elsewhere
            at = {team: chance * (1 - needed) for team, chance in at.items()}
            at[owner] = at.get(owner, 0.0) + needed
    return crossings / len(products)


def _is_forecast_anew(situation: Situation, model: OperatingModel) -> bool:
    """Return whether a piece of work often takes a second event, as people have more to do than that piece.

    Rougher than what decides how a team works (``way.divides_time``): a pace that is other than usual
    causes no events.
    """
    risks = situation.risks
    return bool(
        model.structure.items_per_person > 1
        or model.structure.focus_share < 1.0
        or model.structure.swarming
        or risks.upkeep_hours_per_month
        or risks.releases_fail
        or model.capability.loss
    )

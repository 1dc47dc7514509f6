"""A scenario as tables that people edit: its rows, and the changes of settings that edited rows make.

What a table does not show stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.distributions import scaled
from sim.scenario.policies.approval import Board, Desk, NamedLayer
from sim.scenario.policies.structure import Listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.scenario.changes import Path
    from sim.scenario.scenario import Scenario

Row = dict[str, Any]


def people_rows(scenario: Scenario) -> list[Row]:
    """Return who there is."""
    return [{"skill": skill, "people": number} for skill, number in scenario.situation.people.items()]


def people_from(rows: Iterable[Row]) -> dict[Path, Any]:
    """Return the changes that a table of people makes."""
    return {("situation", "people"): {row["skill"]: _whole(row["people"]) for row in _filled(rows, "skill")}}


def product_rows(scenario: Scenario) -> list[Row]:
    """Return the products and their shares of requests."""
    return [{"product": product.name, "share": product.share} for product in scenario.situation.products]


def products_from(rows: Iterable[Row]) -> dict[Path, Any]:
    """Return the changes that a table of products makes."""
    products = [
        {"name": row["product"]} | ({} if row["share"] is None else {"share": row["share"]})
        for row in _filled(rows, "product")
    ]
    return {("situation", "products"): products}


def step_rows(scenario: Scenario) -> list[Row]:
    """Return the steps that a request needs."""
    return [
        {
            "activity": step.activity,
            "skill": step.skill,
            "days": step.effort_days.average,
            "needed_share": step.needed_share,
        }
        for step in scenario.situation.demand.work
    ]


def steps_from(scenario: Scenario, rows: Iterable[Row]) -> dict[Path, Any]:
    """Return the changes that a table of steps makes; what the table does not show stays."""
    before = {step.activity: step for step in scenario.situation.demand.work}
    work = []
    for row in _filled(rows, "activity"):
        old, days = before.get(row["activity"]), row["days"]
        if old is None:
            step: Row = {"effort_days": {"kind": "exponential", "mean": days}}
        else:
            step = old.model_dump(mode="json", exclude_defaults=True)
            is_same = days == old.effort_days.average
            step["effort_days"] = (
                old.effort_days.model_dump(mode="json") if is_same else scaled(old.effort_days, days)
            )
        work.append(step | {"activity": row["activity"], "skill": row["skill"]} | _given(row, "needed_share"))
    return {("situation", "demand", "work"): work}


_LAYER_COLUMNS = {
    "desk": ("approvers", "hours_per_week", "revise_chance", "refuse_chance"),
    "board": ("meets_every_weeks", "paper_deadline_days", "revise_chance", "refuse_chance"),
    "named": (),
}


def gate_rows(scenario: Scenario, model: str) -> list[Row]:
    """Return the approval layers of every gate, in order."""
    rows = []
    for gate in scenario.operating_models[model].governance.gates:
        for layer in gate.layers:
            row: Row = {"before": gate.before, "layer": layer.name, "kind": layer.kind}
            for column in ("meets_every_weeks", "paper_deadline_days", "approvers", "hours_per_week",
                           "revise_chance", "refuse_chance"):  # fmt: skip
                row[column] = getattr(layer, column, None)
            rows.append(row)
    return rows


def gates_from(scenario: Scenario, model: str, rows: Iterable[Row]) -> dict[Path, Any]:
    """Return the changes that a table of approval layers makes; what the table does not show stays."""
    spec = scenario.operating_models[model].governance
    layers: dict[tuple[str, str], Desk | Board | NamedLayer] = {
        (gate.before, layer.name): layer for gate in spec.gates for layer in gate.layers
    }
    gates: dict[str, Row] = {}
    for row in _filled(rows, "layer"):
        before = row["before"]
        old_gate = next((gate for gate in spec.gates if gate.before == before), None)
        if before not in gates:
            gates[before] = {"before": before}
            if old_gate is not None:
                gates[before] |= old_gate.model_dump(mode="json", exclude={"layers"}, exclude_defaults=True)
            gates[before]["layers"] = []
        old = layers.get((before, row["layer"]))
        is_same_kind = old is not None and old.kind == row["kind"]
        layer = old.model_dump(mode="json", exclude_defaults=True) if old is not None and is_same_kind else {}
        columns = _LAYER_COLUMNS.get(str(row["kind"]), ())
        layer = {"name": row["layer"], "kind": row["kind"]} | layer | _given(row, *columns)
        gates[before]["layers"].append(layer)
    return {("operating_models", model, "governance", "gates"): list(gates.values())}


def team_rows(scenario: Scenario, model: str) -> list[Row]:
    """Return the teams of an operating model as they are made now, a column for each skill."""
    plans, _ = scenario.teams(model)
    skills = list(scenario.situation.people)
    return [
        {
            "team": plan.name,
            "type": plan.type,
            "products": ", ".join(sorted(plan.products)) if plan.products is not None else "",
            **{skill: sum(person.main_skill == skill for person in plan.people) for skill in skills},
        }
        for plan in plans
    ]


def teams_from(scenario: Scenario, model: str, rows: Sequence[Row]) -> dict[Path, Any]:
    """Return the changes that a table of teams makes: every team is then written out."""
    skills = list(scenario.situation.people)
    old = scenario.operating_models[model].structure.teams
    limits = {}
    if isinstance(old, Listed):
        limits = {team.name: team.wip_limit_items for team in old.teams if team.wip_limit_items is not None}
    teams = []
    for row in _filled(rows, "team"):
        products = [name.strip() for name in str(row.get("products") or "").split(",") if name.strip()]
        team: Row = {"name": row["team"], "type": row["type"] or "stream_aligned"}
        if products:
            team["products"] = products
        team["people"] = {skill: int(row[skill]) for skill in skills if row.get(skill)}
        if row["team"] in limits:
            team["wip_limit_items"] = limits[row["team"]]
        teams.append(team)
    return {("operating_models", model, "structure", "teams"): {"kind": "listed", "teams": teams}}


def _filled(rows: Iterable[Row], column: str) -> list[Row]:
    """Return the rows that have a name; the empty last row of a table has none."""
    return [row for row in rows if row.get(column)]


def _given(row: Row, *columns: str) -> Row:
    return {column: _whole(row[column]) for column in columns if row.get(column) is not None}


def _whole(value: Any) -> Any:
    """Return a whole number as one: a table may hand out 3.0 for 3 people."""
    return int(value) if isinstance(value, float) and value.is_integer() else value

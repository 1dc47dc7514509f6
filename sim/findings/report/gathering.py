"""What a report needs to know: the comparison, and what was asked of it beyond."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, SimError, nearest, quote, reason
from sim.experiments.standing import read_answer
from sim.experiments.transition import plan_transition
from sim.experiments.usual import MAP, SPLIT, WAY
from sim.experiments.why import Attribution, plan_why
from sim.experiments.winner_map import map_of, usual_axes
from sim.measures.gates import gate_accounts, mean_accounts
from sim.studies.futures import futures_of
from sim.studies.run import simulate
from sim.studies.shipped_results import read_stored, runnable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sim.experiments.transition import Transition
    from sim.experiments.winner_map import WinnerMap
    from sim.measures.gates import GateAccount, GateRun
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.study import Study
    from sim.studies.workers import Workers

CONTENTS = {
    "why": "which change buys the days",
    "wins": "when each one wins",
    "way": "what happens on the way",
    "gates": "what each gate costs and prevents",
}
"""What a report may hold beside the comparison; each takes runs of its own."""

POINTS, MAP_RUNS = 4, 10
"""Of the map: values along each axis, and paired runs at each point (assumption: seconds, not minutes)."""

WAY_RUNS = 12
"""Paired runs of each plan of the way, as ``opsim transition`` has them."""

GATE_RUNS = 4
"""Histories from which gates are reckoned (assumption: as the places of page Why)."""


@dataclass(frozen=True)
class Evidence:
    """What a report is written from; what was not asked for or cannot be is not there.

    Attributes
    ----------
    gates
        What each gate of each operating model costs and prevents, by the name of the model.
    left_out
        Why something that was asked for is not there, by its key in ``CONTENTS``.
    """

    study: Study
    split: Attribution | None = None
    wins: WinnerMap | None = None
    way: Transition | None = None
    gates: dict[str, list[GateAccount]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def gather(
    contenders: Sequence[Contender],
    contents: Collection[str] = tuple(CONTENTS),
    *,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    said: Callable[[str], None] = lambda text: None,
    study: Study | None = None,
) -> Evidence:
    """Compute what a report needs.

    Parameters
    ----------
    contenders
        Who is compared. Everything beyond the comparison wants two operating models of one scenario.
    contents
        Which of ``CONTENTS`` it shall have.
    workers, progress
        As in ``sim.compare``.
    said
        Is told what is computed next.
    study
        The comparison, where it is known already.

    Raises
    ------
    RunError
        If there is no such content.
    """
    for key in contents:
        if key not in CONTENTS:
            raise RunError(
                f"a report has no part {quote(key)}; there are {', '.join(CONTENTS)}.{nearest(key, CONTENTS)}"
            )
    wanted = min(contender.scenario.run.replications for contender in contenders)
    shipped = _shipped_as(contenders)
    study = study or (read_stored(shipped, contenders[0].scenario) if shipped else None)
    if study is None:
        said("the comparison")
        study = simulate(contenders, wanted, workers, progress=progress)
    found: dict[str, object] = {}
    left_out: dict[str, str] = {}
    scenarios = {id(contender.scenario) for contender in contenders}
    scenario = contenders[0].scenario
    models = [contender.model for contender in contenders]
    for key in CONTENTS:
        if key not in contents:
            continue
        if len(scenarios) > 1 or (len(models) < 2 and key != "gates"):
            left_out[key] = "it wants two operating models of one scenario"
            continue
        try:
            found[key] = _kept(key, shipped, scenario)
            if found[key] is None:
                said(CONTENTS[key])
                found[key] = _MAKERS[key](scenario, models, workers, progress)
        except SimError as problem:
            left_out[key] = reason(problem)
    gates = found.get("gates", {})
    return Evidence(
        study, found.get("why"), found.get("wins"), found.get("way"), gates, left_out  # type: ignore[arg-type]
    )  # fmt: skip


def _shipped_as(contenders: Sequence[Contender]) -> str:
    """Return which shipped scenario this is as it stands, with all its operating models; empty if none."""
    scenario = contenders[0].scenario
    if [contender.model for contender in contenders] != list(scenario.models):
        return ""
    return next((key for key, shipped in runnable().items() if shipped == scenario), "")


STORED = {"why": SPLIT, "wins": MAP, "way": WAY}
"""Questions whose answers are stored for shipped scenarios."""


def stored_found(what: str, found: Any, scenario: Scenario) -> Any:
    """Return what a report needs of a stored answer: of maps, the one by the usual measure."""
    return found[usual_axes(scenario, scenario.models)[2]] if what == "wins" else found


def _kept(what: str, key: str, scenario: Scenario) -> Any:
    question = STORED.get(what)
    answer = read_answer(question, key, scenario) if question is not None and key else None
    return None if answer is None else stored_found(what, answer.found, scenario)


# --- what is asked beyond the comparison ----------------------------------------------------------------

type _Progress = Callable[[int, int], None] | None


def _why(scenario: Scenario, models: Sequence[str], workers: Workers, progress: _Progress) -> Attribution:
    plan = plan_why(scenario, (models[0], models[-1]))
    return Attribution(plan, plan.simulated(workers=workers, progress=progress), "lead_time_p85")


def _wins(scenario: Scenario, models: Sequence[str], workers: Workers, progress: _Progress) -> WinnerMap:
    across, up, measure = usual_axes(scenario, (models[0], models[-1]))
    return map_of(
        scenario, across, up, measure, points=POINTS, models=(models[0], models[-1]), replications=MAP_RUNS,
        workers=workers, progress=progress,
    )  # fmt: skip


def _way(scenario: Scenario, models: Sequence[str], workers: Workers, progress: _Progress) -> Transition:
    plan = plan_transition(scenario)
    runs = min(WAY_RUNS, scenario.run.replications)
    return plan.found(futures_of(plan.contenders, runs, workers, progress=progress))


def _gates(
    scenario: Scenario, models: Sequence[str], workers: Workers, progress: _Progress
) -> dict[str, list[GateAccount]]:
    text, runs = scenario.to_json(), min(GATE_RUNS, scenario.run.replications)
    return gates_found(
        scenario, models, [gate_accounts(text, model, r) for model in models for r in range(runs)]
    )


def gates_found(
    scenario: Scenario, models: Sequence[str], runs: Sequence[Sequence[GateRun]]
) -> dict[str, list[GateAccount]]:
    """Return what gates do by the name of the operating model, of runs that come model by model.

    Raises
    ------
    RunError
        If there are no gates.
    """
    n = len(runs) // len(models)
    each = ((model, mean_accounts(runs[at * n : (at + 1) * n])) for at, model in enumerate(models))
    if not (found := {scenario.label(model): accounts for model, accounts in each if accounts}):
        raise RunError("there are no gates here")
    return found


_MAKERS = {"why": _why, "wins": _wins, "way": _way, "gates": _gates}

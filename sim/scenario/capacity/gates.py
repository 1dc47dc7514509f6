"""Gates: how many papers come to each layer, and who gets on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.capacity.asked import line_of_layer
from sim.scenario.policies.approval import ForAll, ForLarge, ForShare

if TYPE_CHECKING:
    from sim.scenario.capacity.asked import Asked
    from sim.scenario.capacity.sample import Column
    from sim.scenario.policies.approval import Gate


def pass_gate(asked: Asked, before: str, needs: Column | float = 1.0) -> None:
    """Ask the layers of a gate; with enough of their yes a request goes on."""
    gate = next((gate for gate in asked.spec.governance.gates if gate.before == before), None)
    if gate is None:
        return
    needed = _needed(asked, gate) * needs
    for is_good in (True, False):
        alive = asked.good if is_good else asked.poor
        passes, served = _ask(asked, gate, needed * alive, is_good)
        asked.waiting += asked.rate(needed * alive) * (1 - served)
        alive = alive * (1 - needed + needed * passes * served)
        if is_good:
            asked.good = alive
        else:
            asked.poor = alive


def _ask(asked: Asked, gate: Gate, needing: Column, is_good: bool) -> tuple[float, float]:
    """Book a gate's papers; return the chance of enough yes, and the share that full layers get to."""
    n = len(gate.layers)
    needed = gate.yes_needed or n
    votes = {(0, 0): 1.0}  # chance of so many yes and no while the answer is open
    passed, served = 0.0, 1.0
    for named in gate.layers:
        layer = asked.spec.governance.layers[named.name]
        passing = asked.passing(line_of_layer(named.name))
        # Each revision comes to the layer anew.
        through = passing * (1 - layer.revise_chance) / (1 - layer.revise_chance * passing)
        chance = layer.refuse_chance if is_good else layer.refuses_poor
        yes = 1 - chance / (1 - layer.revise_chance)
        is_asked = 1.0 if gate.order == "parallel" else sum(votes.values()) * served
        served_papers = is_asked * passing / (1 - layer.revise_chance * passing)
        asked.papers[named.name] += asked.rate(needing) * served_papers
        served = min(served, through) if gate.order == "parallel" else served * through
        following: defaultdict[tuple[int, int], float] = defaultdict(float)
        for (n_yes, n_no), likely in votes.items():
            if n_yes + 1 >= needed:
                passed += likely * yes
            else:
                following[n_yes + 1, n_no] += likely * yes
            if n_no + 1 <= n - needed:
                following[n_yes, n_no + 1] += likely * (1 - yes)
        votes = following
    return passed, served


def _needed(asked: Asked, gate: Gate) -> Column:
    match gate.needed_by:
        case ForAll():
            return np.ones(len(asked.efforts))
        case ForShare(share=share):
            return np.full(len(asked.efforts), share)
        case ForLarge(days=days):
            return (asked.size > days).astype(np.float64)

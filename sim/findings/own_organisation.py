"""An organisation on one picture: where its requests go by, how full each place is, how long they wait there.

Waits are closed forms, known at once and rough: each place alone, with requests that come at random. What the
places do to each other only a simulation says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.scenario.capacity.places import offered_load
from sim.scenario.policies.approval import Board, Desk
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.release import Train
from sim.scenario.policies.structure import BySkill, Listed
from sim.scenario.spec import DAYS_PER_WEEK
from sim.trust.theory import (
    attention_mean_wait_days,
    board_mean_wait_days,
    funding_mean_wait_days,
    mmc_mean_wait_days,
    release_mean_wait_days,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.capacity.places import PlaceLoad
    from sim.scenario.policies.approval import Layer
    from sim.scenario.scenario import Scenario

MOST_TEAMS = 40
"""Teams of one skill that are drawn; further ones are left out of the picture."""

HIGHEST_LOAD = 0.98
"""Beyond it a closed form says nothing: the line grows, or needs years to settle."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that requests come by.

    Attributes
    ----------
    kind
        ``gate``, ``funding``, ``release``, or the type of a team.
    load
        1 is exactly full; None where nothing can be full.
    wait
        Mean working days that a request waits here; None if its line grows, or nothing is known of it.
    waiting
        Requests that wait here on average.
    cells
        What can be changed in the picture: label and path of the setting.
    """

    name: str
    kind: str
    about: str
    load: float | None
    wait: float | None
    waiting: float | None
    cells: tuple[tuple[str, tuple[str, ...]], ...]


def places_of(scenario: Scenario, model: str) -> list[Place]:
    """Return the places of an operating model in the order in which requests come to them."""
    spec = scenario.operating_models[model]
    loads = offered_load(scenario, model)
    per_week = max((load.items_per_week for load in loads), default=0.0)
    at = ("operating_models", model)
    gates = {gate.before: (number, gate) for number, gate in enumerate(spec.governance.gates)}
    found: list[Place] = []

    def gate(before: str) -> None:
        if before not in gates:
            return
        number, here = gates[before]
        for position, layer in enumerate(here.layers):
            path = (*at, "governance", "gates", str(number), "layers", str(position))
            found.append(_layer(spec.governance.layers[layer.name], layer, path, loads, per_week))

    gate("funding")
    if isinstance(spec.funding, Rounds):
        rounds = spec.funding
        budget = next((load.load for load in loads if load.kind == "funding"), None)
        wait = funding_mean_wait_days(rounds.every_days, rounds.acceptance)
        found.append(
            _rhythm(
                "funding round",
                "funding",
                wait,
                budget,
                per_week,
                (*at, "funding", "every_weeks"),
                "weeks between rounds",
            )
        )
    gate("start")
    for step in scenario.situation.demand.work:
        gate(step.activity)
        found += _new(found, _teams_of(scenario, model, step.skill, loads))
    gate("release")
    if isinstance(spec.release, Train):
        train = spec.release
        wait = release_mean_wait_days(train.every_days, train.freeze_days)
        found.append(
            _rhythm(
                "release train",
                "release",
                wait,
                None,
                per_week,
                (*at, "release", "every_weeks"),
                "weeks between releases",
            )
        )
    return found


def _new(found: list[Place], more: Iterator[Place]) -> list[Place]:
    known = {(place.name, place.kind) for place in found}
    return [place for place in more if (place.name, place.kind) not in known]


def _rhythm(
    name: str, kind: str, wait: float, load: float | None, per_week: float, path: tuple[str, ...], label: str
) -> Place:
    full = load is not None and load >= HIGHEST_LOAD
    waiting = None if full else per_week / DAYS_PER_WEEK * wait
    return Place(name, kind, "", load, None if full else wait, waiting, ((label, path),))


def _layer(
    body: Board | Desk, named: Layer, path: tuple[str, ...], loads: list[PlaceLoad], per_week: float
) -> Place:
    place = next((load for load in loads if load.place == body.name and load.kind in ("desk", "board")), None)
    load = None if place is None else place.load
    papers = per_week if place is None else place.items_per_week
    is_here = named.kind != "named"
    if isinstance(body, Board):
        wait: float | None = board_mean_wait_days(body.every_days, body.paper_deadline_days)
        cells = (("weeks between meetings", (*path, "meets_every_weeks")),) if is_here else ()
        about = "meets"
    else:
        wait, cells = _in_line(load, papers, body.approvers), ()
        if is_here:
            cells = (("approvers", (*path, "approvers")), ("hours a week each", (*path, "hours_per_week")))
        about = "reviews"
        if body.looks_every_days is not None and wait is not None:
            wait += attention_mean_wait_days(body.looks_every_days, body.hours_per_week)
    if load is not None and load >= HIGHEST_LOAD:
        wait = None
    waiting = None if wait is None else papers / DAYS_PER_WEEK * wait
    return Place(body.name, "gate", about, load, wait, waiting, cells)


def _in_line(load: float | None, per_week: float, servers: int) -> float | None:
    """Return the mean wait in a line of so many servers; None if it grows."""
    if load is None or not per_week:
        return 0.0
    if load >= HIGHEST_LOAD:
        return None
    service = load * servers * DAYS_PER_WEEK / per_week
    return float(mmc_mean_wait_days(load, service, servers))


def _teams_of(scenario: Scenario, model: str, skill: str, loads: list[PlaceLoad]) -> Iterator[Place]:
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    teams = spec.structure.teams
    for number, plan in enumerate(plans[:MOST_TEAMS]):
        if not any(skill in person.factors for person in plan.people):
            continue
        own = [load for load in loads if load.place == plan.name and load.kind in ("team", "skill")]
        fullest = max(own, key=lambda load: load.load, default=None)
        able = len(plan.people)
        if fullest is not None and fullest.kind == "skill":
            able = sum(fullest.skill in person.factors for person in plan.people)
        load = None if fullest is None else fullest.load
        tasks = 0.0 if fullest is None else fullest.items_per_week
        wait = _in_line(load, tasks, max(able, 1))
        cells: tuple[tuple[str, tuple[str, ...]], ...] = ()
        if isinstance(teams, Listed):
            path = ("operating_models", model, "structure", "teams", "teams", str(number), "people")
            cells = tuple((name, (*path, name)) for name in teams.teams[number].people)
        elif isinstance(teams, BySkill):
            here = dict.fromkeys(person.main_skill for person in plan.people)
            cells = tuple((name, ("situation", "people", name)) for name in here)
        about = "" if fullest is None or fullest.kind == "team" else f"fullest: {fullest.skill}"
        waiting = None if wait is None else tasks / DAYS_PER_WEEK * wait
        yield Place(plan.name, plan.type, about, load, wait, waiting, cells)


def in_a_sentence(places: list[Place]) -> str:
    """Return where requests wait, and what is fullest."""
    waits = {"funding": "for money", "gate": "for a yes", "release": "for a release"}
    parts = []
    for kind, words in waits.items():
        days = sum(place.wait for place in places if place.kind == kind and place.wait is not None)
        if days >= 0.5:
            parts.append(f"{days:.0f} days {words}")
    said = f"A request waits about {', '.join(parts)}. " if parts else ""
    full = max((place for place in places if place.load is not None), key=lambda p: p.load or 0, default=None)
    if full is None or full.load is None:
        return said.strip()
    if full.load >= 1:
        return f"{said}More comes to {full.name} than it can do: {full.load:.0%} of its time. Its line grows."
    return f"{said}The fullest place is {full.name}, {full.load:.0%} busy."


def as_data(places: list[Place], value: Any) -> list[dict[str, Any]]:
    """Return places as plain data; ``value`` says what stands in a cell, and what is wrong with it."""
    return [
        {
            "name": place.name,
            "kind": place.kind,
            "about": place.about,
            "load": None if place.load is None else round(place.load, 3),
            "wait": None if place.wait is None else round(place.wait, 1 if place.wait < 10 else None),
            "grows": place.wait is None,
            "waiting": None if place.waiting is None else round(place.waiting, 1),
            "cells": [{"label": label, "path": list(path)} | value(path) for label, path in place.cells],
        }
        for place in places
    ]

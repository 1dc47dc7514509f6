"""Complaints about a draft, each at the cell that it is about, in words of the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sim.scenario.changes import Path
from sim.scenario.files.complaints import keys_of, specs_of
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.errors import Problem, ScenarioError
    from sim.scenario.spec import Spec


def complaints_of(error: ScenarioError, tree: Any) -> dict[Path, str]:
    """Return what is wrong with plain values, by the path of the cell."""
    found: dict[Path, str] = {}
    for problem in error.problems:
        for path in _cells(problem, tree):
            found.setdefault(path, in_words_of_the_page(problem.text))
    return found


def specs_at(tree: Any, path: Path) -> list[type[Spec]]:
    """Return the specs of which one may stand at a path."""
    location = [int(part) if part.isdigit() else part for part in path]
    return specs_of(Scenario, tuple(location))


def _cells(problem: Problem, tree: Any) -> Iterator[Path]:
    """Yield the cells that a complaint is about."""
    path = _without_kind(tuple(keys_of([part for part in problem.path.split(".") if part], tree)), tree)
    for pattern, cells in _ABOUT_SEVERAL:
        if (found := pattern.search(problem.text)) is not None:
            several = [*cells(tree, path, found)]
            if several:
                yield from several
                return
    yield path


def _without_kind(path: Path, tree: Any) -> Path:
    """Return a path without the kind that a check over a whole group names behind it."""
    node = tree
    for at, part in enumerate(path):
        if isinstance(node, dict) and part not in node and node.get("kind") == part and at == len(path) - 1:
            return path[:at]
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return path
    return path


def _shares(place: Path) -> Any:
    def cells(tree: Any, path: Path, found: re.Match[str]) -> Iterator[Path]:
        node = tree
        for part in place:
            node = node[part]
        yield from ((*place, str(at), "share") for at in range(len(node)))

    return cells


def _skill_of_step(tree: Any, path: Path, found: re.Match[str]) -> Iterator[Path]:
    for at, step in enumerate(tree["situation"]["demand"]["work"]):
        if step["activity"] == found[1]:
            yield "situation", "demand", "work", str(at), "skill"


def _people_of_teams(tree: Any, path: Path, found: re.Match[str]) -> Iterator[Path]:
    place = ("operating_models", path[1], "structure", "teams", "teams")
    for at, team in enumerate(tree["operating_models"][path[1]]["structure"]["teams"]["teams"]):
        if found[1] in team["people"]:
            yield (*place, str(at), "people", found[1])


def _table_of_teams(tree: Any, path: Path, found: re.Match[str]) -> Iterator[Path]:
    if "teams" in tree["operating_models"][path[1]]["structure"]["teams"]:
        yield "operating_models", path[1], "structure", "teams", "teams"


def _gates_before(tree: Any, path: Path, found: re.Match[str]) -> Iterator[Path]:
    for at, gate in enumerate(tree["operating_models"][path[1]]["governance"]["gates"]):
        if gate["before"] == found[1]:
            yield "operating_models", path[1], "governance", "gates", str(at), "before"


def _mandates(tree: Any, path: Path, found: re.Match[str]) -> Iterator[Path]:
    if path[-1:] == ("mandates",):
        decisions = tree["operating_models"][path[1]]["governance"]["decisions"]
        yield from ((*path, str(at)) for at in range(len(decisions["mandates"] or ())))


def _pair(*fields: str) -> Any:
    return lambda tree, path, found: ((*path, field) for field in fields)


_ABOUT_SEVERAL = (
    (
        re.compile("^the shares of the products|^some products have a share"),
        _shares(("situation", "products")),
    ),
    (re.compile("^the shares of the classes"), _shares(("situation", "demand", "classes"))),
    (re.compile("^activity '(.*)' needs skill"), _skill_of_step),
    (re.compile("people.* with skill '(.*)', but|person with skill '(.*)', but"), _people_of_teams),
    (re.compile('^has a gate before "(.*?)"'), _gates_before),
    (re.compile("^no team can do '"), _table_of_teams),
    (re.compile("^two gates are before '(.*)'"), _gates_before),
    (re.compile("; it must not fall: |, so nobody may answer"), _mandates),
    (re.compile("^good_share .* and harmful_share"), _pair("good_share", "harmful_share")),
    (re.compile("^revise_chance and refuse_chance"), _pair("revise_chance", "refuse_chance")),
    (re.compile("^revise_chance and refuse_poor_chance"), _pair("revise_chance", "refuse_poor_chance")),
    (re.compile("^warm_up_weeks .* and tail_weeks"), _pair("horizon_weeks", "warm_up_weeks", "tail_weeks")),
    (re.compile("^yes_needed is"), _pair("yes_needed")),
    (re.compile("^batch and every_weeks"), _pair("batch", "every_weeks")),
)
"""Rules over several cells say in words which they mean: what is said, and the cells that it marks."""

_A_LIST = re.compile(r"must be a list( \(found .*?\)); put it in brackets: \[\.\.\.\]")
_FIELD = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
_PATH = re.compile(r"\b(?:situation|operating_models|governance|demand|run|structure)(?:\.\w+)+")


def in_words_of_the_page(text: str) -> str:
    """Return a complaint without the names of settings, which nobody sees on the page.

    >>> in_words_of_the_page("good_share (0.9) and harmful_share (0.3) add up to more than 1")
    'good share (0.9) and harmful share (0.3) add up to more than 1'
    """
    text = text.replace("but situation.people has", "but the number of people is")
    text = _A_LIST.sub(r"must be numbers with commas between them\1", text)
    text = _PATH.sub(lambda found: found[0].rpartition(".")[2], text)
    return _FIELD.sub(lambda found: found[0].replace("_", " "), text)

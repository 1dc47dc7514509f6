"""A draft as text that a browser keeps, and the draft again, whoever wrote the text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.draft.draft import Draft, kind_of
from sim.scenario.files.load import from_text
from sim.scenario.scenario import Scenario

LONGEST_KEPT = 400_000
"""Characters of one organisation that are kept and read: browsers keep some five million of an address."""

MOST_KEPT = 12
_LONGEST_KEY = 40
_FORM = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """An organisation that a browser has kept."""

    key: str
    name: str
    at: float
    """When it was kept, in seconds since 1970 of that browser's clock."""
    good: str
    """The file of its last version without marks."""
    tree: dict[str, Any] | None
    """Its plain values as they were left, if some cell was marked."""
    typed: tuple[tuple[tuple[str, ...], str, str], ...] = ()
    """Names that could not be given: cell, what was typed, why."""


def kept_text(draft: Draft, good: str, *, is_marked: bool) -> str:
    """Return a draft as text; empty if it is too long to be kept."""
    typed = [[list(path), *said] for path, said in draft.typed.items()]
    tree = draft.tree if is_marked else None
    whole = {"form": _FORM, "name": draft.name, "good": good, "tree": tree, "typed": typed}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST_KEPT else ""


def kept_in(found: Any) -> list[Kept]:
    """Return what a browser says that it has kept, the latest first; what is none is left out."""
    kept = [one for entry in (found if isinstance(found, list) else [])[:MOST_KEPT] if (one := _kept(entry))]
    return sorted(kept, key=lambda one: -one.at)


def _kept(entry: Any) -> Kept | None:
    if not isinstance(entry, dict):
        return None
    key, text, at = entry.get("key"), entry.get("text"), entry.get("at")
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY or not key.isalnum():
        return None
    if not isinstance(text, str) or len(text) > LONGEST_KEPT or not isinstance(at, int | float):
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(whole, dict) or whole.get("form") != _FORM:
        return None
    name, good, tree = whole.get("name"), whole.get("good"), whole.get("tree")
    if not isinstance(name, str) or not isinstance(good, str):
        return None
    typed = tuple(_typed(entry) for entry in whole.get("typed") or () if _typed(entry))
    return Kept(key, name[:80], float(at), good, tree if isinstance(tree, dict) else None, typed)


def _typed(entry: Any) -> Any:
    match entry:
        case [list(path), str(text), str(why)] if all(isinstance(part, str) for part in path):
            return tuple(path), text[:100], why[:300]
        case _:
            return None


def _typed_in(typed: tuple[tuple[tuple[str, ...], str, str], ...]) -> dict[tuple[str, ...], tuple[str, str]]:
    return {path: (text, why) for path, text, why in typed if kind_of(path)}


def restored(kept: Kept) -> tuple[Draft, Scenario]:
    """Return the draft as it was left, and its last version without marks.

    Values that have no place in an organisation are not taken up; then the last good version is all.

    Raises
    ------
    ScenarioError
        If that cannot be read.
    """
    scenario = from_text(kept.good.encode(), kept.name)
    if kept.tree is not None and is_an_organisation(kept.tree):
        good = scenario.model_dump(mode="json")
        return Draft(kept.tree, kept.key, _typed_in(kept.typed), past=((good, {}),)), scenario
    return Draft.of(scenario, kept.key), scenario


def is_an_organisation(tree: dict[str, Any]) -> bool:
    """Return whether plain values are those of a scenario, apart from single values that may be wrong."""
    try:
        whole = Scenario.model_validate(tree)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            given, kind, about = detail["input"], detail["type"], detail.get("ctx", {})
            of_a_cell = not isinstance(given, dict | list) and kind not in _OF_PARTS
            seems_empty = kind == "too_short" and about["actual_length"] < len(given)  # of wrong cells
            if not of_a_cell and not seems_empty and kind != "value_error":
                return False
        return _has_all(tree)
    except RecursionError:
        return False
    return whole.model_dump(mode="json") == tree


_OF_PARTS = {"missing", "extra_forbidden", "model_type", "dict_type", "tuple_type", "list_type"}


def _has_all(tree: dict[str, Any]) -> bool:
    """Return whether every part that a page looks into is there."""
    try:
        draft = Draft(tree)
        from sim.scenario.draft.forms import card
        from sim.scenario.draft.systems import IDENTITY, SYSTEMS

        found = draft.check()
        for model in tree["operating_models"]:
            for system in (IDENTITY, *SYSTEMS):
                card(draft, found, system, model)
    except (ScenarioError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        return False
    return True

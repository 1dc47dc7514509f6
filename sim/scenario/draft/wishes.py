"""What a page asks of a draft, as it comes from a browser: checked like a file, since anybody can send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError

if TYPE_CHECKING:
    from sim.scenario.changes import Path
    from sim.scenario.draft.draft import Draft

_DEEPEST = 12
_LONGEST_STEP = 200
MOST_AT_ONCE = 200
"""Wishes that are heard at a time: whoever types makes one or two."""


def granted(draft: Draft, wish: Any) -> Draft:
    """Return the draft after a wish.

    Parameters
    ----------
    wish
        A mapping with ``do`` (edit, add, remove, move, even, switch, undo, redo), ``path`` and ``value``.

    Raises
    ------
    ScenarioError
        If it cannot be granted, with the reason; the draft is as it was.
    """
    if not isinstance(wish, dict):
        raise ScenarioError.of("", "is no wish")
    do, value, path = wish.get("do"), wish.get("value"), _path(wish.get("path", []))
    try:
        return _granted(draft, do, path, value)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise ScenarioError.of(".".join(path), "cannot be changed like that") from None


def _granted(draft: Draft, do: Any, path: Path, value: Any) -> Draft:
    match do:
        case "edit":
            return draft.edit(path, value)
        case "add":
            return draft.add(path)
        case "remove":
            return draft.remove(path, value if isinstance(value, str) else None)
        case "move":
            return draft.move(path, -1 if value == -1 else 1)
        case "even":
            return draft.even(path)
        case "switch":
            return draft.switch(path, on=bool(value))
        case "undo":
            return draft.undo()
        case "redo":
            return draft.redo()
        case _:
            raise ScenarioError.of("", "is no wish that is known")


def _path(given: Any) -> Path:
    is_path = isinstance(given, list) and len(given) <= _DEEPEST
    if not is_path or not all(isinstance(part, str) and len(part) <= _LONGEST_STEP for part in given):
        raise ScenarioError.of("", "is no cell")
    return tuple(given)

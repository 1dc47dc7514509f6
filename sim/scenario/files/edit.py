"""A scenario file with some settings changed, whose comments and order stay."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.changes import Path


def edited(text: str, changes: Mapping[Path, Any]) -> str:
    """Return a scenario file with some settings changed; comments and order of all others stay.

    Parameters
    ----------
    text
        A file that ``from_text`` accepts: this reads it again, and has no limits of its own.
    changes
        New plain values by path.
    """
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.width = 110
    yaml.preserve_quotes = True
    tree = yaml.load(text)
    for path, value in changes.items():
        _set(tree, path, value)
    out = StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


def _set(tree: Any, path: Path, value: Any) -> None:
    """Set a value, and take away what an operating model overrides below the same path."""
    if path[0] == "operating_models":
        override = tree.get("operating_models", {}).get(path[1], {}).get("override")
        dotted = ".".join(path[2:])
        for key in [key for key in override or {} if key == dotted or key.startswith(f"{dotted}.")]:
            del override[key]
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = _laid_over(tree.get(path[-1]), value)


def _laid_over(old: Any, new: Any) -> Any:
    """Return the new value inside the old one's lists and mappings, which carry the comments."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [key for key in old if key not in new]:
            del old[key]
        for key, value in new.items():
            old[key] = _laid_over(old.get(key), value)
        return old
    if isinstance(old, list) and isinstance(new, list):
        del old[len(new) :]
        for number, value in enumerate(new):
            if number < len(old):
                old[number] = _laid_over(old[number], value)
            else:
                old.append(value)
        return old
    return old if old == new and type(old) is not bool else new

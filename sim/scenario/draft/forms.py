"""A draft as cards with cells: what stands in each, what may stand there, and what is wrong with it.

What comes out is plain data, for whoever draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from sim.errors import ScenarioError
from sim.scenario.draft.complaints import specs_at
from sim.scenario.draft.draft import KEY, MOST_ROWS, mean_of, value_of
from sim.scenario.draft.glances import picture
from sim.scenario.draft.naming import names
from sim.scenario.draft.systems import WORDS, Field, Switch, Table
from sim.scenario.levers.lever import field_help

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.changes import Path
    from sim.scenario.draft.draft import Checked, Draft
    from sim.scenario.draft.systems import Part, System
    from sim.scenario.spec import Spec

    type Data = dict[str, Any]


@dataclass(frozen=True)
class _Page:
    draft: Draft
    found: Checked
    model: str

    def path(self, dotted: str) -> Path:
        """Return the path of a setting of the world, or of the operating model that is looked at."""
        parts = tuple(dotted.split("."))
        is_of_all = parts[0] in ("situation", "name", "story", "question", "run")
        return parts if is_of_all else ("operating_models", self.model, *parts)


def card(draft: Draft, found: Checked, system: System, model: str) -> Data:
    """Return a system of an operating model as a card."""
    page = _Page(draft, found, model)
    few = [block for part in system.few for block in _blocks(page, part)]
    more = [block for part in system.more for block in _blocks(page, part)]
    return {
        "key": system.key,
        "title": system.title,
        "question": system.question,
        "picture": picture(draft, system.key, model),
        "few": few,
        "more": more,
        "marked": sum(_marks(block) for block in (*few, *more)),
        "marked_more": sum(_marks(block) for block in more),
    }


def unplaced(draft: Draft, found: Checked, cards: Sequence[Data]) -> list[str]:
    """Return what is wrong and stands on none of these cards: elsewhere, or in what only the file shows."""
    shown = {tuple(path) for one in cards for path in _said(one)}
    said = []
    for path, why in found.cells.items():
        if path in shown:
            continue
        where = [part.replace("_", " ") for part in path if not part.isdigit()]
        if path[:1] == ("operating_models",) and len(path) > 1:
            where[:2] = [str(draft.tree["operating_models"].get(path[1], {}).get("name", path[1]))]
        said.append(": ".join([" > ".join(where), why] if where else [why]))
    return list(dict.fromkeys(said))


def _marks(block: Data) -> int:
    cells = [cell for row in block.get("rows", ()) for cell in row["cells"]] + block.get("cells", [])
    return sum(bool(cell["why"]) for cell in cells) + bool(block.get("why"))


def _said(one: Data) -> Iterator[Path]:
    for block in (*one["few"], *one["more"]):
        yield from (tuple(path) for path in block.get("about", ()))
        cells = [cell for row in block.get("rows", ()) for cell in row["cells"]] + block.get("cells", [])
        for cell in cells:
            yield from (tuple(path) for path in cell["about"])


def _blocks(page: _Page, part: Part) -> Iterator[Data]:
    match part:
        case Field():
            if (cell := _cell(page, page.path(part.path), part.label)) is not None:
                yield {"type": "fields", "cells": [cell]}
        case Switch():
            path = page.path(part.path)
            is_on = _value(page, path) is not None
            yield {
                "type": "switch", "path": list(path), "label": part.label, "on": is_on, "cells": [],
                "why": page.found.cells.get(path, ""), "about": [list(path)],
            }  # fmt: skip
            if is_on:
                for field in part.fields:
                    yield from _blocks(page, field)
        case Table() if ".#." in part.path:
            above, _, below = part.path.partition(".#.")
            for at, entry in enumerate(_value(page, page.path(above)) or ()):
                path = (*page.path(above), str(at), below)
                before = WORDS["before"].get(entry["before"], entry["before"])
                yield _table(page, part, path, f"{part.label} {before}")
        case Table():
            path = page.path(part.path)
            if isinstance(_value(page, path), dict | list):
                yield _table(page, part, path, part.label)


def _table(page: _Page, table: Table, path: Path, label: str) -> Data:
    entries = value_of(page.draft.tree, path)
    keys = [*entries] if isinstance(entries, dict) else [str(at) for at in range(len(entries))]
    columns = [column for field in table.columns for column in _columns(page, field)]
    rows = []
    for key in keys[:MOST_ROWS]:
        at = (*path, key)
        cells = [_in_row(page, at, field) for field in columns]
        question, options = page.draft.needs_successor(at) if table.add else ("", [])
        about = _row_name(page, at)
        rows.append({"path": list(at), "name": about, "cells": cells, "ask": question, "instead": options})
    shown = [number for number in range(len(columns)) if any(row["cells"][number]["type"] for row in rows)]
    for row in rows:
        row["cells"] = [row["cells"][number] for number in shown]
    return {
        "type": "table", "label": label, "path": list(path), "add": table.add, "note": table.note,
        "columns": [columns[number].label for number in shown], "rows": rows,
        "why": page.found.cells.get(path, ""), "about": [list(path)],
        "total": _total(page, path, entries) if table.add else None,
        "moves": isinstance(entries, list) and bool(table.add) and path[-1] in ("work", "layers", "teams"),
        "too_long": max(len(keys) - MOST_ROWS, 0),
    }  # fmt: skip


def _columns(page: _Page, field: Field) -> list[Field]:
    if field.path != "people.*":
        return [field]
    return [Field(f"people.{skill}", skill) for skill in names(page.draft.tree, "skill")]


_NOTHING: Data = {"type": "", "why": "", "about": [], "label": "", "value": None}


def _in_row(page: _Page, at: Path, field: Field) -> Data:
    if field.path == KEY:
        path = (*at, KEY)
        typed = page.draft.typed.get(path)
        value = at[-1] if typed is None else typed[0]
        return {
            "path": list(path), "label": f"{field.label} {at[-1]}", "type": "text", "value": value,
            "unit": "", "help": "", "why": page.found.cells.get(path, ""), "about": [list(path)],
        }  # fmt: skip
    label = f"{field.label}, {_row_name(page, at)}"
    if field.path.startswith("/"):
        place = (*field.path[1:].split("."), at[-1])
        return _cell(page, place, label, may_be_missing=True) or _NOTHING
    if field.path.startswith("people."):
        skill = field.path.partition(".")[2]
        return _cell(page, (*at, "people", skill), label, may_be_missing=True) or _NOTHING
    path = (*at, *field.path.split(".")) if field.path else at
    return _cell(page, path, label) or _NOTHING


def _row_name(page: _Page, at: Path) -> str:
    entry = _value(page, at)
    if isinstance(entry, dict):
        entry = next((entry[key] for key in ("name", "activity", "before") if key in entry), at[-1])
        return str(entry)
    return at[-1]


def _value(page: _Page, path: Path) -> Any:
    try:
        return value_of(page.draft.tree, path)
    except ScenarioError:
        return None


def _cell(page: _Page, path: Path, label: str, *, may_be_missing: bool = False) -> Data | None:
    """Return one cell; None if the kind that was chosen has no such setting."""
    tree = page.draft.tree
    try:
        value = value_of(tree, path)
    except ScenarioError:
        if not may_be_missing:
            return None
        try:
            value_of(tree, path[:-1])
        except ScenarioError:
            return None
        value = None
    info, spec = _field_of(tree, path)
    typed = page.draft.typed.get(path)
    why, about = _why(page, path)
    cell: Data = {
        "path": list(path), "label": label, "value": mean_of(value) if typed is None else typed[0],
        "unit": "", "help": "", "type": "number", "why": why, "about": about,
    }  # fmt: skip
    if info is not None and spec is not None:
        extra = info.json_schema_extra
        cell["unit"] = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        cell["help"] = field_help(spec, path[-1])
    cell["type"], options = _type_of(page, path, info)
    if options:
        cell["options"] = options
    return cell


def _why(page: _Page, path: Path) -> tuple[str, list[list[str]]]:
    """Return what is wrong with a cell: complaints about it, or about what is inside what is drawn."""
    found = {at: why for at, why in page.found.cells.items() if at[: len(path)] == path}
    return "; ".join(dict.fromkeys(found.values())), [list(at) for at in found] or [list(path)]


def _field_of(tree: Any, path: Path) -> tuple[Any, type[Spec] | None]:
    kind = (_safe(tree, path[:-1]) or {}).get("kind") if isinstance(_safe(tree, path[:-1]), dict) else None
    specs = [spec for spec in specs_at(tree, path[:-1]) if path[-1] in spec.model_fields]
    for spec in specs:
        own = spec.model_fields.get("kind")
        if own is None or kind in get_args(own.annotation):
            return spec.model_fields[path[-1]], spec
    return (specs[0].model_fields[path[-1]], specs[0]) if specs else (None, None)


def _safe(tree: Any, path: Path) -> Any:
    try:
        return value_of(tree, path)
    except ScenarioError:
        return None


def _type_of(page: _Page, path: Path, info: Any) -> tuple[str, list[list[str]]]:
    """Return how a cell is edited, and what may be chosen in it."""
    tree, last = page.draft.tree, path[-1]
    words = _words(path)
    if last == "kind":
        kinds = [kind for spec in specs_at(tree, path[:-1]) for kind in _kinds(spec)]
        wanted = [kind for kind in kinds if kind in words and kind not in ("past_weeks", "trace")]
        now = value_of(tree, path)
        return "choice", [[kind, words.get(kind, kind)] for kind in dict.fromkeys([*wanted, now])]
    if last == "before":
        places = {} if "outside" in path else WORDS["before"]
        steps = names(tree, "activity")
        return "choice", [*([name, said] for name, said in places.items()), *([name, name] for name in steps)]
    if (
        last in ("skill", "activity", "core")
        and path[-3:-1] != ("demand", "work")
        and "work" not in path[-3:]
    ):
        kind = "skill" if last == "skill" else "activity"
        none = [["", "the one with the most work"]] if last == "core" else []
        return "choice", [*none, *([name, name] for name in names(tree, kind))]
    if last == "skill":
        return "choice", [[name, name] for name in names(tree, "skill")]
    if last in ("checks", "products"):
        return "names", [
            [name, name] for name in names(tree, "product" if last == "products" else "activity")
        ]
    if info is None:
        return "number", []
    inner = _plain_type(info.annotation)
    if get_origin(inner) is Literal:
        return "choice", [[str(value), words.get(str(value), str(value))] for value in get_args(inner)]
    if inner is bool:
        return "yesno", []
    if inner is str:
        return ("area" if last in ("story", "question") else "text"), []
    return "number", []


def _words(path: Path) -> dict[str, str]:
    named = [part for part in path if not part.isdigit()]
    for length in (4, 3, 2, 1):
        if (found := WORDS.get(".".join(named[-length:]))) is not None:
            return found
    return {}


def _kinds(spec: type[Spec]) -> tuple[str, ...]:
    kind = spec.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def _plain_type(annotation: Any) -> Any:
    """Return the type that a value has, without what is said about it and without None."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            inner = [arg for arg in get_args(annotation) if arg is not NoneType]
            if len(inner) != 1:
                return annotation
            annotation = inner[0]
        else:
            return annotation


def _total(page: _Page, path: Path, entries: Any) -> Data | None:
    """Return what a table adds up to, and what it should."""
    if path[-1] in ("products", "classes") and isinstance(entries, list):
        shares = [entry.get("share") for entry in entries]
        if all(share is None for share in shares):
            return None
        known = [float(s) for s in shares if isinstance(s, int | float) and not isinstance(s, bool)]
        total = round(sum(known), 6)
        is_right = len(known) == len(shares) and abs(total - 1) < 1e-9
        said = f"The shares add up to {total:g}" + ("." if is_right else "; they must add up to 1.")
        return {"text": said, "right": is_right, "even": True}
    if path == ("situation", "people") and isinstance(entries, dict):
        total = sum(n for n in entries.values() if isinstance(n, int | float) and not isinstance(n, bool))
        return {"text": f"{total:g} people.", "right": True, "even": False}
    if path[-2:] == ("teams", "teams") and isinstance(entries, list):
        return _placed(page, entries)
    return None


def _placed(page: _Page, teams: list[Any]) -> Data:
    people = page.draft.tree["situation"]["people"]
    said, is_right = [], True
    for skill, there in people.items():
        placed = sum(
            n for team in teams if isinstance(n := team["people"].get(skill), int) and not isinstance(n, bool)
        )
        if isinstance(there, int) and placed != there:
            is_right = is_right and placed < there
            said.append(f"{skill}: {placed} of {there}")
    if not said:
        return {"text": "Everybody has a place.", "right": True, "even": False}
    return {"text": "Placed are " + ", ".join(said) + ".", "right": is_right, "even": False}

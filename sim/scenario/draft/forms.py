"""A draft as cards with cells: what stands in each, what may stand there, and what is wrong with it.

What comes out is plain data, for whoever draws it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from sim.errors import ScenarioError
from sim.scenario.draft.complaints import specs_at
from sim.scenario.draft.dates import is_dated, set_now
from sim.scenario.draft.draft import MOST_ROWS, mean_of, value_of
from sim.scenario.draft.glances import picture
from sim.scenario.draft.naming import names
from sim.scenario.draft.systems import KEY, WORDS, Field, Switch, Table
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
                if entry.get("becomes") or entry.get("take"):
                    continue  # all of it changes on that date, or a part as in the file
                path = (*page.path(above), str(at), below)
                name = _row_name(page, path[:-1])
                yield _table(page, part, path, f"{part.label} {WORDS['before'].get(name, name)}")
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
        about = cells[0]["label"].partition(", ")[2] if is_dated(at) else _row_name(page, at)
        rows.append({"path": list(at), "name": about, "cells": cells, "ask": question, "instead": options})
    shown = [number for number in range(len(columns)) if any(row["cells"][number]["type"] for row in rows)]
    for row in rows:
        row["cells"] = [row["cells"][number] for number in shown]
    return {
        "type": "table", "label": label, "path": list(path), "add": table.add, "note": table.note,
        "columns": [_head(columns[number], [row["cells"][at] for row in rows])
                    for at, number in enumerate(shown)], "rows": rows,
        "why": page.found.cells.get(path, ""), "about": [list(path)],
        "total": _total(page, path, entries) if table.add else None,
        "moves": isinstance(entries, list) and bool(table.add) and path[-1] in ("work", "layers", "teams"),
        "too_long": max(len(keys) - MOST_ROWS, 0),
    }  # fmt: skip


def _columns(page: _Page, field: Field) -> list[Field]:
    if field.path != "people.*":
        return [field]
    return [Field(f"people.{skill}", skill) for skill in names(page.draft.tree, "skill")]


def _head(column: Field, cells: list[Data]) -> str:
    is_share = column.path and any(cell.get("percent") for cell in cells)
    return per_cent_label(column.label) if is_share else column.label


_NOTHING: Data = {"type": "", "why": "", "about": [], "label": "", "value": None}


def _in_row(page: _Page, at: Path, field: Field) -> Data:
    if is_dated(at):
        return _dated(page, at, field)
    if field.path == KEY:
        path = (*at, KEY)
        typed = page.draft.typed.get(path)
        value = at[-1] if typed is None else typed[0]
        return {
            "path": list(path), "label": f"{field.label} {at[-1]}", "type": "text", "value": value,
            "unit": "", "help": "", "why": page.found.cells.get(path, ""), "about": [list(path)],
        }  # fmt: skip
    label, row = field.label, _row_name(page, at)
    if field.path.startswith("/"):
        place = page.path(field.path[1:].replace("*", _STAR))
        place = tuple(at[-1] if part == _STAR else part for part in place)
        return _cell(page, place, label, row, may_be_missing=True) or _NOTHING
    if field.path.startswith("people."):
        skill = field.path.partition(".")[2]
        return _cell(page, (*at, "people", skill), label, row, may_be_missing=True) or _NOTHING
    path = (*at, *field.path.split(".")) if field.path else at
    return _cell(page, path, label, row) or _NOTHING


def _dated(page: _Page, at: Path, field: Field) -> Data:
    """Return what changes on a date, or the value that it has from then on."""
    known, dotted = set_now(page.draft.tree, at), at[-1]
    now = known.get(dotted)
    label_of = {key: (_cell(page, one.path, one.label) or _NOTHING)["label"] for key, one in known.items()}
    named = label_of.get(dotted, dotted)
    if field.path == KEY:
        others = [key for key in known if key == dotted or key not in value_of(page.draft.tree, at[:-1])]
        options = [[key, label_of[key]] for key in others]
        return {
            "path": [*at, KEY], "label": f"{field.label}, {named}", "type": "choice", "value": dotted,
            "unit": "", "help": "", "why": "", "about": [],
            "options": options if now else [[dotted, dotted], *options],
        }  # fmt: skip
    value = mean_of(value_of(page.draft.tree, at))
    cell = _cell(page, now.path, now.label) if now else None
    if isinstance(value, dict | list | bool) or cell is None:
        return _NOTHING  # a part, or a word: in the file
    why, about = _why(page, at)
    return cell | {
        "path": list(at), "label": f"{field.label}, {named}", "type": "number",
        "value": value, "about": about,
        "why": _in_per_cent(why) if cell.get("percent") else why,
    }  # fmt: skip


def _row_name(page: _Page, at: Path) -> str:
    entry = _value(page, at)
    if isinstance(entry, dict):
        known = (entry[key] for key in ("name", "activity", "before") if entry.get(key) is not None)
        return str(next(known, int(at[-1]) + 1 if at[-1].isdigit() else at[-1]))
    return at[-1]


def _value(page: _Page, path: Path) -> Any:
    try:
        return value_of(page.draft.tree, path)
    except ScenarioError:
        return None


def _cell(page: _Page, path: Path, label: str, row: str = "", *, may_be_missing: bool = False) -> Data | None:
    """Return one cell; None if the kind that was chosen has no such setting."""
    tree = page.draft.tree
    try:
        value = value_of(tree, path)
    except ScenarioError:
        if not may_be_missing:
            return None
        is_there = _value(page, path[:-1] if path[:2] != ("situation", "part_time") else path[:2])
        if is_there is None and path[-2:-1] != ("mandates",):
            return None
        value = None
    info, spec = _field_of(tree, path[:-1] if path[-2:-1] == ("mandates",) else path)
    typed = page.draft.typed.get(path)
    why, about = _why(page, path)
    cell: Data = {
        "path": list(path), "label": label, "value": mean_of(value) if typed is None else typed[0],
        "unit": "", "help": "", "type": "number", "why": why, "about": about,
    }  # fmt: skip
    if info is not None and spec is not None:
        extra = info.json_schema_extra
        cell["unit"] = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        cell["help"] = field_help(spec, path[-2] if path[-2:-1] == ("mandates",) else path[-1])
    cell["type"], options = _type_of(page, path, info)
    if cell["type"] in ("number", "numbers") and cell["unit"].startswith(_SHARES):
        cell |= {
            "percent": True, "unit": "%", "label": per_cent_label(label), "why": _in_per_cent(why),
            "help": _HELP_NUMBERS.sub(lambda found: _times_100(found[0]), cell["help"]).replace(
                f"Unit: {cell['unit']}.", "Unit: %."
            ),
        }  # fmt: skip
    if row:
        cell["label"] += f", {row}"
    if options:
        cell["options"] = options
    return cell


_SHARES = ("share", "chance", "leavings a year per person")
"""How units begin that people think of in per cent, and see so."""

_STAR = "\0"
"""Stands for the name of a row, in a path that may have dots in it."""

_HELP_NUMBERS = re.compile(r"(?:Range|Plausible): [^:]*?\.(?= |$)")
_SHARE_WORD = re.compile(r"\((?:share|chance)\b ?")
_QUOTED = re.compile(r'("[^"]*")')
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w'])(?!\.\d)")


def per_cent_label(label: str) -> str:
    """Return what a share is called where it is shown in per cent.

    >>> per_cent_label("Sends back (chance)"), per_cent_label("Lost (share of effort)")
    ('Sends back (%)', 'Lost (% of effort)')
    """
    if "(" not in label:
        return f"{label} (%)"
    return _SHARE_WORD.sub("(% ", label).replace("(% )", "(%)")


def _times_100(text: str) -> str:
    return _NUMBER.sub(lambda found: f"{float(found[0]) * 100:.10g}", text)


def _in_per_cent(why: str) -> str:
    """Return a complaint about shares in per cent, as they are shown; what was typed as text stays.

    >>> _in_per_cent('must be 1 or less (found 1.2)'), _in_per_cent('must be a number (found "27 of 100")')
    ('must be 100 % or less (found 120 %)', 'must be a number (found "27 of 100")')
    """
    return "; ".join(
        "".join(
            piece if piece.startswith('"') else _NUMBER.sub(_per_cent, piece) for piece in _QUOTED.split(part)
        )
        if part.startswith(("must be", "is ", "ends with", "let it end")) or "add up to" in part
        else part
        for part in why.split("; ")
    )


def _per_cent(found: re.Match[str]) -> str:
    return f"{float(found[0]) * 100:.10g} %"


def _why(page: _Page, path: Path) -> tuple[str, list[list[str]]]:
    """Return what is wrong with a cell: complaints about it, or about what is inside what is drawn."""
    found = {
        at: why
        for at, why in page.found.cells.items()
        if at == path or (at[: len(path)] == path and at[-1] != KEY)
    }
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
    if last == "becomes":
        return "choice", _aims(tree, path)
    if last == "swarming" or path[-2:-1] == ("mandates",):
        return "numbers" if last == "swarming" else "number", []
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


def _aims(tree: Any, path: Path) -> list[list[str]]:
    """Return what an operating model may become on a date: another one, or itself with other settings."""
    models, change = tree["operating_models"], value_of(tree, path[:-1])
    itself = "parts of another, as in the file" if change["take"] else "itself, but for what is listed below"
    others = [key for key, spec in models.items() if key != path[1] and not spec["timeline"]]
    if change["becomes"] not in (None, *others):
        others.append(change["becomes"])
    return [["", itself], *([key, str(models.get(key, {}).get("name", key))] for key in others)]


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
        said = f"The shares add up to {total * 100:g} %" + (
            "." if is_right else "; they must add up to 100 %."
        )
        return {"text": said, "right": is_right, "even": True}
    if path == ("situation", "people") and isinstance(entries, dict):
        total = sum(n for n in entries.values() if isinstance(n, int) and not isinstance(n, bool) and n > 0)
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

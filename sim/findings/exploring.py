"""What explorations found, in words: a sentence first, then a table. Also as JSON and CSV.

The voice is that of ``wording``: the same whichever side does better, every number with its interval, and
what is not clear is called that.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import counted, visible
from sim.experiments.break_even import BreakEven, Crossing
from sim.experiments.designs import DesignPoint, without_effect
from sim.experiments.robustness import Regret, Robustness
from sim.experiments.sensitivity import Sensitivity
from sim.experiments.sweep import NOT_CLEAR, Sweep
from sim.experiments.winner_map import WinnerMap
from sim.findings.tables import aligned, table_as_csv
from sim.findings.wording import difference_size, estimate_text, interval_text, number, with_unit
from sim.measures.metrics import METRICS
from sim.measures.statistics import ONE_HISTORY, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from sim.scenario.scenario import Scenario

Exploration = Sweep | BreakEven | WinnerMap | Sensitivity | Robustness | Regret

SHOWN_ROWS = 60
"""Rows of a table that are shown in a terminal; a file or CSV has all."""

_LONGEST_NAME = 40


# --- any exploration ----------------------------------------------------------------------------------


def sentence(found: Exploration) -> str:
    """Return what was found, in a sentence or two."""
    match found:
        case Sweep():
            return _sweep(found)
        case BreakEven():
            return _break_even(found)
        case WinnerMap():
            return _map(found)
        case Sensitivity():
            return _sensitivity(found)
        case Robustness():
            return _robustness(found)
        case Regret():
            return _regret(found)


def as_text(found: Exploration) -> str:
    """Return the sentence, the table and how it was made."""
    rows = list(_rows(found)) if not (isinstance(found, Sweep) and not found.rows) else []
    shown = aligned(rows[: SHOWN_ROWS + 1], gap=3)
    if len(rows) > SHOWN_ROWS + 1:
        shown.append(f"... and {len(rows) - SHOWN_ROWS - 1} more rows (--format csv, or --out DIR)")
    return "\n".join([sentence(found), "", *shown, "", *_notes(found)])


def as_csv(found: Exploration) -> str:
    """Return the table as CSV, every number at full precision."""
    return table_as_csv(found.table)


def as_json(found: Exploration) -> dict[str, Any]:
    """Return sentence, table and what only this kind of exploration has, as plain data."""
    run = found.scenario.run
    return {
        "sentence": sentence(found),
        "scenario": found.scenario.name,
        "version": __version__,
        "replications": run.replications,
        "seed": run.seed,
        "without_effect": without_effect_texts(found),
        **_more(found),
        "table": _records(found.table),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): _plain(value) for name, value in row.items()} for row in table.to_dict(orient="records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value


def _more(found: Exploration) -> dict[str, Any]:
    match found:
        case Sweep():
            winners = found.winners[found.measures[0]]
            return {
                "measures": list(found.measures), "points": len(found.design.distinct),
                "is_complete": found.is_complete,
                "winners": {model: dict(counted) for model, counted in winners.items()},
            }  # fmt: skip
        case BreakEven():
            return {
                "measure": found.measure, "lever": found.axis.factor.name, "verdict": found.verdict,
                "models": [found.baseline, found.model],
                "crossings": [
                    {
                        "estimate": crossing.estimate, "low": crossing.low, "high": crossing.high,
                        "better_below": found.better(crossing.side_before),
                        "better_above": found.better(crossing.side_after),
                    }
                    for crossing in found.crossings
                ],
            }  # fmt: skip
        case WinnerMap():
            return {
                "measure": found.measure, "levers": [found.across.factor.name, found.up.factor.name],
                "models": [found.baseline, found.model], "current": found.current,
                "shares": {model or NOT_CLEAR: share for model, share in found.shares().items()},
                "frontier": [[list(place) for place in line] for line in found.frontier],
            }  # fmt: skip
        case Sensitivity():
            return {
                "measure": found.measure, "method": found.method, "model": found.model,
                "baseline": found.baseline, "points": len(found.design),
            }  # fmt: skip
        case Robustness():
            return {
                "measure": found.measure, "draws": len(found.winners), "is_complete": found.is_complete,
                "kept": list(found.kept),
                "shares": {
                    model or NOT_CLEAR: _ends(found.share(model)) for model in (*found.models, "")
                },
            }  # fmt: skip
        case Regret():
            return {
                "measure": found.measure,
                "choice": found.ranked()[0],
                "lead": _ends(found.lead),
                "futures": {name: dict(changes) for name, changes in found.futures.items()},
                "largest_regret": {
                    model: {"future": future} | _ends(interval)
                    for model in found.models
                    for future, interval in [found.largest_regret(model)]
                },
            }


def _ends(interval: Interval) -> dict[str, Any]:
    return {
        "estimate": _plain(interval.estimate), "low": _plain(interval.low), "high": _plain(interval.high),
        "n": interval.n,
    }  # fmt: skip


# --- words --------------------------------------------------------------------------------------------


def _name(found: Exploration, model: str) -> str:
    return visible(found.scenario.label(model), _LONGEST_NAME)


def _by(measure: str) -> str:
    label = METRICS[measure].label
    return f"{label[:1].lower()}{label[1:]}"


def _runs(scenario: Scenario, where: str) -> str:
    n = scenario.run.replications
    return f"{counted(n, 'paired run')} at each {where}"


def without_effect_texts(found: Exploration) -> list[str]:
    """Return what was varied and could do nothing at any point, a sentence each."""
    match found:
        case BreakEven():
            points = [DesignPoint.of({found.axis.factor.name: point.value}) for point in found.curve]
        case WinnerMap():
            names = (found.across.factor.name, found.up.factor.name)
            points = [DesignPoint.of(dict(zip(names, at, strict=True))) for at in product(found.xs, found.ys)]
        case Regret():
            points = [DesignPoint.of(changes) for changes in found.futures.values()]
        case _:
            points = found.design.distinct
    return without_effect_said(found.scenario, points)


def without_effect_said(scenario: Scenario, points: Iterable[DesignPoint]) -> list[str]:
    """Return what can do nothing at any of some points, a sentence each."""
    return [
        f"{visible(name, 120)} can do nothing wherever it is tried: it acts only when {reason}."
        for name, reason in without_effect(scenario, points).items()
    ]


def _notes(found: Exploration) -> Iterator[str]:
    run = found.scenario.run
    yield from without_effect_texts(found)
    if isinstance(found, Robustness) and found.kept:
        yield f"Kept, because their value lies outside the plausible range: {', '.join(found.kept)}."
    if isinstance(found, BreakEven):
        yield (
            "Better: clear at all values read together (Bonferroni); an interval that just excludes 0 for "
            "itself is not enough."
        )
    intervals = f"no intervals, {ONE_HISTORY}" if _is_one_history(found) else "95 % intervals"
    yield (
        f"{counted(run.replications, 'replication')} · same requests and luck everywhere · {intervals} · "
        f"seed {run.seed}."
    )


def _is_one_history(found: Exploration) -> bool:
    """Return whether nothing is left to chance wherever it was looked."""
    match found:
        case Sweep():
            notes = [row["note"] for row in found.rows]
        case BreakEven():
            notes = [point.difference.note for point in found.curve]
        case WinnerMap():
            notes = [cell.contrast.difference.note for cell in found.cells.values()]
        case Regret():
            notes = [o.value.note for by_model in found.outlooks.values() for o in by_model.values()]
        case _:
            notes = []
    return bool(notes) and set(notes) == {ONE_HISTORY}


def _rows(found: Exploration) -> Iterator[tuple[str, ...]]:
    match found:
        case Sweep():
            return _sweep_rows(found)
        case BreakEven():
            return _break_even_rows(found)
        case WinnerMap():
            return _map_rows(found)
        case Sensitivity():
            return _sensitivity_rows(found)
        case Robustness():
            return _robustness_rows(found)
        case Regret():
            return _regret_rows(found)


def _verdict_cell(found: Exploration, better: str) -> str:
    return _name(found, better) if better in found.scenario.operating_models else better or NOT_CLEAR


def _difference(interval: Interval, unit: str) -> str:
    if math.isnan(interval.estimate):
        return interval.note or "-"
    sign = "+" if interval.estimate > 0 else "-" if interval.estimate < 0 else ""
    size = number(abs(interval.estimate), unit)
    if math.isnan(interval.low):
        return f"{sign}{size}"
    return f"{sign}{size} ± {number(interval.half_width, unit)}"


# --- sweep --------------------------------------------------------------------------------------------


def _sweep(found: Sweep) -> str:
    n = found.points_done
    points = counted(n, "design point")
    if not found.is_complete:
        points = f"the {n} of {counted(len(found.design.distinct), 'design point')} that were finished"
    measure = found.measures[0]
    if len(found.models) == 1 or METRICS[measure].better == "neither":
        return f"{_name(found, found.models[0])} at {points} ({_runs(found.scenario, 'point')})."
    parts = []
    for model, wins in found.winners[measure].items():
        sides = ", ".join(f"{_name(found, side)} at {wins[side]}" for side in (found.models[0], model))
        parts.append(f"{sides}, not clear at {wins[NOT_CLEAR]}")
    return f"Better by {_by(measure)}, of {points}: {'; '.join(parts)} ({_runs(found.scenario, 'point')})."


def _sweep_rows(found: Sweep) -> Iterator[tuple[str, ...]]:
    from sim.experiments.designs import factor

    factors = [factor(found.scenario, name) for name in found.design.factors]
    yield (*(f.label for f in factors), "", *(_name(found, m) for m in found.models), "difference", "better")
    by_place: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in found.rows:
        by_place.setdefault((row["point"], row["measure"]), []).append(row)
    for (_, measure), rows in by_place.items():
        unit = METRICS[measure].unit
        cells = [
            estimate_text(
                Interval(row["estimate"], row["low"], row["high"], row["n"], note=row["note"]), unit
            )
            for row in rows
        ]
        last = rows[-1]
        difference = Interval(last["difference"], last["difference_low"], last["difference_high"], last["n"])
        yield (
            *(f.words(last[f.name]) for f in factors),
            METRICS[measure].label,
            *cells,
            _difference(difference, unit) if len(rows) > 1 else "",
            _verdict_cell(found, last["better"]) if len(rows) > 1 else "",
        )


# --- break-even ---------------------------------------------------------------------------------------


def _break_even(found: BreakEven) -> str:
    lever = found.axis.factor
    runs = _runs(found.scenario, "value")
    low, high = (lever.words(point.value) for point in (found.curve[0], found.curve[-1]))
    reached = f"from {low} to {high}"
    match found.verdict:
        case "no difference":
            return f"No difference in {_by(found.measure)} at any value of {lever.label}, {reached} ({runs})."
        case "does not change":
            side = _side(found, found.curve[0].contrast.side)
            return f"The winner does not change: {side} at all values of {lever.label} {reached} ({runs})."
        case "not clear":
            return _not_clear(found, f"{lever.label} {reached}", runs)
        case "changes":
            (crossing,) = found.crossings
            below, above = (_side(found, side) for side in (crossing.side_before, crossing.side_after))
            return (
                f"The winner changes at {_place(found, crossing)}: below it {below}, above it {above} "
                f"({lever.label}; {runs})."
            )
        case "changes more than once":
            places = "; ".join(
                f"at {_place(found, crossing)} above which {_side(found, crossing.side_after)}"
                for crossing in found.crossings
            )
            first = _side(found, found.crossings[0].side_before)
            return (
                f"The winner changes {len(found.crossings)} times along {lever.label}: first {first}; "
                f"{places} ({runs})."
            )


def _side(found: BreakEven, side: int) -> str:
    better = found.better(side)
    if better:
        return f"{_name(found, better)} is better by {_by(found.measure)}"
    more = found.model if side > 0 else found.baseline
    return f"{_name(found, more)} has the higher {_by(found.measure)}"


def _place(found: BreakEven, crossing: Crossing) -> str:
    words = found.axis.factor.words
    if all(point.difference.is_one_history for point in found.curve):
        return f"{words(crossing.estimate)} ({ONE_HISTORY})"
    ends = f"{words(crossing.low)} to {words(crossing.high)}"
    return f"{words(crossing.estimate)} (95 % interval {ends})"


def _not_clear(found: BreakEven, where: str, runs: str) -> str:
    clear = [point for point in found.curve if point.contrast.side]
    if not clear:
        return (
            f"Not clear: at no value of {where} is one side clearly better by {_by(found.measure)} ({runs})."
        )
    words = found.axis.factor.words
    values = ", ".join(words(point.value) for point in clear[:6]) + (", ..." if len(clear) > 6 else "")
    return (
        f"Not clear whether the winner changes along {where}: {_side(found, clear[0].contrast.side)} at "
        f"{values}; at the other {counted(len(found.curve) - len(clear), 'value')} that is not clear "
        f"({runs})."
        f"{_what_narrows(found)}"
    )


def _what_narrows(found: BreakEven) -> str:
    unclear = [point for point in found.curve if not point.contrast.side]
    without = sum(math.isnan(point.difference.estimate) for point in unclear)
    hint = f" At {without} of them no side has a number." if without else ""
    return hint + (" More replications narrow it." if without < len(unclear) else "")


def _break_even_rows(found: BreakEven) -> Iterator[tuple[str, ...]]:
    unit = METRICS[found.measure].unit
    in_unit = "points" if unit.startswith("share") else unit
    head = f"{_name(found, found.model)} minus {_name(found, found.baseline)} ({in_unit})"
    yield found.axis.factor.label, head, "better"
    for point in found.curve:
        yield (
            found.axis.factor.words(point.value),
            _difference(point.difference, unit),
            _verdict_cell(found, found.better(point.contrast.side)),
        )


# --- map ----------------------------------------------------------------------------------------------


def _map(found: WinnerMap) -> str:
    shares = found.shares()
    parts = {model: with_unit(share, "share") for model, share in shares.items()}
    sides = [f"{_name(found, model)} in {parts[model]}" for model in (found.baseline, found.model)]
    frontier = "" if found.frontier else " No frontier was found on the map."
    return (
        f"Clearly better by {_by(found.measure)}: {sides[0]} of the map, {sides[1]}; {parts['']} is not "
        f"clear ({found.across.factor.label} by {found.up.factor.label}; "
        f"{_runs(found.scenario, 'point')}).{frontier}"
    )


def changes_text(found: WinnerMap) -> str:
    """Return where the better one changes along the axis across, all else as it is."""
    across, up = found.across.factor, found.up.factor
    if found.current is None:
        return "The situation as it is lies off this map."
    with_ = f"with '{up.label}' as it is ({up.words(found.current[1])})"
    places = [across.words(_round(value)) for value in found.changes()]
    if not places:
        return f"'{across.label}' does not change which one is better, {with_}."
    return f"The better one changes where '{across.label}' is about {' and '.join(places)}, {with_}."


def _round(value: float) -> float:
    """Return a value with two digits: a crossing between two points of a grid is no surer."""
    return float(f"{value:.2g}")


def corner_text(found: WinnerMap, corner: tuple[int, int]) -> str:
    """Return a simulated point of a map: its two values, and who is better there."""
    across, up, cell = found.across.factor, found.up.factor, found.cells[corner]
    better = found.better(cell.contrast.side)
    who = f"{_name(found, better)} is better" if better else "not clear"
    values = f"{across.label} {across.words(found.xs[corner[0]])}, {up.label} {up.words(found.ys[corner[1]])}"
    return f"{values}: {who}"


def map_caption(found: WinnerMap, note: str) -> str:
    """Return the small print of a map: measure, unit, points, runs, what is blank, seed."""
    metric = METRICS[found.measure]
    return (
        f"{metric.label} ({metric.unit}) · full colour: a difference of "
        f"{difference_size(found.largest, metric.unit)}, paler: less · "
        f"{counted(len(found.cells), 'point')}, {note} · "
        f"{counted(found.replications, 'paired run')} each · blank with a dot: the 95 % interval holds "
        "zero · "
        f"line: break-even · ring: as it is · seed {found.scenario.run.seed}"
    )


def _map_rows(found: WinnerMap) -> Iterator[tuple[str, ...]]:
    corners = {corner for corner, cell in found.cells.items() if cell.is_coarse}
    columns, rows = (sorted({corner[place] for corner in corners}) for place in (0, 1))
    across, up = found.across.factor, found.up.factor
    yield (f"{up.label} \\ {across.label}", *(across.words(found.xs[column]) for column in columns))
    for row in reversed(rows):
        sides = (found.better(found.cells[column, row].contrast.side) for column in columns)
        yield (up.words(found.ys[row]), *(_name(found, side) if side else "·" for side in sides))


# --- sensitivity --------------------------------------------------------------------------------------


def _sensitivity(found: Sensitivity) -> str:
    n = len(found.influences)
    what = _name(found, found.model)
    if found.baseline:
        what = f"the difference between {_name(found, found.baseline)} and {what}"
    strongest, where = found.strongest(), f"{what} in {_by(found.measure)}"
    first, unit = found.influences[0], METRICS[found.measure].unit
    if first.effect == 0:
        return f"None of {n} factors changes {where}."
    if found.method == "morris" and not float(number(first.effect, unit).replace(",", "")):
        low, effect, high = (
            number(value, unit, finer=2) for value in (max(first.low, 0.0), first.effect, first.high)
        )
        in_unit = "points" if unit.startswith("share") else unit
        return (
            f"None of {n} factors matters to {where}: the strongest, {found.label(first.name)}, moves that "
            f"by {effect} {in_unit} on average ({low} to {high})."
        )
    names = ", ".join(found.label(influence.name) for influence in strongest)
    carry = "1 carries" if len(strongest) == 1 else f"{len(strongest)} carry"
    sentence = f"Of {n} factors {carry} 80 % of the effect on {where}: {names}."
    if found.method == "morris":
        low, high = (number(value, unit) for value in (max(first.low, 0.0), first.high))
        which = "It" if len(strongest) == 1 else "The first"
        sentence += (
            f" {which} moves that by {difference_size(first.effect, unit)} on average ({low} to {high})."
        )
    return sentence


def sensitivity_table(found: Sensitivity) -> dict[str, list[str]]:
    """Return the factors as columns of text, the strongest first."""
    head, *rows = _sensitivity_rows(found)
    return {name or "Setting": list(cells) for name, *cells in zip(head, *rows, strict=True)}


def sensitivity_caption(found: Sensitivity, trajectories: int) -> str:
    """Return the small print of a Morris screening."""
    metric = METRICS[found.measure]
    return (
        f"{metric.label} ({metric.unit}) · Morris screening, "
        f"{counted(trajectories, 'trajectory', 'trajectories')}, "
        f"{counted(len(found.design.distinct), 'point')}, {counted(found.replications, 'run')} each · "
        "bar: mean size of the effect "
        "over the plausible range, 95 % interval over trajectories · diamond: how unequal the effect is · "
        f"seed {found.scenario.run.seed}"
    )


def _sensitivity_rows(found: Sensitivity) -> Iterator[tuple[str, ...]]:
    is_morris = found.method == "morris"
    unit = METRICS[found.measure].unit

    def shown(value: float) -> str:
        return difference_size(value, unit) if is_morris else f"{value:.2f}"

    if is_morris:
        yield "", "mean size of the effect", "95 % interval", "mean effect", "unevenness"
    else:
        yield "", "total share of the variance", "95 % interval", "alone", "with others"
    for found_one in found.influences:
        sign = "-" if found_one.direction < 0 else ""
        yield (
            found.label(found_one.name),
            shown(found_one.effect),
            f"{shown(max(found_one.low, 0.0))} to {shown(found_one.high)}",
            f"{sign}{shown(found_one.direction)}" if is_morris else shown(found_one.direction),
            shown(found_one.interaction),
        )


# --- robustness ---------------------------------------------------------------------------------------


def _robustness(found: Robustness) -> str:
    shares = {model: found.share(model) for model in (*found.models, "")}
    ordered = sorted(found.models, key=lambda model: -shares[model].estimate)
    wins = [
        f"{_name(found, model)} {'is clearly better ' if place == 0 else ''}in {_share(shares[model])}"
        for place, model in enumerate(ordered)
    ]
    draws = f"{counted(len(found.winners), 'draw')} from plausible ranges"
    if not found.is_complete:
        draws = f"the {counted(len(found.winners), 'draw')} that were finished"
    return (
        f"Of {draws} {', '.join(wins)}, and {_share(shares[''])} are not clear, by {_by(found.measure)} "
        f"({_runs(found.scenario, 'draw')})."
    )


def _share(interval: Interval) -> str:
    return f"{with_unit(interval.estimate, 'share')} ({interval_text(interval, 'share')})"


def _robustness_rows(found: Robustness) -> Iterator[tuple[str, ...]]:
    from sim.experiments.designs import Range, factor

    yield "Drawn", "from", "to", "in the scenario"
    for name, values in found.over.items():
        drawn = factor(found.scenario, name)
        low, high = (values.low, values.high) if isinstance(values, Range) else (values[0], values[-1])
        yield drawn.label, drawn.words(low), drawn.words(high), drawn.words(drawn.own)


# --- regret -------------------------------------------------------------------------------------------


def _regret(found: Regret) -> str:
    ranked = found.ranked()
    parts = [f"{_name(found, model)} {_largest(found, model)}" for model in ranked]
    is_clear = found.lead.excludes_zero or math.isinf(found.largest_regret(ranked[1])[1].estimate)
    opening = f"Least regret: {_name(found, ranked[0])}" if is_clear else "No clear choice by least regret"
    n = len(found.futures)
    return (
        f"{opening}. Largest regret by {_by(found.measure)}: {'; '.join(parts)} ({n} future"
        f"{'' if n == 1 else 's'}, {_runs(found.scenario, 'future')})."
    )


def _largest(found: Regret, model: str) -> str:
    future, interval = found.largest_regret(model)
    return f"{_regret_cell(found, interval)} in '{visible(future, _LONGEST_NAME)}'"


def _regret_cell(found: Regret, interval: Interval) -> str:
    unit = METRICS[found.measure].unit
    if math.isinf(interval.estimate):
        return f"without end ({interval.note or 'no number'})"
    if interval.is_exactly_zero:
        return "none"
    ends = "" if math.isnan(interval.low) else f" ({interval_text(interval, unit)})"
    return f"{difference_size(interval.estimate, unit)}{ends}"


def _regret_rows(found: Regret) -> Iterator[tuple[str, ...]]:
    unit = METRICS[found.measure].unit
    yield ("", *(_name(found, model) for model in found.models))
    for future, by_model in found.outlooks.items():
        cells = (
            f"{estimate_text(o.value, unit)}; regret {_regret_cell(found, o.regret)}"
            for o in by_model.values()
        )
        yield (visible(future, _LONGEST_NAME), *cells)
    for label, pick in (("best", found.best), ("worst", found.worst)):
        values = (pick(model)[1] for model in found.models)
        yield (
            label,
            *(with_unit(v.estimate, unit) if math.isfinite(v.estimate) else v.note for v in values),
        )
    yield ("largest regret", *(_regret_cell(found, found.largest_regret(model)[1]) for model in found.models))

"""What a shock does to each operating model, in words, as a table and as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import counted
from sim.findings.plain_data import ends_as_json
from sim.findings.tables import aligned
from sim.findings.weeks import weeks_text
from sim.findings.wording import ends_text, number
from sim.measures.weekly_figures import FIGURES

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.shock import Felt, ShockFound
    from sim.measures.statistics import Interval

_LOSSES = {  # what a loss of a figure is called, and the unit of its area
    "open": ("more requests open", "request-weeks"),
    "lead_time": ("days longer until done", "days"),
    "value": ("less value a week", "value"),
    "finished": ("fewer finished a week", "requests"),
}


def shock_sentence(found: ShockFound) -> str:
    """Return how far each operating model falls and how soon it is back, in one figure."""
    said = [_side(found, model) for model in found.models]
    name = found.shock.name
    return f"{name[:1].upper()}{name[1:]}: {'; '.join(said)}.{_who(found)}"


def _side(found: ShockFound, model: str) -> str:
    felt = found.felt[found.shock.felt_by, model]
    label = found.futures.label(model)
    if not felt.dip.is_clear:
        return f"{label} does not surely feel it"
    recovers = weeks_text(felt.recovers, _after(found))
    is_back = math.isfinite(felt.recovers.estimate)
    back = f"back {recovers} after it ends" if found.shock.lasts else f"back after {recovers}"
    of_usual = abs(felt.dip.depth.estimate) / felt.usual if felt.usual else math.nan
    share = "" if math.isnan(of_usual) else f", {number(of_usual, 'share')} % of the usual"
    return f"{label} at its worst {_depth_text(felt)}{share}, {back if is_back else f'back {recovers}'}"


def _after(found: ShockFound) -> int:
    return math.floor(found.watched_weeks - found.shock.lasts)


def _depth_text(felt: Felt) -> str:
    words, _ = _LOSSES[felt.figure]
    depth = felt.dip.depth
    ends = "" if math.isnan(depth.low) else f" (95 % interval {ends_text(depth.low, depth.high, 'requests')})"
    return f"{number(abs(depth.estimate), 'requests')} {words}{ends}"


def _who(found: ShockFound) -> str:
    """Return which of two falls deeper and which loses more in all, where that is clear."""
    figure = found.shock.felt_by
    if len(found.models) != 2 or not any(found.felt[figure, key].dip.is_clear for key in found.models):
        return ""
    baseline, model = found.models
    said = []
    for verb, more, unit in (
        ("falls deeper by", found.deeper(figure, model, baseline), ""),
        ("loses more in all, by", found.loses_more(figure, model, baseline), f" {_LOSSES[figure][1]}"),
    ):
        if more.excludes_zero:
            who = found.futures.label(model if more.estimate > 0 else baseline)
            ends = ends_text(more.low, more.high, "requests")
            size = number(abs(more.estimate), "requests")
            said.append(f" {who} {verb} {size}{unit} (95 % interval {ends}).")
    return "".join(said) or " Which of the two it throws further is not clear."


def shock_rows(found: ShockFound) -> list[tuple[str, ...]]:
    """Return a row for each figure and operating model whose it changes at all: the fall, and the area."""
    rows = [("Felt by", "Operating model", "Usual", "Deepest fall", "Back after its end", "Lost in all")]
    for figure in found.figures:
        for model in found.models:
            if found.felt[figure, model].dip.lost.is_exactly_zero:
                continue
            felt = found.felt[figure, model]
            unit = _LOSSES[figure][1]
            clear = felt.dip.is_clear
            rows.append(
                (
                    FIGURES[figure].label,
                    found.futures.label(model),
                    number(felt.usual, "requests"),
                    _depth_text(felt).replace("95 % interval ", "") if clear else "none that is clear",
                    weeks_text(felt.recovers, _after(found), short=True) if clear else "",
                    _area_text(felt.dip.lost, unit),
                )
            )
    return rows


def _area_text(area: Interval, unit: str) -> str:
    if area.is_exactly_zero:
        return "nothing"
    if math.isnan(area.low):
        return f"{-area.estimate:,.0f} {unit}"
    if not area.excludes_zero:
        return f"not clear ({-area.high:,.0f} to {-area.low:,.0f} {unit})"
    what = "" if area.estimate < 0 else " gained"
    low, high = sorted((abs(area.low), abs(area.high)))
    return f"{abs(area.estimate):,.0f} ({low:,.0f} to {high:,.0f}) {unit}{what}"


def triangle_sentences(found: ShockFound) -> list[str]:
    """Return what a fluid would do, for each operating model for which that is the whole story."""
    return [
        f"{found.futures.label(model)}, as a fluid: {number(triangle.peak, 'requests')} requests too many "
        f"when it ends, worked off in {counted(round(triangle.empties, 1), 'week')}."
        for model, triangle in found.triangles.items()
    ]


NOTES = (
    "Lost in all: the whole difference from the same world without the shock, week after week, on the same "
    "requests and luck.",
    "Back: a tenth of the deepest fall is left. These runs end, so no warm-up is taken out after the date.",
)
"""How to read it."""


def shocks_as_text(found: tuple[ShockFound, ...]) -> str:
    """Return what some shocks do, as people read it."""
    lines: list[str] = []
    for one in found:
        lines += [
            shock_sentence(one), *triangle_sentences(one), "", *aligned(shock_rows(one), gap=3), "",
            _set_up(one), "",
        ]  # fmt: skip
    return "\n".join([*lines, *NOTES])


def _set_up(found: ShockFound) -> str:
    runs = counted(len(found.futures.replications), "paired run")
    return (
        f"From week {found.shock.at_week:g} on, watched for {counted(found.watched_weeks, 'week')} ({runs}, "
        f"seed {found.scenario.run.seed})."
    )


def shocks_as_json(found: tuple[ShockFound, ...]) -> list[dict[str, Any]]:
    """Return what some shocks do as plain data: ``None`` for what is not within the horizon."""
    return [_as_json(one) for one in found]


def _as_json(found: ShockFound) -> dict[str, Any]:
    return {
        "version": __version__,
        "shock": found.shock.name,
        "sentence": shock_sentence(found),
        "at_week": found.shock.at_week,
        "until_week": found.shock.until_week,
        "watched_weeks": found.watched_weeks,
        "replications": len(found.futures.replications),
        "seed": found.scenario.run.seed,
        "felt_by": found.shock.felt_by,
        "felt": [
            {
                "figure": felt.figure, "operating_model": model, "usual": felt.usual,
                "depth": ends_as_json(felt.dip.depth), "deepest_week": felt.dip.deepest,
                "is_clear": felt.dip.is_clear, "recovers_after_weeks": ends_as_json(felt.recovers),
                "area": ends_as_json(felt.dip.lost),
            }
            for (_, model), felt in found.felt.items()
        ],
        "fluid": {
            model: {"peak": triangle.peak, "empties_weeks": triangle.empties}
            for model, triangle in found.triangles.items()
        },
    }  # fmt: skip


def shocks_table(found: tuple[ShockFound, ...]) -> pd.DataFrame:
    """Return a row for each shock, figure and operating model; infinite: not within the horizon."""
    import pandas as pd

    return pd.DataFrame(
        {
            "shock": one.shock.name, "figure": felt.figure, "operating_model": model, "usual": felt.usual,
            "deepest_week": felt.dip.deepest,
            **_ends("depth", felt.dip.depth), **_ends("recovers_after_weeks", felt.recovers),
            **_ends("area", felt.dip.lost),
        }
        for one in found
        for (_, model), felt in one.felt.items()
    )  # fmt: skip


def _ends(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def shock_caption(found: ShockFound, figure: str) -> str:
    """Return what stands under the chart of a shock."""
    return (
        f"{FIGURES[figure].label}: gain or loss against the same world without the shock · band: "
        f"95 % interval · {counted(len(found.futures.replications), 'paired run')} · seed "
        f"{found.scenario.run.seed}"
    )


def shock_alt(found: ShockFound) -> str:
    """Return the message of the chart of a shock for people who do not see it."""
    return f"Lines by week from the beginning of the shock on. {shock_sentence(found)}"

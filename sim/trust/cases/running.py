"""Running the published cases: before and after on the same dice, judged, and kept for the pages."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.measures.metrics import METRICS
from sim.studies.fingerprint import fingerprint
from sim.studies.outcomes import or_nan, or_none
from sim.studies.shipped_results import line_of, replace_file, stored_path
from sim.trust.cases.judging import Found, find
from sim.trust.cases.register import SIDES, Case, chosen, load_cases
from sim.trust.in_turn import runs_of, studies_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sim.measures.statistics import Interval
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.studies.workers import Workers

FORMAT = 1


@dataclass(frozen=True)
class Result:
    """A case, what its runs came to, and what was found for each of its answers."""

    case: Case
    values: Mapping[str, Mapping[str, Sequence[float]]]
    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def compared(self) -> tuple[Found, ...]:
        """The answers for which the case has published something."""
        return tuple(found for found in self.found if found.answer.published is not None)


def judge(
    case: Case,
    values: Mapping[str, Mapping[str, Sequence[float]]],
    notes: Sequence[str] = (),
    seconds: float = 0.0,
) -> Result:
    """Return what a case's runs say; nothing is simulated."""
    return Result(case, values, tuple(find(a, values) for a in case.answers), tuple(notes), seconds)


def result_of(case: Case, study: Study) -> Result:
    """Return what a study of a case's two sides says about it."""
    values: dict[str, dict[str, list[float]]] = {}
    notes = []
    for side in SIDES:
        values[side] = {measure: runs_of(study, measure, side) for measure in case.measures}
        if study.is_growing(side):
            notes.append(f"{side} cannot keep up")
    return judge(case, values, notes, study.seconds)


def run_cases(
    ids: Sequence[str] | None = None,
    *,
    replications: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
    done: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run published cases, before and after on the same dice, and set them beside what was published.

    Parameters
    ----------
    ids
        Which cases; by default all.
    replications
        Instead of those in the cases' scenarios.
    workers, progress, store
        As in ``compare``.
    done
        Called with each result as soon as it is there.

    Raises
    ------
    RunError
        If there is no such case, or a run was stopped before it was finished.
    """
    wanted = [(case, case.contenders()) for case in chosen(ids)]
    named = [(f"case {case.id}", sides) for case, sides in wanted]
    studies = studies_in_turn(named, replications, workers=workers, progress=progress, store=store)
    results: list[Result] = []
    for (case, _), study in zip(wanted, studies, strict=True):
        assert study is not None  # every case has two sides
        results.append(result_of(case, study))
        if done is not None:
            done(results[-1])
    return results


# --- words ------------------------------------------------------------------------------------------


def interval_text(interval: Interval) -> str:
    """Return an interval as text."""
    if math.isnan(interval.estimate):
        return f"no number ({interval.note})"
    return f"{interval.estimate:.3g} ({interval.low:.3g} to {interval.high:.3g})"


def change_text(found: Found) -> str:
    """Return what was simulated: before, after, and the change with its interval."""
    if math.isnan(found.change.estimate):
        return f"no number ({found.change.note})"
    what = "ratio" if found.answer.by == "ratio" else "difference"
    return f"{found.before.estimate:.3g} to {found.after.estimate:.3g}, {what} {interval_text(found.change)}"


def verdict_text(found: Found) -> str:
    """Return hit or miss in a sentence; a miss is told as a hit is."""
    published = found.answer.published
    if published is None:
        return "Nothing published is set beside it."
    said = f"Direction {found.direction}"
    if found.size != "no figure":
        where = "within" if found.size == "within" else "not within"
        said += f"; size {where} a factor of two{', surely' if found.is_sure else ''}"
    return f"{said}. Published: {published_text(found)}. Simulated: {change_text(found)}."


def published_text(found: Found) -> str:
    """Return what the case reports, with the number that it is judged by."""
    published = found.answer.published
    if published is None:
        return ""
    if published.direction is not None:
        number = "no change" if published.direction == "none" else published.direction
    elif published.ratio is not None:
        number = f"ratio {published.ratio:.3g}"
    else:
        number = f"difference {published.difference:.3g}"
    return f"{published.text} ({number})"


def counts_text(results: Sequence[Result]) -> str:
    """Return in how many figures, and in how many headlines, direction and size are met."""
    figures = [found for result in results for found in result.compared]
    if not figures:
        said = "nothing published has been set beside what was simulated yet"
        return f"Of {counted(len(results), 'case')} {said}."
    headlines = [result.compared[0] for result in results if result.compared]
    return (
        f"{counted(len(headlines), 'case')}, {counted(len(figures), 'published figure')}. "
        f"All figures: {_counts(figures)}. The first figure of each case: {_counts(headlines)}."
    )


def _counts(figures: Sequence[Found]) -> str:
    count = {
        word: sum(found.direction == word for found in figures) for word in ("right", "wrong", "not clear")
    }
    directions = ", ".join(f"{word} in {n}" for word, n in count.items())
    sized = [found for found in figures if found.size != "no figure"]
    within = sum(found.size == "within" for found in sized)
    size = f"size within a factor of two in {within} of the {len(sized)} that give one"
    return f"direction {directions}; {size}"


def results_as_text(results: Sequence[Result]) -> str:
    """Return cases with what was found as text."""
    blocks = []
    for result in results:
        lines = [f"{result.case.id}  {result.case.organisation}, {result.case.period}"]
        for found in result.found:
            lines.append(f"  {found.answer.what} ({found.answer.label})")
            lines.append(f"    {change_text(found)}")
            if found.answer.published is not None:
                lines.append(f"    {verdict_text(found)}")
        lines += [f"  note: {note}" for note in result.notes]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, counts_text(results)])


def case_rows(case: Case, result: Result | None) -> list[dict[str, Any]]:
    """Return a row of plain values for each answer of a case; what has no number is ``None``."""
    rows = []
    for number, answer in enumerate(case.answers):
        published = answer.published
        row: dict[str, Any] = {
            "id": case.id,
            "organisation": case.organisation,
            "period": case.period,
            "source": case.source,
            "open": case.is_open,
            "figure": answer.what,
            "reported": answer.reported,
            "measure": answer.measure,
            "minus": answer.minus,
            "unit": METRICS[answer.measure].unit,
            "compared_by": answer.by,
            "published": None if published is None else published.text,
        }
        for name in ("ratio", "difference", "direction"):
            row[f"published_{name}"] = None if published is None else getattr(published, name)
        if result is not None:
            found = result.found[number]
            row |= {
                "before": or_none(found.before.estimate),
                "after": or_none(found.after.estimate),
                "change": or_none(found.change.estimate),
                "low": or_none(found.change.low),
                "high": or_none(found.change.high),
                "n": found.change.n,
                "direction": found.direction,
                "size": found.size,
                "is_sure": found.is_sure,
            }
        rows.append(row)
    return rows


# --- what is kept -----------------------------------------------------------------------------------


def stored_cases_path() -> Path:
    """Return where the last results are stored."""
    return stored_path("cases")


def read_stored_cases() -> dict[str, Result]:
    """Return the stored results that still fit their cases, judged anew from what the runs came to."""
    try:
        tree = json.loads(stored_cases_path().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if tree.get("format") != FORMAT:
        return {}
    found = {}
    for case in load_cases().cases:
        kept = tree["cases"].get(case.id)
        if kept is None or kept["fingerprints"] != _fingerprints(case):
            continue
        values = {
            side: {
                measure: [or_nan(value) for value in runs] for measure, runs in kept["values"][side].items()
            }
            for side in SIDES
        }
        n_runs = {len(runs) for measures in values.values() for runs in measures.values()}
        if n_runs != {case.scenario().run.replications} or not set(case.measures) <= set(values["before"]):
            continue
        found[case.id] = judge(case, values, kept["notes"], kept["seconds"])
    return found


def write_stored_cases(results: Sequence[Result]) -> Path:
    """Store results instead of those stored before; the file appears complete or not at all."""
    kept = {result.case.id: _kept(result) for result in results}
    lines = [f"{line_of(name)}: {line_of(kept[name])}" for name in sorted(kept)]
    path = stored_cases_path()
    replace_file(path, f'{{"format": {FORMAT}, "cases": {{\n' + ",\n".join(lines) + "}}\n")
    return path


def _kept(result: Result) -> dict[str, Any]:
    return {
        "fingerprints": _fingerprints(result.case),
        "seconds": round(result.seconds, 1),
        "notes": list(result.notes),
        "values": {
            side: {measure: [or_none(value) for value in runs] for measure, runs in measures.items()}
            for side, measures in result.values.items()
        },
    }


def _fingerprints(case: Case) -> list[str]:
    return [fingerprint(side.scenario, side.model) for side in case.contenders()]

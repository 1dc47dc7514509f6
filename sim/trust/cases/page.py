"""docs/cases.md: every case, hit or miss, and every later edit of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.trust.cases.judging import NO_CHANGE
from sim.trust.cases.running import change_text, counts_text, published_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.trust.cases.judging import Found
    from sim.trust.cases.register import Case, Cases
    from sim.trust.cases.running import Result

_HEAD = f"""# Published cases

<!-- Written by `python -m sim.trust.cases`; change the files in scenarios/cases instead. -->

Organisations that changed how they work and told what came of it. For each a scenario was written from what
the case says of *before* and of *what was changed*, with the measure of ours that answers to each figure,
before anybody set it beside what the case reports of *after*. Values that a case does not give come from
[parameters.md](parameters.md) or are assumptions, alike before and after. `opsim cases` runs them.

The direction is *right* or *wrong* if the whole 95 % interval of the simulated change is on the published or
on the other side of no change, else *not clear*. The size is *within a factor of two* if the simulated ratio
of after to before is between half and twice the published one; *surely* if both ends of the interval are, too
(or neither is). Differences are judged alike. A case that reports no change is met within
{NO_CHANGE * 100:.0f} %. Misses are explained, not mended. Most published cases are successes, told by those
who led them: that is a selection, too.
"""


def cases_page(cases: Cases, results: Mapping[str, Result]) -> str:
    """Return the page: how many hits, each case with its figures, and later edits."""
    blind = [results[case.id] for case in cases.cases if case.id in results and not case.is_open]
    known = [results[case.id] for case in cases.cases if case.id in results and case.is_open]
    lines = [_HEAD, f"{' '.join(cases.about.split())} Written {cases.written}.", ""]
    if blind:
        lines += [f"- Written without knowing the outcome: {counts_text(blind)}"]
    if known:
        lines += [f"- Written with the outcome known (neutral or negative ones): {counts_text(known)}"]
    lines += [""] if blind or known else []
    for case in cases.cases:
        lines += _case(case, results.get(case.id))
    lines += ["## Later edits", ""]
    lines += [
        f"- {edit.date}, {edit.case}: {' '.join(edit.what.split())} (`{edit.seal}`)"
        for edit in cases.later_edits
    ] or ["None: every case is as it was written."]
    return "\n".join(lines).rstrip() + "\n"


def _case(case: Case, result: Result | None) -> list[str]:
    lines = [
        f"## {case.organisation}, {case.period}",
        "",
        f"`{case.id}`; {case.sector}. Source: {case.source}."
        + (" The outcome was known to whoever wrote the scenario." if case.is_open else ""),
        "",
        f"- Before: {' '.join(case.before.split())}",
        f"- What was changed: {' '.join(case.changed.split())}",
        f"- Here: {' '.join(case.stands_for.split())}",
        f"- As written: `{case.as_written}`",
        "",
        "| figure | our measure | published | simulated | direction | size |",
        "|---|---|---|---|---|---|",
    ]
    for number, answer in enumerate(case.answers):
        found = None if result is None else result.found[number]
        level = "" if answer.level is None else f" (fitted: {answer.level:g})"
        cells = [f"{answer.what}: {answer.reported}", f"{answer.label}{level}", *_judged(found)]
        lines.append("| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |")
    lines.append("")
    if result is not None and result.notes:
        lines += [f"{'; '.join(result.notes)}.".capitalize(), ""]
    if case.explained:
        lines += [" ".join(case.explained.split()), ""]
    return lines


def _judged(found: Found | None) -> list[str]:
    if found is None:
        return ["", "not run", "", ""]
    if found.answer.published is None:
        return ["", change_text(found), "nothing published", ""]
    size = {"within": "within a factor of two", "outside": "not within a factor of two"}.get(found.size, "")
    return [
        published_text(found),
        change_text(found),
        found.direction,
        f"{size}{', surely' if size and found.is_sure else ''}",
    ]

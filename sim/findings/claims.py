"""What running the claims found, in words, as tables and as files; and which claims speak of something."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import counted
from sim.findings.tables import table_as_csv
from sim.findings.wording import change_text, difference_size, is_share, lower_first, number, with_unit
from sim.measures.metrics import METRICS
from sim.trust.claims.register import SOURCES, check_in_words
from sim.trust.claims.running import VERDICTS, interval_text, register_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sim.studies.contenders import Contender
    from sim.trust.claims.checks import Figure, Finding, Verdict
    from sim.trust.claims.register import Claim
    from sim.trust.claims.running import Result

NOT_STORED = "not run"
"""What stands for the verdict of a claim that has none stored for this version of the package."""


def verdict_of(result: Result | None) -> Verdict | str:
    """Return the verdict of a stored result, if there is one."""
    return NOT_STORED if result is None else result.verdict


def counts_text(verdicts: Iterable[str]) -> str:
    """Return how many claims have which verdict, in a sentence.

    >>> counts_text(["shown", "refuted", "shown"])
    'Of 3 claims: 2 shown, 1 refuted.'
    """
    all_ = list(verdicts)
    counts = {name: all_.count(name) for name in (*VERDICTS, NOT_STORED)}
    parts = [f"{n} {name}" for name, n in counts.items() if n]
    return f"Of {len(all_)} claim{'s' if len(all_) != 1 else ''}: {', '.join(parts)}."


def sources_text(claim: Claim) -> str:
    """Return what a claim was taken from: authors, each with titles and years."""
    by_author: dict[str, list[str]] = {}
    for source in (SOURCES[code] for code in claim.sources):
        by_author.setdefault(source.author, []).append(source.titled)
    return "; ".join(f"{author}: {', '.join(titles)}" for author, titles in by_author.items())


STRENGTHS = {
    "measured": "measured by its source",
    "reasoned": "reasoned by its source, not measured",
    "anecdote": "told by its source of one place",
    "opinion": "an opinion of its source",
}
"""How well a source itself supports a claim, in words."""


def speaks_of(claim: Claim, text: str) -> bool:
    """Return whether every word of a text stands somewhere in a claim, whatever the case."""
    said = (
        claim.id, claim.theme, claim.sentence, sources_text(claim), claim.refuted_if.text, claim.note,
        claim.not_modelled, claim.why,
        *map(expected_text, claim.checks),
    )  # fmt: skip
    everything = " ".join(said).casefold()
    return all(word in everything for word in text.casefold().split())


def verdict_text(result: Result | None) -> str:
    """Return the stored verdict with its meaning and the conditions found, in a sentence."""
    if result is None:
        return "Not run: no verdict is stored that fits this version of the package."
    if result.claim.not_modelled:
        return f"Not modelled: {result.claim.not_modelled}"
    conditions = "".join(f"; {condition}" for condition in result.conditions)
    return f"{result.verdict.capitalize()}: {VERDICTS[result.verdict]}{conditions}."


def versions_text(claim: Claim) -> str:
    """Return which claim this one is a new version of, what it came to before, and why it does now."""
    parts = [f"New version of {claim.replaces}, which stands beside it."] if claim.replaces else []
    for past in claim.history:
        parts.append(f"Version {past.version}: {past.verdict}{f' ({past.why})' if past.why else ''}.")
    parts += [claim.why] if claim.why else []
    return " ".join(parts)


# --- what was found, in plain words -----------------------------------------------------------------------


def found_texts(result: Result) -> list[str]:
    """Return what each check of a claim found, in a sentence with its size and interval."""
    return [
        found_text(result.claim, check, finding)
        for check, finding in zip(result.claim.checks, result.findings, strict=False)
    ]


def found_text(claim: Claim, check: Any, finding: Finding) -> str:
    """Return what a check found, in a sentence: at the last place of the lever, where it is moved."""
    last, along = finding.figures[-1], claim.along
    said = f"{_without_unit(last.text)}: {_plainly(last)}"
    if check.kind in ("direction", "sign_flip", "ratio"):
        size = f"{_plainly(last)} times as much"
        if check.kind != "ratio":
            size = change_text(last.interval, check.measure)
        at = (getattr(check, "only_at", ()) or claim.at)[-1]
        said = f"{check.to} against {check.start}{_where(claim, at)}: {_label(check)}: {size}"
    elif check.kind == "monotone" and along is not None:
        of = f" of {check.side}" if len(claim.sides) > 1 else ""
        ends = f"{claim.at[0]:g} to {claim.at[-1]:g}"
        said = f"{along.label} from {ends}: {_label(check)}{of}: {change_text(last.interval, check.measure)}"
    elif check.kind == "gap" and not check.share:
        unit = METRICS[check.measure].unit
        word = "grows" if last.interval.estimate > 0 else "shrinks"
        size = f"{difference_size(last.interval.estimate, unit)} ({_ends(last, unit)})"
        said = (
            f"{_label(check)}: what {check.to} is better by than {check.start} {word} by {size}, from "
            f"{claim.at[0]:g} to {claim.at[-1]:g} along the lever"
        )
    said = f"{said[0].upper()}{said[1:]}"
    if finding.condition:
        said += f"; {_condition(claim, finding.condition)}"
    return f"{said}."


def _label(check: Any) -> str:
    return lower_first(METRICS[check.measure].label)


def _where(claim: Claim, at: float) -> str:
    if claim.along is None:
        return ""
    unit = claim.along.unit
    return f" (at {at:.0%})" if unit.startswith("share") else f" (at {at:g} {unit})"


def _condition(claim: Claim, condition: str) -> str:
    if claim.along is None or not any(character.isdigit() for character in condition):
        return condition
    return f"{condition} ({lower_first(claim.along.label)})"


def _without_unit(text: str) -> str:
    """Return what a figure is of, without the unit that stands in brackets behind it."""
    return text.rpartition(" (")[0] if text.endswith(")") else text


def _unit_of(figure: Figure) -> str:
    return figure.text.rpartition(" (")[2].removesuffix(")") if figure.text.endswith(")") else ""


def _plainly(figure: Figure) -> str:
    """Return a figure rounded, with its unit and its interval in brackets."""
    interval, unit = figure.interval, _unit_of(figure)
    if math.isnan(interval.estimate):
        return f"no number ({interval.note})"
    value = f"{interval.estimate:.2g}"
    if unit:
        value = with_unit(interval.estimate, unit)
        if " minus " in figure.text and is_share(unit):
            value = value.replace(" %", " points")
    return f"{value} ({_ends(figure, unit)})"


def _ends(figure: Figure, unit: str) -> str:
    low, high = figure.interval.low, figure.interval.high
    if math.isnan(low):
        return figure.interval.note or "no interval"
    ends = f"{low:.2g} to {high:.2g}" if not unit else f"{number(low, unit)} to {number(high, unit)}"
    return f"95 % interval {ends}"


# --- one claim ------------------------------------------------------------------------------------------


def expected_text(check: Any) -> str:
    """Return what a check expects, as plain text."""
    return check_in_words(check).replace("*", "").replace("`", "")


def base_text(points: Sequence[Contender]) -> str:
    """Return the organisation that a claim's design points are made from, and how much is run."""
    scenario, n = points[0].scenario, len(points)
    runs = scenario.run.replications
    story = " ".join(scenario.story.split())
    times = (
        f"at each of {counted(n, 'design point')}, all with the same luck" if n > 1 else "of one design point"
    )
    return f"Base: {scenario.name}. {story} {counted(runs, 'run')} {times}."


def changes_texts(claim: Claim) -> list[str]:
    """Return what a claim changes in its base: for all of it, along its lever, and on each side."""
    lines = []
    if claim.settings:
        lines.append(f"Everywhere: {_changes(claim.settings)}")
    if claim.along is not None:
        places = ", ".join(f"{at:g}" for at in claim.at)
        lines.append(f"Moved: {claim.along.label} ({claim.along.unit}): {places}")
    if len(claim.sides) > 1:
        for side in claim.sides:
            what = [f"operating model {side.model}"] if side.model else []
            what += [_changes(side.changes)] if side.changes else []
            lines.append(f"Side {side.name}: {'; '.join(what) or 'the base as it is'}")
    return lines


def _changes(changes: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{path} = {json.dumps(value, ensure_ascii=False).replace(chr(34), '')}"
        for path, value in changes.items()
    )


def finding_text(stored: Finding | None, now: Finding | None = None) -> str:
    """Return the verdict on one check and its condition; both verdicts if a new run says something else."""
    said = [
        f"{finding.verdict}{f'; {finding.condition}' if finding.condition else ''}"
        for finding in (stored, now)
        if finding is not None
    ]
    return said[0] if len(set(said)) == 1 else f"stored {said[0]}; run now {said[1]}"


def figures_table(stored: Finding | None, now: Finding | None = None) -> dict[str, list[str]]:
    """Return the figures that a check rests on: what was stored, and beside it what was found now."""
    columns = {"Stored": stored, "Run now": now}
    found = {name: finding for name, finding in columns.items() if finding is not None}
    first = next(iter(found.values()))
    table = {"Contrast": [figure.text for figure in first.figures]}
    for name, finding in found.items():
        table[name if len(found) > 1 else "Found, with its 95 % interval"] = list(
            map(_figure_text, finding.figures)
        )
    table["Runs"] = [str(figure.interval.n) for figure in first.figures]
    return table


def _figure_text(figure: Figure) -> str:
    return interval_text(figure.interval)


def again_text(stored: Result | None, now: Result) -> str:
    """Return what a new run says beside the stored result: the same, other figures, or another verdict."""
    if stored is None:
        return f"Run now: {now.verdict}. No verdict is stored that fits this version of the package."
    if stored.verdict != now.verdict:
        return (
            f"Run now: {now.verdict}. Stored: {stored.verdict}. THE TWO DIFFER: the stored runs were made by "
            "other code; believe the new ones, and please report it."
        )
    if [finding.figures for finding in stored.findings] != [finding.figures for finding in now.findings]:
        return f"Run now: {now.verdict}, as stored, but with other figures; both are shown below."
    return f"Run now: {now.verdict}, as stored, with the same figures to the last digit."


# --- files ----------------------------------------------------------------------------------------------


def register_as_json(results: Mapping[str, Result], claims: Iterable[Claim]) -> str:
    """Return claims with their verdicts and figures as JSON."""
    rows = [register_row(claim, results.get(claim.id)) for claim in claims]
    return json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False)


def register_as_csv(results: Mapping[str, Result], claims: Iterable[Claim]) -> str:
    """Return claims as CSV, one row per figure, safe to open in a spreadsheet."""
    lines = []
    for claim in claims:
        row = register_row(claim, results.get(claim.id))
        about = {
            "id": row["id"], "theme": row["theme"], "sentence": row["sentence"],
            "sources": " ".join(row["sources"]), "strength": row["strength"],
            "verdict": row["verdict"] or NOT_STORED, "conditions": "; ".join(row.get("conditions", ())),
            "refuted_if": row["refuted_if"], "not_modelled": row["not_modelled"],
            "before": " ".join(f"{past['version']}: {past['verdict']}" for past in row["history"]),
        }  # fmt: skip
        figures = [
            {"role": role, "expected": check["expected"].replace("*", ""), "found": check["verdict"]} | figure
            for role, checks in (("expected", "checks"), ("refuting", "refuting"))
            for check in row.get(checks, ())
            for figure in check["figures"]
        ]
        nothing = dict.fromkeys(("role", "expected", "found", "text"), "")
        lines += [about | figure for figure in figures or [nothing]]
    return table_as_csv(pd.DataFrame(lines))

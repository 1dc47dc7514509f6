"""What running the claims found, in words, as tables and as files; and which claims speak of something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import counted
from sim.findings.tables import table_as_csv
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
    """Return the titles that a claim was taken from."""
    return "; ".join(f"{SOURCES[code]} ({code})" for code in claim.sources)


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

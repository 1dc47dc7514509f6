"""Running claims: simulate their design points, judge what came out, and keep it for the pages."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.studies.fingerprint import fingerprint
from sim.studies.outcomes import or_nan, or_none
from sim.studies.shipped_results import line_of, replace_file, stored_path
from sim.trust.claims.checks import Check, Evidence, Finding, Verdict, together
from sim.trust.claims.register import Claim, check_in_words, chosen, load_claims, point_key
from sim.trust.in_turn import runs_of, studies_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sim.measures.statistics import Interval
    from sim.studies.contenders import Contender
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.studies.workers import Workers

FORMAT = 1


@dataclass(frozen=True)
class Result:
    """A claim, what its runs came to, and what each check found in it."""

    claim: Claim
    evidence: Evidence
    findings: tuple[Finding, ...]
    against: tuple[Finding, ...] = ()  # what the checks that would refute it found
    seconds: float = 0.0
    fingerprints: tuple[str, ...] = ()  # of its design points: what the evidence depends on

    @property
    def verdict(self) -> Verdict:
        """The verdict of all checks together."""
        if self.claim.not_modelled:
            return "not modelled"
        return together(
            (finding.verdict for finding in self.findings),
            (finding.verdict for finding in self.against),
            needs_all=bool(self.claim.refuted_if.all_of),
        )

    @property
    def conditions(self) -> tuple[str, ...]:
        """Break-evens and conditions that the checks found."""
        return tuple(finding.condition for finding in self.findings if finding.condition)


def judge(
    claim: Claim, evidence: Evidence, seconds: float = 0.0, fingerprints: tuple[str, ...] = ()
) -> Result:
    """Return what a claim's evidence says; nothing is simulated."""
    if claim.not_modelled:
        return Result(claim, evidence, ())
    findings = tuple(check.find(evidence) for check in claim.checks)
    against = tuple(check.find(evidence) for check in claim.refuted_if.checks)
    return Result(claim, evidence, findings, against, seconds, fingerprints)


NOTHING = Evidence({})
"""What a claim that is not modelled rests on."""


def evidence_of(claim: Claim, study: Study) -> Evidence:
    """Return what a claim's checks need of a study of its design points."""
    notes = []
    values: dict[str, list[dict[str, list[float]]]] = {}
    for side in claim.sides:
        values[side.name] = []
        for place, at in enumerate(claim.at):
            key = point_key(side.name, place)
            values[side.name].append({measure: runs_of(study, measure, key) for measure in claim.measures})
            if study.is_growing(key):
                notes.append(f"{side.name}{f' at {at:g}' if claim.along else ''} cannot keep up")
    return Evidence(values, claim.at, tuple(notes))


def result_of(claim: Claim, study: Study) -> Result:
    """Return what a study of a claim's design points says about it."""
    return judge(claim, evidence_of(claim, study), study.seconds, _fingerprints(study.contenders))


def run_claims(
    ids: Sequence[str] | None = None,
    *,
    replications: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
    done: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run claims and judge them.

    Parameters
    ----------
    ids
        Which claims, for instance ``["C09"]``; by default all.
    replications
        Instead of those in the claims' bases.
    workers, progress, store
        As in ``compare``.
    done
        Called with each result as soon as it is there.

    Raises
    ------
    RunError
        If there is no such claim, or a run was stopped before it was finished.
    """
    wanted = [(claim, claim.contenders()) for claim in chosen(ids)]
    named = [(f"claim {claim.id}", points) for claim, points in wanted]
    studies = studies_in_turn(named, replications, workers=workers, progress=progress, store=store)
    results: list[Result] = []
    for (claim, _), study in zip(wanted, studies, strict=True):
        result = judge(claim, NOTHING) if study is None else result_of(claim, study)
        results.append(result)
        if done is not None:
            done(result)
    return results


# --- words ------------------------------------------------------------------------------------------


def interval_text(interval: Interval) -> str:
    """Return an interval as text."""
    if math.isnan(interval.estimate):
        return f"no number ({interval.note})"
    return f"{interval.estimate:.4g} ({interval.low:.4g} to {interval.high:.4g})"


def results_as_text(results: Sequence[Result]) -> str:
    """Return verdicts with their figures as text."""
    blocks = []
    for result in results:
        claim = result.claim
        lines = [f"{claim.id}  {result.verdict.upper()}  {claim.sentence}"]
        lines += [f"  not modelled: {claim.not_modelled}"] if claim.not_modelled else []
        lines += _found_lines(claim.checks, result.findings)
        if result.against:
            every = "all of" if claim.refuted_if.all_of else "any of"
            lines.append(f"  refuted if {every} (last figures):")
            lines += _found_lines(claim.refuted_if.checks, result.against, last=1)
        lines += [f"  note: {note}" for note in result.evidence.notes]
        lines += [f"  before: {past.verdict} in {past.version}" for past in claim.history[-1:]]
        blocks.append("\n".join(lines))
    counts = {verdict: sum(result.verdict == verdict for result in results) for verdict in VERDICTS}
    total = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    return "\n\n".join([*blocks, f"{counted(len(results), 'claim')}: {total}."])


def _found_lines(checks: Sequence[Check], findings: Sequence[Finding], last: int = 0) -> list[str]:
    """Return what checks expect and found, the last figures of each or all; nothing where none was run."""
    lines = []
    for check, finding in zip(checks, findings, strict=False):
        condition = f"; {finding.condition}" if finding.condition else ""
        lines.append(f"  {finding.verdict}: {check_in_words(check).replace('*', '')}{condition}")
        figures = finding.figures[-last:] if last else finding.figures
        lines += [f"    {figure.text}: {interval_text(figure.interval)}" for figure in figures]
    return lines


def last_figures_text(result: Result) -> str:
    """Return the last figure of each check, which says most, with its interval, and which check fails.

    Of a claim that is not modelled: what is missing.
    """
    if result.claim.not_modelled:
        return result.claim.not_modelled
    last = [(finding.figures[-1], finding.verdict) for finding in result.findings]
    return "; ".join(
        f"{figure.text}: {interval_text(figure.interval)}{'' if verdict == 'shown' else f' - {verdict}'}"
        for figure, verdict in last
    )


def results_as_markdown(results: Sequence[Result]) -> str:
    """Return verdicts as a table in Markdown."""
    lines = ["| claim | sentence | verdict | condition | what was found |", "|---|---|---|---|---|"]
    for result in results:
        lines.append(
            f"| {result.claim.id} | {result.claim.sentence} | {result.verdict} | "
            f"{'; '.join(result.conditions)} | {last_figures_text(result)} |"
        )
    return "\n".join(lines)


def results_as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return verdicts with their figures as plain values; what has no number is ``None``."""
    return [register_row(result.claim, result) for result in results]


VERDICTS: dict[Verdict, str] = {
    "shown": "everything that it expects surely holds, at every place that was tried",
    "depends": "a part of it surely holds, at some places or in some respects, and another surely does not",
    "refuted": "what its file says would refute it surely holds",
    "not clear": "luck may decide: an interval is too wide to tell",
    "not modelled": "the simulator has not the mechanism that it is about, so nothing is run",
}
"""What a claim can come to, and what that means."""


def register_row(claim: Claim, result: Result | None) -> dict[str, Any]:
    """Return a row of the register: the claim, and its last verdict if there is one."""
    row: dict[str, Any] = {
        "id": claim.id,
        "theme": claim.theme,
        "sentence": claim.sentence,
        "sources": list(claim.sources),
        "strength": claim.strength,
        "priority": claim.priority,
        "expected": [check_in_words(check) for check in claim.checks],
        "refuted_if": claim.refuted_if.text,
        "note": claim.note,
        "foregone": claim.foregone,
        "not_modelled": claim.not_modelled,
        "contradiction": claim.contradiction,
        "replaces": claim.replaces,
        "history": [past.model_dump() for past in claim.history],
        "why": claim.why,
        "verdict": None,
    }
    if result is None:
        return row
    return row | {
        "verdict": result.verdict,
        "conditions": list(result.conditions),
        "checks": _check_rows(claim.checks, result.findings),
        "refuting": _check_rows(claim.refuted_if.checks, result.against),
        "notes": list(result.evidence.notes),
        "seconds": result.seconds,
    }


def _check_rows(checks: Sequence[Check], findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return what checks expect and found as plain values."""
    return [
        {
            "expected": check_in_words(check),
            "verdict": finding.verdict,
            "condition": finding.condition,
            "figures": [
                {
                    "text": figure.text,
                    "estimate": or_none(figure.interval.estimate),
                    "low": or_none(figure.interval.low),
                    "high": or_none(figure.interval.high),
                    "n": figure.interval.n,
                }
                for figure in finding.figures
            ],
        }
        for check, finding in zip(checks, findings, strict=False)
    ]


# --- what is kept -----------------------------------------------------------------------------------


def stored_claims_path() -> Path:
    """Return where the last results are stored."""
    return stored_path("claims")


def read_stored_claims() -> dict[str, Result]:
    """Return the stored results that still fit their claims, judged anew from what the runs came to."""
    try:
        tree = json.loads(stored_claims_path().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if tree.get("format") != FORMAT:
        return {}
    found = {}
    for claim in load_claims().values():
        if claim.not_modelled:
            found[claim.id] = judge(claim, NOTHING)
            continue
        kept = tree["claims"].get(claim.id)
        if kept is None or kept["at"] != list(claim.at) or not set(claim.measures) <= set(kept["measures"]):
            continue
        points = claim.contenders()
        prints = _fingerprints(points)
        if kept["fingerprints"] != list(prints) or list(kept["values"]) != [s.name for s in claim.sides]:
            continue
        n_runs = len(kept["values"][claim.sides[0].name][0][claim.measures[0]])
        if n_runs != points[0].scenario.run.replications:
            continue
        values = {
            side: [
                {measure: [or_nan(value) for value in runs] for measure, runs in place.items()}
                for place in places
            ]
            for side, places in kept["values"].items()
        }
        evidence = Evidence(values, claim.at, tuple(kept["notes"]))
        found[claim.id] = judge(claim, evidence, kept["seconds"], prints)
    return found


def write_stored_claims(results: Sequence[Result], *, keeps_others: bool = False) -> Path:
    """Store results instead of those stored before; the file appears complete or not at all.

    With ``keeps_others`` what is stored of other claims stays, also what no longer fits them.
    """
    kept: dict[str, Any] = {}
    if keeps_others:
        kept = json.loads(stored_claims_path().read_text("utf-8"))["claims"]
    kept |= {result.claim.id: _kept(result) for result in results if not result.claim.not_modelled}
    lines = [f"{line_of(name)}: {line_of(kept[name])}" for name in sorted(kept)]
    path = stored_claims_path()
    replace_file(path, f'{{"format": {FORMAT}, "claims": {{\n' + ",\n".join(lines) + "}}\n")
    return path


def _kept(result: Result) -> dict[str, Any]:
    claim, evidence = result.claim, result.evidence
    values = {
        side: [
            {measure: [or_none(value) for value in runs] for measure, runs in place.items()}
            for place in places
        ]
        for side, places in evidence.values.items()
    }
    return {
        "fingerprints": list(result.fingerprints),
        "at": list(evidence.at),
        "measures": list(claim.measures),
        "verdict": result.verdict,
        "seconds": round(result.seconds, 1),
        "notes": list(evidence.notes),
        "values": values,
    }


def _fingerprints(points: Sequence[Contender]) -> tuple[str, ...]:
    return tuple(fingerprint(point.scenario, point.model) for point in points)

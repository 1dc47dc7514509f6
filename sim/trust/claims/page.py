"""The register as a page: every claim, its verdicts before and now, and the figures they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.trust.claims.register import PRIORITIES, check_in_words
from sim.trust.claims.running import VERDICTS, interval_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.trust.claims.checks import Check, Finding
    from sim.trust.claims.register import Claim
    from sim.trust.claims.running import Result


def register_page(claims: Sequence[Claim], results: Mapping[str, Result]) -> str:
    """Return the register as Markdown, with the verdicts that are stored."""
    lines = [_HEAD, *(f"- *{name}*: {meaning}" for name, meaning in VERDICTS.items()), "", *_rule(), ""]
    lines += _table(claims, results)
    lines += _foregone(claims)
    for claim in claims:
        lines += _entry(claim, results.get(claim.id))
    return "\n".join(lines).rstrip() + "\n"


def _rule() -> list[str]:
    return [line.strip() for line in _RULE.strip().splitlines()]


def _verdict(result: Result | None) -> str:
    return "not run" if result is None else result.verdict


def _table(claims: Sequence[Claim], results: Mapping[str, Result]) -> list[str]:
    lines = ["## Verdicts, before and now", ""]
    now = [_verdict(results.get(claim.id)) for claim in claims]
    counts = ", ".join(f"{now.count(name)} {name}" for name in (*VERDICTS, "not run") if name in now)
    lines += [f"{len(claims)} claims: {counts}.", "", "| claim | before | now | why |", "|---|---|---|---|"]
    for claim, verdict in zip(claims, now, strict=True):
        before = claim.history[-1].verdict if claim.history else "-"
        about = [f"New version of {claim.replaces}."] if claim.replaces else []
        about += [
            claim.why or claim.not_modelled or (_AS_BEFORE.get(verdict, "") if before == verdict else "")
        ]
        lines.append(f"| {claim.id} | {before} | {verdict} | {' '.join(about)} |")
    return [*lines, ""]


def _foregone(claims: Sequence[Claim]) -> list[str]:
    runnable = [claim for claim in claims if not claim.not_modelled]
    listed = [claim for claim in runnable if claim.foregone]
    lines = [
        "## Read by somebody who doubts them",
        "",
        f"{len(listed)} of the {len(runnable)} claims that are run could hardly have come out otherwise, "
        "because the rules of the simulator say so by themselves. Of these a verdict says that the program "
        "does what its rules say, and how much; it is no evidence for the claim. The others were open.",
        "",
    ]
    lines += [f"- {claim.id}: {claim.foregone}" for claim in listed]
    return [*lines, "", "## The claims", ""]


def _entry(claim: Claim, result: Result | None) -> list[str]:
    lines = [f"### {claim.id} {claim.sentence}", ""]
    base = f" Base: `{claim.base}`." if claim.base else ""
    version = f" New version of {claim.replaces}." if claim.replaces else ""
    about = f"Source {', '.join(claim.sources)}; strength: {claim.strength}; {PRIORITIES[claim.priority]}."
    lines += [f"**{_verdict(result).capitalize()}.** {about}{base}{version}", ""]
    if claim.not_modelled:
        lines += [f"Not modelled: {claim.not_modelled}", ""]
    if claim.along is not None:
        places = ", ".join(f"{at:g}" for at in claim.at)
        lines += [f"Lever: {claim.along.label} ({claim.along.unit}): {places}.", ""]
    if len(claim.sides) > 1:
        lines += [f"Sides: {', '.join(side.name for side in claim.sides)}.", ""]
    if claim.checks:
        found = result.findings if result is not None else ()
        lines += ["Expected:", "", *_checks(claim.checks, found), ""]
    lines += [f"Refuted if {claim.refuted_if.text}", ""]
    if claim.refuted_if.checks:
        against = result.against if result is not None else ()
        number = "all" if claim.refuted_if.all_of else "any"
        only = len(claim.refuted_if.checks) == 1
        lines += ["That is:" if only else f"That is, {number} of:", ""]
        lines += [*_checks(claim.refuted_if.checks, against), ""]
    if claim.note:
        lines += [claim.note, ""]
    if claim.foregone:
        lines += [f"It could hardly have come out otherwise: {claim.foregone}", ""]
    if claim.history:
        past = [
            f"{past.verdict} in {past.version}{f' ({past.why})' if past.why else ''}"
            for past in claim.history
        ]
        lines += [f"Earlier verdicts: {'; '.join(past)}.", ""]
    return lines


def _checks(checks: Sequence[Check], findings: Sequence[Finding]) -> list[str]:
    lines = []
    for number, check in enumerate(checks):
        said = f"- {check_in_words(check)}"
        if findings:
            finding = findings[number]
            condition = f", {finding.condition}" if finding.condition else ""
            figure = finding.figures[-1]
            said += f" - **{finding.verdict}**{condition}: {figure.text}: {interval_text(figure.interval)}"
        lines.append(said)
    return lines


_AS_BEFORE = {
    "shown": "As before: all that it expects surely holds, and nothing that would refute it.",
    "refuted": "As before: what would refute it surely holds.",
    "depends": "As before: a part surely holds, and another surely does not.",
    "not clear": "As before: luck may decide.",
}

_HEAD = """# Claims

<!-- Written by `python -m sim.trust.claims`; change the files in scenarios/claims instead. -->

What the sources say, as data that a run can show or refute: `opsim claims` runs all, `opsim claims --id C09a`
one. Verdicts are computed from the stored runs by a rule, never written:
"""

_RULE = """
The rule. Every claim has checks that it expects and checks that would refute it. A check is *shown* where
the 95 % interval of its contrast lies wholly on the side it expects, *refuted* where it lies wholly on the
other, or inside what counts as no change (2 % of the starting level, unless said), else *not clear*; over
several places of a lever it is what it is at all of them, *depends* if it is shown at some and refuted at
others, else *not clear*. Then, in this order: a claim is *not modelled* if its file says which mechanism is
missing; *refuted* if one of its refuting checks (all, where it says all) is shown; *shown* if all that it
expects is; *depends* if a part of that is shown and another refuted; else *not clear*. So a claim whose
expectation fails is refuted only where what would refute it is sure. Checks compare on the same dice; an
interval is that of one contrast. Strength is how well the source itself supports a claim: measured,
reasoned, anecdote, opinion. What a claim says is never changed after its figures were seen: another base,
lever or threshold is another claim, with the old one beside it. Figures below are the last contrast of each
check.
"""

"""Claims: what the sources say, whether runs show it, and the figures behind each verdict."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from sim.errors import counted, nearest, quote
from sim.findings.wording import duration_text, escaped
from sim.ui import on_demand
from sim.ui.elements import shown, tight, title

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.studies.contenders import Contender
    from sim.trust.claims.checks import Check, Finding
    from sim.trust.claims.register import Claim
    from sim.trust.claims.running import Result
    from sim.ui.what_if import WhatIf

_ALL = "all"  # no verdict and no theme


class Register(NamedTuple):
    """The claims, and what came of each when it was last run."""

    claims: Mapping[str, Claim]
    stored: Mapping[str, Result]

    def verdict(self, key: str) -> str:
        """Return a claim's verdict in a word."""
        from sim.findings.claims import verdict_of

        return verdict_of(self.stored.get(key))

    @property
    def verdicts(self) -> list[str]:
        """The verdicts that occur or may, in order."""
        from sim.trust.claims.running import VERDICTS

        occur = {self.verdict(key) for key in self.claims}
        return [*VERDICTS, *sorted(occur - set(VERDICTS))]

    @property
    def themes(self) -> list[str]:
        """What the claims are about, each once, by name."""
        return sorted({claim.theme for claim in self.claims.values()})


@cache
def _register() -> Register:
    """Return the claims and their stored results: both come with the package, so they are read once."""
    from sim.trust.claims.register import load_claims
    from sim.trust.claims.running import read_stored_claims

    return Register(load_claims(), read_stored_claims())


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    with st.spinner("The claims and their stored results are being read."):  # once for all visitors
        register = _register()
    for note in _usable(what_if, register):
        st.info(escaped(note))
    chosen = what_if.screen.get("claim", "")
    if chosen:
        _claim(what_if, register, chosen)
    else:
        _list(what_if, register)


def _usable(what_if: WhatIf, register: Register) -> list[str]:
    """Put aside what a link says and cannot be used; return notes about it until something is chosen."""
    notes: list[str] = st.session_state.setdefault("claims_notes", [])
    allowed = {"claim": list(register.claims), "verdict": register.verdicts, "theme": register.themes}
    for name, values in allowed.items():
        wanted = what_if.screen.get(name, "")
        if wanted and wanted not in values:
            del what_if.screen[name]
            near = nearest(wanted, values)
            choice = f" There are {', '.join(values)}." if name != "claim" else ""
            notes.append(
                f"This link names a {name} that is not here: {quote(wanted)}.{near}{choice} "
                f"Shown instead: all {name}s."
            )
    return notes


def _choosing(what_if: WhatIf, name: str, value: Callable[[], str]) -> Callable[[], None]:
    """Return what to do when a visitor chooses: remember it, and let notes about the link go."""

    def choose() -> None:
        what_if.screen[name] = value()
        st.session_state["claims_notes"] = []

    return choose


# --- all of them ------------------------------------------------------------------------------------------


def _list(what_if: WhatIf, register: Register) -> None:
    from sim.findings.claims import counts_text
    from sim.trust.claims.running import VERDICTS

    title(what_if, "Claims")
    counts = counts_text(register.verdict(key) for key in register.claims)
    st.markdown(
        "What the sources say about ways of working, put to the test: each claim says beforehand what would "
        f"refute it, and runs decide. {escaped(counts)}"
    )
    with st.expander("What the verdicts mean"):
        lines = [f"- **{name.capitalize()}**: {escaped(meaning)}" for name, meaning in VERDICTS.items()]
        st.markdown(
            "\n".join(lines) + "\n\nA verdict is about this simulator, whose assumptions stand on the page "
            "Method. Where the sources have no numbers, ranges are ours. All sides of a claim meet the same "
            "requests with the same luck."
        )
    found = _filtered(what_if, register)
    shown_now = found[: _n_shown(what_if)]
    cards = st.grid(2, min_column_width=340, gap="small")
    for key in shown_now:
        with cards:
            _card(what_if, register, key)
    if not found:
        st.markdown("No claim fits. Take a filter back to see more.")
    _files(what_if, register, found, len(shown_now))


CARDS = 6
"""Claims that are drawn at once: less than three screens."""


def _n_shown(what_if: WhatIf) -> int:
    """Return how many cards a visitor has asked for under the filters as they are."""
    asked: tuple[tuple[str, ...], int] = st.session_state.get("claims_shown", ((), 0))
    return asked[1] if asked[0] == _filters(what_if) else CARDS


def _filters(what_if: WhatIf) -> tuple[str, ...]:
    return tuple(what_if.screen.get(name, "") for name in ("verdict", "theme", "find"))


def _filtered(what_if: WhatIf, register: Register) -> list[str]:
    """Draw the filters; return the claims that pass them."""
    from sim.findings.claims import speaks_of

    screen = what_if.screen
    with st.container(key="claims_filters"):
        verdict, theme, text = (screen.get(name, "") for name in ("verdict", "theme", "find"))
        options = [_ALL, *register.verdicts]
        st.segmented_control(
            "Verdict", options, format_func=str.capitalize, key="claims_verdict", required=True,
            on_change=_choosing(what_if, "verdict", lambda: _named("claims_verdict")),
            **shown("claims_verdict", verdict or _ALL, verdict or _ALL, "default"),
        )  # fmt: skip
        with st.container(horizontal=True, gap="medium"):
            themes = [_ALL, *register.themes]
            st.selectbox(
                "Theme", themes, format_func=lambda name: "All themes" if name == _ALL else name,
                key="claims_theme", width=320,
                on_change=_choosing(what_if, "theme", lambda: _named("claims_theme")),
                **shown("claims_theme", themes.index(theme or _ALL), theme or _ALL, "index"),
            )  # fmt: skip
            st.text_input(
                "Words", key="claims_find", max_chars=40, width=320, placeholder="for instance handoffs",
                on_change=_choosing(what_if, "find", lambda: str(st.session_state["claims_find"]).strip()),
                **shown("claims_find", text, text),
                help="Claims in which all of these words stand: in the sentence, the source or the notes.",
            )  # fmt: skip
    return [
        key
        for key, claim in register.claims.items()
        if (not verdict or register.verdict(key) == verdict)
        and (not theme or claim.theme == theme)
        and speaks_of(claim, text)
    ]


def _named(key: str) -> str:
    value = str(st.session_state[key])
    return "" if value == _ALL else value


def _files(what_if: WhatIf, register: Register, found: Sequence[str], n_shown: int) -> None:
    """Draw how many there are, what shows more of them, and what takes them along."""
    from sim.findings.claims import register_as_csv, register_as_json

    claims = [register.claims[key] for key in found]
    n = len(found)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="claims_files"):
        count = f"{n_shown} of {counted(n, 'claim')}" if n_shown < n else counted(n, "claim")
        st.markdown(f"**{count}**", width="content")
        if n_shown < n:
            st.button("Show more", key="claims_more", on_click=_show, args=(what_if, n_shown + CARDS))
            st.button("Show all", key="claims_all", on_click=_show, args=(what_if, n))
        st.download_button(
            "Download as CSV", lambda: register_as_csv(register.stored, claims), "claims.csv", "text/csv",
            on_click="ignore", key="claims_csv", help="All claims that fit, one row for each figure.",
        )  # fmt: skip
        st.download_button(
            "Download as JSON", lambda: register_as_json(register.stored, claims), "claims.json",
            "application/json", on_click="ignore", key="claims_json", help="All claims that fit, with all.",
        )  # fmt: skip


def _show(what_if: WhatIf, n: int) -> None:
    st.session_state["claims_shown"] = (_filters(what_if), n)


def _card(what_if: WhatIf, register: Register, key: str) -> None:
    from sim.findings.claims import STRENGTHS, found_texts, sources_text

    claim, result = register.claims[key], register.stored.get(key)
    verdict = register.verdict(key)
    with st.container(border=True, height="stretch", gap="xsmall", key=f"claim_{key}"):
        st.button(
            escaped(claim.sentence), type="tertiary", key=f"read_claim_{key}",
            on_click=_choosing(what_if, "claim", lambda: key),
        )  # fmt: skip
        texts = found_texts(result)[:1] if result is not None else []
        if claim.not_modelled:
            texts = [" ".join(claim.not_modelled.split())]
        more = f" {texts[0]}" if texts else ""
        st.markdown(f"**{escaped(verdict.capitalize())}.**{tight(escaped(more))}")
        _picture(result)
        refuted_if = " ".join(claim.refuted_if.text.split())
        st.caption(
            escaped(
                f"Refuted if {refuted_if} {claim.id}, {STRENGTHS[claim.strength]}. {sources_text(claim)}."
            )
        )


def _picture(result: Result | None) -> None:
    """Draw what a claim's first check measures, without plotly: there are many of them."""
    from sim.findings.charts.claims import claim_legend, claim_picture
    from sim.findings.charts.sketch import sketch

    figure = claim_picture(result) if result is not None else None
    if result is not None and figure is not None:
        st.html(f'{sketch(figure)}<div class="legend">{claim_legend(result.claim)}</div>')


# --- one of them ------------------------------------------------------------------------------------------


def _claim(what_if: WhatIf, register: Register, key: str) -> None:
    from sim.findings.claims import (
        STRENGTHS,
        base_text,
        changes_texts,
        found_texts,
        sources_text,
        verdict_text,
    )

    claim, stored = register.claims[key], register.stored.get(key)
    points = claim.contenders()
    title(what_if, f"Claim {key}")
    _moves(what_if, register, key)
    with st.container(key="claim", width=900):
        st.header(escaped(claim.sentence))
        st.markdown(f"**{escaped(verdict_text(stored))}**")
        now = _run(what_if, claim, points, stored) if points else None
        result = now or stored
        _picture(result)
        if result is not None and result.findings:
            st.markdown("\n".join(f"- {tight(escaped(text))}" for text in found_texts(result)))
            n = result.findings[0].figures[0].interval.n
            st.caption(f"Means of {counted(n, 'paired run')}; shaded or drawn through: 95 % intervals.")
        refuted_if = claim.refuted_if
        number = "Refuted if all of these surely hold." if refuted_if.all_of else ""
        if len(refuted_if.any_of) > 1:
            number = "One of these would be enough."
        st.subheader("What would refute it")
        st.markdown(escaped(f"{refuted_if.text[0].upper()}{refuted_if.text[1:]} {number}".strip()))
        st.caption(
            escaped(f"{claim.theme}. {STRENGTHS[claim.strength].capitalize()}. {sources_text(claim)}.")
        )
        _notes(claim, result)
        if points:
            with st.expander("How it was tested, and every figure"):
                st.markdown(escaped(base_text(points)))
                st.markdown("\n".join(f"- {escaped(line)}" for line in changes_texts(claim)))
                st.subheader("What was expected")
                _findings(claim.checks, [one.findings if one else () for one in (stored, now)])
                st.subheader("What would have refuted it")
                _findings(refuted_if.checks, [one.against if one else () for one in (stored, now)])


def _notes(claim: Claim, result: Result | None) -> None:
    """Draw what a reader must know, behind a click where there is much of it."""
    from sim.findings.claims import versions_text

    notes = [claim.note] if claim.note else []
    if claim.foregone:
        notes.append(f"It could hardly have come out otherwise here: {claim.foregone}")
    if result is not None:
        notes += result.evidence.notes
    if versions := versions_text(claim):
        notes.append(versions)
    if notes:
        st.subheader("What to know beside it")
        st.markdown("\n".join(f"- {escaped(' '.join(note.split()))}" for note in notes))


def _moves(what_if: WhatIf, register: Register, key: str) -> None:
    keys = list(register.claims)
    at = keys.index(key)
    before, after = keys[max(at - 1, 0)], keys[min(at + 1, len(keys) - 1)]

    def to(name: str) -> Callable[[], None]:
        return _choosing(what_if, "claim", lambda: name)

    with st.container(horizontal=True, gap="small", key="claim_moves"):
        st.button("All claims", key="all_claims", on_click=to(""))
        st.button("Previous", key="claim_before", on_click=to(before), disabled=before == key)
        st.button("Next", key="claim_after", on_click=to(after), disabled=after == key)


def _run(what_if: WhatIf, claim: Claim, points: Sequence[Contender], stored: Result | None) -> Result | None:
    """Draw the button that runs a claim, or how far its runs are; return what they say once all are there."""
    from sim.findings.claims import again_text
    from sim.trust.claims.running import result_of

    replications = points[0].scenario.run.replications
    what = f"{counted(len(points), 'design point')}, {counted(replications, 'paired run')} each"
    if stored is None:
        events = sum(point.scenario.expected_events() for point in points) * replications
        cost = on_demand.cost_text(what, events)
    else:
        cost = f"{what}; the stored runs took {duration_text(stored.seconds)}"
    if not on_demand.is_asked("claim", claim.id, "Run it now", cost):
        return None

    def planned() -> tuple[None, Sequence[Contender]]:
        return None, points

    found = on_demand.runs(what_if, "claim", claim.id, planned, replications, fewest=replications)
    if found is None or found[1].state != "done":
        return None
    study = found[1].study()
    if not study.is_complete:
        st.error(f"Some runs failed, so there is no new verdict: {escaped(found[1].failures[0])}.")
        return None
    now = result_of(claim, study)
    st.markdown(f"**{escaped(again_text(stored, now))}**")
    return now


def _findings(checks: Sequence[Check], found: Sequence[Sequence[Finding]]) -> None:
    """Draw what each check says, what was found (stored, and now), and the figures behind it."""
    from sim.findings.claims import expected_text, figures_table, finding_text

    for number, check in enumerate(checks):
        st.markdown(f"**Check:** {escaped(expected_text(check))}")
        findings = [all_[number] if all_ else None for all_ in found]
        if not any(findings):
            continue
        st.markdown(f"**Found:** {escaped(finding_text(*findings))}")
        table = figures_table(*findings)
        alt = f"Figures behind check {number + 1}, each with its 95 % interval"
        st.table({escaped(name): list(map(escaped, cells)) for name, cells in table.items()}, alt=alt)
    if not any(found):
        st.markdown("No figures are stored that fit this version of the package; run it now to see them.")

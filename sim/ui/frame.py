"""The frame around every page: page settings, navigation, levers at the side, the link in the address bar.

Levers stand beside pages and not on them, so the link is the same on every page.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from sim.findings.wording import escaped
from sim.studies.contenders import contenders_of
from sim.ui import (
    build,
    cases,
    claims,
    compare,
    evidence,
    forecast,
    learn,
    levers,
    method,
    on_demand,
    own_store,
    report,
    sensitivity,
    transition,
    watch,
    why,
    winner_map,
    words,
)
from sim.ui.link import from_address
from sim.ui.offer import default_key, make_offer, opened_by_environment
from sim.ui.queue import runner
from sim.ui.server import stay_here
from sim.ui.situation import OWN

if TYPE_CHECKING:
    from sim.studies.contenders import Contender
    from sim.ui.what_if import WhatIf

ICON = Path(__file__).parent / "icon.png"
"""A file of ours: an icon by name would be fetched from the internet."""

_WITHOUT_LEVERS = {"learn", "claims", "cases", "method", "build"}
"""Pages on which levers are not moved: some bring their own situations, and Build has every setting."""

# Few rules, on classes that Streamlit gives to keyed containers; colours come from the theme. Text in charts
# takes the page's colour, which Python cannot know for sure.
STYLE = """
<style>
.st-key-headline {min-height: 5.9rem;}
.st-key-headline p {font-size: 1.35rem; line-height: 1.45; max-width: 62rem;}
.st-key-headline [data-testid="stCaptionContainer"] p {font-size: 1rem;}
.sketch {position: relative;}
[class*="st-key-sketched_"] {position: relative;}
[class*="st-key-sketched_"] .stElementContainer:has(.sketch) {position: absolute; pointer-events: none;}
[class*="st-key-sketched_"]:has(.main-svg) .sketch {display: none;}
[class*="st-key-sketched_"]:has(.sketch):not(:has(.main-svg)) .stElementContainer:not(:has(.sketch)) > * {
  visibility: hidden;}
.st-key-chips {min-height: 2.2rem; flex-wrap: nowrap; overflow-x: auto;}
.st-key-chips > * {flex-shrink: 0;}
.st-key-chips button {padding: 0.1rem 0.7rem; min-height: 2rem; white-space: nowrap;}
.st-key-progress {min-height: 2.8rem; justify-content: center;}
.st-key-status {flex-wrap: nowrap;}
.stPlotlyChart text:not(.bartext) {fill: currentColor !important;}
.tile {font-variant-numeric: tabular-nums;}
.tile .what {font-weight: 600; margin-bottom: 0.4rem;}
.tile .sides {display: grid; gap: 0.4rem 0.8rem; grid: auto-flow / repeat(auto-fit, minmax(6.6rem, 1fr));}
.tile .side {display: flex; flex-direction: column; align-items: flex-start;}
.tile .sure {font-size: 0.8rem; overflow-wrap: anywhere; margin-top: -0.2rem; padding-bottom: 0.15rem;}
.tile .number {font-size: 1.75rem; font-weight: 600; line-height: 1.3; white-space: nowrap;}
.tile .word {font-size: 1.1rem; font-weight: 600; line-height: 2.07;}
.tile .name {font-size: 0.85rem; overflow-wrap: anywhere; padding-top: 0.15rem;}
.tile .where {font-size: 0.8rem; overflow-wrap: anywhere;}
.tile .difference {font-size: 0.85rem; overflow-wrap: anywhere; margin-top: 0.6rem; min-height: 4.8em;}
.beside {overflow-x: auto;}
.beside table {border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;}
.beside th, .beside td {text-align: start; vertical-align: top; padding: 0.4rem 0.7rem; font-weight: 400;
  border-top: 1px solid rgba(123,135,148,0.35); min-width: 9rem; overflow-wrap: anywhere;}
.beside thead th, .beside .group th {font-weight: 600;}
.beside .group th {padding-top: 1rem;}
.beside small {display: block; font-size: 0.85rem; font-weight: 400;}
[data-stale="true"] {opacity: 1 !important;}
.hint {font-size: 0.9rem;}
.st-key-words {position: fixed; top: 0.6rem; right: 1rem; z-index: 999991; width: max-content !important;}
.st-key-words button {color: inherit !important;}
.legend {font-size: 0.85rem; padding-left: 0.5rem;}
.dots {font-size: 0.95rem;} .dots span {letter-spacing: 0.3em; margin-left: 0.8rem;}
.st-key-lesson_step p {font-size: 1.1rem; line-height: 1.55;}
.st-key-lesson_step [data-testid="stCaptionContainer"] p {font-size: 0.875rem;}
[class*="st-key-read_claim_"] button {justify-content: flex-start; text-align: left; min-height: 1.5rem;}
[class*="st-key-read_claim_"] button p {font-size: 1rem; font-weight: 600; text-decoration: underline;}
.stApp button[kind="primary"]:enabled, .stApp [data-tag] * {color: light-dark(#fff, #12171C);}
[class*="st-key-status_"] {min-height: 2.6rem;}
.st-key-map svg {max-width: 100%; height: auto;}
.stMainBlockContainer {padding-bottom: 4rem;}
@media (max-width: 640px) {.st-key-present {display: none;}}
@media (max-width: 640px) {.st-key-headline {min-height: 13.8rem;} .st-key-headline p {font-size: 1.15rem;}
  .st-key-progress {min-height: 4.2rem;}
  .st-key-chips {width: 100%;}}
@media (min-width: 641px) {.stElementContainer:has(.hint) {display: none;}}
@media (min-width: 900px) {.stMainBlockContainer {padding-left: 3rem; padding-right: 3rem; max-width: 90rem;}}
</style>
"""

# For a projector: everything is set in rem, so one size makes all of it larger.
_PRESENTED = """
<style>
html {font-size: 125% !important;}
[data-testid="stSidebar"] :is(label p, [data-testid="stSliderThumbValue"]) {font-size: 1.15rem;}
.hint {display: none !important;}
.st-key-present {display: flex !important;}
</style>
"""
_WITHOUT_SIDEBAR = """
<style>
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], .st-key-status {display: none !important;}
</style>
"""


def show() -> None:
    """Draw the app: run by Streamlit from top to bottom at every change."""
    stay_here()
    st.set_page_config(
        page_title="Operating model simulator", page_icon=str(ICON), layout="wide",
        initial_sidebar_state="auto",
    )  # fmt: skip
    st.html(STYLE)
    opened = opened_by_environment()
    offer = make_offer(opened)
    offered = offer.choices
    default = default_key(offered, opened)
    if not default:
        st.error(f"There is no scenario to open. {escaped(offer.problem)}")
        return
    if "what_if" not in st.session_state:
        st.session_state["what_if"] = from_address(st.query_params.to_dict(), offered, default)
    what_if: WhatIf = st.session_state["what_if"]
    what_if.began = time.monotonic()

    pages = [
        st.Page(lambda: compare.page(what_if), title="Compare", url_path="compare", default=True),
        st.Page(lambda: watch.page(what_if), title="Watch", url_path="watch"),
        st.Page(lambda: why.page(what_if), title="Why", url_path="why"),
        st.Page(lambda: transition.page(what_if), title="On the way", url_path="way"),
        st.Page(lambda: winner_map.page(what_if), title="When each wins", url_path="wins"),
        st.Page(lambda: learn.page(what_if), title="Learn", url_path="learn"),
    ]
    own = st.Page(lambda: build.page(what_if), title="Build", url_path="build")
    pages += [own, st.Page(lambda: report.page(what_if), title="Report", url_path="report")]
    more = [
        st.Page(lambda: evidence.page(what_if), title="Evidence", url_path="evidence"),
        st.Page(lambda: forecast.page(what_if), title="Forecast", url_path="forecast"),
        st.Page(lambda: sensitivity.page(what_if), title="What matters", url_path="matters"),
        st.Page(lambda: claims.page(what_if), title="Claims", url_path="claims"),
        st.Page(lambda: cases.page(what_if), title="Published cases", url_path="cases"),
        st.Page(lambda: method.page(what_if), title="Method", url_path="method"),
    ]
    page = st.navigation({"": pages, "More": more}, position="top")
    what_if.page = page.url_path or "compare"
    words.draw(what_if)
    if what_if.own is not None:
        offered = offered | {OWN: what_if.own}
    if page is pages[0]:
        compare.ask(what_if)  # workers compute while the levers are drawn
    has_levers = what_if.page not in _WITHOUT_LEVERS
    with st.sidebar:
        if has_levers and what_if.is_presented:
            has_levers = levers.draw_moved(what_if)
        elif has_levers:
            levers.draw(what_if, offered, own)
    _write_address(what_if, default)
    if what_if.is_presented:
        st.html(_PRESENTED if has_levers else _PRESENTED + _WITHOUT_SIDEBAR)
    if offer.problem:
        st.warning(escaped(offer.problem))
    own_store.desk().is_mounted = False
    with on_demand.looked_at():
        page.run()
    own_store.mount(what_if)
    if "is_warm" not in st.session_state:  # the first page is out
        st.session_state["is_warm"] = True
        _warm_up(contenders_of([what_if.preset])[0])


@st.cache_resource
def _warm_up(_contender: Contender) -> None:
    runner().warm(_contender)


def _write_address(what_if: WhatIf, default: str) -> None:
    wanted = what_if.link(default, what_if.page)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)

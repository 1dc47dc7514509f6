"""What the words of a page mean: one tap away on every page, on a phone, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sim.findings.glossary import PAGES, glossary
from sim.findings.wording import escaped

if TYPE_CHECKING:
    from sim.ui.what_if import WhatIf


def draw(what_if: WhatIf) -> None:
    """Draw the button that stays in sight; what is behind it is drawn when it is opened, and only that."""

    def words() -> None:
        with st.container(key="words", width="content"):
            box = st.popover("Words", type="tertiary", key="words_of_page", on_change="rerun")
        if box.open:
            with box:
                _definitions(what_if)

    st.fragment(words)()


def _definitions(what_if: WhatIf) -> None:
    known = glossary(what_if.preset.situation.money)
    here = [
        word for word in PAGES.get(what_if.page, ()) if word in known
    ]  # money only where there are prices
    if here:
        st.markdown("\n".join(_line(word, known[word]) for word in here))
    chosen = st.selectbox(
        "Any other word", list(known), None, key="word", placeholder="Choose or type", format_func=escaped
    )
    if chosen is not None:
        st.markdown(_line(chosen, known[chosen]))


def _line(word: str, meaning: str) -> str:
    return f"- **{escaped(word)}**: {escaped(meaning)}"

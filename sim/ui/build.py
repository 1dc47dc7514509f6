"""Stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from sim.ui.state import WhatIf


def page(what_if: WhatIf) -> None:
    """Draw."""
    st.title("x")

"""Which engine simulates: the fast one where it is compiled, or Mesa; the same rows come out of both."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, get_args

from sim.errors import RunError, quote

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINE_VARIABLE = "OPSIM_ENGINE"
"""Environment: which engine simulates; it reaches worker processes as well."""

EngineName = Literal["auto", "mesa", "fast"]
"""``auto`` is the fast engine if it is compiled and knows the organisation, else Mesa; ``fast`` insists."""


def asked() -> EngineName:
    """Return which engine was asked for.

    Raises
    ------
    RunError
        If the environment names none that there is.
    """
    text = os.environ.get(ENGINE_VARIABLE, "").strip().lower() or "auto"
    for name in get_args(EngineName):
        if text == name:
            return name
    raise RunError(f"{ENGINE_VARIABLE} is {quote(text)}; expected auto, mesa or fast.")


def fast_entry() -> Callable[[int, int], int] | None:
    """Return the entry of the fast engine, or nothing if Mesa simulates.

    Where it is not compiled yet, a process in the background begins to, once.

    Raises
    ------
    RunError
        If the fast engine was insisted on and there is none.
    """
    if (name := asked()) == "mesa":
        return None
    if name == "fast":
        return insisted_on()
    from sim.world.engine.cache import NotKeptError, compile_in_background, compiled_entry

    try:
        return compiled_entry()
    except NotKeptError:
        compile_in_background()
        return None


def insisted_on() -> Callable[[int, int], int]:
    """Return the entry of the fast engine.

    Raises
    ------
    RunError
        If there is none.
    """
    from sim.world.engine.cache import NotKeptError, compiled_entry

    try:
        return compiled_entry()
    except NotKeptError as error:
        raise RunError(f"the fast engine cannot be used: {error}. Try opsim engine --build.") from None


def in_words() -> str:
    """Say which engine simulates, why, and where it is kept."""
    from sim.world.engine.cache import NotKeptError, find

    if (name := asked()) == "mesa":
        return f"mesa ({ENGINE_VARIABLE})"
    try:
        kept = find()
    except NotKeptError as error:
        return f"{'none' if name == 'fast' else 'mesa'}: the fast one is {error}"
    return f"fast: compiled in {kept.seconds:.0f} s of a processor, kept in {kept.path}"

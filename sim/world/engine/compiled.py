"""Which functions are compiled, and how they call each other.

``kernel`` marks a small function that is compiled into each of its callers. ``entry`` marks one that is
compiled by itself and called through a table of addresses: by whom ever, also in a circle. ``later`` stands
for an entry of a file that this file cannot import, because that one imports it.

All parameters are annotated: first ``I`` and ``F``, the arena as whole and as floating numbers; others are
``int``, ``float`` or ``bool``. Uncompiled, these are plain Python functions, and so they are debugged: the
arena is then two memoryviews of the same bytes, which refuse a float where a whole number belongs and an
address outside.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Mark a function that is compiled into its callers."""
    return function


def entry[F: Callable[..., Any]](function: F) -> F:
    """Mark a function that is compiled by itself and called through the table of addresses."""
    return function


def later(module: str, name: str, parameters: str, returns: str = "None") -> Callable[..., Any]:
    """Return what calls an entry of a file that is imported later.

    Parameters
    ----------
    parameters, returns
        Types after ``I`` and ``F``, for instance ``"int, float"``, and the type of what comes back.
    """
    found: list[Callable[..., Any]] = []

    def call(*arguments: Any) -> Any:
        if not found:
            found.append(getattr(import_module(f"sim.world.engine.{module}"), name))
        return found[0](*arguments)

    return call


OUTSIDE: dict[int, Callable[..., Any]] = {}
"""What ``outside`` calls where nothing is compiled, by word."""


def outside(word: int, parameters: str, returns: str = "None") -> Callable[..., Any]:
    """Return what calls the C function whose address stands in a word of the arena.

    ``I`` and ``F`` are given first, as to every kernel, and not passed on.
    """

    def call(I: Any, F: Any, *arguments: Any) -> Any:
        return OUTSIDE[word](*arguments)

    return call

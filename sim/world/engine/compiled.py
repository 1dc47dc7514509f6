"""Which functions are compiled, and how they call each other.

``kernel`` marks a function that may be built into its callers, ``entry`` one that never is: a large one that
many call. ``later`` stands for a function of a file that this file cannot import, because that one imports
it; ``outside`` for one that stays Python.

All parameters are annotated with ``int``, ``float`` or ``bool``, but for ``I`` and ``F``, the arena as whole
and as floating numbers. Uncompiled, these are plain Python functions, and so they are debugged: the arena is
then two memoryviews of the same bytes, which refuse a float where a whole number belongs and an address
outside.

A compiler that is in use when the files of the engine are imported sees all of them (``machine.build``).
"""

from __future__ import annotations

import ctypes
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = "sim.world.engine."


class Compiler(Protocol):
    """What stands for functions while the engine is compiled."""

    def function(self, function: Callable[..., Any], *, is_apart: bool) -> Any:
        """Return what the other functions call instead of this one."""
        ...

    def later(self, module: str, name: str, parameters: str, returns: str) -> Any:
        """Return what they call for a function of a file that is imported later."""
        ...

    def outside(self, word: int, parameters: str, returns: str) -> Any:
        """Return what they call for a function that stays Python."""
        ...


_in_use: list[Compiler] = []


def use(compiler: Compiler) -> None:
    """Let a compiler see the functions of all files that are imported from now on."""
    _in_use.append(compiler)


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Mark a function that may be built into its callers; also a rule of the policies, as it stands there."""
    return _in_use[-1].function(function, is_apart=False) if _in_use else function


def entry[F: Callable[..., Any]](function: F) -> F:
    """Mark a function that is never built into its callers."""
    return _in_use[-1].function(function, is_apart=True) if _in_use else function


def later(module: str, name: str, parameters: str, returns: str = "None") -> Callable[..., Any]:
    """Return what calls a function of a file that is imported later.

    Parameters
    ----------
    parameters, returns
        Types after ``I`` and ``F``, for instance ``"int, float"``, and the type of what comes back.
    """
    if _in_use:
        return _in_use[-1].later(module, name, parameters, returns)
    found: list[Callable[..., Any]] = []

    def call(*arguments: Any) -> Any:
        if not found:
            found.append(getattr(import_module(f"{PACKAGE}{module}"), name))
        return found[0](*arguments)

    return call


OUTSIDE: dict[int, Callable[..., Any]] = {}
"""What ``outside`` calls where nothing is compiled, by word."""


def outside(word: int, parameters: str, returns: str = "None") -> Callable[..., Any]:
    """Return what calls the C function whose address stands in a word of the arena.

    ``I`` and ``F`` are given first, as to every kernel, and not passed on. An exception cannot travel through
    compiled code: who is called sets a status.
    """
    if _in_use:
        return _in_use[-1].outside(word, parameters, returns)

    def call(I: Any, F: Any, *arguments: Any) -> Any:
        return OUTSIDE[word](*arguments)

    return call


def in_c(name: str) -> int:
    """Return where a function of the C library is."""
    if name in ("memmove", "memcpy"):
        function = ctypes.memmove
    elif name == "memset":
        function = ctypes.memset
    else:
        function = getattr(ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None), name)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address

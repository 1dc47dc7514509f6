"""Machine code, loaded: llvmlite alone, and quick."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING

import llvmlite
import llvmlite.binding as llvm

from sim.world.engine.compiled import in_c

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRY = "loop.run"
"""The function of the engine that is seen from outside."""

FROM_OUTSIDE = ("fmod", "floor", "ceil", "memset", "memcpy", "memmove")
"""What the code may ask of the C library: all of them exact, so the same everywhere."""

_loaded: list[llvm.ExecutionEngine] = []  # addresses into them are in use: they stay


@cache
def processor() -> str:
    """Return for which processor code is made, and by which LLVM."""
    features = llvm.get_host_cpu_features().flatten()
    machine = f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"
    return f"llvmlite {llvmlite.__version__}, {machine}"


def target(speed: int) -> llvm.TargetMachine:
    """Return the processor that we run on, as LLVM sees it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=speed,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )


def load(code: bytes, entry: str = ENTRY) -> Callable[[int, int], int]:
    """Return the entry of an object; it is called with the arena's address twice and frees the interpreter.

    An object that asks for more than ``FROM_OUTSIDE`` ends the process: who makes one loads it once before
    anybody else can.
    """
    for name in FROM_OUTSIDE:
        llvm.add_symbol(name, in_c(name))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target(speed=0))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    address = engine.get_function_address(entry)
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(address)

"""Machine code, made: numba translates function by function, LLVM optimises all of them once, as one module.

Numba itself would link and optimise everything below a function for every function, and translate one again
for each mixture of kinds among its arguments. Here each is translated once, for the kinds of its annotations;
calls are by name, in circles too; values come back in registers, and there are no exceptions: code in which
one could arise is refused. What of numba this leans on beyond its documentation stands in this file alone: a
calling convention, a library that keeps the text of a module, and a target that uses both.
"""

# Numba's inner parts are not typed for others.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportPrivateImportUsage=false
# pyright: reportIncompatibleVariableOverride=false, reportIncompatibleMethodOverride=false

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import callconv, cgutils, codegen, compiler, cpu, registry, types, typing
from numba.core.compiler_machinery import PassManager
from numba.core.typed_passes import NativeLowering, NoPythonBackend, NopythonTypeInference
from numba.core.untyped_passes import FixupArgs, IRProcessing, TranslateByteCode

from sim.world.engine import compiled
from sim.world.engine.machine.load import ENTRY, target

if TYPE_CHECKING:
    from collections.abc import Callable

SPEED = 2
"""How hard LLVM tries, of 3: the last step gains nothing that could be measured."""

MOST_BUILT_IN = 50
"""How large a function LLVM builds into several callers; its own 225 takes half as long again for nothing."""

_WORDS = types.CPointer(types.int64)
_NUMBERS = types.CPointer(types.float64)
_KINDS = {"int": types.int64, "float": types.float64, "bool": types.boolean, "None": types.none}
_RAISES = "raises"  # called where numba would raise: if it is still there at the end, the code is refused


class NotCompilableError(Exception):
    """The engine contains what cannot be compiled; the message says what and where."""


def build(module: str = f"{compiled.PACKAGE}loop", entry: str = ENTRY) -> bytes:
    """Return the machine code of the engine, as one object that needs nothing but the C library.

    Parameters
    ----------
    module, entry
        What is imported first, and which of its functions is seen from outside.
    """
    functions = Functions()
    compiled.use(functions)
    import_module(module)
    return machine_code(functions.translated(entry))


# --- what stands for the functions --------------------------------------------------------------------------


class Functions:
    """Every function that is marked, and what the others call instead."""

    def __init__(self) -> None:
        self.found: list[tuple[Callable[..., Any], str, Any, bool]] = []
        self.signatures: dict[str, Any] = {}
        self.promised: dict[str, Any] = {}
        self.outsides: dict[str, tuple[int, Any]] = {}

    def function(self, function: Callable[..., Any], *, is_apart: bool) -> Any:
        """Return what the other functions call instead of this one."""
        name = f"{function.__module__.removeprefix(compiled.PACKAGE)}.{function.__name__}"
        kinds = dict(function.__annotations__)
        returns = _kind(kinds.pop("return", "nothing"), name)
        code = function.__code__
        parameters = [
            {"I": _WORDS, "F": _NUMBERS}.get(parameter) or _kind(kinds.get(parameter), f"{name}: {parameter}")
            for parameter in code.co_varnames[: code.co_argcount]
        ]
        signature = returns(*parameters)
        self.signatures[name] = signature
        self.found.append((function, name, signature, is_apart))
        return types.ExternalFunction(name, signature)

    def later(self, module: str, name: str, parameters: str, returns: str) -> Any:
        """Return what they call for a function of a file that is imported later."""
        symbol = f"{module}.{name}"
        self.promised[symbol] = _signature(parameters, returns, symbol)
        return types.ExternalFunction(symbol, self.promised[symbol])

    def outside(self, word: int, parameters: str, returns: str) -> Any:
        """Return what they call for a function that stays Python."""
        symbol = f"outside.{word}"
        signature = _signature(parameters, returns, symbol)
        self.outsides[symbol] = word, signature
        return types.ExternalFunction(symbol, signature)

    def translated(self, entry: str) -> str:
        """Return all functions in LLVM's language; but for the entry, nothing is seen from outside."""
        self._keep_promises()
        target = _Target(
            self.signatures | self.promised | {name: s for name, (_, s) in self.outsides.items()}
        )
        for function, name, signature, _ in self.found:
            try:
                target.translate(function, signature)
            except Exception as error:
                raise NotCompilableError(f"{name}: {error}") from error
        whole = llvm.parse_assembly("\n".join(_outside(*one) for one in self.outsides.items()))
        for text in target.texts:
            whole.link_in(llvm.parse_assembly(text))
        apart = {name for _, name, _, is_apart in self.found if is_apart}
        for function in whole.functions:
            if not function.is_declaration and function.name != entry:
                function.linkage = "internal"
            function.add_function_attribute("nounwind")  # nothing is raised
            if function.name in apart:
                function.add_function_attribute("noinline")
        for variable in whole.global_variables:
            if not variable.is_declaration:
                variable.linkage = "internal"
        return str(whole)

    def _keep_promises(self) -> None:
        seen: set[str] = set()
        while names := self.promised.keys() - seen:  # each file that is imported may promise more
            for name in sorted(names):
                import_module(f"{compiled.PACKAGE}{name.rpartition('.')[0]}")
            seen |= names
        for name, signature in self.promised.items():
            if self.signatures.get(name) != signature:
                raise NotCompilableError(
                    f"{name} is announced as {signature}, but is {self.signatures.get(name)}"
                )


def _kind(annotation: Any, what: str) -> Any:
    """Return numba's kind for an annotation, written as a text or not."""
    is_plain = type(annotation) is type
    text = annotation.__name__ if is_plain else str(annotation)
    if text in _KINDS:
        return _KINDS[text]
    if (several := re.fullmatch(r"tuple\[(.+)\]", text)) and all(
        part in _KINDS for part in several[1].split(", ")
    ):
        return types.BaseTuple.from_types([_KINDS[part] for part in several[1].split(", ")])
    raise NotCompilableError(f"{what} is {text}; expected int, float, bool, None or a tuple of them")


def _signature(parameters: str, returns: str, what: str) -> Any:
    kinds = [_kind(part, what) for part in parameters.split(", ") if part]
    return _kind(returns, what)(_WORDS, _NUMBERS, *kinds)


def _outside(name: str, one: tuple[int, Any]) -> str:
    """Return a function that calls the address in a word of the arena."""
    word, signature = one
    shapes = {types.int64: "i64", types.float64: "double", types.none: "ptr"}
    returns = shapes[signature.return_type]
    given = ", ".join(f"{shapes[kind]} %a{at}" for at, kind in enumerate(signature.args[2:]))
    return f"""
define {returns} @"{name}"(ptr %I, ptr %F{"," if given else ""} {given}) {{
  %where = getelementptr i64, ptr %I, i64 {word}
  %what = load ptr, ptr %where
  %back = call {returns} %what({given})
  ret {returns} %back
}}
"""


# --- what of numba is used beyond its documentation -------------------------------------------------------


class _Convention(callconv.BaseCallConv):
    """Arguments in registers, one value back in a register, no exceptions."""

    def _make_call_helper(self, builder: Any) -> None:
        return None

    def get_function_type(self, restype: Any, argtypes: Any) -> Any:
        arguments = self.context.get_arg_packer(argtypes).argument_types
        return ir.FunctionType(self.context.get_return_type(restype), list(arguments))

    def decorate_function(self, fn: Any, args: Any, fe_argtypes: Any, noalias: bool = False) -> None:
        self.context.get_arg_packer(fe_argtypes).assign_names(list(fn.args), [f"arg.{name}" for name in args])

    def get_arguments(self, fn: Any) -> Any:
        return fn.args

    def return_value(self, builder: Any, retval: Any) -> None:
        builder.ret(retval)

    def return_native_none(self, builder: Any) -> None:
        builder.ret(ir.Constant(builder.function.function_type.return_type, None))

    def call_function(
        self, builder: Any, callee: Any, resty: Any, argtys: Any, args: Any, attrs: Any = None
    ) -> Any:
        back = builder.call(callee, list(self.context.get_arg_packer(argtys).as_arguments(builder, args)))
        no, yes = cgutils.false_bit, cgutils.true_bit
        status = callconv.Status(None, yes, no, no, no, no, no, None)
        return status, self.context.get_returned_value(builder, resty, back)

    def set_static_user_exc(self, *_: Any, **__: Any) -> None:
        pass

    def return_user_exc(self, builder: Any, *_: Any, **__: Any) -> None:
        nothing = ir.FunctionType(ir.VoidType(), [])
        builder.call(cgutils.get_or_insert_function(builder.module, nothing, _RAISES), [])
        builder.unreachable()

    return_exc = return_dynamic_user_exc = return_status_propagate = return_user_exc

    def raise_error(self, *_: Any, **__: Any) -> None:
        pass


class _Library(codegen.JITCodeLibrary):
    """Keeps the text of its modules; nothing is optimised, linked or loaded here."""

    def add_ir_module(self, ir_module: Any) -> None:
        self._codegen.texts.append(cgutils.normalize_ir_text(str(ir_module)))

    def add_linking_library(self, library: Any) -> None:
        pass

    def finalize(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0


class _Codegen(codegen.JITCPUCodegen):
    _library_class = _Library

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.texts: list[str] = []

    def set_env(self, env_name: str, env: Any) -> None:
        pass


class _Context(cpu.CPUContext):
    """Numba's view of this processor, with our convention; functions are called by the names we give."""

    signatures: dict[str, Any]

    def init(self) -> None:
        super().init()
        self._internal_codegen = _Codegen("opsim")
        self._convention = _Convention(self)

    @property
    def call_conv(self) -> Any:
        return self._convention

    def mangler(self, name: str, types: Any, *, abi_tags: Any = (), uid: Any = None) -> str:
        own = name.removeprefix(compiled.PACKAGE)
        return own if own in self.signatures else super().mangler(name, types, abi_tags=abi_tags, uid=uid)

    def get_external_function_type(self, fndesc: Any) -> Any:
        return self.call_conv.get_function_type(fndesc.restype, fndesc.argtypes)

    def declare_external_function(self, module: Any, fndesc: Any) -> Any:
        return cgutils.get_or_insert_function(
            module, self.get_external_function_type(fndesc), fndesc.mangled_name
        )

    def call_external_function(self, builder: Any, callee: Any, argtys: Any, args: Any) -> Any:
        back = builder.call(callee, list(self.get_arg_packer(argtys).as_arguments(builder, args)))
        signature = self.signatures.get(callee.name)
        return back if signature is None else self.get_returned_value(builder, signature.return_type, back)


class _Pipeline(compiler.CompilerBase):
    """The few of numba's passes that plain arithmetic needs; a name has one kind in its whole function."""

    def define_pipelines(self) -> list[PassManager]:
        passes = PassManager("arithmetic")
        for one in (
            *(TranslateByteCode, FixupArgs, IRProcessing, NopythonTypeInference),
            *(NativeLowering, NoPythonBackend),
        ):
            passes.add_pass(one, one.__name__)
        passes.finalize()
        return [passes]


class _Target:
    """Translates functions, one by one."""

    def __init__(self, signatures: dict[str, Any]) -> None:
        self.typing = registry.cpu_target.typing_context
        self.context = _Context(self.typing)
        self.context.signatures = signatures
        vars(registry.cpu_target)["_toplevel_target_context"] = (
            self.context
        )  # for what numba writes in itself
        self.context.refresh()
        self.typing.refresh()
        _remember(self.typing)
        types.maybe_literal = lambda value: None  # a name may hold one constant now and another later
        self.flags = compiler.Flags()
        self.flags.no_cpython_wrapper = self.flags.no_cfunc_wrapper = self.flags.no_compile = True
        self.flags.error_model = "numpy"
        self.flags.enable_ssa = False

    def translate(self, function: Callable[..., Any], signature: Any) -> None:
        """Add a function to the texts."""
        compiler.compile_extra(
            *(self.typing, self.context, function, signature.args, signature.return_type, self.flags, {}),
            pipeline_class=_Pipeline,
        )

    @property
    def texts(self) -> list[str]:
        return self.context.codegen().texts


def _remember(context: typing.Context) -> None:
    """Let what an operator gives for some kinds be looked up once: it is asked thousands of times."""
    look_up, known = context.resolve_function_type, {}

    def resolve(function: Any, args: Any, kws: Any) -> Any:
        key = function, tuple(args)
        if kws:
            return look_up(function, args, kws)
        if key not in known:
            known[key] = look_up(function, args, kws)
        return known[key]

    context.resolve_function_type = resolve


# --- LLVM ---------------------------------------------------------------------------------------------------


def machine_code(text: str) -> bytes:
    """Return a module as an object, optimised once."""
    machine = target(SPEED)
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=SPEED)
    options.inlining_threshold = MOST_BUILT_IN
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    unknown = [
        one.name for one in module.functions if one.is_declaration and not one.name.startswith("llvm.")
    ]
    if unknown:
        raise NotCompilableError(f"the code would call {', '.join(unknown)}, or could raise")
    return machine.emit_object(module)

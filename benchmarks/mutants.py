"""Do the everyday tests prove anything? Planted faults in the rooms that simulate, measure and run studies.

    uv run python -m benchmarks.mutants                      400 faults, a seeded sample over all files
    uv run python -m benchmarks.mutants --again survived     only those that lived last time

mutmut makes the faults: all it makes within functions, decorated ones too, and of numbers and switches
outside of them. Its own runner starts the tests anew for each; here one process collects them once. Its
forks run them all and write down which lines each executes. Then, for each fault, a fork puts the faulty
code into the functions and runs the tests that execute its statement, quick ones first, until one fails. A
fault outside of functions, such as a default, gets a fresh process. What counts and what came of it:
docs/mutants.md.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import types
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import libcst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import file_mutation
from mutmut.mutation.pragma_handling import IgnoredCode

ROOT = Path(os.environ.get("MUTANTS_ROOT", Path(__file__).parents[1]))
KEPT = ROOT / "build" / "mutants"
ROOMS = ("sim/world", "sim/measures", "sim/studies")
TESTS = tuple(
    f"tests/{kind}" for kind in ("miniatures", "units", "theory", "statistics", "invariants", "metamorphic")
)
SECONDS = 20
"""Of computing, after which a fault counts as surviving (its tests may be many)."""
MEMORY = 8 * 2**30
COMMENT = "# a comment changes no result\n"  # a test that fails because of it has not seen a fault


# --- the faults ------------------------------------------------------------------------------------


class _Faults(file_mutation.MutationVisitor):
    """mutmut's faults, also in decorated functions."""

    def _skip_node_and_children(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, libcst.Decorator):
            return True
        if isinstance(node, libcst.FunctionDef):
            node = node.with_changes(decorators=())
        return super()._skip_node_and_children(node)


def faults(file: str) -> tuple[MetadataWrapper, list[file_mutation.Mutation]]:
    """Return the syntax tree of a file and all its faults."""
    tree = MetadataWrapper(libcst.parse_module((ROOT / file).read_text()))
    visitor = _Faults(file_mutation.mutation_operators, IgnoredCode(set(), set(), set()))
    tree.visit(visitor)
    plain = libcst.BaseNumber | libcst.Name  # outside of functions, numbers and switches; not tables of words
    return tree, [f for f in visitor.mutations if _function(f) or isinstance(f.original_node, plain)]


def _function(fault: file_mutation.Mutation) -> str:
    holder = fault.contained_by_top_level_function
    return holder.name.value if isinstance(holder, libcst.FunctionDef) else ""


def told_apart(file: str, tree: MetadataWrapper, fault: file_mutation.Mutation) -> dict:
    """Return a fault as data: where, the text before and after, and the whole file with it."""
    before, after = (tree.module.code_for_node(node) for node in (fault.original_node, fault.mutated_node))
    line = tree.resolve(PositionProvider)[fault.original_node].start.line
    whole = file_mutation.deep_replace(tree.module, fault.original_node, fault.mutated_node)
    place = {"file": file, "line": line, "statement": _statement(file, line), "function": _function(fault)}
    return place | {"before": before, "after": after, "code": whole.code}


@cache
def _statements(file: str) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.stmt)]


def _statement(file: str, line: int) -> tuple[int, int]:
    """Return first and last line of a statement: an interpreter tells of some of its lines only."""
    around = [node for node in _statements(file) if node.lineno <= line <= (node.end_lineno or 0)]
    inner = max(around, key=lambda node: node.lineno)
    body = getattr(inner, "body", None)
    return inner.lineno, max(line, body[0].lineno - 1 if body else inner.end_lineno or line)


def sample(n: int, seed: int, paths: tuple[str, ...], at_least: int = 3) -> list[dict]:
    """Return n faults: of every file in proportion to what it has, but at least a few."""
    of_file = {file: found for file in files_of(paths) if (found := faults(file))[1]}
    sizes = {file: len(found) for file, (_, found) in of_file.items()}
    whole = sum(sizes.values())
    share = {file: max(min(at_least, size), n * size // whole) for file, size in sizes.items()}
    by_size = sorted(sizes, key=lambda file: (-sizes[file], file))
    for turn in range(abs(n - sum(share.values()))):
        share[by_size[turn % len(by_size)]] += 1 if sum(share.values()) < n else -1
    luck = random.Random(seed)
    drawn = [
        told_apart(file, tree, found[place])
        for file, (tree, found) in of_file.items()
        for place in luck.sample(range(len(found)), share[file])
    ]
    luck.shuffle(drawn)  # so that whatever has been tried at any time is a sample, too
    print(f"{len(drawn)} of {whole} faults in {len(of_file)} files, seed {seed}")
    return [{"id": number, **fault} for number, fault in enumerate(drawn)]


# --- which test executes which line ----------------------------------------------------------------


class Recorder:
    """Which lines of the rooms a test executes, and how long it computes."""

    def __init__(self, files: list[str]) -> None:
        self.files = {str(Path.cwd() / file): file for file in files}
        self.seen: dict[str, set[int]] = defaultdict(set)
        watch = sys.monitoring
        watch.use_tool_id(4, "mutants")
        watch.register_callback(4, watch.events.PY_START, self._starts)
        watch.register_callback(4, watch.events.LINE, self._line)

    def _starts(self, code: types.CodeType, _: int) -> object:
        if code.co_filename in self.files:
            sys.monitoring.set_local_events(4, code, sys.monitoring.events.LINE)
        return sys.monitoring.DISABLE

    def _line(self, code: types.CodeType, line: int) -> object:
        self.seen[self.files[code.co_filename]].add(line)
        return sys.monitoring.DISABLE

    def record(self, session: pytest.Session, items: list[pytest.Item], to: Path) -> None:
        """Run the tests, and write down what each did."""
        failed = Failed()
        session.config.pluginmanager.register(failed)
        record = {}
        sys.monitoring.set_events(4, sys.monitoring.events.PY_START)
        for item, following in zip(items, [*items[1:], None], strict=False):
            self.seen.clear()
            sys.monitoring.restart_events()
            began = sum(os.times()[:4])
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            lines = {file: hex(sum(1 << line for line in lines)) for file, lines in self.seen.items()}
            seconds = round(sum(os.times()[:4]) - began, 3)
            record[item.nodeid] = {"seconds": seconds, "lines": lines, "failed": failed.test == item.nodeid}
        sys.monitoring.set_events(4, 0)
        to.write_text(json.dumps(record))


class Failed:
    """The last test that failed, and how."""

    test, how = "", ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed:
            self.test, self.how = report.nodeid, str(report.longrepr).strip().splitlines()[-1][:150]


# --- faults and tests ------------------------------------------------------------------------------


def _inner(code: types.CodeType) -> list[types.CodeType]:
    parts = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return parts + [deeper for part in parts for deeper in _inner(part)]


def functions_of(files: list[str]) -> dict[str, list[types.FunctionType]]:
    """Return all functions there are, by file."""
    found: dict[str, list[types.FunctionType]] = {str(Path.cwd() / file): [] for file in files}
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__code__.co_filename in found:
            found[thing.__code__.co_filename].append(thing)
    return found


def plant(fault: dict, functions: list[types.FunctionType], path: str) -> bool:
    """Put the faulty code into the functions; say whether that was possible."""
    right, wrong = (_inner(compile(text, path, "exec")) for text in (Path(path).read_text(), fault["code"]))
    if [code.co_qualname for code in right] != [code.co_qualname for code in wrong]:
        return False
    anew = {(a.co_qualname, a.co_firstlineno): b for a, b in zip(right, wrong, strict=True) if a != b}
    found = False
    for function in functions:
        code = anew.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if code is not None and code.co_freevars == function.__code__.co_freevars:
            function.__code__ = code
            found = True
    return found


def tests_of(fault: dict, covered: dict[str, dict]) -> list[list]:
    """Return the tests that execute a statement, quick ones first, then others of their files; with seconds.

    Others, because what a fixture or a cache has computed is booked to the first test that asked for it.
    """
    file, (first, last) = fault["file"], fault["statement"]
    bits = (1 << last + 1) - (1 << first)
    masks = {test: int(record["lines"].get(file, "0"), 16) for test, record in covered.items()}
    direct = {test for test, mask in masks.items() if mask & bits}
    fault["is_fresh"] = not direct or not fault["function"]  # executed when it is imported, if ever
    if fault["is_fresh"]:
        direct = {test for test, mask in masks.items() if mask} or set(covered)
    near = Counter(test.split("::")[0] for test in direct)
    if fault["is_fresh"]:
        direct = {test for test in covered if test.split("::")[0] in near}
    own = file.rsplit("/", 1)[-1].removesuffix(".py")
    spent = Counter()
    for test, record in covered.items():
        spent[test.split("::")[0]] += record["seconds"]

    def rank(test: str) -> tuple:
        slow = sum(covered[test]["seconds"] > bound for bound in (0.1, 0.5, 2))
        place = test.split("::")[0]
        return (test not in direct, slow, own not in place, spent[place] / near[place], place)

    chosen = [
        test for test, record in covered.items() if test.split("::")[0] in near and not record["failed"]
    ]
    return [[test, covered[test]["seconds"]] for test in sorted(chosen, key=rank)]


def steady() -> None:
    """Let hypothesis draw the same examples each time, and make none smaller."""
    from hypothesis import Phase, settings  # here, because pytest wants to be the first to import it

    settings.register_profile(
        "mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutants")


def run_tests(session: pytest.Session, order: list[list], told: Path) -> None:
    """Run tests until one fails or the time is over, and write down what came of it."""
    failed, items = Failed(), {item.nodeid: item for item in session.items}
    session.config.pluginmanager.register(failed)
    wanted = [(items[name], usual) for name, usual in order if name in items]
    limit = time.process_time() + SECONDS
    for number, (item, usual) in enumerate(wanted):
        left = {"left": len(wanted) - number} if time.process_time() > limit else {}
        if left:
            told.write_text(json.dumps({"outcome": "survived", **left}))
            return
        told.write_text(json.dumps({"outcome": "killed", "by": item.nodeid, "how": "goes on for ever"}))
        most = int(time.process_time() + 15 + 15 * usual)
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))  # then the system ends us
        following = wanted[number + 1][0] if number + 1 < len(wanted) else None
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if failed.test:
            told.write_text(json.dumps({"outcome": "killed", "by": failed.test, "how": failed.how}))
            return
    told.write_text(json.dumps({"outcome": "survived" if wanted else "not covered"}))


class Planter:
    """A plugin of pytest: once all tests are collected, forks record what they execute and try faults."""

    def __init__(self, faults: list[dict], files: list[str], slots: int) -> None:
        self.faults, self.files, self.slots = faults, files, slots
        self.recorder = Recorder(files)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do all of it instead of running the tests."""
        steady()
        covered = self._record(session)
        functions = functions_of(self.files)
        gc.freeze()
        waiting, running = list(self.faults), {}
        while waiting or running:
            while waiting and len(running) < self.slots:
                fault, slot = (
                    waiting.pop(0),
                    min(set(range(self.slots)) - {slot for _, slot, _ in running.values()}),
                )
                order = tests_of(fault, covered)
                child = os.fork()
                if child == 0:
                    self._child(session, fault, order, slot, functions)
                running[child] = fault, slot, time.monotonic()
            self._reap(running)
        return True

    def _record(self, session: pytest.Session) -> dict[str, dict]:
        cover = KEPT / "cover.json"
        known: dict[str, dict] = json.loads(cover.read_text()) if cover.exists() else {}
        by_file: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            if item.nodeid not in known:
                by_file[item.nodeid.split("::")[0]].append(item)
        children = []
        for slot in range(self.slots):
            if (child := os.fork()) == 0:
                os.setsid()
                mine = [item for file in list(by_file)[slot :: self.slots] for item in by_file[file]]
                self.recorder.record(session, mine, KEPT / f"cover{slot}.json")
                os._exit(0)
            children.append(child)
        for slot, child in enumerate(children):
            os.waitpid(child, 0)
            known |= json.loads((KEPT / f"cover{slot}.json").read_text())
        cover.write_text(json.dumps(known))
        return known

    def _child(
        self, session: pytest.Session, fault: dict, order: list[list], slot: int, functions: dict
    ) -> None:
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            told, place, path = (
                KEPT / f"told{slot}.json",
                KEPT / f"copy{slot}",
                str(Path.cwd() / fault["file"]),
            )
            told.write_text(json.dumps({"outcome": "not tried"}))
            (place / fault["file"]).write_text(fault["code"])  # for the processes that tests start
            os.chdir(place)
            os.environ["PYTHONPATH"] = str(place)
            if not order:
                told.write_text(json.dumps({"outcome": "not covered"}))
            elif not fault["is_fresh"] and plant(fault, functions[path], path):
                run_tests(session, order, told)
            else:
                Path("order.json").write_text(json.dumps(order[:400]))
                os.execv(sys.executable, [sys.executable, "-m", "benchmarks.mutants", "--one", str(told)])
        finally:
            os._exit(0)

    def _reap(self, running: dict) -> None:
        time.sleep(0.02)
        for child, (fault, slot, began) in list(running.items()):
            if time.monotonic() - began > 900:
                os.killpg(child, signal.SIGKILL)
            if not os.waitpid(child, os.WNOHANG)[0]:
                continue
            del running[child]
            outcome = json.loads((KEPT / f"told{slot}.json").read_text())
            shutil.copy(ROOT / fault["file"], KEPT / f"copy{slot}" / fault["file"])
            with (KEPT / "told.jsonl").open("a") as out:
                out.write(json.dumps(fault | {"seconds": round(time.monotonic() - began)} | outcome) + "\n")


class OneFault:
    """A plugin of pytest: run the tests of one fault in a process of their own."""

    def __init__(self, told: Path) -> None:
        self.told = told

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them, in their order."""
        steady()
        if session.testsfailed:  # with the fault nothing can be imported
            self.told.write_text(json.dumps({"outcome": "killed", "by": "", "how": "no import"}))
            return True
        run_tests(session, json.loads(Path("order.json").read_text()), self.told)
        return True


def copied(place: Path) -> None:
    """Copy what git knows, so that faults stand where nobody works."""
    shutil.rmtree(place, ignore_errors=True)
    known = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    for name in known.splitlines():
        if (ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)


def files_of(paths: tuple[str, ...]) -> list[str]:
    """Return the Python files of the rooms."""
    return sorted(str(file.relative_to(ROOT)) for path in paths for file in (ROOT / path).rglob("*.py"))


# --- what came of it -------------------------------------------------------------------------------


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    middle, spread = successes + z * z / 2, z * (successes * (n - successes) / n + z * z / 4) ** 0.5
    return (middle - spread) / (n + z * z), (middle + spread) / (n + z * z)


def report(results: list[dict]) -> None:
    """Print the score with its interval, and who lives."""
    n, killed = len(results), sum(fault["outcome"] == "killed" for fault in results)
    low, high = wilson(killed, n)
    endless = sum(fault.get("how") == "goes on for ever" for fault in results)
    print(f"killed {killed} of {n}: {killed / n:.1%}, 95 % interval {low:.1%} to {high:.1%}")
    print(f"{endless} of them by going on for ever")
    for file in sorted({fault["file"] for fault in results}):
        mine = [fault["outcome"] == "killed" for fault in results if fault["file"] == file]
        print(f"  {sum(mine):4} of {len(mine):4}  {file}")
    for fault in sorted(results, key=lambda fault: (fault["file"], fault["line"])):
        if fault["outcome"] != "killed":
            place = f"{fault['file']}:{fault['line']} {fault['function']}"
            print(f"{fault['id']:4} {fault['outcome']}: {place}")
            print(f"       {fault['before']!r} -> {fault['after']!r}")


def main() -> None:
    """Read the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--n", type=int, default=400)
    options.add_argument("--seed", type=int, default=20261129)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument(
        "--again",
        nargs="+",
        help="only those of the last sample that came to this: survived, not tried",
    )
    options.add_argument("--tests", nargs="+", default=TESTS)
    options.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options.add_argument(
        "--report", action="store_true", help="run nothing, only say what came of it last time"
    )
    told = options.parse_args()
    plain = ["-n0", "-q", "-p", "no:cacheprovider", "-o", "pythonpath=tests tests/surfaces"]
    if told.one:
        order = json.loads(Path("order.json").read_text())
        files = dict.fromkeys(name.split("::")[0] for name, _ in order)
        pytest.main([*plain, *files], [OneFault(told.one)])
        if "not tried" in told.one.read_text():  # with the fault not even pytest can begin
            told.one.write_text(json.dumps({"outcome": "killed", "by": "", "how": "no import"}))
        return
    if not told.report:
        KEPT.mkdir(parents=True, exist_ok=True)
        if not told.again:
            (KEPT / "cover.json").unlink(missing_ok=True)
            save([{**fault, "outcome": "not tried"} for fault in sample(told.n, told.seed, ROOMS)])
        drawn = [fault for fault in kept() if not told.again or fault["outcome"] in told.again]
        for slot in range(told.processes):
            copied(KEPT / f"copy{slot}")
        copied(KEPT / "copy")
        os.chdir(KEPT / "copy")
        files = files_of(ROOMS)
        for file in files:
            with Path(file).open("a") as out:
                out.write(COMMENT)
        inside = {"PYTHONPATH": str(KEPT / "copy"), "MUTANTS_ROOT": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        os.environ |= inside
        sys.path.insert(0, str(KEPT / "copy"))
        pytest.main([*plain, *told.tests], plugins=[Planter(drawn, files, told.processes)])
    save(kept())
    report(kept())


def save(faults: list[dict]) -> None:
    """Keep what came of the faults, and forget the log."""
    (KEPT / "results.json").write_text(json.dumps(faults, indent=1))
    (KEPT / "told.jsonl").write_text("")


def kept() -> list[dict]:
    """Return what came of the faults so far, from an interrupted run too."""
    faults = json.loads((KEPT / "results.json").read_text())
    lines = (KEPT / "told.jsonl").read_text().splitlines()
    latest = {fault["id"]: fault for fault in [*faults, *map(json.loads, lines)]}
    return [latest[number] for number in sorted(latest)]


if __name__ == "__main__":
    main()

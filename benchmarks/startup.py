"""CPU seconds of ``python -m sim --help``, and which heavy libraries it imports."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.measuring import Row, show

GOAL_SECONDS = 0.2
REPETITIONS = 7
HEAVY = ("numpy", "pandas", "scipy", "mesa", "plotly", "pydantic", "streamlit", "joblib", "rich")
FORBIDDEN = {"numpy", "pandas", "mesa", "plotly"}

COUNT_MODULES = """
import runpy, sys
sys.argv = ["opsim", "--help"]
try:
    runpy.run_module("sim", run_name="__main__", alter_sys=True)
except SystemExit:
    pass
finally:
    print(*sys.modules, file=sys.stderr)
"""


def cpu_seconds(command: list[str]) -> float:
    """Return user and system time of a child process; it must succeed."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return usage.ru_utime + usage.ru_stime


def rows() -> list[Row]:
    help_command = [sys.executable, "-m", "sim", "--help"]
    try:
        taken = min(cpu_seconds(help_command) for _ in range(REPETITIONS))
    except subprocess.CalledProcessError as problem:
        return [Row("--help", f"< {GOAL_SECONDS} CPU-s", f"exit code {problem.returncode}", False)]
    bare = min(cpu_seconds([sys.executable, "-c", ""]) for _ in range(REPETITIONS))
    listing = subprocess.run(
        [sys.executable, "-c", COUNT_MODULES], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ).stderr
    modules = set(listing.split())
    heavy = [name for name in HEAVY if name in modules]
    return [
        Row("--help", f"< {GOAL_SECONDS} CPU-s", f"{taken:.2f} CPU-s", taken < GOAL_SECONDS),
        Row("an empty Python, for comparison", "", f"{bare:.2f} CPU-s"),
        Row("--help: modules imported", "", str(len(modules))),
        Row(
            f"--help: of {', '.join(sorted(FORBIDDEN))}",
            "none",
            ", ".join(heavy) or "none",
            not FORBIDDEN & set(heavy),
        ),
    ]


if __name__ == "__main__":
    show(rows())

"""The command line as people use it: what goes to which stream, and with which exit code it ends."""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import typer
from worlds.commands import opsim, started
from worlds.shops import SHOP

import sim
import sim.__main__ as cli
from sim.cli import compare, program, screen
from sim.measures.metrics import METRICS, MONEY
from sim.scenario.files.load import load

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full and a shell")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the corner shop into a folder of its own, and go there."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, "utf-8")
    return file


# --- start-up and help ---------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_imports_nothing_that_is_slow(arguments: Sequence[str]):
    program = (
        "import sys, sim.__main__\n"
        "try: sim.__main__.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "slow = 'numpy pandas mesa plotly scipy pydantic rich streamlit'.split()\n"
        "slow = set(slow) & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_help_names_every_command_and_the_exit_codes():
    found = opsim("--help")
    assert found.code == 0
    for verb in ("demo", "list", "new", "check", "describe", "compare", "run", "app", "schema", "doctor"):
        assert f"\n  {verb} " in found.out
    assert "3 scenario" in found.out
    assert "..." not in found.out.partition("Scenarios:")[2], "no sentence is cut"


def test_compare_help_states_where_the_format_depends_on_the_terminal():
    assert "table on a terminal, csv otherwise" in " ".join(opsim("compare", "--help").out.split())


def test_version_is_the_package_version():
    assert opsim("--version").out == f"opsim {sim.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"], ["compare"], ["compare", "digital_retailer", "--nonsense"], ["run", "a", "b"],
        ["compare", "pooling", "--workers", "0"], ["compare", "pooling", "--workers", "many"],
        ["compare", "pooling", "--workers", "0000000010000000"],
        ["compare", "pooling", "--format", "xml"], ["compare", "pooling", "--set", "run.seed"], ["describe"],
        ["app", "--port", "99999"],
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_points_to_the_help(arguments: Sequence[str]):
    found = opsim(*arguments)
    assert found.code == 2
    assert found.out == ""
    assert "opsim" in found.err and "-h" in found.err
    assert "Traceback" not in found.err


# --- compare and run -----------------------------------------------------------------------------------


def test_compare_writes_the_result_to_stdout_and_the_rest_to_stderr(shop: Path):
    found = opsim("compare", str(shop), "--workers", "1")
    assert found.code == 0
    assert found.err.splitlines()[0] == "2 operating models x 4 replications x 40 weeks on 1 worker"
    table = pd.read_csv(io.StringIO(found.out))
    assert list(table["measure"]) == [name for name in METRICS if name not in MONEY], "the shop has no prices"
    assert "free_minus_train" in table.columns


def test_compare_as_json_has_estimates_intervals_and_paired_differences(shop: Path):
    found = opsim("compare", str(shop), "--format", "json", "-q")
    whole = json.loads(found.out)
    assert found.err == ""
    assert whole["scenario"] == "Corner shop"
    assert (whole["replications"], whole["seed"], whole["version"]) == (4, 1, sim.__version__)
    assert whole["events"] > 0 and whole["seconds"] > 0
    lead = whole["measures"]["lead_time_p85"]
    assert (
        lead["models"]["train"]["low"] < lead["models"]["train"]["estimate"] < lead["models"]["train"]["high"]
    )
    difference = lead["differences"]["free"]
    assert difference["paired"] and difference["high"] < 0
    assert difference["estimate"] == pytest.approx(
        lead["models"]["free"]["estimate"] - lead["models"]["train"]["estimate"]
    )
    hits = whole["measures"]["deadline_hits"]["models"]["free"]
    assert hits["estimate"] is None and hits["note"]


def test_compare_as_a_table_has_headline_kinds_of_time_and_pairing(shop: Path):
    found = opsim("compare", str(shop), "--format", "table", "-q")
    assert found.out.startswith("85 % of requests are done within")
    for part in (
        "With a train",
        "On demand",
        "Flow efficiency",
        "Where the time goes",
        "Pairing:",
        "4 paired runs",
    ):
        assert part in found.out


def test_compare_with_a_change_says_what_else_moved_and_simulates_for_it_what_was_changed(shop: Path):
    setting = ("--set", "situation.demand.arrivals.per_week=1", "--replications", "6")
    found = opsim("compare", str(shop), *setting, "--format", "table")
    assert "To say what else moved, without the change: " in found.err
    assert any(line.startswith("In ") and "less to do (" in line for line in found.out.splitlines()), (
        found.out
    )
    for quiet in (("--format", "csv"), ("--format", "table", "--models", "train", "--replications", "2")):
        assert "To say what else" not in opsim("compare", str(shop), *setting, *quiet).err
    same = ("compare", str(shop), "--set", "run.seed=9", "--replications", "4", "--format", "table")
    assert "To say what else" not in opsim(*same).err, "other luck cannot be compared"


def test_compare_of_chosen_models_settings_replications_and_seed(shop: Path):
    found = opsim(
        *("compare", str(shop), "--models", "free,train", "--replications", "2", "--seed", "7", "-q"),
        *("--set", "train.release.every_weeks=4", "--set", "situation.people.service=5", "--format", "json"),
    )
    whole = json.loads(found.out)
    assert (whole["baseline"], whole["replications"], whole["seed"]) == ("free", 2, 7)
    assert list(whole["measures"]["wip"]["differences"]) == ["train"]


def test_compare_of_several_scenarios_takes_all_their_models(shop: Path):
    other = shop.with_name("other.yaml")
    other.write_text(SHOP.replace("Corner shop", "Other shop"), "utf-8")
    whole = json.loads(
        opsim("compare", str(shop), str(other), "--models", "free", "--format", "json", "-q").out
    )
    assert whole["scenario"] == "Corner shop | Other shop"
    difference = whole["measures"]["lead_time_p85"]["differences"]["free (2)"]
    assert (difference["estimate"], difference["low"], difference["high"]) == (0, 0, 0)


def test_compare_refuses_scenarios_with_different_seeds(shop: Path):
    other = shop.with_name("other.yaml")
    other.write_text(SHOP + "  \n", "utf-8")
    other.write_text(SHOP.replace("replications: 4", "replications: 4, seed: 2"), "utf-8")
    found = opsim("compare", str(shop), str(other))
    assert found.code == 3
    assert "differs between the scenarios (1, 2)" in found.err
    assert opsim("compare", str(shop), str(other), "--seed", "3", "-q").code == 0


@pytest.mark.slow
def test_compare_is_the_same_with_worker_processes(shop: Path):
    one = opsim("compare", str(shop), "-q", "--workers", "1")
    two = opsim("compare", str(shop), "-q", "--workers", "2")
    assert one.out == two.out


def test_run_without_a_folder_shows_every_measure(shop: Path):
    found = opsim("run", str(shop), "-q", "--format", "table")
    assert found.code == 0
    for metric in METRICS.values():
        assert (metric.label in found.out) == (metric.name not in MONEY), "the shop has no prices"


def test_run_with_a_folder_writes_it_and_prints_its_name(shop: Path):
    found = opsim("run", str(shop), "--out", "results/first", "-q")
    folder = shop.parent / "results" / "first"
    assert (found.code, found.out) == (0, f"{folder}\n")
    assert load(folder / "scenario.yaml").to_json() == load(shop).to_json()
    assert json.loads((folder / "provenance.json").read_text())["command"].startswith("opsim")
    again = opsim("run", str(shop), "--out", "results/first", "-q")
    assert again.code == 5
    assert "exists already; pass --force" in again.err
    assert opsim("run", str(shop), "--out", "results/first", "-q", "--force").code == 0


def test_compare_with_a_folder_also_shows_the_comparison(shop: Path):
    found = opsim("compare", str(shop), "--out", "results")
    assert found.out.startswith("measure,unit,")
    assert "Everything that happened is in" in found.err
    assert (shop.parent / "results" / "stays.parquet").exists()


def test_an_overloaded_team_is_named_before_the_start_and_the_result_is_marked(shop: Path):
    arguments = ("compare", str(shop), "--set", "situation.demand.arrivals.per_week=20", "--format", "table")
    found = opsim(*arguments)
    assert found.code == 0
    assert "warning: On demand: about 5 a week more arrive than are finished" in found.err
    assert "growing" in found.out
    assert "Too full: team service (load 1.33)." in found.out, "what is passed on says it, too"
    changed, *moved = found.out.splitlines()[-3:]
    assert changed == "Changed against the scenario: situation.demand.arrivals.per_week=20."
    assert all(" teams work " in sentence for sentence in moved), "how much there is to do nobody knows"
    assert opsim(*arguments, "--strict").code == 4
    assert "warning" not in opsim(*arguments, "--quiet").err


def test_verbose_tells_how_fast_it_was(shop: Path):
    assert "events in" in opsim("compare", str(shop), "-v").err


def test_progress_on_a_pipe_is_plain_lines(monkeypatch: pytest.MonkeyPatch):
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    said: list[str] = []
    show = screen.Lines(said.append)
    for done in range(1, 31):
        show(done, 30)
    assert said[0] == "run 3/30  10 %  54 s left", (
        "reckoned from the first run, not from the start of workers"
    )
    assert len(said) == 9, "one for each ten per cent, and none for the end"


def test_progress_of_slow_runs_is_a_line_every_ten_seconds(monkeypatch: pytest.MonkeyPatch):
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    said: list[str] = []
    show = screen.Lines(said.append)
    for done in range(1, 6):
        show(done, 1000)
    assert [line.split()[1] for line in said] == ["2/1000", "4/1000"]


def test_help_shows_every_command_once_under_what_people_come_for():
    lines = opsim("--help").out.splitlines()
    for title in program.GROUPS:
        assert f"{title}:" in lines
    shown = [name for names in program.GROUPS.values() for name in names]
    assert sorted(shown) == sorted(typer.main.get_group(program.app).commands), "name the command in GROUPS"
    for name in shown:
        assert sum(line.split()[:1] == [name] for line in lines) == 1, name


# --- the other commands --------------------------------------------------------------------------------


def test_list_has_a_line_for_every_scenario_and_operating_model():
    found = opsim("list")
    for name in ("digital_retailer", "regulated_bank", "industrial", "product"):
        assert sum(line.split()[:1] == [name] for line in found.out.splitlines()) == 1
    assert max(map(len, found.out.splitlines())) < 125


def test_check_says_ok_with_the_expected_work(shop: Path):
    found = opsim("check", str(shop), "digital_retailer")
    assert found.code == 0
    assert found.out.startswith(
        "ok  shop.yaml: 2 operating models x 4 replications, each of about 400 requests"
    )
    assert "people with skill development do not divide by 4 products" in found.out, (
        "what happens to people that do not divide by the products"
    )


def test_check_shows_all_problems_of_all_files_with_lines(shop: Path):
    bad = shop.with_name("bad.yaml")
    bad.write_text(SHOP.replace("people:", "peple:").replace("replications: 4", "replications: 0"), "utf-8")
    found = opsim("check", str(bad), str(shop), str(shop.with_name("absent.yaml")))
    assert found.code == 3
    assert found.out.startswith("ok  shop.yaml"), "the good one is still looked at"
    assert (
        'error: bad.yaml, line 4: situation.peple is not a known field. Did you mean "people"?' in found.err
    )
    assert "error: bad.yaml, line 11: run.replications must be 1 or more (found 0)" in found.err
    assert "problems. Fields and limits: opsim describe --fields" in found.err
    assert "error: absent.yaml: does not exist" in found.err


def test_check_warns_and_with_strict_ends_with_4(shop: Path):
    shop.write_text(SHOP.replace("every_weeks: 2", "every_weeks: 50"), "utf-8")
    found = opsim("check", str(shop))
    assert found.code == 0
    assert "warning: With a train: no release falls into the run" in found.out
    assert opsim("check", str(shop), "--strict").code == 4


def test_describe_has_three_forms_and_the_fields(shop: Path):
    assert "3 in service" in opsim("describe", str(shop)).out
    assert opsim("describe", str(shop), "--format", "md").out.startswith("# Corner shop")
    whole = json.loads(opsim("describe", str(shop), "--format", "json", "--set", "run.seed=5").out)
    assert {"path": "run.seed", "value": 5}.items() <= whole["parameters"][-1].items()
    assert "situation.need.half_life_weeks" in opsim("describe", "--fields").out


def test_new_writes_a_file_that_can_be_run_and_refuses_to_overwrite(shop: Path):
    found = opsim("new", "My bank", "--from", "regulated_bank")
    assert (found.code, found.out) == (0, "my_bank.yaml\n")
    file = shop.with_name("my_bank.yaml")
    text = file.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=./opsim.schema.json")
    assert json.loads(shop.with_name("opsim.schema.json").read_text())["title"] == "opsim scenario"
    assert load(file) == load("regulated_bank", {"name": "My bank"})
    again = opsim("new", "my BANK")
    assert again.code == 5
    assert "my_bank.yaml exists already" in again.err
    assert file.read_text("utf-8") == text
    assert opsim("new", "Another").code == 0
    compared = opsim("compare", "another.yaml", "--replications", "4", "--format", "table")
    assert compared.code == 0 and "Lengthen" not in compared.out, "it is simulated for long enough"
    assert opsim("new", "Third", "--from", "nothing").code == 3


def test_schema_is_json_on_stdout():
    assert json.loads(opsim("schema").out)["properties"]["extends"]


def test_doctor_shows_versions_and_tests_the_simulator():
    found = opsim("doctor")
    assert found.code == 0, found.err
    for part in (
        sim.__version__,
        "numpy",
        "cores",
        "optional: SALib",
        "self-test: a queue agrees",
    ):
        assert part in found.out


def test_doctor_fails_if_the_simulator_does_not_agree_with_theory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.trust.theory.mmc_mean_wait_days", lambda *_: 99.0)
    found = opsim("doctor")
    assert found.code == 1
    assert "theory says 99.00" in found.err


def test_demo_shows_headline_bars_and_what_comes_next(monkeypatch: pytest.MonkeyPatch):
    from sim.scenario.files.load import load

    monkeypatch.setattr(compare, "loaded", lambda *_, **more: [load("pooling", {"run.replications": 2})])
    found = opsim("demo", "--workers", "1")
    assert found.code == 0
    assert "Where the time goes" in found.out and "█" in found.out
    assert "Next: opsim compare" in found.err


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, list[str], str | None]]:
    """Collect what would be served: page, options, scenario."""
    from sim.ui import server

    calls: list[tuple[Path, list[str], str | None]] = []
    monkeypatch.setenv("OPSIM_SCENARIO", "")  # put back afterwards
    monkeypatch.setenv("PYTHONWARNINGS", "")
    monkeypatch.setattr(
        server, "serve", lambda page, options: calls.append((page, options, os.environ["OPSIM_SCENARIO"]))
    )
    monkeypatch.setattr(cli, "_end_workers", lambda: None)
    monkeypatch.setattr(os, "_exit", sys.exit)  # the workers are not waited for
    return calls


def test_app_serves_our_page_with_the_scenario(shop: Path, served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert opsim("app", "shop.yaml", "--port", "8600", "--host", "0.0.0.0").code == 0
    assert opsim("app", "digital_retailer").code == 0
    (page, options, scenario), (_, _, shipped) = served
    assert page.name == "app.py"
    assert scenario == str(shop)
    assert shipped == "digital_retailer"
    for option in (
        *("--server.headless=true", "--server.showEmailPrompt=false", "--browser.gatherUsageStats=false"),
        *("--server.port=8600", "--server.address=0.0.0.0"),
    ):
        assert option in options


def test_app_refuses_a_bad_scenario_before_it_starts(shop: Path, served):
    shop.write_text("nmae: x", "utf-8")
    assert opsim("app", str(shop)).code == 3
    assert not served, "started all the same"


def test_app_without_streamlit_ends_with_6(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = opsim("app")
    assert found.code == 6
    assert "streamlit is not installed" in found.err


# --- streams, faults and interrupts --------------------------------------------------------------------


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert screen.Screen().label("error:", 31) == "\033[31merror:\033[0m"
    assert screen.Screen(no_color=True).label("error:", 31) == "error:"
    monkeypatch.setenv("NO_COLOR", "1")
    assert screen.Screen().label("error:", 31) == "error:"


def test_an_unexpected_fault_ends_with_1_and_names_a_log(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **more: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(compare, "loaded", fail)
    found = opsim("compare", "digital_retailer")
    assert found.code == 1
    assert "Traceback" not in found.err and "secret" not in found.err
    log = Path(found.err.partition("report it with ")[2].partition(", which")[0])
    assert "ZeroDivisionError: secret" in log.read_text("utf-8")
    log.unlink()
    loud = opsim("compare", "digital_retailer", "-vv")
    assert "Traceback" in loud.err
    Path(loud.err.partition("report it with ")[2].partition(", which")[0]).unlink()


def test_a_worker_that_dies_is_named_as_such(monkeypatch: pytest.MonkeyPatch):
    from concurrent.futures import BrokenExecutor

    monkeypatch.setattr(cli.os, "_exit", lambda code: sys.exit(code))

    def die(*_: object, **more: object) -> None:
        raise BrokenExecutor

    monkeypatch.setattr(compare, "loaded", die)
    found = opsim("compare", "digital_retailer")
    assert found.code == 1
    assert "a worker process ended in mid-work" in found.err


def test_a_fault_of_the_program_is_reported_even_where_no_file_can_be_written(
    monkeypatch: pytest.MonkeyPatch,
):
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(compare, "loaded", fail)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    found = opsim("demo")
    assert found.code == 1
    assert (
        "report it with what the same command with -vv shows (no file could be written: No space" in found.err
    )


def in_a_shell(line: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell line that names it ``"$@"``."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(sim.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, "-m", "sim", *arguments],
        cwd=folder, env=environment, text=True, capture_output=True, check=False, timeout=120,
    )  # fmt: skip


@linux
@pytest.mark.parametrize(
    ("arguments", "line", "says"),
    [
        (
            ["schema"],
            '"$@" > /dev/full',
            "written to standard output: No space left on device. Nothing is wrong",
        ),
        (["--version"], '"$@" >&-', "standard output is closed, and results go there; send it to a file or"),
        pytest.param(["--help"], '"$@" > /dev/full', "No space left on device", marks=pytest.mark.slow),
        pytest.param(["--version"], '"$@" > /dev/full', "No space left on device", marks=pytest.mark.slow),
        pytest.param(
            ["compare", "pooling", "--replications", "2"],
            '"$@" > /dev/full',
            "No space",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_full_or_closed_output_is_no_fault_of_the_program(
    tmp_path: Path, arguments: list[str], line: str, says: str
):
    found = in_a_shell(line, *arguments, folder=tmp_path)
    assert found.returncode == 5
    assert says in found.stderr
    assert "unexpectedly" not in found.stderr and "Traceback" not in found.stderr


@linux
@pytest.mark.slow
@pytest.mark.parametrize("line", ['"$@" 2> /dev/full', '"$@" 2>&-'])
def test_remarks_that_cannot_be_written_are_lost_and_results_are_not(tmp_path: Path, line: str):
    found = in_a_shell(line, "compare", "pooling", "--replications", "2", folder=tmp_path)
    assert found.returncode == 0
    assert found.stdout.startswith("measure,unit,") and "operating models x" not in found.stdout


@linux
def test_new_on_a_full_disk_leaves_nothing_so_the_next_try_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    full = in_a_shell('ulimit -f 1; "$@"', "new", "My firm", folder=tmp_path)
    assert full.returncode == 5, full.stderr
    assert "my_firm.yaml cannot be written: File too large. Nothing was left there" in full.stderr
    assert list(tmp_path.iterdir()) == []
    monkeypatch.chdir(tmp_path)
    assert opsim("new", "My firm").code == 0


def test_a_closed_pipe_ends_quietly(tmp_path: Path):
    with started("describe", "--fields", folder=tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def wait_until_both_sides_have_finished_a_unit(folder: Path) -> None:
    """Units are written in turn: once the first side writes again, what the second wrote is finished."""
    first_side: set[int] = set()
    for _ in range(1200):
        sizes = [
            max(
                (
                    part.stat().st_size
                    for part in folder.glob(f".opsim-unfinished-*/part-{side}-stays.parquet")
                ),
                default=0,
            )
            for side in (0, 1)
        ]
        if sizes[1] > 1000:  # the second side's first unit is being written, or is
            first_side.add(sizes[0])
        if len(first_side) > 1:
            return
        time.sleep(0.1)
    raise AssertionError("no unit of both sides was finished within two minutes")


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
@pytest.mark.parametrize(
    ("number", "workers"),
    [
        pytest.param(signal.SIGINT, "1", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "2", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "1", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "2", marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_keeps_what_is_finished(shop: Path, number: int, workers: str):
    process = started(
        *("run", str(shop), "--out", "cut", "--workers", workers, "--replications", "100000"),
        *("--set", "situation.demand.arrivals.per_week=14"),
        folder=shop.parent,
    )
    wait_until_both_sides_have_finished_a_unit(shop.parent)
    os.killpg(process.pid, number)  # as a terminal does: everybody in the group
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == f"{shop.parent / 'cut'}\n", err
    assert "interrupted: the result holds the" in err and "Traceback" not in err
    provenance = json.loads((shop.parent / "cut" / "provenance.json").read_text())
    runs = pd.read_parquet(shop.parent / "cut" / "runs.parquet")
    assert not provenance["is_complete"]
    assert len(runs) == 2 * provenance["replications"] > 0
    assert not list(shop.parent.glob(".opsim-*")), "no temporary folder is left"


def test_an_interrupt_before_anything_is_finished_leaves_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.findings.result_folder.record_unit", interrupted)
    found = opsim("run", str(shop), "--out", "cut", "--workers", "1")
    assert found.code == 130
    assert "interrupted before anything was finished" in found.err
    assert [path.name for path in shop.parent.iterdir()] == ["shop.yaml"]


# --- studies that are kept, precision, clusters, forecasts, warm-up -------------------------------------


def test_compare_with_a_study_folder_is_resumed_by_the_same_command(shop: Path):
    command = ("compare", str(shop), "--store", "kept", "--workers", "1")
    first = opsim(*command)
    assert first.code == 0
    assert "Every run is kept in kept (opsim studies shows what it holds)" in first.err
    files = {path: path.stat().st_mtime_ns for path in Path("kept/runs").iterdir()}
    again = opsim(*command)
    assert again.out == first.out == opsim("compare", str(shop), "-q").out
    assert {path: path.stat().st_mtime_ns for path in Path("kept/runs").iterdir()} == files
    sessions = [json.loads(path.read_text()) for path in sorted(Path("kept/sessions").iterdir())]
    assert {session["command"].partition(" ")[0] for session in sessions} == {"opsim"}
    assert sessions[-1]["computed"] == 0 and sessions[-1]["is_complete"]
    listed = opsim("studies", "kept")
    assert listed.code == 0
    assert "corner_shop-" in listed.out and "4/4" in listed.out and "complete" in listed.out


def test_damaged_files_of_a_study_are_told(shop: Path):
    opsim("compare", str(shop), "--store", "kept", "-q")
    next(Path("kept/runs").iterdir()).write_bytes(b"PAR1")
    found = opsim("compare", str(shop), "--store", "kept")
    assert found.code == 0
    assert "warning: damaged in kept, so computed again: 1 file (cut off, changed or of" in found.err


def test_studies_of_another_folder_end_with_5(shop: Path):
    assert opsim("studies", ".").code == 5
    found = opsim("compare", str(shop), "--store", ".")
    assert found.code == 5
    assert "is no study store, and not empty" in found.err
    assert opsim("compare", str(shop), "--store", "a", "--out", "b").code == 2


def test_precision_is_reached_or_ends_with_4(shop: Path):
    found = opsim("compare", str(shop), "--precision", "throughput=20%", "--most", "40")
    assert found.code == 0
    assert "x up to 40 replications" in found.err
    assert "Sure enough after" in found.err
    short = opsim("compare", str(shop), "--precision", "lead_time_p85=0.0001", "--most", "11")
    assert short.code == 4
    assert "Not as sure as asked for after 11 paired runs" in short.err
    for wrong in ("throughput", "nothing=3", "throughput=-1"):
        assert opsim("compare", str(shop), "--precision", wrong).code == 2


@pytest.mark.slow
def test_cluster_that_is_not_there_ends_with_1(shop: Path):
    found = opsim("compare", str(shop), "--cluster", "nonsense://nowhere")
    assert found.code == 1
    assert "no Dask scheduler answers at nonsense://nowhere" in found.err


def test_forecast_says_when_and_how_many(shop: Path):
    when = opsim("forecast", str(shop), "--items", "20", "--format", "table", "--workers", "1")
    assert when.code == 0, when.err
    assert when.out.startswith("There is an 85 % chance that 20 requests are done by week ")
    assert "With a train" in when.out and "weeks by history" in when.out and "4 runs" in when.out
    assert "(? to" in when.out and "?: too few runs" in when.out
    many = opsim("forecast", str(shop), "--weeks", "4", "--format", "table", "--workers", "1")
    assert "requests by simulation" in many.out
    rows = pd.read_csv(io.StringIO(opsim("forecast", str(shop), "--weeks", "4", "-q").out))
    assert rows["chance"].tolist() == [0.5, 0.7, 0.85, 0.95] * 2
    assert json.loads(opsim("forecast", str(shop), "--weeks", "4", "--format", "json", "-q").out)
    assert opsim("forecast", str(shop)).code == 2
    assert opsim("forecast", str(shop), "--weeks", "400").code == 1


def test_warm_up_says_since_when_and_draws_it(shop: Path):
    found = opsim("warm-up", str(shop), "--replications", "20", "--chart", "welch.html", "--models", "free")
    assert found.code in (0, 4)
    assert "On demand: " in found.out and "averaged over 20 runs" in found.out
    assert "open requests" in Path("welch.html").read_text("utf-8")
    assert opsim("warm-up", str(shop), "--chart", "welch.html").code == 5


# --- settings that cannot act ----------------------------------------------------------------------------


def test_check_names_what_is_set_and_can_do_nothing(shop: Path):
    shop.write_text(SHOP.replace("train: {name", "train: {governance: {notice_chance: 1.0}, name"), "utf-8")
    found = opsim("check", shop.name, "--strict")
    said = r"note: shop.yaml, line \d+: train.governance.notice_chance can do nothing here: it acts only when"
    assert re.search(said, found.out)
    assert found.code == 0, "a note is no warning"
    few = ("--replications", "1", "--format", "csv")
    said = "note: 1 setting can do nothing here; opsim describe says which"
    assert said in opsim("compare", shop.name, *few).err
    assert "can do nothing" not in opsim("compare", shop.name, "--models", "free", *few).err


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("train.governance.notice_chance=1", True),
        ("situation.risks.restore_hours=4", True),
        ("free.handoff=3", True),
        ("free.release=2", False),
        ("requests=9", False),
        ("run.seed=3", False),
    ],
)
def test_a_setting_of_the_command_line_that_can_do_nothing_is_named(shop: Path, setting: str, named: bool):
    found = opsim("run", shop.name, "--set", setting, "--replications", "1", "--format", "csv")
    assert found.code == 0
    name = setting.partition("=")[0]
    assert (f"warning: {name} can do nothing here: it acts only when " in found.err) == named
    assert "can do nothing" not in found.out
    assert "can do" not in opsim("run", shop.name, "--set", setting, "--replications", "1", "--quiet").err


# --- lists of requests --------------------------------------------------------------------------------

LISTED = """
name: Listed
situation:
  people: {dev: 3}
  demand:
    arrivals: {kind: trace, file: list.csv, columns: {item: key, arrived: created}}
    work: [{activity: build, skill: dev, effort_days: 0.3}]
operating_models: {x: {}}
run: {horizon_weeks: 20, warm_up_weeks: 4, tail_weeks: 2, replications: 2}
"""


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a scenario with a list into a folder, one of its dates a placeholder, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "listed.yaml").write_text(LISTED, "utf-8")
    (tmp_path / "list.csv").write_text(
        "key,created\nA-1,1900-01-01\nA-2,2024-03-12\nA-3,2024-03-13\n", "utf-8"
    )
    return "listed.yaml"


ACCOUNT = "3 rows read, 1 used (0 of them measured); not used: 2 that arise after the run ends (week 20)."


def test_check_says_what_is_used_of_a_list_and_strict_refuses(listed: str):
    checked = opsim("check", listed)
    assert checked.code == 0
    assert f"    list.csv: {ACCOUNT}" in checked.out
    assert "    warning: list.csv: 1900-01-01 (row 2) looks like a placeholder." in checked.out
    assert opsim("check", listed, "--strict").code == 4


def test_run_says_what_is_used_of_a_list_and_its_folder_keeps_it(listed: str, tmp_path: Path):
    ended = opsim("run", listed, "--workers", "1", "--out", "out", "--strict")
    assert ended.code == 4
    assert f"list.csv: {ACCOUNT}" in ended.err
    assert "warning: list.csv: 1900-01-01 (row 2) looks like a placeholder." in ended.err
    assert ACCOUNT in (tmp_path / "out" / "log.txt").read_text("utf-8")
    [kept] = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))["lists"]
    assert (kept["rows"], kept["used"], sum(kept["not_used"].values())) == (3, 1, 2)


@pytest.mark.parametrize(
    "command",
    [
        ("forecast", "--items", "1"),
        ("warm-up",),
        ("sweep", "--over", "situation.people.dev=2,3"),
    ],
)
def test_explorations_say_what_is_used_of_a_list(command: tuple[str, ...], listed: str):
    ended = opsim(command[0], listed, *command[1:], "--workers", "1")
    assert f"list.csv: {ACCOUNT}" in ended.err, ended


# --- tables as data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "row"),
    [
        (("list",), {"kind": "scenario", "key": "digital_retailer", "name": "Digital retailer"}),
        (("list",), {"kind": "operating model", "key": "product"}),
        (("claims", "--list", "--id", "C09a"), {"id": "C09a"}),
    ],
)
def test_tables_that_are_looked_at_come_as_data_too(
    command: tuple[str, ...], row: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "sim.trust.claims.running.read_stored_claims", dict
    )  # it takes seconds, and has tests
    text, csv, as_json = (opsim(*command, "--format", shown) for shown in ("table", "csv", "json"))
    assert text.code == csv.code == as_json.code == 0
    assert opsim(*command).out == text.out, "a table unless asked otherwise"
    rows = json.loads(as_json.out)
    assert any(found.items() >= row.items() for found in rows)
    table = pd.read_csv(io.StringIO(csv.out), dtype=str)
    key = next(iter(row)) if "key" not in row else "key"
    assert list(dict.fromkeys(table[key])) == [found[key] for found in rows]
    assert all(found[key] in text.out for found in rows)


def test_studies_and_warm_up_come_as_data_too(shop: Path):
    opsim("compare", str(shop), "--store", "kept", "--workers", "1", "-q")
    [study] = json.loads(opsim("studies", "kept", "--format", "json").out)
    assert (study["replications"], study["wanted"], study["state"]) == (4, 4, "complete")
    assert study["scenario"] == "Corner shop" and "On demand" in study["compares"]
    found = opsim("warm-up", str(shop), "--replications", "3", "--workers", "1", "-q", "--format", "csv")
    table = pd.read_csv(io.StringIO(found.out))
    assert list(table["operating_model"]) == ["train", "free"] and set(table["warm_up_weeks"]) == {6.0}


def test_doctor_names_what_the_code_uses_and_nothing_else():
    import tomllib

    from sim.cli.set_up import EXTRAS

    project = tomllib.loads((Path(sim.__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    named = {line.split(">")[0] for extra in project["optional-dependencies"].values() for line in extra}
    offered = {name.removeprefix("python-") for name in named}  # as they are imported
    assert set(EXTRAS) == offered
    rows = json.loads(opsim("doctor", "--format", "json").out)
    optional = {row["what"].removeprefix("optional: ") for row in rows if row["what"].startswith("optional")}
    assert optional == offered and rows[-1]["what"] == "self-test"


def test_one_of_something_is_not_said_in_the_plural(shop: Path):
    found = opsim("run", str(shop), "--models", "free", "--replications", "1", "--workers", "1")
    assert found.err.startswith("1 operating model x 1 replication x 40 weeks on 1 worker\n")
    assert (
        "due in 1 week"
        in opsim(
            "describe", str(shop), "--set", "situation.demand.classes=[{name: urgent, deadline_weeks: 1}]"
        ).out
    )

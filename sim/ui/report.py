"""Report: what a comparison came to, as files for somebody else."""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import SimError, counted, reason, visible
from sim.experiments.usual import MAP_POINTS
from sim.experiments.winner_map import usual_axes
from sim.findings.report.gathering import CONTENTS, GATE_RUNS, STORED, WAY_RUNS, Evidence, stored_found
from sim.findings.report.making import FORMS, made_as
from sim.findings.report.template import LARGEST_TEMPLATE
from sim.findings.report.writing import decision_of, report_of
from sim.findings.wording import escaped
from sim.scenario.files.save import safe_file_name
from sim.studies.contenders import contenders_of
from sim.ui import on_demand
from sim.ui.compare import recall_stored
from sim.ui.elements import look_again, tight
from sim.ui.winner_map import REPLICATIONS as MAP_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.findings.report.content import Report
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.queue.jobs import Job
    from sim.studies.study import Study
    from sim.ui.what_if import WhatIf

NOT_READY = "it was still being computed when this was made"

_NEEDS = {"pptx": ("pptx", "deck"), "xlsx": ("xlsxwriter", "deck"), "figures": ("kaleido", "images")}
_KINDS = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "memo": "text/html",
    "figures": "application/zip",
    "bundle": "application/zip",
}
_BUTTONS = {
    "pptx": "PowerPoint",
    "xlsx": "Excel",
    "html": "Page (HTML)",
    "memo": "Memo of one page",
    "figures": "Figures",
    "bundle": "Bundle to compute again",
}


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = on_demand.opened(what_if, "Report")
    if scenario is None:
        return
    st.markdown(
        "Slides with charts that can be edited, a workbook, a page that prints, a memo of one page: all say "
        "the same, with the numbers of this app. Everything is made on this machine."
    )
    job = _runs(what_if, scenario)
    if job is None:
        return
    study = job.study()
    left, right = st.columns([2, 3], gap="large")
    with left:
        title, client, decision, template = _about(what_if, scenario, study)
        evidence = _evidence(what_if, scenario, study)
    told = report_of(evidence, title=title, client=client, decision=decision, command=_command(what_if))
    with right:
        _outline(told)
    _downloads(told, study, template, is_refined=job.is_active)


def _runs(what_if: WhatIf, scenario: Scenario) -> Job | None:
    """Return the runs of the comparison, which page Compare knows already."""
    recall_stored(what_if)
    sign = on_demand.sign(what_if, what_if.replications)
    found = on_demand.runs(
        what_if, "report", sign, lambda: (None, contenders_of([scenario])), what_if.replications
    )
    return None if found is None else found[1]


def _command(what_if: WhatIf) -> str:
    """Return what computes it again, where a command can name it: a shipped scenario as it is."""
    is_as_it_is = what_if.choice.is_shipped and not what_if.settings
    return f"opsim report {what_if.choice.key} --replications {what_if.replications}" if is_as_it_is else ""


def _about(what_if: WhatIf, scenario: Scenario, study: Study) -> tuple[str, str, str, bytes | None]:
    """Draw what stands on the report, and the template."""
    st.header("What stands on it")
    said = {
        name: _written(what_if, name, *about)
        for name, about in {
            "title": ("Title", scenario.name, 120),
            "client": ("For whom", "", 120),
            "decision": ("Decision asked for", decision_of(study), 300),
        }.items()
    }
    title, client, decision = said.values()
    with st.expander("Slides on your client's template", key="report_template_open"):
        file = st.file_uploader(
            "A .pptx of up to 5 MB: its size, fonts and layout are used, its slides are not", type="pptx",
            key="report_template", max_upload_size=LARGEST_TEMPLATE // 1_000_000,
        )  # fmt: skip
    if file is None:
        return title, client, decision, None
    content = file.getvalue()
    if problem := _template_problem(content):
        st.error(escaped(problem))
        return title, client, decision, None
    st.caption(f"The slides stand on {escaped(visible(file.name, 60))}.")
    return title, client, decision, content


def _written(what_if: WhatIf, name: str, label: str, otherwise: str, longest: int) -> str:
    """Draw a text that stands in the link; return it, or nothing where what it would be is as good."""
    key = f"report_{name}"

    def keep() -> None:
        what_if.screen[name] = str(st.session_state[key])

    if key not in st.session_state:
        st.session_state[key] = visible(what_if.screen.get(name, ""), longest)
    return st.text_input(label, placeholder=otherwise, max_chars=longest, key=key, on_change=keep)


@st.cache_data(max_entries=20, show_spinner=False)
def _template_problem(content: bytes) -> str:
    from sim.findings.report.deck import template_problem

    return template_problem(content)


# --- what it holds --------------------------------------------------------------------------------------


def _evidence(what_if: WhatIf, scenario: Scenario, study: Study) -> Evidence:
    """Draw what the report may hold beside the comparison, and compute what is chosen."""
    st.header("What it holds")
    st.checkbox("Comparison, money, assumptions", True, disabled=True, key="report_all")
    found: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for key, what in CONTENTS.items():
        if not st.checkbox(what[:1].upper() + what[1:], False, key=f"report_{key}"):
            continue
        if len(scenario.models) < 2 and key != "gates":
            left_out[key] = "there is only one operating model"
            st.caption("There is only one operating model here.")
            continue
        try:
            found[key] = _stored(what_if, key, scenario) or _FINDERS[key](what_if, scenario)
        except SimError as problem:
            text = left_out[key] = str(problem)
            st.caption(escaped(f"{text[:1].upper()}{text[1:]}"))
            continue
        if found[key] is None:
            left_out[key] = NOT_READY
    return Evidence(
        study, found.get("why"), found.get("wins"), found.get("way"), found.get("gates") or {}, left_out
    )


def _stored(what_if: WhatIf, key: str, scenario: Scenario) -> Any:
    """Return the stored answer of a shipped scenario as it is, if there is one."""
    answer = on_demand.stored(what_if, STORED[key]) if key in STORED else None
    return None if answer is None else stored_found(key, answer.found, scenario)


def _finished(
    what_if: WhatIf,
    name: str,
    sign: str,
    plan: Callable[[], tuple[Any, Sequence[Contender]]],
    wanted: int,
    **more: Any,
) -> tuple[Any, Any] | None:
    """Return a plan and its runs when all of them are there: a report is not refined after it was sent."""
    found = on_demand.runs(what_if, name, sign, plan, wanted, **more)
    return None if found is None or found[1].is_active else found


def _why(what_if: WhatIf, scenario: Scenario) -> Any:
    from sim.experiments.why import Attribution, cost_of, plan_why

    _, fewest, _ = cost_of(scenario)

    def plan() -> tuple[Any, Sequence[Contender]]:
        planned = plan_why(scenario)
        return planned, planned.contenders

    found = _finished(what_if, "split", on_demand.sign(what_if), plan, what_if.replications, fewest=fewest)
    return None if found is None else Attribution(found[0], found[1].study(), "lead_time_p85")


def _wins(what_if: WhatIf, scenario: Scenario) -> Any:
    from sim.experiments.sweep import points_of
    from sim.experiments.winner_map import plan_map

    models = (scenario.models[0], scenario.models[-1])
    across, up, measure = usual_axes(scenario, models)
    plan = plan_map(scenario, across, up, measure, points=MAP_POINTS, replications=MAP_RUNS, models=models)
    coarse = plan.coarse()

    def planned() -> tuple[Any, Sequence[Contender]]:
        points = points_of(plan.scenario, coarse.values(), plan.models)
        return points, points.contenders

    found = _finished(what_if, "map", on_demand.sign(what_if, across, up), planned, MAP_RUNS)
    if found is None:
        return None
    points, job = found
    outcomes, _ = on_demand.outcomes_so_far(job)
    return plan.map(
        {
            corner: plan.cell(points.study(number, outcomes), is_coarse=True)
            for number, corner in enumerate(coarse)
        }
    )


def _way(what_if: WhatIf, scenario: Scenario) -> Any:
    from sim.experiments.transition import plan_transition
    from sim.measures.weekly_figures import weekly_figures
    from sim.studies.futures import put_together

    plan = plan_transition(scenario)
    found = _finished(
        what_if, "way", on_demand.sign(what_if, "report"), lambda: (None, plan.contenders), WAY_RUNS,
        of=weekly_figures,
    )  # fmt: skip
    return None if found is None else plan.found(put_together(plan.contenders, found[1].paired(), WAY_RUNS))


def _gates(what_if: WhatIf, scenario: Scenario) -> Any:
    from sim.findings.report.gathering import gates_found
    from sim.measures.gates import gate_accounts

    text = scenario.to_json()
    asked = [(text, model, run) for model in scenario.models for run in range(GATE_RUNS)]
    runs = on_demand.calls(what_if, "gates", on_demand.sign(what_if), gate_accounts, asked)
    return None if runs is None else gates_found(scenario, scenario.models, runs)


_FINDERS = {"why": _why, "wins": _wins, "way": _way, "gates": _gates}


# --- what comes of it -----------------------------------------------------------------------------------


def _outline(told: Report) -> None:
    st.header("What it says")
    for number, part in enumerate(told.parts, start=1):
        st.markdown(tight(f"{number}\\. **{escaped(part.title)}** {escaped(part.message)}"))
    st.markdown(tight(f"**Decision asked for:** {escaped(told.decision)}"))
    st.caption(escaped(told.footer))


def _downloads(told: Report, study: Study, template: bytes | None, *, is_refined: bool) -> None:
    """Draw what makes the files, and a download of each that is made; not while more runs come in.

    They are made first and kept in the session. What Streamlit makes at a click belongs to no session: it is
    gone after two runs of any fragment, and while something is computed that is within a second.
    """
    st.header("Take it away")
    if waiting := [CONTENTS[key] for key, why in told.left_out.items() if why == NOT_READY]:
        st.warning(
            f"Still being computed, so not in a file made now: {', '.join(waiting)}. Wait until it "
            "stands under 'What it says'; a file made without it says so."
        )
    name = safe_file_name(told.title) or "report"
    making = _making(told, template)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="report_make"):
        is_done = making is not None and not (making.is_over and making.problems)
        if st.button("Make the files", type="primary", key="report_begin", disabled=is_done or is_refined):
            making = _begin(told, study, template)
        if is_refined:
            st.caption("Once all runs of the comparison are there", width="content")
        elif making is None:
            st.caption("Takes some seconds · nothing leaves this machine", width="content")
        else:
            _how_far(making)
    with st.container(horizontal=True, gap="small", key="report_downloads"):
        for form, (file, about) in FORMS.items():
            help_ = about[:1].upper() + about[1:]
            if (lack := _lack(form)) != "":
                help_ = lack
            made = None if making is None else making.files.get(form)
            st.download_button(
                _BUTTONS[form], made or b"", f"{name}_{file}", _KINDS[form], on_click="ignore",
                key=f"report_to_{form}", disabled=made is None, help=help_,
            )  # fmt: skip
    st.caption(counted(len(told.parts), "part"))
    for problem in () if making is None else tuple(making.problems.values()):
        st.error(escaped(problem))


@dataclass(eq=False)
class _Making:
    """The files of a report: those that are made, and why others could not be."""

    sign: str
    wanted: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def n_over(self) -> int:
        """How many are made, or cannot be."""
        return len(self.files) + len(self.problems)

    @property
    def is_over(self) -> bool:
        """Whether nothing is being made any more."""
        return self.n_over == len(self.wanted)


def _sign_of(told: Report, template: bytes | None) -> str:
    """Return a text that is the same as long as the files would be."""
    said = [
        (
            part.key,
            part.message,
            *part.sentences,
            *(cell for table in part.tables for row in table.rows for cell in row),
        )
        for part in told.parts
    ]
    head = (told.title, told.client, told.decision, told.footer, told.memo, told.left_out)
    text = f"{head} {said} {hash(template)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _making(told: Report, template: bytes | None) -> _Making | None:
    """Return the files of this report, if somebody asked for them; those of another one are forgotten."""
    making: _Making | None = st.session_state.get("report_files")
    return making if making is not None and making.sign == _sign_of(told, template) else None


def _begin(told: Report, study: Study, template: bytes | None) -> _Making:
    """Let a thread make the files, so that the page goes on; return what it will put them into."""
    making = _Making(_sign_of(told, template), tuple(form for form in FORMS if not _lack(form)))

    def make() -> None:
        for form in making.wanted:
            try:
                making.files[form] = made_as(form, told, study, template)
            except SimError as problem:
                making.problems[form] = str(problem)
            except Exception as problem:  # a mistake of ours: the server's log says where
                logging.getLogger(__name__).exception("a file could not be made")
                making.problems[form] = f"{_BUTTONS[form]} could not be made: {reason(problem)}"

    _thread().submit(make)
    st.session_state["report_files"] = making
    return making


def _how_far(making: _Making) -> None:
    if making.is_over:
        st.caption("The files are made: take those that you need.", width="content")
        return
    before, n = making.n_over, len(making.wanted)
    look_again(lambda: making.n_over > before, lambda: f"{before} of {n} files are made; some seconds each.")


def _lack(form: str) -> str:
    """Return what is missing on this machine for a form; nothing if it can be made."""
    package, extra = _NEEDS.get(form, ("", ""))
    is_missing = bool(package) and find_spec(package) is None
    return f"Needs the extra {extra}: pip install 'opsim[{extra}]'" if is_missing else ""


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="opsim files")

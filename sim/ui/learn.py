"""Learn: ten lessons, a step on each screen; what happened is computed only once a prediction is locked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from sim.errors import counted
from sim.findings.lessons import ORDER, STEPS, handout, lessons, lessons_folder
from sim.findings.wording import escaped, estimate_text, interval_text, measured_text, with_unit
from sim.measures.metrics import METRICS
from sim.scenario.files.yaml import number_within
from sim.ui.elements import chart, study_so_far, title
from sim.ui.queue import coming, runner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.findings.lessons import Lesson
    from sim.studies.contenders import Contender
    from sim.studies.queue.jobs import Job
    from sim.studies.study import Study
    from sim.ui.what_if import WhatIf

_PREDICTION, _REVEAL = 2, 3  # steps, counted from 1


@dataclass
class Progress:
    """How far a visitor is with a lesson."""

    locked: int | None = None  # the option that was predicted
    job: Job | None = None
    trial: Job | None = None
    tried: float | None = None


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    key = what_if.screen.get("lesson", "")
    lesson = lessons().get(key)
    if lesson is None:
        _list(what_if)
    else:
        progress = st.session_state.setdefault("lessons", {}).setdefault(key, Progress())
        _lesson(what_if, key, lesson, progress)


def _list(what_if: WhatIf) -> None:
    title(what_if, "Learn by predicting")
    st.markdown(
        f"{counted(len(lessons()), 'short lesson')}. In each you read a situation, say what you think will "
        "happen, and then see what a simulation makes of it. Nobody is told what you predict."
    )
    st.markdown(ORDER)
    cards = st.grid(3, min_column_width=260, gap="small")
    done = st.session_state.get("lessons", {})
    for number, (key, lesson) in enumerate(lessons().items(), start=1):
        with cards, st.container(border=True, height="stretch", key=f"lesson_{key}"):
            st.markdown(f"**{number}. {escaped(lesson.title)}**")
            state = " · predicted" if key in done and done[key].locked is not None else ""
            st.caption(f"{lesson.minutes} minutes{state}")
            st.button("Begin" if not state else "Go on", key=f"begin_{key}", on_click=_to(what_if, key, 1))
    with st.expander("For teachers"):
        st.markdown("Timing, common wrong answers and questions to ask. The notes contain the answers.")
        st.download_button(
            "Download the notes", (lessons_folder() / "teacher.md").read_text, "teacher.md", "text/markdown",
            on_click="ignore", key="teacher",
        )  # fmt: skip


def _to(what_if: WhatIf, key: str, step: int) -> Callable[[], None]:
    def go() -> None:
        what_if.screen["lesson"], what_if.screen["step"] = key, str(step) if key else ""

    return go


def step_asked_for(what_if: WhatIf, progress: Progress) -> int:
    """Return the step on the screen; beyond the prediction only once it is locked."""
    step = int(number_within(what_if.screen.get("step", ""), 1, len(STEPS)) or 1)
    return min(step, _PREDICTION) if progress.locked is None else step


def _lesson(what_if: WhatIf, key: str, lesson: Lesson, progress: Progress) -> None:
    step = step_asked_for(what_if, progress)
    what_if.screen["step"] = str(step)
    title(what_if, lesson.title)
    number = list(lessons()).index(key) + 1
    dots = " ".join("●" if n <= step else "○" for n in range(1, len(STEPS) + 1))
    says = f"Step {step} of {len(STEPS)}: {STEPS[step - 1]}"
    st.html(
        f'<div class="dots">Lesson {number} <span role="img" aria-label="{escape(says)}">{dots}</span></div>'
    )
    with st.container(key="lesson_step", width=760):
        st.header(STEPS[step - 1])
        (_situation, _prediction, _reveal, _why, _trial)[step - 1](what_if, key, lesson, progress)
    _moves(what_if, key, progress, step)


def _moves(what_if: WhatIf, key: str, progress: Progress, step: int) -> None:
    with st.container(horizontal=True, gap="small", key="moves"):
        st.button("Back", key="back", on_click=_to(what_if, key, step - 1), disabled=step == 1)
        waits, ends = step == _PREDICTION and progress.locked is None, step == len(STEPS)
        why_not = "Lock your answer first." if waits else "This is the last step." if ends else None
        st.button(
            "Next", key="next", type="primary" if not waits else "secondary",
            on_click=_to(what_if, key, step + 1), disabled=waits or ends, help=why_not,
        )  # fmt: skip
        st.button("All lessons", key="all_lessons", on_click=_to(what_if, "", 1))

        def reset() -> None:
            runner_jobs = [job for job in (progress.job, progress.trial) if job is not None]
            for job in runner_jobs:
                runner().stop(job)
            st.session_state["lessons"].pop(key, None)
            st.session_state.pop(f"answer_{key}", None)
            _to(what_if, key, 1)()

        st.button("Reset", key="reset_lesson", on_click=reset, help="Forget my prediction and begin again.")


# --- the steps --------------------------------------------------------------------------------------------


def _situation(what_if: WhatIf, key: str, lesson: Lesson, progress: Progress) -> None:
    st.markdown(escaped(lesson.situation))
    st.download_button(
        "Handout to print", lambda: handout(lesson), f"lesson_{key}.html", "text/html", on_click="ignore",
        key=f"handout_{key}", help="One page with the situation and the question, without the answer.",
    )  # fmt: skip


def _prediction(what_if: WhatIf, key: str, lesson: Lesson, progress: Progress) -> None:
    st.markdown(escaped(lesson.situation))
    is_locked = progress.locked is not None
    texts = [option.text for option in lesson.options]
    choice = st.radio(
        lesson.question, range(len(texts)), index=progress.locked, format_func=lambda n: escaped(texts[n]),
        key=f"answer_{key}", disabled=is_locked,
    )  # fmt: skip
    if is_locked:
        st.caption("Your answer is locked.")
        return

    def lock() -> None:
        progress.locked = st.session_state[f"answer_{key}"]
        what_if.screen["step"] = str(_REVEAL)

    st.button(
        "Lock my answer and show me", key="lock", type="primary", on_click=lock, disabled=choice is None,
        help="Choose an answer first." if choice is None else None,
    )  # fmt: skip


def _reveal(what_if: WhatIf, key: str, lesson: Lesson, progress: Progress) -> None:
    if progress.job is None or progress.job.state == "stopped":
        progress.job = _start(lesson.contenders())
    study = _study(progress.job)
    said = lesson.options[progress.locked or 0]
    st.markdown(f"You said **{escaped(said.text)}**.")
    if study is None:
        return
    theories = [variant.theory.value() for variant in lesson.variants]
    asked = study.models[lesson.asked]
    found = study.estimate(lesson.measure, asked)
    unit = METRICS[lesson.measure].unit
    if math.isnan(found.estimate):
        st.markdown("The simulation gives no number here: too few were finished.")
    else:
        ends = f" (95 % interval {interval_text(found, unit)})" if not math.isnan(found.low) else ""
        ends = f" ({found.note})" if found.is_one_history else ends
        st.markdown(
            escaped(
                f"In {found.n} simulated histories it was {with_unit(found.estimate, unit)}{ends}. "
                f"Theory says {with_unit(theories[lesson.asked], unit)}."
            )
        )
        closest = lesson.closest(found.estimate)
        verdict = (
            "Your answer comes closest." if closest is said else f"Closest of the answers is {closest.text}."
        )
        st.markdown(f"**{escaped(verdict)}**")
    _result(what_if, study, lesson, theories, f"lesson_{key}")


def _why(what_if: WhatIf, key: str, lesson: Lesson, progress: Progress) -> None:
    st.markdown(escaped(lesson.explanation))


def _trial(what_if: WhatIf, key: str, lesson: Lesson, progress: Progress) -> None:
    trial = lesson.trial
    st.markdown(escaped(trial.task))
    value = st.select_slider(
        trial.label, trial.values, format_func=trial.say, key=f"try_{key}",
        value=progress.tried if progress.tried is not None else trial.values[0],
    )  # fmt: skip

    def run() -> None:
        progress.tried = st.session_state[f"try_{key}"]
        if progress.trial is not None:
            runner().stop(progress.trial)
        progress.trial = _start(lesson.tried(progress.tried or 0))

    st.button("Run it", key="run_trial", type="primary", on_click=run)
    if progress.trial is None or progress.tried is None:
        return
    study = _study(progress.trial)
    if study is None:
        return
    if progress.tried != value:
        st.info(f"Shown for {escaped(trial.say(progress.tried))}.")
    _result(what_if, study, lesson, [lesson.tried_theory(progress.tried)], f"try_{key}")


# --- runs -------------------------------------------------------------------------------------------------


def _start(contenders: tuple[Contender, ...]) -> Job:
    return runner().compare(contenders, contenders[0].scenario.run.replications)


def _study(job: Job) -> Study | None:
    return study_so_far(
        job,
        lambda: (
            f"{job.n_paired} of {job.wanted} simulated histories"
            f"{'' if job.n_paired else f', the first {coming([job])}'}"
        ),
        height=200,
        advice=" Reset the lesson to try again.",
    )


def _result(
    what_if: WhatIf, study: Study, lesson: Lesson, theories: Sequence[float | None], key: str
) -> None:
    from sim.findings.charts.lessons import beside_theory

    metric = METRICS[lesson.measure]
    said = [
        f"{study.label(case)}: simulated {estimate_text(study.estimate(lesson.measure, case), metric.unit)}"
        + (f", theory {with_unit(theory, metric.unit)}" if theory is not None else "")
        for case, theory in zip(study.models, theories, strict=True)
    ]
    alt = f"{metric.label}. {'. '.join(said)}."
    chart(what_if, beside_theory(study, lesson.measure, theories), key, alt)
    n = len(study.replications)
    st.caption(
        f"Dot: simulated mean with its 95 % interval, {counted(n, 'history', 'histories')}, seed "
        f"{study.scenario.run.seed}. "
        f"Diamond: theory. {escaped(metric.label)}: {escaped(metric.definition)}"
    )
    if lesson.also is not None:
        other = METRICS[lesson.also]
        lines = [
            f"{study.label(case)}: {measured_text(found, other.unit)}"
            for case in study.models
            for found in [study.estimate(lesson.also, case)]
        ]
        st.markdown(f"**{escaped(other.label)}.** {escaped('; '.join(lines))}.")

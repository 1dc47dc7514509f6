"""Lessons: theory and simulation agree, and the predictions can be judged."""

from __future__ import annotations

import pytest

from sim.findings.lessons import ORDER, Lesson, handout, lessons, lessons_folder
from sim.studies.outcomes import run_unit
from sim.studies.run import units_of
from sim.studies.study import Study

LESSONS = lessons()


def study_of(lesson: Lesson, n: int) -> Study:
    contenders = lesson.contenders()
    outcomes = [outcome for unit in units_of(contenders, range(n)) for outcome in run_unit(unit)]
    return Study.of(contenders, outcomes)


def test_there_are_ten_lessons_in_order():
    assert list(LESSONS) == [
        "boards", "busy", "handoffs", "pooling", "limits", "trains", "funding", "needs", "yes", "dip",
    ]  # fmt: skip


@pytest.mark.parametrize("key", LESSONS)
def test_lesson_has_one_right_answer_by_theory(key: str):
    lesson = LESSONS[key]
    right = lesson.variants[lesson.asked].theory.value()
    distances = sorted(abs(option.value - right) for option in lesson.options)
    assert distances[0] < 0.25 * distances[1], f"{lesson.title}: no answer is clearly closest to {right}"


@pytest.mark.parametrize("key", LESSONS)
def test_lesson_can_be_tried_at_every_value(key: str):
    lesson = LESSONS[key]
    for value in lesson.trial.values:
        (contender,) = lesson.tried(value)
        assert contender.label == lesson.trial.say(value)
        assert (lesson.tried_theory(value) is None) == (lesson.trial.argument is None)


def test_lesson_on_handoffs_tries_what_each_of_the_five_handoffs_takes():
    lesson = LESSONS["handoffs"]
    assert [lesson.tried_theory(days) for days in (0, 2, 10)] == pytest.approx([80, 90, 130])


@pytest.mark.parametrize("key", LESSONS)
def test_handout_and_situation_do_not_tell_the_explanation(key: str):
    lesson = LESSONS[key]
    assert lesson.explanation[:60] not in handout(lesson)
    assert lesson.question in handout(lesson)


def test_teacher_notes_have_a_part_for_every_lesson():
    notes = (lessons_folder() / "teacher.md").read_text("utf-8")
    for lesson in LESSONS.values():
        assert lesson.title in notes
    assert ORDER in " ".join(notes.split()), "and say in which order, as the page does"


@pytest.mark.slow
@pytest.mark.parametrize("key", LESSONS)
def test_lesson_simulates_what_theory_says(key: str):
    lesson = LESSONS[key]
    study = study_of(lesson, 12)
    for contender, variant in zip(lesson.contenders(), lesson.variants, strict=True):
        found = study.estimate(lesson.measure, contender.key)
        expected = variant.theory.value()
        # three half-widths: 27 intervals at 95 % would miss now and then; one part in a thousand for rounding
        assert abs(found.estimate - expected) <= 3 * found.half_width + 0.001 * expected, (
            f"{lesson.title}, {variant.label}: simulated {found}, theory {expected:g}"
        )

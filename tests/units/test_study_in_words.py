"""The words about a study: right, the same for both sides, and never a bare number."""

import math
import re

import pytest
from worlds.studies import around, made_study

from sim.findings.study import alt_text, caption, difference_text, headline, left_out_texts, too_short_texts
from sim.findings.wording import (
    MARKDOWN,
    escaped,
)
from sim.measures.metrics import METRICS

SLOW, FAST = around(50.0), [11.0 + 0.1 * i for i in range(10)]


def test_headline_of_a_clear_difference_says_size_direction_and_uncertainty():
    text = headline(made_study({"lead_time_p85": SLOW}, {"lead_time_p85": FAST}))
    assert text == (
        "85 % of requests are done within 50 days in Industrial and 11 days in Product: "
        "39 days sooner in Product (95 % interval 38 to 39, 10 paired runs)."
    )


def test_headline_of_the_reverse_has_the_same_words_with_the_sides_changed():
    usual = headline(made_study({"lead_time_p85": SLOW}, {"lead_time_p85": FAST}))
    reverse = headline(made_study({"lead_time_p85": FAST}, {"lead_time_p85": SLOW}))
    swapped = usual.replace("50 days in Industrial and 11 days", "11 days in Industrial and 50 days")
    assert reverse == swapped.replace("sooner in Product", "sooner in Industrial")


@pytest.mark.parametrize("measure", METRICS)
def test_headline_of_every_measure_is_symmetric_in_who_does_better(measure: str):
    high, low = around(0.8, spread=0.01), around(0.3, spread=0.01)
    one = headline(made_study({measure: high}, {measure: low}, money={}), measure)
    other = headline(made_study({measure: low}, {measure: high}, money={}), measure)
    if METRICS[measure].better == "neither":
        assert ("in Product (" in one) and ("in Product (" in other)
        return
    assert ("in Product (" in one) != ("in Product (" in other), (one, other)
    # the direction in words is the same whoever has it
    word = r"(sooner|shorter|less|fewer|lower|more|higher|later|longer)"
    assert re.findall(word, one) == re.findall(word, other)


def test_headline_of_an_unclear_difference_says_so_first():
    text = headline(made_study({"lead_time_p85": around(12.0, spread=2)}, {"lead_time_p85": [12.5] * 10}))
    assert text.startswith("No clear difference: 85 % of requests are done within 12 days in Industrial")
    assert re.search(r"between 1\.0 days sooner and 2\.0 days later in Product", text), text
    assert "95 % interval, 10 paired runs" in text


def test_headline_of_identical_results_says_no_difference():
    text = headline(made_study({"lead_time_p85": SLOW}, {"lead_time_p85": SLOW}))
    assert text.startswith("No difference: ") and "exactly zero apart in each of 10 paired runs" in text


def test_headline_of_an_overload_names_the_most_loaded_place_and_gives_no_number():
    growing = {"lead_time_p85": SLOW, "backlog_growth": around(0.4, spread=0.01)}
    study = made_study(growing, {"lead_time_p85": FAST}, load={"analysis": 0.4, "testing": 0.99})
    text = headline(study)
    assert text.startswith(
        "In Industrial more work arrives at testing than it can finish. Waiting grows for "
    )
    assert "there is no typical lead time. Shown: the first 104 weeks." in text
    assert "50 days" not in text, "an organisation that cannot keep up has no P85"
    assert "85 % of requests are done within 11 days in Product (95 % interval" in text


def test_headline_of_an_overload_names_no_place_that_is_not_busy():
    growing = {"backlog_growth": around(0.4, spread=0.01)}
    text = headline(made_study(growing, growing, load={"analysis": 0.4}))
    assert "In Industrial more work arrives than is finished." in text
    assert text.count("Waiting grows") == 1


def test_headline_without_any_finished_request_offers_a_longer_horizon():
    nothing = {"lead_time_p85": [math.nan] * 4, "throughput": [0.0] * 4}
    text = headline(made_study(nothing, nothing))
    assert "No request finished in 52 weeks in Industrial; a longer horizon may show more." in text


@pytest.mark.parametrize(
    ("shares", "ended"),
    [
        ({"stopped_share": 1.0}, "refused"),
        ({"expired_share": 1.0}, "given up"),
        ({"stopped_share": 0.25, "expired_share": 0.75}, "refused or given up"),
    ],
)
def test_headline_offers_no_longer_horizon_where_all_requests_ended(shares: dict[str, float], ended: str):
    nothing = {"lead_time_p85": [math.nan] * 4, "throughput": [0.0] * 4}
    text = headline(made_study(nothing | {name: [share] * 4 for name, share in shares.items()}))
    assert f"No request finished in 52 weeks in Industrial: all were {ended}." in text
    assert "longer horizon" not in text


def test_headline_says_that_nothing_arises_in_the_measured_weeks():
    """As with a backlog that is there from day 0, before the warm-up, whether or not it is worked on yet."""
    for finished in (0.0, 2.0):
        side = {"lead_time_p85": [math.nan] * 4, "throughput": [finished] * 4, "arrivals": [0.0] * 4}
        text = headline(made_study(side))
        assert "No request arises in the weeks that are measured (26 to 78), so there is nothing to" in text
        assert "longer horizon" not in text and "finished" not in text


def test_headline_with_too_few_finished_requests_counts_them():
    few = {"lead_time_p85": [math.nan] * 4, "throughput": [6 / 52] * 4}
    assert "Only 6 requests finished per run in 52 weeks in Industrial" in headline(made_study(few, few))
    assert "too few for an 85 % line" in headline(made_study(few, few))


def test_headline_of_a_single_run_says_that_there_is_no_interval():
    text = headline(made_study({"lead_time_p85": [50.0]}, {"lead_time_p85": [11.0]}))
    assert text.endswith("39 days sooner in Product (single run: no interval).")


def test_headline_of_no_run_says_so():
    study = made_study({"lead_time_p85": []}, {"lead_time_p85": []})
    assert headline(study) == "No run is finished yet."


def test_headline_of_one_contender_is_a_statement():
    assert headline(made_study({"lead_time_p85": SLOW})) == (
        "85 % of requests are done within 50 days in Industrial (95 % interval 49.6 to 50.4, 10 runs)."
    )


def test_headline_begins_with_what_was_changed():
    study = made_study({"lead_time_p85": SLOW}, {"lead_time_p85": FAST})
    assert headline(study, setting="5 approval layers").startswith("With 5 approval layers: 85 %")


@pytest.mark.parametrize("measure", METRICS)
def test_no_sentence_has_a_number_without_an_interval_or_the_reason_for_none(measure: str):
    for side in (around(0.3), [0.3], [math.nan] * 4):
        study = made_study({measure: side}, {measure: [value / 2 for value in side]}, money={})
        text = headline(study, measure)
        assert re.search(
            r"interval|single run|exactly zero|finished|cannot be given|still open|No clear difference", text
        ), text


def test_markdown_shows_names_exactly_as_they_are_typed():
    names = ("**bold** :smile: [a](b)", "<b>x</b> $1$ -> _y_", "", "")
    study = made_study({"lead_time_p85": SLOW}, {"lead_time_p85": FAST}, names=names)
    text = headline(study, style=MARKDOWN)
    for name in names[:2]:
        assert name not in text and escaped(name) in text
    assert escaped("a:b") == "a:\N{WORD JOINER}b"
    assert "http:\N{WORD JOINER}" in escaped("http://x.example")


def test_ends_that_would_read_the_same_get_another_digit():
    study = made_study({"time_release": around(20.0, spread=0.02)}, {"time_release": [0.0] * 10})
    assert difference_text(study, "time_release") == "20 d less in Product (19.98 to 20.02)"


def test_caption_has_unit_runs_interval_seed_and_weeks():
    text = caption(made_study({"lead_time_p85": SLOW}, {"lead_time_p85": FAST}))
    assert text == "Working days · 10 paired runs · 95 % interval · seed 1 · 52 of 104 weeks measured"


def test_caption_of_a_single_run_promises_no_interval():
    assert "single run · no interval" in caption(made_study({"throughput": [1.0]}, {"throughput": [1.0]}))


def test_alt_text_tells_the_message_of_each_chart():
    study = made_study(
        {"lead_time_p85": SLOW, "time_queue": SLOW}, {"lead_time_p85": FAST, "time_touch": FAST}
    )
    assert "Industrial: half within 8.0 days, 85 % within 50 days." in alt_text(study, "curve")
    assert headline(study) in alt_text(study, "curve")
    assert "Industrial: queue 50 days. Product: working 11 days." in alt_text(study, "time")
    assert "Lead time" in alt_text(study, "difference", ["lead_time_p85"])
    assert "39 days sooner in Product (38 to 39)" in alt_text(study, "difference", ["lead_time_p85"])


# --- what lead times leave out, and a run that is too short ---------------------------------------------


def test_requests_that_are_in_no_lead_time_are_told_from_one_per_cent_on():
    study = made_study(
        {"stopped_share": [0.10, 0.12], "expired_share": [0.03, 0.05]}, {"stopped_share": [0.004, 0.008]}
    )
    assert left_out_texts(study) == [
        "Industrial: of all requests 11 % (-1.7 to 24 %) are refused and 4.0 % (-8.7 to 17 %) are given up; "
        "lead times are those of the others."
    ]


def test_time_for_optional_requests_is_told_apart():
    study = made_study(
        {"optional_busy": [0.0, 0.0]}, {"optional_busy": [0.1, 0.2], "optional_throughput": [3, 5]}
    )
    assert left_out_texts(study) == [
        "Product: people spend 15 % (-49 to 79 %) of their time on optional requests and finish "
        "4.0 per week (-8.7 to 17 per week) of them; "
        "lead times, load and busy time are those of the required."
    ]


def test_too_short_warm_up_is_named_with_what_would_do():
    study = made_study({"lead_time_p85": around(151)}, {"lead_time_p85": around(128)})
    assert too_short_texts(study) == [
        "Industrial: 85 % of requests take up to 31 weeks, but the warm-up has 26: it was measured "
        "while it was still filling up. Lengthen run.warm_up_weeks and run.horizon_weeks."
    ], "the other's 25.6 weeks fit into 26"


def test_too_short_warm_up_is_offered_as_a_reason_for_growth():
    growing = {"lead_time_p85": around(151), "backlog_growth": around(0.2, spread=0.01)}
    [said] = too_short_texts(made_study({"lead_time_p85": around(40)}, growing))
    assert said.startswith("Product: ") and "may only seem to grow" in said


def test_too_short_tail_is_named_with_the_share_that_is_open():
    open_share = [0.0, 0.1, math.nan]
    study = made_study({"lead_time_p85": [40.0] * 3, "unfinished_share": open_share})
    assert too_short_texts(study) == [
        "Industrial: 5.0 % of the measured requests were still open at the end and earn nothing "
        "here. Lengthen run.tail_weeks and run.horizon_weeks."
    ]
    assert not too_short_texts(made_study({"lead_time_p85": [math.nan], "unfinished_share": [0.01]}))


def test_difference_on_a_line_is_that_of_the_numbers_beside_it():
    study = made_study({"lead_time_p85": around(128.6)}, {"lead_time_p85": around(31.4, spread=2.0)})
    assert "129 days in Industrial and 31 days in Product: 98 days sooner" in headline(study)
    assert difference_text(study, "lead_time_p85").startswith("98 d sooner")


def test_small_difference_of_large_numbers_keeps_its_own_digits():
    study = made_study(
        {"lead_time_p85": around(45.4, spread=0.01)}, {"lead_time_p85": around(45.6, spread=0.02)}
    )
    assert "45 days in Industrial" in headline(study) and "0.2 days" in headline(study)

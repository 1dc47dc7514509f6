"""Charts say what the sentences say, leave no number bare, and send nothing anywhere."""

import math

import pytest
from worlds.studies import around, made_study

from sim.findings.charts import (
    AMBER,
    TEAL,
    chart_config,
    colour,
    cumulative_curve,
    difference_chart,
    plot_html,
    time_bars,
)
from sim.findings.study import headline
from sim.findings.wording import with_unit

STUDY = made_study(
    {"lead_time_p85": around(50.0), "time_queue": around(30.0), "time_touch": around(9.0)},
    {"lead_time_p85": around(11.0, spread=0.3), "time_queue": around(2.0), "time_touch": around(9.0)},
)


def texts(figure) -> str:
    return " ".join(note.text or "" for note in figure.layout.annotations)


def test_p85_is_one_number_on_curve_marker_label_and_in_the_sentence():
    figure = cumulative_curve(STUDY)
    for model, words in (("industrial", "50 days"), ("product", "11 days")):
        estimate = STUDY.estimate("lead_time_p85", model).estimate
        assert STUDY.curve(model)[84].estimate == estimate
        curve = next(t for t in figure.data if t.mode == "lines" and t.name == STUDY.label(model))
        assert dict(zip(curve.y, curve.x, strict=True))[0.85] == estimate
        marker = next(t for t in figure.data if t.mode == "markers" and t.name == STUDY.label(model))
        assert marker.x == (estimate,) and marker.y == (0.85,)
        assert words == with_unit(estimate, "days")
        assert words in texts(figure) and words in headline(STUDY)


def test_colour_is_never_the_only_code_of_an_operating_model():
    lines = [t for t in cumulative_curve(STUDY).data if t.mode == "lines" and t.name]
    assert [(t.line.color, t.line.dash) for t in lines] == [(AMBER, "dash"), (TEAL, "solid")]
    symbols = {t.marker.symbol for t in cumulative_curve(STUDY).data if t.mode == "markers"}
    assert len(symbols) == 2


def test_more_contenders_are_grey_and_told_apart_by_dashes():
    figure = cumulative_curve(made_study(*[{"lead_time_p85": around(20.0 + 9 * n)} for n in range(4)]))
    dashes = [t.line.dash for t in figure.data if t.mode == "lines" and t.name]
    assert len(set(dashes)) == 4
    assert colour(2) not in (AMBER, TEAL) and colour(99)


def test_band_of_a_single_run_is_left_out():
    figure = cumulative_curve(made_study({"lead_time_p85": [50.0]}, {"lead_time_p85": [11.0]}))
    assert not [trace for trace in figure.data if trace.fill]


def test_growing_organisation_has_a_thin_curve_and_no_number():
    growing = {"lead_time_p85": around(50.0), "backlog_growth": around(0.5, spread=0.01)}
    figure = cumulative_curve(made_study(growing, {"lead_time_p85": around(11.0)}))
    assert "Industrial</b> growing" in texts(figure) and "50 days" not in texts(figure)
    assert [t.name for t in figure.data if t.mode == "markers"] == ["Product"]


def test_charts_of_nothing_finished_are_empty_and_do_not_fail():
    nothing = {"lead_time_p85": [math.nan] * 4, "throughput": [0.0] * 4}
    study = made_study(nothing, nothing)
    for figure in (cumulative_curve(study), time_bars(study), difference_chart(study)):
        assert figure.layout.height >= 300


def test_pieces_of_a_time_bar_add_up_to_the_total_written_over_it():
    figure = time_bars(STUDY)
    for position, model in enumerate(STUDY.models):
        total = sum(trace.x[0] for trace in figure.data if trace.y[0] == position)
        assert f"{STUDY.label(model)}</b> {with_unit(total, 'days')} in all" in texts(figure)


def test_every_piece_of_a_time_bar_is_named_in_it_or_under_it():
    figure = time_bars(STUDY)
    inside = [trace.text[0] for trace in figure.data if trace.text[0]]
    assert inside == ["working<br>9.0 d", "working<br>9.0 d", "queue<br>30 d"]
    assert "queue 2.0 d" in texts(figure), "too short for its name: it stands under the bar"


def test_difference_chart_has_zero_in_the_middle_of_every_row():
    figure = difference_chart(STUDY, measures=("lead_time_p85", "people_busy"))
    for axis in (figure.layout.xaxis, figure.layout.xaxis2):
        assert axis.range[0] == -axis.range[1]
    assert "39 d sooner in Product" in texts(figure)


def test_difference_chart_marks_an_unclear_difference_by_shape():
    unclear = made_study({"wip": around(9.0, spread=2)}, {"wip": around(9.1, spread=1)})
    (marker,) = difference_chart(unclear, measures=("wip",)).data
    assert marker.marker.symbol == "circle-open"


def test_names_cannot_bring_markup_into_a_chart():
    names = ("<a href='x'>A</a>", "<b>B", "", "")
    study = made_study({"lead_time_p85": around(50.0)}, {"lead_time_p85": around(11.0)}, names=names)
    for figure in (cumulative_curve(study), time_bars(study), difference_chart(study)):
        text = figure.to_json()
        assert "<a href" not in text and "\\u003ca href" not in text


@pytest.mark.parametrize("make", [cumulative_curve, time_bars, difference_chart])
def test_html_of_a_chart_has_no_share_button_and_no_address(make):
    html = plot_html(make(STUDY), whole_page=False)
    assert '"modeBarButtonsToRemove": ["sendChartToCloud"' in html
    assert "cdn" not in html.lower() and "http" not in html.replace("http://www.w3.org", "")


def test_whole_page_carries_the_library_and_loads_nothing():
    html = plot_html(cumulative_curve(STUDY))
    assert '<script src="http' not in html and "<link" not in html
    assert len(html) > 1_000_000, "plotly.js is inside"
    assert "sendChartToCloud" in chart_config()["modeBarButtonsToRemove"]


def test_names_in_charts_are_text_with_their_quotes():
    name = "<b>The \"old\" way</b> %{y} & 'so on'"
    study = made_study({"lead_time_p85": around(50.0)}, {"lead_time_p85": around(11.0)}, names=(name, "B"))
    curve = next(t for t in cumulative_curve(study).data if t.name and t.name != "B")
    assert curve.name == "&lt;b&gt;The \"old\" way&lt;/b&gt; %{y} &amp; 'so on'"
    assert curve.hovertemplate.endswith("<extra>%{fullData.name}</extra>"), "filled in by Plotly as it is"
    long = made_study({"time_touch": around(9.0)}, names=("W" * 80,))
    assert "W" * 30 + "…" in texts(time_bars(long)) and "W" * 31 not in texts(time_bars(long))


def test_name_from_right_to_left_does_not_turn_the_number_beside_it():
    figure = time_bars(made_study({"time_touch": around(9.0)}, names=("תעשייתי",)))
    assert "\u2068תעשייתי\u2069</b> " in texts(figure)

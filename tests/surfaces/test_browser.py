"""The app in a real browser: what only a browser sees.

Run with ``pytest -m browser``; skipped where there is no Chromium. Counts are asserted, not seconds: other
work on the machine doubles every duration.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from worlds.browser import NEEDS_A_BROWSER, open_section, sentence, settled, step, violations
from worlds.studies import around, made_study

pytestmark = NEEDS_A_BROWSER


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_no_accessibility_violation(visit, app: str, scheme: str):
    here = visit(app, scheme=scheme)
    page = here.open()
    assert not violations(page)
    open_section(page, "Handoffs")
    page.get_by_text("What changed, and is it real?").click()
    page.get_by_text("Show the numbers", exact=True).click()
    page.get_by_role("table").wait_for()
    page.locator(".js-plotly-plot .main-svg").nth(5).wait_for(state="attached")
    assert not violations(page)
    page.get_by_text("More", exact=True).first.click()
    page.get_by_text("Method", exact=True).first.click()
    page.get_by_role("heading", name="What the words mean").wait_for()
    assert not violations(page)
    assert not here.errors


def test_first_visit_reads_its_answer_before_any_script_of_the_app(visit, app: str):
    here = visit(app)
    page = here.page
    page.route("**/static/js/*", lambda route: route.abort())
    first = page.locator("#first")
    for _ in range(40):  # a server that has just begun does not have it yet
        page.goto(app)
        if first.count():
            break
        page.wait_for_timeout(500)
    said = first.locator(".said").inner_text()
    first.locator(".sketch img").wait_for()
    assert not violations(page)
    page.unroute("**/static/js/*")
    here.open()
    assert sentence(page).strip() == said
    assert not first.count()
    page.get_by_role("button", name="Words").click()
    page.get_by_text("Any other word").wait_for()
    assert not violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Learn").click()
    page.get_by_text("Lessons").first.wait_for()
    assert not first.count(), "it comes back on a page without a sentence"
    assert not here.foreign()


def test_growing_and_refused_link_have_no_accessibility_violation(visit, small_app: str):
    here = visit(small_app)
    page = here.open("?requests=6&a.layers=99")
    page.get_by_text("This link had a value").wait_for()
    assert "more work arrives" in sentence(page)
    assert not violations(page)


def test_nothing_is_asked_of_any_other_machine(visit, app: str):
    here = visit(app)
    page = here.open()
    step(page, "Approval layers")
    page.get_by_text("approval layers in Industrial").first.wait_for()
    page.get_by_text("More", exact=True).first.click()
    page.get_by_text("Method", exact=True).first.click()
    page.get_by_role("heading", name="What the words mean").wait_for()
    assert here.requests and not here.foreign()


def test_phone_needs_no_sideways_scroll(visit, app: str):
    here = visit(app, width=390, height=844)
    page = here.open()
    page.get_by_text("What changed, and is it real?").click()
    page.get_by_text("Show the numbers", exact=True).click()
    page.get_by_role("table").wait_for()
    page.wait_for_timeout(500)
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth + 1"), element


def test_lever_is_answered_without_a_click_and_the_link_reproduces_it(visit, small_app: str):
    here = visit(small_app)
    page = here.open()
    before = settled(here, page)
    step(page, "Approval layers")
    changed = page.get_by_text(re.compile(r"With \d+ approval layers")).first
    changed.wait_for()
    answered = settled(here, page)
    assert answered != before
    (layers,) = re.findall(r"a\.layers=(\d+)", page.url)
    assert f"With {layers} approval layers" in answered
    other = here.open(page.url.removeprefix(f"{small_app}/"), page=here.watched(here.context.new_page()))
    assert settled(here, other) == answered
    slider = other.get_by_role("slider", name="Approval layers")
    assert slider.get_attribute("aria-valuetext") == layers
    # and putting the lever back brings the first numbers back, from memory
    page.locator(".st-key-chips button").first.click()
    changed.wait_for(state="detached")
    assert settled(here, page) == before and "a.layers" not in page.url


def test_charts_stay_as_they_are_while_a_new_result_is_awaited(visit, app: str):
    """Drawing them from scratch flickers, and takes the processor from the runs that are waited for."""
    here = visit(app)
    page = here.open("?s=regulated_bank")  # whose runs no other test has made known to this server
    here.finished()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    page.evaluate("() => document.querySelectorAll('.js-plotly-plot').forEach(plot => plot.isOld = true)")
    open_section(page, "Handoffs")
    step(page, "Context lost in a handoff")
    kept = page.wait_for_function(
        "() => document.body.innerText.includes('Shown for')"
        " && [...document.querySelectorAll('.js-plotly-plot')].map(plot => plot.isOld === true)"
    )
    assert kept.json_value() == [True, True]


def test_a_lever_that_moves_others_along_sets_nothing_but_itself(visit, app: str):
    """With fewer layers other boards are left, so that what is shown for boards follows; nobody moved it."""
    here = visit(app)
    page = here.open("?s=digital_retailer")
    here.finished()
    for layers in (3, 2):  # the second while the first is still refined
        step(page, "Approval layers", "ArrowLeft")
        page.get_by_text(re.compile(f"With {layers} approval layers")).first.wait_for()
    here.finished()
    assert re.findall(r"[?&]([a-z]+\.[a-z]+)=", page.url) == ["a.layers"], page.url


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_jumps_when_a_lever_moves(visit, small_app: str, width: int):
    """Sentence, tiles and charts keep their places from before the lever until the last run is there."""
    here = visit(small_app, width=width)
    page = here.open()
    here.finished()
    if width < 640:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("slider", name="Approval layers").wait_for()
    page.get_by_text("By calculation, without luck: development").wait_for(state="attached")
    page.evaluate(
        """() => {
            window.places = new Set();
            const look = () => {
                const above = document.querySelector('[data-testid=stMain]').scrollTop;
                const what = '.st-key-headline, .st-key-progress, .tile, .stPlotlyChart';
                const found = [...document.querySelectorAll(what)].filter((one) => one.offsetParent);
                places.add(found.map((one) => Math.round(one.getBoundingClientRect().top + above)).join());
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    step(page, "Approval layers")
    page.get_by_text("5 approval layers").first.wait_for(state="attached")
    settled(here, page)
    assert "approval layers" in sentence(page)
    places = page.evaluate("[...window.places]")
    assert len(places) == 1, places


def test_share_shows_the_link_of_this_screen(visit, small_app: str):
    here = visit(small_app)
    page = here.open("?a.layers=6")
    page.get_by_role("button", name="Share").click()
    page.get_by_text(f"{small_app}/?a.layers=6").wait_for()


def test_names_are_text_and_nothing_else(visit, small_app: str):
    here = visit(small_app)
    page = here.open()
    here.finished()
    name = "<i>Old</i> :smile: http://e.example"
    assert name in sentence(page).replace("\N{WORD JOINER}", "")
    page.get_by_text("Show the numbers", exact=True).click()
    header = page.get_by_role("table").get_by_role("columnheader").nth(1)
    assert header.inner_text().replace("\N{WORD JOINER}", "") == name
    assert page.locator("a[href*='e.example']").count() == 0
    assert not here.errors and not here.foreign()


def test_chart_as_html_opens_offline_without_a_share_button(visit, app: str, tmp_path: Path):
    from sim.findings.charts import cumulative_curve, plot_html

    study = made_study({"lead_time_p85": around(50.0)}, {"lead_time_p85": around(11.0)})
    file = tmp_path / "curve.html"
    file.write_text(plot_html(cumulative_curve(study)), "utf-8")
    here = visit(app)
    here.context.set_offline(True)
    here.page.goto(file.as_uri())
    here.page.locator(".main-svg").first.wait_for(state="attached")
    here.page.locator(".js-plotly-plot").hover()
    titles = here.page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title)")
    assert titles and not [title for title in titles if "hare" in title or "loud" in title]
    assert [url for url in here.requests if not url.startswith(("file:", "data:", "blob:"))] == []

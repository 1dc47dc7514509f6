"""The pages beside Compare in a real browser: accessibility, phones, the network, and undo by keyboard."""

from __future__ import annotations

from contextlib import suppress

import pytest
from worlds.browser import NEEDS_A_BROWSER, SMALL_WITH_LINKS, Visit, step, sync_api, violations

from sim.ui.situation import own_token

pytestmark = NEEDS_A_BROWSER


def charted(page) -> None:
    page.locator(".js-plotly-plot .main-svg").nth(1).wait_for(state="attached")


def headed(name: str):
    return lambda page: page.get_by_role("heading", name=name).first.wait_for()


BUILT = f"build?own={own_token(SMALL_WITH_LINKS)}"
"""An organisation of a visitor's own, by its link."""

PAGES = {
    "evidence": charted,
    "evidence?tab=load": charted,
    "evidence?tab=measures": lambda page: page.get_by_role("table").nth(1).wait_for(),
    "way": lambda page: page.locator("[data-tag]").nth(3).wait_for(),  # what is chosen comes last
    "learn": headed("Learn by predicting"),
    "learn?lesson=boards&step=2": headed("Your prediction"),
    "build": lambda page: page.get_by_label("What is your organisation called?").wait_for(),
    BUILT: headed("Markets"),
    "claims": headed("Claims"),
    "claims?claim=C01": headed("What would refute it"),
    "cases": headed("Published cases"),
    "method": headed("Sources"),
    "report": headed("Take it away"),
}


def opened(here: Visit, link: str):
    here.page.goto(f"{here.address}/{link}")
    PAGES[link](here.page)
    here.page.wait_for_timeout(500)
    return here.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("link", PAGES)
def test_page_has_no_accessibility_violation(visit, small_app: str, link: str, scheme: str):
    here = visit(small_app, scheme=scheme)
    assert not violations(opened(here, link))
    assert not here.errors and not here.foreign()


@pytest.mark.parametrize("link", PAGES)
def test_phone_needs_no_sideways_scroll(visit, small_app: str, link: str):
    page = opened(visit(small_app, width=390, height=844), link)
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth + 1"), element


def refined_no_more(page) -> None:
    """Wait until there is a first answer to everything, and stop what refines it."""
    sync_api.expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=300_000)
    stops = page.get_by_role("button", name="Stop")
    for _ in range(30):
        if not stops.count():
            page.wait_for_timeout(1_000)  # or it is about to be drawn anew
            if not stops.count():
                return
        with suppress(sync_api.Error):  # it may have ended meanwhile, or be drawn anew
            stops.first.click(timeout=2_000)
    raise AssertionError("it goes on")


@pytest.mark.parametrize("name", ["why", "wins", "forecast", "matters"])
def test_page_that_computes_is_accessible_and_narrow_enough_with_its_results(
    visit,
    small_app: str,
    name: str,
):
    here = visit(small_app, scheme="light")
    page = here.page
    page.goto(f"{here.address}/{name}")
    begins = page.locator("[class*=st-key-begin_] button")
    begins.first.wait_for()
    assert not violations(page)
    for _ in range(begins.count()):
        begins.first.click()  # what has begun has no button any more
        page.wait_for_timeout(500)
    # With some settings of What matters the small shop does not keep up, and the page says so instead.
    page.locator(".js-plotly-plot .main-svg, [data-testid=stAlert]").first.wait_for(timeout=300_000)
    refined_no_more(page)
    assert not violations(page)
    paper = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{paper} !== '{light}'")
    page.wait_for_timeout(1_000)
    assert not violations(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(1_000)
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth + 1"), element
    assert not here.errors and not here.foreign()


def test_undo_and_redo_by_keyboard(visit, small_app: str):
    page = visit(small_app).open()
    slider = page.get_by_role("slider", name="Approval layers")
    before = slider.get_attribute("aria-valuetext")
    step(page, "Approval layers")
    page.wait_for_url("**a.layers=*")
    changed = slider.get_attribute("aria-valuetext")
    assert changed != before
    page.get_by_role("heading", level=1).first.click()  # away from the slider
    page.keyboard.press("Control+z")
    page.wait_for_function("!location.search.includes('layers')")
    sync_api.expect(slider).to_have_attribute("aria-valuetext", before or "")
    page.keyboard.press("Control+y")
    page.wait_for_url("**a.layers=*")
    sync_api.expect(slider).to_have_attribute("aria-valuetext", changed or "")


def test_answer_is_not_in_the_page_before_it_is_locked(visit, small_app: str):
    here = visit(small_app)
    page = here.page
    page.goto(f"{small_app}/learn?lesson=boards&step=4")
    headed("Your prediction")(page)
    assert "half an interval" not in page.content() and "Theory says" not in page.content()
    assert page.get_by_role("button", name="Lock my answer").is_disabled()
    page.get_by_text("3 working days", exact=True).click()
    page.get_by_role("button", name="Lock my answer").click()
    charted(page)
    page.get_by_text("You said").wait_for()
    assert "lesson=boards" in page.url and "step=3" in page.url


def test_evidence_tab_is_in_the_link(visit, small_app: str):
    page = opened(visit(small_app), "evidence")
    page.get_by_role("tab", name="Load").click()
    page.wait_for_url("**tab=load*")
    charted(page)
    page.reload()
    page.get_by_role("heading", name="Who is overloaded, who waits?").wait_for()


def test_menu_of_a_phone_closes_once_a_page_is_chosen(visit, small_app: str):
    page = opened(visit(small_app, width=390, height=844), "build")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Method").click()
    headed("Sources")(page)
    page.get_by_test_id("stExpandSidebarButton").wait_for()


def test_presenter_view_hides_the_levers(visit, small_app: str):
    page = visit(small_app).page
    page.goto(f"{small_app}/method?present=1")
    headed("Sources")(page)
    assert page.get_by_role("slider", name="Approval layers").count() == 0


def test_claim_is_found_by_keyboard_kept_in_the_link_and_downloaded(visit, small_app: str):
    here = visit(small_app)
    page = opened(here, "claims")
    page.get_by_role("textbox", name="Words").fill("killing handoffs quality")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=killing*")
    found = page.get_by_role("button", name="Handoffs cost time")
    sync_api.expect(page.get_by_text("1 claim", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    rows = download.value.path().read_text("utf-8").splitlines()
    assert rows[0].startswith("id,theme,sentence") and all(row.startswith("C16a,") for row in rows[1:])
    found.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**claim=C16a*")
    page.reload()
    page.get_by_role("heading", name="Claim C16a").wait_for()
    page.get_by_role("button", name="All claims").click()
    sync_api.expect(page.get_by_role("textbox", name="Words")).to_have_value("killing handoffs quality")
    assert not here.errors and not here.foreign()

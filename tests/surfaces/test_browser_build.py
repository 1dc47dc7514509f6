"""Build in a real browser: from nothing to an organisation that survives reload and travels in a link."""

from __future__ import annotations

from worlds.browser import NEEDS_A_BROWSER, Visit, sync_api, violations

pytestmark = NEEDS_A_BROWSER


def cell(page, name: str):
    return page.get_by_role("textbox", name=name, exact=True).first


def built(visit, address: str, **look) -> Visit:
    """Answer the eight questions as they stand."""
    here = visit(address, **look)
    here.page.goto(f"{address}/build")
    here.page.get_by_label("What is your organisation called?").fill("Nordlicht Werke")
    here.page.get_by_role("button", name="Build it").click()
    here.page.get_by_role("heading", name="Markets").wait_for()
    return here


def result(page) -> str:
    """Return what the simulation says, once all its runs are there."""
    said = page.locator(".st-key-build_result strong").first.locator("xpath=ancestor::p")
    sync_api.expect(said).to_contain_text("30 paired runs", timeout=300_000)
    return said.inner_text()


def test_wrong_cell_is_marked_stays_as_typed_and_costs_nothing_else(visit, small_app: str):
    here = built(visit, small_app)
    page = here.page
    people = cell(page, "People, testing")
    people.fill("-3")
    page.locator("[aria-invalid=true]").first.wait_for()
    assert "0 or more people" in page.locator(".why[role=alert]").first.inner_text()
    product = cell(page, "Product, Product 1")
    product.fill("Boats")
    product.press("Tab")
    cell(page, "Product, Boats").wait_for()
    assert people.input_value() == "-3" and people.get_attribute("aria-invalid") == "true"
    page.reload()
    cell(page, "Product, Boats").wait_for()
    page.locator("[aria-invalid=true]").first.wait_for()
    assert cell(page, "People, testing").input_value() == "-3", "it survives a reload with its mark"
    assert not violations(page) and not here.errors and not here.foreign()


def test_link_shows_the_same_organisation_and_numbers_in_a_fresh_browser(visit, small_app: str):
    here = built(visit, small_app)
    cell(here.page, "Name of the organisation").fill("Nordlicht Boote")
    here.page.get_by_role("heading", name="Nordlicht Boote", level=1).wait_for()
    said, link = result(here.page), here.page.url
    other = visit(small_app)
    other.page.goto(link)
    other.page.get_by_role("heading", name="Nordlicht Boote", level=1).wait_for()
    assert result(other.page) == said
    again = here.context.new_page()
    again.goto(f"{small_app}/build")
    again.get_by_role("button", name="Go on with it").click()
    again.get_by_role("heading", name="Nordlicht Boote", level=1).wait_for()
    assert result(again) == said


def test_browser_that_keeps_nothing_says_so_and_warns_before_one_leaves(visit, small_app: str):
    here = visit(small_app)
    full = "throw new DOMException('full', 'QuotaExceededError');"
    here.page.add_init_script(
        "const put = Storage.prototype.setItem; Storage.prototype.setItem = function (key, text) {"
        f" if (key.startsWith('opsim.own')) {full} put.call(this, key, text); }};"
    )
    here.page.goto(f"{small_app}/build")
    here.page.get_by_label("What is your organisation called?").fill("Nordlicht Werke")
    here.page.get_by_role("button", name="Build it").click()
    here.page.locator(".own").get_by_text("this browser's storage is full").wait_for()
    with here.page.expect_event("dialog") as asked:
        here.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


def test_cards_fit_a_phone(visit, small_app: str):
    page = built(visit, small_app, width=390, height=844).page
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth + 1"), element


def test_cards_in_the_dark_have_no_accessibility_violation(visit, small_app: str):
    assert not violations(built(visit, small_app, scheme="dark").page)

"""The page Watch in a real browser: it plays, obeys the keyboard, and goes home as one file.

Run with ``pytest -m browser``, like ``test_browser.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from textwrap import dedent

import pytest
from worlds.browser import NEEDS_A_BROWSER, Visit, served, sync_api, violations

from sim.measures.playback import watched
from sim.scenario.files.load import from_text
from sim.ui.watch import as_html, playback

pytestmark = NEEDS_A_BROWSER

HOSTILE = "<i>Old</i> </script> http://e.example"
SMALL = f"""
    name: "{HOSTILE}"
    situation:
      people: {{analysis: 6, development: 14, testing: 6}}
      demand: {{arrivals: {{kind: poisson, per_week: 10}}}}
    operating_models:
      industrial: {{use: industrial, name: "{HOSTILE}", override: {{funding.every_weeks: 6}}}}
      product: {{use: product}}
    run: {{horizon_weeks: 52, warm_up_weeks: 8, tail_weeks: 8, replications: 4, seed: 1}}
"""
TIME_FRAMES = """() => {
    window.frames_took = [];
    let draws = false;
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        draws = true;
        return clear.apply(this, box);
    };
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => request((now) => {
        const began = performance.now();
        draws = false;
        callback(now);
        if (draws) window.frames_took.push(performance.now() - began);
    });
}"""
"""Notes how many milliseconds each frame takes in which a canvas is drawn anew."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app with a scenario of some 520 requests, whose names try to be markup."""
    path = tmp_path_factory.mktemp("watch") / "small.yaml"
    path.write_text(dedent(SMALL), "utf-8")
    with served(OPSIM_SCENARIO=str(path)) as address:
        yield address


class Watching(Visit):
    """A visit to the page Watch."""

    def drawn(self, page) -> None:
        page.get_by_role("button", name="Next board").wait_for(timeout=180_000)

    def start(self, link: str = "watch", *, still: bool = False) -> Watching:
        if still:
            self.page.emulate_media(reduced_motion="reduce")
        self.open(link)
        return self

    @property
    def day(self) -> int:
        return int(re.findall(r"day (\d+)", self.page.locator("output.day").inner_text())[0])

    def counts(self, side: int) -> list[str]:
        return self.page.locator(".counts").nth(side).locator("dd").all_inner_texts()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def reaches(self, day: int) -> None:
        expected = re.compile(rf"^day {day} ")
        sync_api.expect(self.page.locator("output.day")).to_have_text(expected)


@pytest.fixture
def visit(browser, app: str) -> Iterator:
    visits: list[Watching] = []

    def make(**options) -> Watching:
        visits.append(Watching(browser, app, **options))
        return visits[-1]

    yield make
    for one in visits:
        assert not one.errors
        one.close()


def test_nothing_plays_until_play_is_pressed_and_then_the_counts_change_and_differ(visit):
    here = visit().start()
    first, before = here.day, (here.counts(0), here.counts(1))
    assert first > 0, "the playback begins where the first board is crowded"
    here.page.wait_for_timeout(600)
    assert here.day == first
    here.page.get_by_role("button", name="30 days per second").click()
    here.press("Play")
    here.page.get_by_role("button", name="Pause").wait_for()
    sync_api.expect(here.page.locator("output.day")).to_have_text(
        re.compile(r"day (1[0-9]|2)\d\d? "), timeout=30_000
    )
    here.press("Pause")
    stopped = here.day
    assert stopped > first
    after = (here.counts(0), here.counts(1))
    assert after != before and after[0] != after[1]
    here.page.wait_for_timeout(400)
    assert here.day == stopped


def test_keys_move_the_clock(visit):
    here = visit().start()
    keyboard = here.page.keyboard
    here.page.get_by_role("group", name=re.compile("^The organisations")).focus()
    first = here.day
    keyboard.press("ArrowRight")
    here.reaches(first + 1)
    keyboard.press("ArrowLeft")
    here.reaches(first)
    keyboard.press("End")
    here.reaches(260)
    keyboard.press("Home")
    here.reaches(0)
    keyboard.press("4")
    pressed = here.page.get_by_role("button", name="30 days per second")
    assert pressed.get_attribute("aria-pressed") == "true"
    keyboard.press(" ")
    here.page.get_by_role("button", name="Pause").wait_for()
    keyboard.press(" ")
    here.page.get_by_role("button", name="Play", exact=True).wait_for()
    keyboard.press("?")
    dialog = here.page.get_by_role("dialog", name="Help")
    dialog.wait_for()
    keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    here.page.get_by_role("slider", name="Day").focus()
    day = here.day
    keyboard.press("ArrowRight")
    here.reaches(day + 1)


def test_next_board_and_worst_day_go_where_they_say(visit):
    here = visit().start()
    here.page.get_by_role("slider", name="Day").fill("0")
    here.reaches(0)
    days = []
    for _ in range(3):
        here.press("Next board")
        said = here.page.locator(".watch [role=status]").inner_text()
        assert re.search(r"^Tomorrow in .*meets; \d+ requests? waits? for it\.$", said), said
        days.append(here.day)
    assert days == sorted(set(days))
    assert all((day + 1) % 10 == 0 for day in days), days  # boards meet every 10, 20 and 30 days
    here.page.get_by_role("button", name="Worst day").first.click()
    most = int(here.counts(0)[0])
    assert f"{most} requests wait for a board" in here.page.locator(".watch [role=status]").inner_text()
    here.press("One day on")
    assert int(here.counts(0)[0]) <= most


def test_request_has_a_story_in_both_organisations(visit):
    here = visit().start()
    page = here.page
    assert page.locator(".story h3").count() == 0
    here.press("The slowest one")
    headings = page.locator(".story h3").all_inner_texts()
    assert len(headings) == 2 and headings[0].startswith(HOSTILE) and headings[1].startswith("Product: ")
    first = page.get_by_label("Click a dot, or choose a request:").input_value()
    places = page.locator(".story ol").first.locator("li").all_inner_texts()
    assert any(place.startswith("steering committee") for place in places), places
    # and a click on a dot in front of the gate tells that one's story
    box = page.locator("canvas[role=img][aria-label^='Requests on their way']").first
    box.scroll_into_view_if_needed()
    chosen = page.evaluate(
        """() => {
            const hosts = [...document.querySelectorAll('*')].map((element) => element.shadowRoot);
            const canvas = hosts.find((root) => root?.querySelector('.watch')).querySelector('.side canvas');
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            const box = canvas.getBoundingClientRect();
            for (let at = 0; at < pixels.length; at += 4)
                if (pixels[at] === 194 && pixels[at + 1] === 102 && pixels[at + 2] === 10) {
                    const [x, y] = [(at / 4) % canvas.width, Math.floor(at / 4 / canvas.width)];
                    const scale = box.width / canvas.width;
                    return [x * scale, y * scale];
                }
        }"""
    )
    box.click(position={"x": chosen[0], "y": chosen[1]})
    assert page.get_by_label("Click a dot, or choose a request:").input_value() not in ("-1", first)


def test_reduced_motion_makes_play_a_step(visit):
    here = visit().start(still=True)
    first = here.day
    assert here.page.get_by_role("button", name="Play", exact=True).count() == 0
    here.press("Step 4 d")
    here.reaches(first + 4)
    here.page.wait_for_timeout(400)
    assert here.day == first + 4
    here.page.get_by_role("group", name=re.compile("^The organisations")).focus()
    here.page.keyboard.press(" ")
    here.reaches(first + 8)


def test_page_plays_on_while_something_else_on_it_changes(visit):
    here = visit().start()
    here.page.get_by_role("button", name="1 day per second").click()
    here.press("Play")
    here.page.get_by_text("As text").click()
    here.page.get_by_role("table").wait_for()
    here.page.get_by_role("button", name="Pause").wait_for()


def test_three_hundred_requests_are_drawn_fast_enough_for_thirty_frames_a_second(visit):
    here = visit().start()
    options = here.page.get_by_label("Click a dot, or choose a request:").locator("option").count()
    assert options > 250
    here.page.evaluate(TIME_FRAMES)
    here.page.get_by_role("button", name="12 days per second").click()
    here.press("Play")
    here.page.wait_for_function("window.frames_took.length >= 30")
    # Other programs may take the machine for a while, and then for longer than a frame.
    took = median(here.page.evaluate("window.frames_took"))
    assert took <= 1000 / 30, f"half of the frames take {took:.0f} ms or more"


def test_downloaded_file_opens_offline_and_plays(visit, tmp_path: Path):
    here = visit().start()
    with here.page.expect_download() as waiting:
        here.page.get_by_role("button", name="Download as one HTML file").click()
    file = tmp_path / "watch.html"
    waiting.value.save_as(file)
    assert not here.foreign()
    here.context.set_offline(True)
    here.requests.clear()
    here.page.goto(file.as_uri())
    assert HOSTILE in here.page.get_by_role("heading", level=1).inner_text()
    assert here.page.locator("h1 i, h2 i").count() == 0
    first = here.day
    here.press("One day on")
    here.reaches(first + 1)
    here.page.get_by_role("button", name="30 days per second").click()
    here.press("Play")
    here.reaches(260)
    assert here.requests == [file.as_uri()]
    assert not violations(here.page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_watch_has_no_accessibility_violation(visit, scheme: str):
    here = visit(scheme=scheme).start()
    here.press("A typical one")
    here.page.get_by_text("As text").click()
    here.page.get_by_role("table").wait_for()
    assert not violations(here.page)
    here.press("Help and keys")
    here.page.get_by_role("dialog", name="Help").wait_for()
    assert not violations(here.page)
    assert not here.foreign()


def test_watch_on_a_phone_needs_no_sideways_scroll(visit):
    here = visit(width=390, height=844).start()
    here.press("A typical one")
    here.page.wait_for_timeout(300)
    for element in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert here.page.evaluate(f"{element}.scrollWidth <= {element}.clientWidth + 1"), element
    canvas = here.page.locator(".side canvas").first.bounding_box()
    assert canvas and canvas["x"] >= 0 and canvas["x"] + canvas["width"] <= 390


MOVING = """
    situation: {products: [till, search], demand: {arrivals: {kind: poisson, per_week: 3}}}
    operating_models:
      old: {use: industrial}
      new: {use: product, name: "</script><b>New</b>"}
      by waves:
        use: industrial
        timeline:
          - {at_week: 20, becomes: new, products: [search]}
          - {at_week: 30, becomes: new}
    run: {horizon_weeks: 60, warm_up_weeks: 4, tail_weeks: 4}
"""


def test_organisation_changes_on_its_dates(browser, tmp_path: Path):
    """The file that can be downloaded has the same player, and needs no app."""
    scenario = from_text(dedent(MOVING).encode(), "moving.yaml")
    sides = [watched(scenario, model, 0)[0] for model in scenario.models]
    file = tmp_path / "watch.html"
    file.write_text(as_html("moving", playback(scenario, sides)), "utf-8")
    here = Watching(browser, file.as_uri())
    here.page.goto(file.as_uri())
    moving = here.page.get_by_role("region", name="Industrial (by waves)")
    canvas = moving.locator("canvas")
    heights = [canvas.bounding_box()["height"]]  # pyright: ignore[reportOptionalSubscript]
    for day, words in ((100, "From week 20 on search works like"), (150, "From week 30 on it works like")):
        here.press("Next change")
        here.reaches(day - 1)
        said = here.page.locator(".watch [role=status]").inner_text()
        assert said.startswith(f"Tomorrow in Industrial (by waves): {words}"), said
        assert moving.get_by_text(words).is_hidden()
        here.press("One day on")
        here.reaches(day)
        moving.get_by_text(words).wait_for()
        heights.append(canvas.bounding_box()["height"])  # pyright: ignore[reportOptionalSubscript]
    assert heights[1] > heights[0], "both ways are there, one below the other"
    assert moving.get_by_text("From week 20").is_hidden()
    here.press("Next change")
    assert "No organisation changes after this day." in here.page.locator(".watch").inner_text()
    assert here.page.locator(".watch b").count() == 0
    assert not violations(here.page)
    assert not here.errors
    here.close()

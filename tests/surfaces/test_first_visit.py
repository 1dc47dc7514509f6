"""A first visit: what the server puts on the page, the sketch of the first chart, and compressed scripts."""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
from base64 import b64decode
from functools import cache
from html import unescape
from typing import Any

import pytest

from sim.findings.charts import cumulative_curve
from sim.findings.charts.sketch import sketch
from sim.findings.study import headline
from sim.scenario.files.load import load
from sim.studies.shipped_results import read_stored
from sim.ui import first_visit
from sim.ui.compare import tiles_of
from sim.ui.elements import tight

PAGE = b'<html><body><div id="root"></div></body></html>'
SCRIPT = b"let here = 1;" * 100


async def served(scope: Any, receive: Any, send: Any) -> None:
    """Stand for Streamlit: a page or a script in two pieces, with the headers of a file."""
    body = SCRIPT if scope["path"].endswith(".js") else PAGE
    headers = [(b"content-length", str(len(body)).encode()), (b"etag", b'"1"')]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[:10], "more_body": True})
    await send({"type": "http.response.body", "body": body[10:]})


def asked(
    path: str, query: str = "", client: str = "127.0.0.1", **headers: str
) -> tuple[dict[str, str], bytes]:
    """Ask the app's server for a path; return the headers and the body of its answer."""
    app: Any = served
    for one in reversed(first_visit.middleware()):
        app = one.cls(app, *one.args, **one.kwargs)
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(), "client": (client, 1),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    asyncio.run(app(scope, receive, send))
    found = {name.decode().casefold(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    assert int(found["content-length"]) == len(body)
    return found, body


@cache
def shipped():
    scenario = load("digital_retailer")
    study = read_stored("digital_retailer", scenario)
    assert study is not None
    return study


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPSIM_SCENARIO", raising=False)
    monkeypatch.setattr(first_visit, "LONGEST_WAIT_SECONDS", 600)
    first_visit._coming.cache_clear()  # noqa: SLF001 - what the server begins when it starts


def test_first_page_comes_with_the_sentence_the_tiles_and_the_chart_of_the_app():
    headers, body = asked("/", if_none_match='"1"')
    said = unescape(body.decode())
    assert tight(headline(shipped())) in said and unescape(tiles_of(shipped())[0]) in said
    assert unescape(sketch(cumulative_curve(shipped()))) in said
    assert "etag" not in headers, "it is that of Streamlit's own page"


@pytest.mark.parametrize(("path", "query"), [("/", "s=pooling"), ("/why", ""), ("/learn", "")])
def test_who_comes_by_a_link_gets_the_page_as_it_is(path: str, query: str):
    headers, body = asked(path, query)
    assert body == PAGE and headers["etag"] == '"1"'


def test_scenario_that_is_not_stored_gives_no_first_answer(monkeypatch: pytest.MonkeyPatch, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: <b>Mine</b>\nuse: digital_retailer\n", "utf-8")
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    assert b"Mine" not in asked("/")[1]


def test_nobody_waits_long_for_the_answer_nor_for_one_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch):
    late = threading.Event()
    for answer in (late.wait, lambda: 1 / 0):
        first_visit._coming.cache_clear()  # noqa: SLF001
        monkeypatch.setattr(first_visit, "LONGEST_WAIT_SECONDS", 0.01 if answer == late.wait else 600)
        monkeypatch.setattr(first_visit, "first_page", answer)
        assert asked("/")[1] == PAGE
    late.set()


def test_scripts_are_compressed_for_visitors_from_elsewhere_only():
    headers, body = asked("/static/js/a.js", client="192.0.2.7", accept_encoding="gzip, br")
    assert headers["content-encoding"] == "gzip" and gzip.decompress(body) == SCRIPT and len(body) < 100
    for client, accepted in (("127.0.0.1", "gzip"), ("192.0.2.7", "br")):
        headers, body = asked("/static/js/a.js", client=client, accept_encoding=accepted)
        assert body == SCRIPT and "content-encoding" not in headers


def test_sketch_has_the_lines_and_the_words_of_the_figure():
    figure = cumulative_curve(shipped())
    drawn = sketch(figure)
    [picture] = re.findall(r"base64,([^\"]+)", drawn)
    lines = re.findall(r' d="M([^"Z]+)" fill="none" stroke="#', b64decode(picture).decode())
    curves = [trace for trace in figure.data if trace.mode == "lines" and trace.fill is None]
    assert len(lines) == len(curves)
    right, top = figure.layout.xaxis.range[1], figure.layout.yaxis.range[1]
    for line, trace in zip(lines, curves, strict=True):
        places = [tuple(map(float, place.split())) for place in line.split("L")]
        expected = zip(trace.x, trace.y, strict=True)
        for (x, y), (days, share) in zip(places, expected, strict=True):
            assert x == pytest.approx(100 * days / right, abs=0.01)
            assert y == pytest.approx(100 - 100 * share / top, abs=0.01)
    assert all(note.text in drawn for note in figure.layout.annotations)

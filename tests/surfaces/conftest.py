"""What the surfaces start from: the app without worker processes, and in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from worlds.shops import SMALL_WITH_MARKUP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# --- without a browser ---------------------------------------------------------------------------------


@pytest.fixture
def in_a_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No worker processes: a thread of this process computes, and nothing is left over from other tests."""
    from sim.ui.queue import runner

    monkeypatch.setenv("OPSIM_WORKERS", "0")
    monkeypatch.delenv("OPSIM_SCENARIO", raising=False)
    monkeypatch.setattr("sim.ui.compare.LONGEST_WAIT_SECONDS", 0.3)
    runner.cache_clear()
    yield
    if runner.cache_info().currsize:
        for job in list(runner()._jobs):  # noqa: SLF001 - what nobody waits for would slow down what follows
            runner().stop(job)


@pytest.fixture
def small_with_markup(in_a_thread: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app open with a small scenario whose names try to be markup."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL_WITH_MARKUP, "utf-8")
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))


# --- in a browser: worlds.browser is imported only by those who need Playwright ---------------------------


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    """Start the app as it is delivered; return its address."""
    from worlds.browser import served

    with served() as address:
        yield address


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app with a small scenario whose names try to be markup and links; return its address."""
    from worlds.browser import SMALL_WITH_LINKS, served

    path = tmp_path_factory.mktemp("browser") / "small.yaml"
    path.write_text(SMALL_WITH_LINKS, "utf-8")
    with served(OPSIM_SCENARIO=str(path)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Start a Chromium."""
    from worlds.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser) -> Iterator:
    """Return what visits an address; every visit ends with the test."""
    from worlds.browser import Visit

    visits: list[Visit] = []

    def make(address: str, **options) -> Visit:
        visits.append(Visit(browser, address, **options))
        return visits[-1]

    yield make
    for one in visits:
        one.close()

"""A first visit: the answer stands on the page as the server sends it, before any of the app's scripts.

Streamlit draws nothing before its scripts of three megabytes have run, and no chart before plotly's of five.
So the first page comes with its sentence, tiles and first chart as plain HTML, which gives way as soon as the
app has drawn the same sentence. Visitors from elsewhere get the scripts compressed; on this machine that
would only cost time.
"""

from __future__ import annotations

import gzip
from asyncio import to_thread
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROOT = b'<div id="root"></div>'
"""Where Streamlit's page has the app. If a version of it has it elsewhere, the first page is as it comes."""

_FOUND = 200

LONGEST_WAIT_SECONDS = 1.5
"""That whoever comes while the server starts waits for the answer."""
_THIS_MACHINE = ("127.0.0.1", "::1")

_LOOKS = """
#first {position: fixed; inset: 0; z-index: 999980; overflow: auto; box-sizing: border-box;
  padding: 4.25rem 1rem 1rem; color-scheme: light dark; font-family: "Source Sans", sans-serif;
  color: light-dark(%(ink_light)s, %(ink_dark)s); background: light-dark(%(paper_light)s, %(paper_dark)s);}
#first h1 {font-size: 1.9rem; font-weight: 600; line-height: 1.2; margin: 0 0 1.35rem;}
#first h2 {font-size: 1.3rem; font-weight: 600; margin: 2rem 0 1.5rem;}
#first p {line-height: 1.6; margin: 0 0 1rem;}
#first .said {font-size: 1.35rem; line-height: 1.45; max-width: 62rem; min-height: 5.9rem;}
#first .tiles {display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; margin-top: 1.6rem;}
#first .tile {border: 1px solid rgba(123,135,148,0.3); border-radius: 0.6rem; padding: 1rem;}
#first .chart {position: relative; max-width: calc(50%% - 1.5rem);}
@media (min-width: 768px) {#first {padding-left: 21.75rem; padding-right: 3rem;}}
@media (max-width: 640px) {#first .chart {max-width: none;} #first h1 {margin-bottom: 4.3rem;}
  #first .said {min-height: 13.8rem; font-size: 1.15rem;}
  #first .tiles {grid: auto-flow / repeat(auto-fit, minmax(150px, 1fr));}}
"""

_GIVES_WAY = """
<script>
new MutationObserver((_, watch) => {
  if (document.querySelector('.st-key-headline p, [role="dialog"], [role="alert"], .stException')) {
    document.getElementById("first").remove();
    watch.disconnect();
  }
}).observe(document.body, {childList: true, subtree: true});
</script>
"""
"""Takes the answer away for good once the app has drawn its own: other pages have no sentence."""


def middleware() -> list[Middleware]:
    """Return what the app's server does with requests, before Streamlit answers them."""
    _coming()
    return [
        Middleware(_Changed, asked=_is_script_for_elsewhere, change=_packed),
        Middleware(_Changed, asked=_is_first_visit, change=_answered),
    ]


class _Changed:
    """Sends some of the server's files otherwise than they are."""

    def __init__(
        self,
        app: ASGIApp,
        asked: Callable[[Scope], bool],
        change: Callable[[bytes], tuple[bytes, dict[str, str]]],
    ):
        self._app = app
        self._asked = asked
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: the file is gathered, changed, and sent with the headers of the change."""
        if scope["type"] != "http" or scope["method"] != "GET" or not self._asked(scope):
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            sent = bytes(body)
            if start["status"] == _FOUND:
                sent, more = await to_thread(self._change, sent)
                headers = MutableHeaders(raw=start["headers"])
                for name in ("ETag", "Last-Modified", "Accept-Ranges"):  # they are those of the file
                    del headers[name]
                headers.update(more | {"Content-Length": str(len(sent))})
            await send(start)
            await send({"type": "http.response.body", "body": sent})

        conditions = (b"if-none-match", b"if-modified-since", b"range")
        asked = [pair for pair in scope["headers"] if pair[0] not in conditions]
        await self._app({**scope, "headers": asked}, receive, keep)


# --- the answer on the page -------------------------------------------------------------------------------


def _is_first_visit(scope: Scope) -> bool:
    """Return whether somebody comes by no link: what a link asks is not known before the app has read it."""
    return scope["path"] in ("/", "/compare") and not scope["query_string"]


def _answered(page: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the page with the answer; as it comes if the answer takes long, or cannot be made."""
    done, _ = wait([_coming()], LONGEST_WAIT_SECONDS)
    answer = b"".join(one.result() for one in done if one.exception() is None)
    return page.replace(_ROOT, _ROOT + answer, 1), {}


@cache
def _coming() -> Future[bytes]:
    """Return the answer as it is made, once, from the start of the server on: so that nobody waits for it."""
    return ThreadPoolExecutor(1, "first page").submit(first_page)


def first_page() -> bytes:
    """Return the first page's answer as HTML; nothing where it would have to be computed first."""
    from sim.findings.charts import cumulative_curve
    from sim.findings.charts.sketch import sketch
    from sim.findings.study import headline
    from sim.ui.compare import TITLE, TITLE_OF_CURVE, WORKING_DAYS, stored, tiles_of
    from sim.ui.elements import tight
    from sim.ui.frame import STYLE
    from sim.ui.offer import default_key, make_offer, opened_by_environment

    opened = opened_by_environment()
    offered = make_offer(opened).choices
    choice = offered.get(default_key(offered, opened))
    if choice is None or not choice.is_shipped or len(choice.scenario.models) != _MODELS:
        return b""
    study = stored(choice.key, choice.scenario)
    if study is None:
        return b""
    scenario = choice.scenario
    about = " ".join(part for part in (scenario.story, scenario.question) if part)
    page = (
        f'<main id="first" tabindex="0">{STYLE}<style>{_LOOKS % _colours()}</style><h1>{escape(TITLE)}</h1>'
        f"<p><b>{escape(scenario.name)}.</b> {escape(about)}</p>"
        f'<p class="said">{escape(tight(headline(study)))}</p>'
        f"<p><small>{WORKING_DAYS}</small> Pages and levers are on their way.</p>"
        f'<div class="tiles">{"".join(tiles_of(study))}</div>'
        f'<div class="chart"><h2>{escape(TITLE_OF_CURVE)}</h2>{sketch(cumulative_curve(study))}</div></main>'
        f"{_GIVES_WAY}"
    )
    return page.encode()


_MODELS = 2  # as many as the title says


def _colours() -> dict[str, str]:
    return {
        f"{name}_{scheme}": escape(str(st.get_option(f"theme.{scheme}.{option}") or "inherit"))
        for name, option in (("ink", "textColor"), ("paper", "backgroundColor"))
        for scheme in ("light", "dark")
    }


# --- scripts for visitors from elsewhere ------------------------------------------------------------------


def _is_script_for_elsewhere(scope: Scope) -> bool:
    return (
        scope["path"].startswith("/static/")
        and scope["path"].endswith((".js", ".css"))
        and (scope.get("client") or ("",))[0] not in _THIS_MACHINE
        and "gzip" in Headers(scope=scope).get("Accept-Encoding", "")
    )


@lru_cache(maxsize=200)
def _packed(plain: bytes) -> tuple[bytes, dict[str, str]]:
    """Return a script compressed, once for all visitors: Streamlit leaves that to a proxy, for each anew."""
    return gzip.compress(plain, mtime=0), {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}

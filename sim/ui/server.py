"""The app's server, in this process: it ends with this one, and talks to nobody but its visitors."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from streamlit import net_util
from streamlit.web.cli import main

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def serve(page: Path, options: Sequence[str]) -> NoReturn:
    """Serve a page until somebody ends it; this process ends with it.

    Parameters
    ----------
    options
        Of ``streamlit run``.
    """
    stay_here()
    arguments = ["run", str(page), *options]
    sys.argv = ["streamlit", *arguments]
    main(arguments, prog_name="streamlit")
    sys.exit(0)


def stay_here() -> None:
    """Let the server never look for an address of its own beyond this machine.

    Streamlit asks a service on the internet what its address is when a page of somebody else tries to
    connect, and when it is started for other machines. It needs the answer for nothing that we need: whoever
    opens the app by any of its addresses is let in, because the page and its connection have the same one.
    """
    net_util.get_external_ip = net_util.get_internal_ip = _nowhere


def _nowhere() -> None:
    return None

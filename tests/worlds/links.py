"""Links that strangers wrote: anything may stand anywhere in them."""

import base64
import random
import string
import zlib
from urllib.parse import urlencode

from sim.scenario.levers.table import LEVERS
from sim.ui.what_if import SCREEN


def packed(text: str) -> str:
    """Return a text as links carry it."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


_BOMB = packed("name: " + "x" * 10_000_000)
_NUMBERS = (
    *("1", "8", "12", "30", "960", "961", "1000000", "000000001000000", "00000000012", "9" * 5000),
    *("-1", "0", "-0", "0.5", "1e2", "1e400", "-1e400", "1e-400", "nan", "inf", "-inf", "1_0", " 5", "5\n"),
    *("٣", "²", "0x10", "1,5", "5;DROP", "none", "None", "true"),
)
_TEXTS = (
    *("", "\x00", "\u202eevil", "<script>alert(1)</script>", "%", "%25", "n%3D5", "../../etc/passwd"),
    *("digital_retailer", "regulated_bank", "mine", "fifo", "value", "&" * 200, "a=1&" * 500, "x" * 100_000),
    *(packed("name: [")[:9], _BOMB, packed("a: {" * 300), "9.9.9", "compare", "1"),
)
_LETTERS = "abcl" + string.digits


def hostile(luck: random.Random, is_inner: bool = False) -> dict[str, str]:
    """Return the parameters of a link in which anything may stand anywhere."""
    screens = [name for names in SCREEN.values() for name in names]
    names = [
        *("n", "n", "n", "s", "v", "own", "keep1", "keep2", "keep4", "keep9", *screens, *LEVERS),
        *(f"{luck.choice(_LETTERS)}.{key}" for key in LEVERS),
        *("", "__class__", "a.b.c", "\ud7ff", "x" * 3000),
    ]
    n = luck.choice((1, 2, 3, 5, 5, 8, 300))
    link = {}
    for _ in range(n):
        name = luck.choice(names) + (str(luck.random()) if n == 300 else "")
        link[name] = luck.choice(_NUMBERS if luck.random() < 0.7 else _TEXTS)
        if name.startswith("keep") and not is_inner and luck.random() < 0.8:
            link[name] = urlencode(hostile(luck, is_inner=True))
    return link

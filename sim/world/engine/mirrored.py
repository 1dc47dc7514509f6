"""Which version of the agents the fast engine mirrors: without that it does not run.

Whoever changes an agent changes what the Mesa engine does; the fast one would go on as before, and nobody
would notice. So the text of each file that is mirrored, comments and docstrings apart, is known here by its
hash (``mirrored.json``). Where they differ, nothing is compiled, the Mesa engine answers, and
``opsim doctor`` says which file it is. ``python -m sim.world.engine.mirrored`` takes note that the mirror is
right again.
"""

from __future__ import annotations

import hashlib
import json
import tokenize
from io import StringIO
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_NOTED = Path(__file__).with_name("mirrored.json")
_NOT_MIRRORED = ("__init__.py",)
"""What has no behaviour."""
_OTHERS = (
    *(f"world/{name}.py" for name in ("clock", "journal", "moments", "motion", "organisation", "work_item")),
    "scenario/policies/selection.py",
)
_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def files() -> list[Path]:
    """Return the files that are mirrored."""
    agents = (path for path in (_ROOT / "world/agents").glob("*.py") if path.name not in _NOT_MIRRORED)
    return sorted((*agents, *(_ROOT / name for name in _OTHERS)))


def fingerprint(text: str) -> str:
    """Return a hash of what a file does: its words without comments and docstrings."""
    words, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and before in _LAYOUT
        if token.type not in _LAYOUT and not is_docstring:
            words.append(token.string)
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before = token.type
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def changed() -> list[str]:
    """Return the names of the files that are not what the fast engine mirrors."""
    noted = json.loads(_NOTED.read_text(encoding="utf-8"))
    found = _now()
    return sorted(name for name in found.keys() | noted.keys() if found.get(name) != noted.get(name))


def _now() -> dict[str, str]:
    return {
        path.relative_to(_ROOT).as_posix(): fingerprint(path.read_text(encoding="utf-8")) for path in files()
    }


if __name__ == "__main__":
    _NOTED.write_text(json.dumps(_now(), indent=1) + "\n", encoding="utf-8")

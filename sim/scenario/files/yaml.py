"""Reading scenario files that strangers wrote: plain data with line numbers, or clear refusals.

ruamel.yaml turns the text into a stream of events; the tree is built here, event by event, so that
nothing is expanded or constructed before it is judged, and reading stops at the first limit passed.

What a plain value means (YAML 1.2, core schema):

- ``true``/``false`` and ``null``/``~``/nothing in three spellings each; ``no``, ``on``, ``12:30``,
  ``2026-01-02`` and ``30%`` are text;
- ``010`` is 10, ``0o17`` is 15, ``0x1F`` is 31, ``1e3`` is the float 1000.0, ``.5`` is 0.5;
- ``1_000`` is 1000: an extension that ruamel.yaml and Python share. Unlike ruamel.yaml, ``1__0``, ``-_``
  and ``0b1`` are text, and ``.5e3`` is 500.0;
- integers of more than 18 digits, ``.nan``, ``.inf`` and ``1e400`` are refused;
- a key must be text. A whole number is taken as text the way it is written (``010`` stays ``"010"``),
  because it is a fair name; any other key is refused.
"""

import codecs
import copy
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from sim.errors import Problem, ScenarioError, number_hint, quote, visible

# Limits are assumptions: far above what a scenario written by people needs, and together low enough that
# the worst file is judged in 2 s (measured: 1.6 s; ruamel.yaml takes up to 1.5 microseconds a character).
MAX_BYTES = 1_000_000
MAX_LINES = 20_000  # ruamel.yaml is slowest on short lines: 1 MB of them took up to 2.2 s
MAX_DEPTH = 20
MAX_NODES = 20_000
MAX_PROBLEMS = 100  # reading stops there: nobody corrects more at once
MAX_DIGITS = 18  # such an integer fits 64 bits
_SHOWN_NAME = 80

type Tree = dict[str, Tree] | list[Tree] | str | int | float | bool | None
type KeyPath = tuple[str | int, ...]

_EXAMPLE = """no scenario found; the shortest one has two lines:
  name: Two ways to organise
  operating_models: {industrial: {use: industrial}, product: {use: product}}"""

# Control characters (but not tab and line ends), line ends only some editors know, marks that turn the
# direction of text, invisible spaces, halves of a character, and two codes that are no character.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
_COMMAS = re.compile(r"[-+]?\d[\d.]*(?:,\d[\d.]*)+[^,{}\[\]:\n]*(?=[,}\n]|$)")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # how JSON escapes a character such as an emoji
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_LONGEST_NUMBER = 40  # characters
_KEPT_BYTES = 32_000  # of a file that is kept once parsed; the longest that is shipped has half as many
_PLAIN_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(rf"[-+]?{_DIGITS}|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(rf"[-+]?(?:\.{_DIGITS}|{_DIGITS}(?:\.(?:{_DIGITS})?)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_BASES = {"0o": 8, "0x": 16}


@dataclass(frozen=True)
class Document:
    """A scenario file as plain data, with the line of every key and list element.

    Attributes
    ----------
    data
        The top-level mapping.
    lines
        Line, from 1, of each key and list element, by its path of keys and indices.
    name
        File name without folders, safe to show.
    """

    data: dict[str, Tree]
    lines: dict[KeyPath, int]
    name: str

    def where(self, path: KeyPath) -> str:
        """Return file and line of a path, such as ``bank.yaml, line 9``; of its parent if it is absent."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}, line {self.lines[path]}" if path else self.name


def read_yaml_file(path: Path) -> Document:
    """Read a scenario file.

    Raises
    ------
    ScenarioError
        If the file cannot be read, is larger than 1 MB, or as ``parse_yaml``.
    """
    name = path.name or str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            _refuse(name, "is a folder; give one of the files in it.")
        if not stat.S_ISREG(status.st_mode):  # a device or pipe may never end
            _refuse(name, "is a device or a pipe; give a file.")
        _check_size(status.st_size, name)
        with path.open("rb") as file:
            text_bytes = file.read(MAX_BYTES + 1)  # the file may have grown since
    except FileNotFoundError:
        _refuse(name, "does not exist; check folder and spelling.")
    except (OSError, ValueError) as error:  # ValueError: a path with NUL in it
        reason = error.strerror if isinstance(error, OSError) else None
        _refuse(name, f"cannot be read ({reason or 'its name is not valid'}); check name and permissions.")
    if len(text_bytes) > _KEPT_BYTES:
        return parse_yaml(text_bytes, name)
    return copy.deepcopy(_kept(text_bytes, name))  # whoever reads it may change it


@lru_cache(maxsize=64)
def _kept(text_bytes: bytes, name: str) -> Document:
    """Parse what many scenarios use, the shipped operating models above all, once for the same bytes."""
    return parse_yaml(text_bytes, name)


def parse_yaml(text_bytes: bytes, name: str) -> Document:
    """Parse the content of a scenario file.

    Parameters
    ----------
    text_bytes
        UTF-8, with or without byte-order mark.
    name
        What messages call the file; no folders, so that no path of a server leaks.

    Raises
    ------
    ScenarioError
        With every problem found: wrong encoding, hidden characters, aliases, tags, duplicate keys,
        values or sizes beyond the limits, YAML mistakes, or no mapping at the top.
    """
    builder = _TreeBuilder(decoded(text_bytes, name), name, whole="the file")
    data = builder.build()
    if data is None:
        _refuse(name, _EXAMPLE)
    if not isinstance(data, dict):
        _refuse(name, f'must hold fields such as "name: My organisation" (found {quote(data)}).')
    return Document(data, builder.lines, builder.name)


def parse_value(text: str, name: str = "--set") -> Tree:
    """Parse one value from the command line or an input field, by the rules of scenario files.

    Raises
    ------
    ScenarioError
        As ``parse_yaml``; ``name`` says where the value was given.

    >>> parse_value("0.5"), parse_value("no"), parse_value("{kind: fixed, value: 2}")
    (0.5, 'no', {'kind': 'fixed', 'value': 2})
    """
    _check_size(len(text), name)
    return _TreeBuilder(text, name, whole="the value", is_numbered=False).build()


def number_within(text: str, least: float, most: float) -> float | None:
    """Return the number that a stranger's text writes, if it is one from ``least`` to ``most``; else nothing.

    The whole text counts, however long it is: it is never judged by its beginning and then used whole.

    >>> number_within("12", 1, 960), number_within("000000001000000", 1, 960), number_within("nan", 1, 960)
    (12.0, None, None)
    """
    if len(text) > _LONGEST_NUMBER or not _PLAIN_NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if least <= value <= most else None


def dotted(path: KeyPath) -> str:
    """Return a path as people write it, with unusual keys quoted.

    >>> dotted(("teams", 1, "people")), dotted(("teams", "a.b"))
    ('teams[1].people', 'teams."a.b"')
    """
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            shown += ("." if shown else "") + (part if re.fullmatch(r"[\w -]{1,40}", part) else quote(part))
    return shown


def _refuse(name: str, text: str) -> NoReturn:
    raise ScenarioError.of("", text, visible(name, _SHOWN_NAME)) from None


def _check_size(n_bytes: int, name: str) -> None:
    if n_bytes > MAX_BYTES:
        _refuse(name, f"has {n_bytes:,} bytes; at most {MAX_BYTES:,} (1 MB) are read.")


def decoded(text_bytes: bytes, name: str) -> str:
    """Return the text of a scenario file.

    Raises
    ------
    ScenarioError
        If it is larger than 1 MB, or no text in UTF-8.
    """
    _check_size(len(text_bytes), name)
    if text_bytes.startswith(b"PK\x03\x04"):
        _refuse(name, "is a zip archive; unpack it and give the YAML file.")
    if text_bytes.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse(name, "is text in UTF-16 (byte 1); save it as UTF-8.")
    try:
        return text_bytes.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        byte, line = error.start + 1, text_bytes.count(b"\n", 0, error.start) + 1
        _refuse(f"{name}, line {line}", f"byte {byte} is not UTF-8 text; save the file as UTF-8.")


def _hidden(character: str) -> str:
    return f"has the hidden character U+{ord(character):04X}; delete it, only visible text is allowed."


class _TreeBuilder:
    """Builds plain data from YAML events, noting all problems; stops where reading on is pointless."""

    def __init__(self, text: str, name: str, whole: str, *, is_numbered: bool = True) -> None:
        from ruamel.yaml import events

        self.kinds = events
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.name = visible(name, _SHOWN_NAME)
        self.whole = whole  # what messages call the top of the tree
        self.is_numbered = is_numbered  # whether messages give lines
        self.line = 1
        self.n_nodes = 0
        self.lines: dict[KeyPath, int] = {}
        self.problems: dict[tuple[KeyPath | None, str], Problem] = {}

    def build(self) -> Tree:
        self._check_text()
        self.events = self._parse()
        tree: Tree = None
        next(self.events)  # start of stream
        if isinstance(next(self.events), self.kinds.DocumentStartEvent):
            tree = self._node(next(self.events), ())
            next(self.events)  # end of document
            if isinstance(next(self.events), self.kinds.DocumentStartEvent):
                self._note("a second document starts after ---; keep one scenario in a file.")
        self._raise_noted()
        return tree

    def _check_text(self) -> None:
        """Refuse what must not reach the parser, each thing with the first line it stands in."""
        first_at: dict[str, int] = {}
        if (n_lines := self.text.count("\n") + 1) > MAX_LINES:
            _refuse(self.name, f"has {n_lines:,} lines; at most {MAX_LINES:,} are read.")
        for found in _HIDDEN.finditer(self.text):
            first_at.setdefault(_hidden(found[0]), found.start())
        if (found := _DIRECTIVE.search(self.text)) is not None:
            first_at["a line must not begin with %; delete the line, or indent or quote the text."] = (
                found.start()
            )
        for text, position in first_at.items():
            self._note(text, line=self.text.count("\n", 0, position) + 1)
        self._raise_noted()

    def _parse(self) -> Iterator[Any]:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError

        try:
            for event in YAML(typ="safe", pure=True).parse(self.text):
                self.line = event.start_mark.line + 1
                yield event
        except MarkedYAMLError as error:
            self._stop(self._mistake(error))
        except Exception:  # seen: ValueError for "\UFFFFFFFF"; no stranger's file may end in a traceback
            self._stop("is not valid YAML; check the escapes (\\) in double quotes.")

    def _mistake(self, error: Any) -> str:
        """Return ruamel's complaint as one sentence, and set the line it is about."""
        if error.problem_mark is not None:
            self.line = error.problem_mark.line + 1
        complaint = visible((error.problem or "cannot be understood").replace("'\\x00'", "the end"), 160)
        start = ""
        if error.context and error.context_mark is not None and error.context_mark.line + 1 != self.line:
            start = f" {error.context}, begun in line {error.context_mark.line + 1}"
        advice = (
            "use spaces instead of tabs" if "'\\t'" in complaint else "check indentation, brackets and quotes"
        )
        return f"is not valid YAML: {complaint}{start}; {advice}."

    def _note(self, text: str, path: KeyPath | None = None, line: int | None = None) -> None:
        """Keep a problem; the same text about the same field counts once, at its first line."""
        if (path, text) not in self.problems:
            where = f"{self.name}, line {line or self.line}" if self.is_numbered else self.name
            field_path = "" if path is None else dotted(path) or self.whole
            self.problems[path, text] = Problem(where, field_path, text)
        if len(self.problems) >= MAX_PROBLEMS:
            self._raise_noted()

    def _stop(self, text: str) -> NoReturn:
        self._note(text)
        raise ScenarioError(self.problems.values()) from None

    def _raise_noted(self) -> None:
        if self.problems:
            raise ScenarioError(self.problems.values())

    def _node(self, event: Any, path: KeyPath, depth: int = 1) -> Tree:
        self.n_nodes += 1
        if self.n_nodes > MAX_NODES:
            self._stop(f"has more than {MAX_NODES:,} keys and values; make the scenario smaller.")
        if event.anchor is not None:
            self._note("aliases are not allowed here (found & or *); write the value out, or quote the text.")
        if isinstance(event, self.kinds.AliasEvent):
            return ""
        if event.tag is not None:
            self._note("tags are not allowed here (found !); delete the tag, or quote the text.")
        if isinstance(event, self.kinds.ScalarEvent):
            return self._scalar(event, path)
        if depth > MAX_DEPTH:
            self._stop(f"is nested deeper than {MAX_DEPTH} levels; flatten it.")
        if isinstance(event, self.kinds.SequenceStartEvent):
            return self._sequence(path, depth)
        return self._mapping(path, depth)

    def _sequence(self, path: KeyPath, depth: int) -> list[Tree]:
        elements: list[Tree] = []
        while not isinstance(event := next(self.events), self.kinds.SequenceEndEvent):
            here = (*path, len(elements))
            self.lines[here] = self.line
            elements.append(self._node(event, here, depth + 1))
        return elements

    def _mapping(self, path: KeyPath, depth: int) -> dict[str, Tree]:
        mapping: dict[str, Tree] = {}
        before: tuple[KeyPath, Any] | None = None  # the last pair: where it is, and its value's event
        while not isinstance(event := next(self.events), self.kinds.MappingEndEvent):
            line = self.line
            if before is not None and (number := self._cut_number(before[1], event)):
                next(self.events)  # the value that the rest of the number would have as a key
                self._note(f"must be one number (found {visible(number)}){number_hint(number)}.", before[0])
                continue
            key = self._key(event, path, depth + 1)
            here = (*path, key)
            if key in mapping:
                lines = sorted({self.lines[here], line})
                places = f"lines {lines[0]} and {lines[1]}" if len(lines) > 1 else f"line {line}"
                self._note(f"is given twice ({places}); keep one of them.", here, line)
            else:
                self.lines[here] = line
            before = here, (value := next(self.events))
            mapping[key] = self._node(value, here, depth + 1)
        return mapping

    def _cut_number(self, value: Any, key: Any) -> str:
        """Return a number with commas that YAML cuts into a value and keys: ``{mean: 0,5}``; else nothing."""
        if not all(isinstance(event, self.kinds.ScalarEvent) and event.implicit[0] for event in (value, key)):
            return ""
        found = _COMMAS.match(self.text, value.start_mark.index)
        is_cut = found is not None and value.end_mark.index < key.start_mark.index < found.end()
        return found[0] if found is not None and is_cut else ""

    def _key(self, event: Any, path: KeyPath, depth: int) -> str:
        line = self.line
        key = self._node(event, path, depth)
        if isinstance(key, str):
            if key == "<<" and event.implicit[0]:
                self._note("merge keys (<<) are not allowed here; write the fields out in full.")
            return key
        if type(key) is int:
            return event.value
        advice = "quote text that has braces or brackets" if isinstance(key, dict | list) else "quote it"
        self._note(f"has {quote(key)} as a key, but a key must be text; {advice}.", path, line)
        return quote(key)

    def _scalar(self, event: Any, path: KeyPath) -> str | int | float | bool | None:
        text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), event.value)
        if (found := _HIDDEN.search(text)) is not None:  # written as an escape, such as "\u202e"
            self._note(_hidden(found[0]), path)
        if not event.implicit[0]:  # in quotes, or a block of text
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            n_digits = len(text.lstrip("-+").replace("_", ""))
            number = int(text, _BASES.get(text[:2], 10)) if n_digits <= MAX_DIGITS else 10**MAX_DIGITS
            if abs(number) < 10**MAX_DIGITS:
                return number
            self._note(f"must have at most {MAX_DIGITS} digits (found {visible(text)}).", path)
            return 0
        if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and not isfinite(float(text))):
            self._note(f"must be a finite number (found {visible(text)}).", path)
            return 0
        return float(text) if _FLOAT.fullmatch(text) else text

"""What can go wrong, as one tree, and how a message is worded.

    SimError                  exit code 1   anything this package raises on purpose
    |-- ScenarioError         exit code 3   a scenario, or a value given for one, cannot be used
    |-- RecordError           exit code 1   records of a run contradict themselves
    |-- RunError              exit code 1   a run could not be finished
    |-- OutputError           exit code 5   a result exists already, or cannot be written
    `-- MissingExtraError     exit code 6   an optional package is missing

A message says where, what was found, what is allowed and what to do next. Found values
come from strangers: put them into a message with ``quote`` or ``visible`` only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

SHOWN_PROBLEMS = 20  # assumption: a reader corrects about a screenful before checking again
_NUMBER_AND_UNIT = re.compile(r"([-+]?\d(?:[\d.,]*\d)?)\s*(%|[^\W\d][^\d]*)?")
_LONGEST_COMPARED = 80  # comparing spellings takes time in proportion to the square of the length


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scenario.

    Attributes
    ----------
    where
        File and line, such as ``bank.yaml, line 9``, or the option, such as ``--set``;
        empty for a scenario made in Python.
    path
        Dotted path of the field, such as ``teams[1].people``; empty if no field is concerned.
    text
        What was found, what is allowed and what to do; continues a sentence begun by ``path``.
    """

    where: str
    path: str
    text: str

    def __str__(self) -> str:
        place = f"{self.where}:" if self.where else ""
        return " ".join(part for part in (place, self.path, self.text) if part)


class SimError(Exception):
    """Anything this package raises on purpose."""

    exit_code = 1


class ScenarioError(SimError):
    """A scenario, or a value given for one, cannot be used; holds all problems found.

    >>> print(ScenarioError([Problem("bank.yaml, line 6", "teams[0].people", "must be 1 or more (found 0)")]))
    bank.yaml, line 6: teams[0].people must be 1 or more (found 0)
    """

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)  # as args, so that the error survives pickling

    @classmethod
    def of(cls, path: str, text: str, where: str = "") -> Self:
        """Return the error for a single problem."""
        return cls([Problem(where, path, text)])

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        n_problems = len(self.problems)
        if n_problems > 1:
            cut = f" (the first {SHOWN_PROBLEMS} are shown)" if n_problems > SHOWN_PROBLEMS else ""
            lines.append(f"{n_problems} problems{cut}. Fields and limits: opsim describe --fields")
        return "\n".join(lines)


class RecordError(SimError):
    """Records of a run contradict themselves, such as a stay that ends before it starts."""


class RunError(SimError):
    """A run could not be finished."""


class OutputError(SimError):
    """A result exists already, or cannot be written."""

    exit_code = 5


class MissingExtraError(SimError):
    """An optional package is missing."""

    exit_code = 6


def reason(problem: BaseException) -> str:
    """Return why something failed, for people: the message of what was raised on purpose, else its kind.

    >>> reason(RunError("no more memory")), reason(KeyError("x"))
    ('no more memory', 'KeyError')
    """
    return (isinstance(problem, SimError) and str(problem)) or type(problem).__name__


def visible(text: str, limit: int = 40) -> str:
    r"""Return text with control, direction and other invisible characters escaped, cut at ``limit``.

    >>> visible("bank\N{RIGHT-TO-LEFT OVERRIDE}lmay.")
    'bank\\u202elmay.'
    """
    shown = ""
    for character in text[: limit + 1]:
        piece = character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        if len(shown) + len(piece) > limit:
            return shown + "…"
        shown += piece
    return shown


def quote(value: object, limit: int = 40) -> str:
    """Return a found value for a message, spelt as in YAML, never longer than about ``limit``.

    Maps, lists and objects are named, not shown: a tiny file can expand to millions of elements
    the moment it is printed.

    >>> quote("chian"), quote(True), quote([1, 2])
    ('"chian"', 'true', 'a list')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{visible(value, limit)}"'
        case int():
            # Python refuses to print integers of more than 4,300 digits
            return str(value) if abs(value) < 10**limit else f"a number of more than {limit} digits"
        case float():
            return float.__repr__(value)
        case Mapping():
            return "a mapping"
        case Sequence() | Set():
            return "a list"
        case _:
            return f"an object of type {visible(type(value).__name__, limit)}"


def counted(number: float, one: str, several: str = "") -> str:
    """Return a number with its noun: the one place that knows singular from plural.

    >>> counted(1, "week"), counted(1.5, "week"), counted(1434, "person", "people")
    ('1 week', '1.5 weeks', '1,434 people')
    """
    return f"{number:,.10g} {one if number == 1 else several or one + 's'}"


def nearest(word: object, allowed: Iterable[str]) -> str:
    """Return a sentence that suggests the allowed word spelt most like ``word``, or nothing.

    >>> nearest("peple", ["people", "products"])
    ' Did you mean "people"?'
    """
    if not isinstance(word, str) or len(word) > _LONGEST_COMPARED:
        return ""
    by_lower_case = {candidate.lower(): candidate for candidate in allowed}
    close = get_close_matches(word.lower(), by_lower_case, n=1)
    return f" Did you mean {quote(by_lower_case[close[0]])}?" if close else ""


def number_hint(found: object, *, is_whole: bool = False) -> str:
    """Return how to write what was meant as a number, to be put behind a message; nothing if nobody knows.

    >>> number_hint("0,5"), number_hint("1,000"), number_hint("1,000", is_whole=True), number_hint("30 %")
    ('; write 0.5', '; write 1000 or 1.000', '; write 1000', '; write 0.3')
    >>> number_hint("2 weeks"), number_hint("1,5", is_whole=True), number_hint(4.0, is_whole=True)
    ('; write 2, without a unit', '', '; write 4')
    """
    if isinstance(found, float) and found.is_integer() and abs(found) < 1e15:
        return f"; write {found:.0f}"
    if not isinstance(found, str) or len(found) > _LONGEST_COMPARED:
        return ""
    meant = _NUMBER_AND_UNIT.fullmatch(found.strip())
    readings = _readings(meant[1]) if meant is not None else []
    if is_whole:
        readings = [reading for reading in readings if "." not in reading]
    if meant is None or not readings:
        return ""
    if meant[2] == "%":
        readings = [f"{float(reading) / 100:.10g}" for reading in readings]
    is_other_unit = meant[2] is not None and meant[2] != "%"
    return f"; write {' or '.join(readings)}{', without a unit' if is_other_unit else ''}"


def _readings(digits: str) -> list[str]:
    """Return the numbers that digits with points and commas may mean: 1,000 is a thousand, or one."""
    whole, *groups = digits.split(",")
    if not groups:
        return [digits] if digits.count(".") < 2 else [digits.replace(".", "")]
    if "." in groups[-1]:  # 1,234.5
        return ["".join([whole, *groups])] if digits.count(".") == 1 else []
    if len(groups) > 1:
        return ["".join([whole, *groups])] if "." not in whole else []
    decimal = f"{whole.replace('.', '')}.{groups[0]}"
    is_either = len(groups[0]) == 3 and "." not in whole and whole.lstrip("+-0") != ""
    return [whole + groups[0], decimal] if is_either else [decimal]

"""What every parameter is made of: frozen specs whose fields carry unit, range, meaning and source.

Sliders, help texts, ``opsim describe --fields``, the JSON Schema and the error messages all read
these declarations, so a parameter is described once, beside the rule that reads it. A field that depends on
others declares when it acts, in its annotation: ``Annotated[Number, ActsWhen(...)]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ASSUMPTION = "assumption"

DAYS_PER_WEEK = 5.0
DAYS_PER_MONTH = 21.0
DAYS_PER_QUARTER = 65.0
DAYS_PER_YEAR = 260.0
WEEKS_PER_YEAR = 52.0
HOURS_PER_DAY = 8.0
HOURS_PER_WEEK = 40.0

LONGEST_DAYS = 26_000.0  # a hundred years: beyond it a length is a typing error
MOST_PEOPLE = 100_000


class Spec(BaseModel):
    """A frozen group of parameters; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return itself: it is frozen, and a mapping inside it cannot be copied."""
        return self


@dataclass(frozen=True, slots=True)
class ActsWhen:
    """Declares when a field, and all that is below it, can act.

    A field that does not meet this changes no record, whatever its value; the converse is not claimed.

    Attributes
    ----------
    words
        Completes "it acts only when ...", in plain words; in brackets the settings that would make it act,
        which are left out where people see no file.
    holds
        Whether that is so, seen from where the field stands (``acting.Here``).
    detail
        What is the case there instead, where words alone do not say it.
    is_about_value
        Whether ``holds`` looks at the field's own value: then no value for which it does not hold changes a
        record.
    """

    words: str
    holds: Callable[[Any], bool]
    detail: Callable[[Any], str] | None = None
    is_about_value: bool = False


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]


def _plain(text: str) -> str:
    if not text.strip(" \n").isprintable():  # a block of text in YAML ends with the end of its last line
        raise ValueError("has control or invisible characters; use plain text in one line")
    return text.strip()


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=80),
    BeforeValidator(lambda value: _plain(value) if isinstance(value, str) else value),
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


type FrozenMap[Value] = Annotated[
    dict[Name, Value],
    AfterValidator(MappingProxyType),
    PlainSerializer(lambda mapping: dict(mapping), return_type=dict),
]
"""A mapping by name that cannot be altered after validation."""


def quantity(
    default: Any,
    unit: str,
    meaning: str,
    *,
    source: str = ASSUMPTION,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    typical: str | None = None,
    plausible: tuple[float, float] | None = None,
) -> Any:
    """Declare a parameter: default, unit, meaning, range and where the default comes from.

    ``plausible`` is the range that the sources support for an organisation that has the mechanism and has
    not measured it: for what is uncertain, not for what leaders choose.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source}
    if typical is not None:
        extra["typical"] = typical
    if plausible is not None:
        extra["plausible"] = list(plausible)
    return Field(default, description=meaning, ge=ge, gt=gt, le=le, json_schema_extra=extra)


def share(default: float | None, meaning: str, **more: Any) -> Any:
    """Declare a share or a chance: 0 to 1."""
    return quantity(default, "share 0-1", meaning, ge=0, le=1, **more)


def weeks(default: Any, meaning: str, *, least: float = 0.1, **more: Any) -> Any:
    """Declare a length in weeks of five working days."""
    return quantity(default, "weeks", meaning, ge=least, le=LONGEST_DAYS / DAYS_PER_WEEK, **more)


def days(default: float | None, meaning: str, **more: Any) -> Any:
    """Declare a length in working days of eight hours."""
    return quantity(default, "working days", meaning, ge=0, le=LONGEST_DAYS, **more)


def name_to_mapping(key: str) -> BeforeValidator:
    """Let a bare name stand for a mapping that gives only that name."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def slug(name: str) -> str:
    """Return the form of a name that dotted paths use: 'Change board' is ``change_board``."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())

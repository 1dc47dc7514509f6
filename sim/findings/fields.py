"""Every setting that a scenario may hold, as text, as a Markdown table or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from sim.findings.tables import markdown_table
from sim.scenario.fields import Field, fields

if TYPE_CHECKING:
    from collections.abc import Iterator


def fields_as(form: Literal["text", "md", "json"]) -> str:
    """Return every field of a scenario file, as text, Markdown or JSON."""
    found = fields()
    if form == "json":
        return json.dumps([asdict(field) for field in found], indent=2, ensure_ascii=False)
    if form == "md":
        rows = [tuple(asdict(field).values()) for field in found]
        head = (
            "field",
            "only for",
            "type",
            "unit",
            "range",
            "default",
            "meaning",
            "source",
            "acts only when",
        )
        return markdown_table([head, *rows])
    return "\n".join(line for field in found for line in _field_lines(field))


def _field_lines(field: Field) -> Iterator[str]:
    yield f"{field.path}{f'   (only {field.applies_to})' if field.applies_to else ''}"
    what = ", ".join(filter(None, (field.type, field.unit, field.range)))
    yield f"    {what}; default: {field.default}"
    about = " ".join(filter(None, (field.meaning, f"[{field.source}]" if field.source else "")))
    if about:
        yield f"    {about}"
    if field.acts_when:
        yield f"    Acts only when {field.acts_when}."

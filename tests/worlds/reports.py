"""Reports of studies made of given numbers, and files of strangers, so that tests of forms need no run."""

import io
import zipfile
from functools import cache
from typing import Any

from sim.findings.report.content import Report
from sim.findings.report.gathering import Evidence
from sim.findings.report.writing import report_of
from sim.studies.study import Study
from worlds.studies import around, made_study

LONG = "Clearing and settlement of payments in the north, as it is"
"""A name of 60 characters or nearly."""


@cache
def a_study(*, names: tuple[str, str] = ("Industrial", "Product")) -> Study:
    """Return a study of two organisations with prices, in which everything differs clearly."""
    slow = {
        "lead_time_p50": around(60.3), "lead_time_p85": around(123.4), "throughput": around(4.2),
        "time_touch": around(8.0), "time_approval": around(61.0), "time_queue": around(30.5),
        "value_kept": around(0.41, spread=0.01), "people_busy": around(0.71, spread=0.01),
        "margin_per_year": around(-1_250_000.0, spread=20_000.0),
    }  # fmt: skip
    quick = {
        "lead_time_p50": around(12.6), "lead_time_p85": around(28.1), "throughput": around(5.1),
        "time_touch": around(8.2), "time_approval": around(0.0, spread=0.0), "time_queue": around(9.5),
        "value_kept": around(0.78, spread=0.01), "people_busy": around(0.69, spread=0.01),
        "margin_per_year": around(1_183_000.0, spread=20_000.0),
    }  # fmt: skip
    return made_study(slow, quick, names=names, money={})


def a_report(study: Study | None = None, **about: Any) -> Report:
    """Return the report of a study and nothing beyond it."""
    return report_of(Evidence(study or a_study()), **about)


def archive_of(files: dict[str, bytes], comment: bytes = b"") -> bytes:
    """Return files as a zip archive."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return whole.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}

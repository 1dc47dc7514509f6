"""A report in every form that is asked for, as files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import OutputError, RunError, nearest, quote, visible
from sim.findings.provenance import now, write_provenance
from sim.findings.report.bundle import bundle_of
from sim.findings.report.deck import deck_of
from sim.findings.report.gathering import CONTENTS, gather
from sim.findings.report.template import LARGEST_TEMPLATE
from sim.findings.report.web_page import memo_of, page_of
from sim.findings.report.workbook import workbook_of
from sim.findings.report.writing import report_of
from sim.findings.whole_folder import new_folder
from sim.studies.contenders import contenders_of, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sim.findings.report.content import Report
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.study import Study
    from sim.studies.workers import Workers

FORMS = {
    "pptx": ("report.pptx", "PowerPoint with charts that can be edited"),
    "xlsx": ("report.xlsx", "Excel: measures with definitions, every run, every setting with its source"),
    "html": ("report.html", "one page that opens offline and prints"),
    "memo": ("memo.html", "one printed page: a chart, a few sentences, what was assumed, the decision"),
    "figures": ("figures.zip", "the charts as PNG and SVG"),
    "bundle": ("bundle.zip", "all that it takes to compute it again: opsim run bundle.zip"),
}
"""Forms of a report: the file, and what it is."""

USUAL_FORMS = ("pptx", "xlsx", "html", "memo", "bundle")
"""Without figures, which need a browser."""


def report(
    *scenarios: Scenario | str | Path,
    out: str | Path,
    to: Collection[str] = USUAL_FORMS,
    contents: Collection[str] = tuple(CONTENTS),
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    title: str = "",
    client: str = "",
    decision: str = "",
    template: str | Path | None = None,
    workers: Workers = None,
    force: bool = False,
) -> Path:
    """Write what a comparison came to for somebody else: slides, workbook, page, memo, figures, bundle.

    All forms say the same, with the numbers of the app.

    Parameters
    ----------
    scenarios
        One or more scenarios (or names, or paths); their operating models are compared.
    out
        The folder to make; replaced only with ``force``, and only if it holds nothing but an earlier result.
    to
        Forms: any of ``pptx``, ``xlsx``, ``html``, ``memo``, ``figures``, ``bundle``.
    contents
        What it shall hold beside the comparison: ``why``, ``wins``, ``way``, ``gates``. Each takes runs of
        its own; what cannot be told of these scenarios is left out, and the report says so.
    models, replications, seed, workers
        As in ``sim.compare``.
    title, client
        What stands on it; by default the scenario's name, and nobody.
    decision
        What is asked of whoever reads it; by default whether to change.
    template
        A .pptx of the client's.

    Returns
    -------
    The folder.

    Raises
    ------
    OutputError
        If the folder cannot be written, or the template cannot be used.
    MissingExtraError
        If a form needs a package that is not installed.
    """
    found = [prepared(source, replications, seed) for source in scenarios]
    contenders = contenders_of(found, models)
    return write_report(
        contenders, Path(out), forms=to, contents=contents, title=title, client=client, decision=decision,
        template=None if template is None else template_read(Path(template)), workers=workers, force=force,
    )  # fmt: skip


def write_report(
    contenders: Sequence[Contender],
    target: Path,
    *,
    forms: Collection[str] = USUAL_FORMS,
    contents: Collection[str] = tuple(CONTENTS),
    title: str = "",
    client: str = "",
    decision: str = "",
    template: bytes | None = None,
    workers: Workers = None,
    force: bool = False,
    command: str = "",
    progress: Callable[[int, int], None] | None = None,
    said: Callable[[str], None] = lambda text: None,
) -> Path:
    """Gather what a report needs, write it in every form, and return the folder (see ``report``)."""
    for form in forms:
        if form not in FORMS:
            raise RunError(
                f"there is no form {quote(form)}; there are {', '.join(FORMS)}.{nearest(form, FORMS)}"
            )
    started = now()
    evidence = gather(contenders, contents, workers=workers, progress=progress, said=said)
    told = report_of(evidence, title=title, client=client, decision=decision, command=command)
    made = {FORMS[form][0]: made_as(form, told, evidence.study, template, command) for form in forms}
    with new_folder(target, force) as place:
        for name, content in made.items():
            (place.unfinished / name).write_bytes(content)
        study = evidence.study
        write_provenance(
            place.unfinished, sorted(made), command=command, started=started, seed=study.scenario.run.seed,
            replications=len(study.replications), models=list(study.models), left_out=evidence.left_out,
        )  # fmt: skip
    return place.final


def made_as(form: str, told: Report, study: Study, template: bytes | None = None, command: str = "") -> bytes:
    """Return a report in one form, as the content of its file."""
    match form:
        case "pptx":
            return deck_of(told, template)
        case "xlsx":
            return workbook_of(told, study, command)
        case "html":
            return page_of(told).encode()
        case "memo":
            return memo_of(told).encode()
        case "figures":
            return figures_of(told)
        case _:
            return bundle_of(study, command)


def figures_of(told: Report) -> bytes:
    """Return the charts as an archive of PNG and SVG.

    Raises
    ------
    MissingExtraError
        If kaleido or a browser is missing.
    """
    from sim.findings.charts.looks import pictures_of

    wanted = [(chart, form) for chart in told.charts for form in ("png", "svg")]
    pictures = pictures_of([(chart.draw(), form) for chart, form in wanted])
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for (chart, form), picture in zip(wanted, pictures, strict=True):
            archive.writestr(f"{chart.key}.{form}", picture)
    return whole.getvalue()


def template_read(path: Path) -> bytes:
    """Return the content of a template.

    Raises
    ------
    OutputError
        If it cannot be read, or is too large.
    """
    shown = visible(str(path), 80)
    try:
        if path.stat().st_size > LARGEST_TEMPLATE:
            raise OutputError(
                f"{shown} has more than {LARGEST_TEMPLATE / 1e6:.0f} MB. Take pictures and videos out of the "
                "template, or leave it out."
            )
        return path.read_bytes()
    except OSError as error:
        raise OutputError(f"{shown} cannot be read: {error.strerror or type(error).__name__}.") from error

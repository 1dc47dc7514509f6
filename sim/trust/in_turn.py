"""What claims and published cases have in common: who is asked for, and running them one after the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.errors import RunError, nearest, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sim.studies.contenders import Contender
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.studies.workers import Workers

_DIGITS = 6


def asked_for[Entry](known: Mapping[str, Entry], ids: Sequence[str] | None, what: str) -> tuple[Entry, ...]:
    """Return the entries with these ids, or all; ``what`` they are is said in the message.

    Raises
    ------
    RunError
        If there is no such entry.
    """
    for name in ids or ():
        if name not in known:
            raise RunError(
                f"there is no {what} {quote(name)}; there are {', '.join(known)}.{nearest(name, known)}"
            )
    return tuple(known.values()) if ids is None else tuple(known[name] for name in dict.fromkeys(ids))


def studies_in_turn(
    wanted: Sequence[tuple[str, Sequence[Contender]]],
    replications: int | None,
    *,
    workers: Workers,
    progress: Callable[[int, int], None] | None,
    store: Store | None,
) -> Iterator[Study | None]:
    """Yield the study of one after the other, with one progress over all; nothing for who has no contenders.

    Parameters
    ----------
    wanted
        What each is called ("claim C09"), and its contenders.
    replications
        Instead of those in the contenders' scenarios.
    workers, progress, store
        As in ``compare``.

    Raises
    ------
    RunError
        If a run was stopped before it was finished.
    """
    from sim.studies.run import simulate  # slow to import, and whoever only lists needs none

    replicated = [
        replications or points[0].scenario.run.replications if points else 0 for _, points in wanted
    ]
    runs = [len(points) * n for (_, points), n in zip(wanted, replicated, strict=True)]
    for number, (name, points) in enumerate(wanted):
        before, all_runs = sum(runs[:number]), sum(runs)

        def tell(n: int, _: int, before: int = before, all_runs: int = all_runs) -> None:
            if progress is not None:
                progress(before + n, all_runs)

        if not points:
            yield None
            continue
        study = simulate(points, replicated[number], workers, progress=tell, store=store)
        if not study.is_complete:
            raise RunError(f"stopped before {name} was finished")
        yield study


def runs_of(study: Study, measure: str, key: str) -> list[float]:
    """Return a contender's runs of a measure, rounded as they are kept.

    Times of an organisation that cannot keep up have no typical value, so they have none here either.
    """
    runs = study.values(measure, key)
    if study.is_growing(key) and math.isnan(study.estimate(measure, key).estimate):
        return [math.nan] * len(runs)
    return [float(f"{value:.{_DIGITS}g}") for value in runs]

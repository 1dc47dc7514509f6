"""A running Dask cluster as the executor of an experiment.

Workers need this package in the same version: numbers of different code are never put together.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from sim.errors import MissingExtraError, RunError, visible
from sim.studies.fingerprint import code_version

if TYPE_CHECKING:
    from collections.abc import Generator
    from concurrent.futures import Executor

_PATIENCE_SECONDS = 10


@contextmanager
def cluster_executor(address: str) -> Generator[Executor]:
    """Give an executor that hands work to a Dask cluster.

    Dask begins work again whose worker has died, and gives it up when several workers died over it.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://host:8786``.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    RunError
        If nobody answers, there are no workers, or one of them has other code.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError(
            "--cluster needs the extra opsim[cluster], which is not installed: pip install 'opsim[cluster]'"
        ) from None
    shown = visible(address, 80)
    try:
        client = Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RunError(
            f"no Dask scheduler answers at {shown} ({type(error).__name__}). Start one (dask scheduler), or "
            "leave --cluster out."
        ) from None
    with client:
        _check_workers(cast("dict[str, object]", client.run(code_version, on_error="return")), shown)
        with client.get_executor(pure=False) as executor:
            yield executor


def _check_workers(versions: dict[str, object], shown: str) -> None:
    if not versions:
        raise RunError(f"the Dask scheduler at {shown} has no workers; start some (dask worker {shown}).")
    for worker, found in versions.items():
        if found != code_version():
            what = f"opsim {found}" if isinstance(found, str) else "no opsim that can be used"
            raise RunError(
                f"the worker {visible(worker, 80)} has {what}, here is {code_version()}. Install the same "
                "version on all workers."
            )

"""Mesa without its maps of space: models, agents and events.

Mesa brings its maps of space with it, and they bring pandas, networkx and parts of scipy: three quarters of
the time that a worker needs to start. Nobody here lives on a map, so each waits until somebody asks for it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

NOT_NEEDED = ("pandas", "networkx", "mesa.discrete_space", "mesa.experimental.continuous_space")
"""What Mesa 3.5 imports and its agents, models and events do not use."""


class _Later(ModuleType):
    """Stands for a module in those that name it, and imports it when anything in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # somebody looks over all modules there are
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _later(names: tuple[str, ...]) -> Generator[None]:
    """Put off importing these modules, unless they are there; afterwards everybody imports them as ever."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _Later(name) for name in absent})
    try:
        yield
    finally:
        for name in absent:
            if isinstance(sys.modules.get(name), _Later):
                del sys.modules[name]


with _later(NOT_NEEDED):
    import mesa as mesa

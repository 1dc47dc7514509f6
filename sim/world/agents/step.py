"""A step of an item's way, as it is when an organisation changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.world.work_item import WorkItem

    type Concerned = Callable[[WorkItem], bool]


class Step:
    """Where an item may be, and what becomes of what is there when another way begins (``world.motion``).

    A step that stands at the same point of the new way takes over what the old one knows and whoever waits
    in it; where there is none, the old one lets them go.
    """

    remembers: ClassVar[tuple[str, ...]] = ()
    """What it knows of items: both ways share it, as each item is on one of them."""

    def take_over(self, old: Any, is_concerned: Concerned) -> None:
        """Know what an old step knew, and let those wait here who are concerned and waited there."""
        for name in self.remembers:
            known, own = getattr(old, name), getattr(self, name)
            if isinstance(known, dict) and own is not known:
                for item, what in own.items():  # of those who have come here by another way
                    known.setdefault(item, what)
            setattr(self, name, known)

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who are concerned and wait here no longer, in their order; their stay ends now."""
        return []


class Nothing(Step):
    """Stands where a way has no step and another way of the same organisation has one."""

    def take(self, item: WorkItem) -> bool:
        """Let everything pass."""
        return False


NOTHING = Nothing()

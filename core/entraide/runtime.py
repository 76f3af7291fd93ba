"""What one running site holds, and the context variable through which code finds it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from entraide import clock as clocks
from entraide.binding import Bound

if TYPE_CHECKING:
    from entraide.config import Settings
    from entraide.database import Database
    from entraide.hook_registry import Registry
    from entraide.kinds import Kind


@dataclass
class Runtime:
    """One site in one process: its settings, clock, database, plugins and kinds of help.

    `former_kinds` maps names that kinds had before to today's. `plugin_settings` holds the
    validated settings of each plugin, `connections` how many clients
    its server answers at once (None: nothing serves), `slots` what rooms keep open for it: ask the
    `Slot` of the room, not this table.
    """

    settings: Settings
    database: Database
    registry: Registry
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)
    kinds: dict[str, Kind] = field(default_factory=dict)
    former_kinds: dict[str, str] = field(default_factory=dict)
    plugin_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    connections: int | None = None
    slots: dict[Slot[Any], Any] = field(default_factory=dict)


Service = TypeVar("Service")


class MissingService(LookupError):
    """A room is asked for what nobody has opened for this site."""


class Slot(Generic[Service]):
    """One thing that a room keeps for each site, declared by that room: `Slot[Queue]("…")`.

    `words` name it in the error when it is missing. With `make` it is made at its first use,
    for the running site. Each function takes a site, and without one means the running one.
    """

    def __init__(self, words: str, make: Callable[[], Service] | None = None) -> None:
        self._words, self._make = words, make

    def __repr__(self) -> str:
        return f"Slot({self._words!r})"

    def get(self, site: Runtime | None = None) -> Service:
        """Return what is kept; MissingService when there is none."""
        slots = (site or current()).slots
        if self not in slots:
            if self._make is None:
                raise MissingService(
                    f"This site holds no {self._words}: nothing has filled that slot. A site that "
                    "entraide.app.create_site opened holds all that the core needs."
                )
            # Of two threads that come at once both use what the first has put there.
            slots.setdefault(self, self._make())
        service: Service = slots[self]
        return service

    def find(self, site: Runtime | None = None) -> Service | None:
        """Return what is kept; None when there is none yet."""
        service: Service | None = (site or current()).slots.get(self)
        return service

    def fill(self, service: Service, site: Runtime | None = None) -> None:
        """Keep something, instead of what was kept before."""
        (site or current()).slots[self] = service

    def take(self, site: Runtime | None = None) -> Service | None:
        """Return what was kept, and keep it no longer; None when there was none."""
        service: Service | None = (site or current()).slots.pop(self, None)
        return service


_runtime: ContextVar[Runtime] = ContextVar("entraide_runtime")


def kind_name(name: str) -> str:
    """Return how a kind of the running site is called today, by this name or one before."""
    return current().former_kinds.get(name, name)


def current() -> Runtime:
    """Return the site that this code runs for; LookupError outside any site."""
    return _runtime.get()


class activate:  # noqa: N801 - used like contextlib's functions
    """Run a block for a site: its clock, database and plugins are the current ones."""

    __slots__ = ("_bound", "_clock", "_site")

    def __init__(self, site: Runtime) -> None:
        self._site = site
        self._bound, self._clock = Bound(_runtime, site), clocks.using(site.clock)

    def __enter__(self) -> Runtime:
        self._bound.__enter__()
        self._clock.__enter__()
        return self._site

    def __exit__(self, *_failure: object) -> None:
        self._clock.__exit__()
        self._bound.__exit__()

"""Which plugins are on: what instance.toml says at first, and what an administrator chose since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session

from entraide import audit, clock, runtime
from entraide.database import Database, Model, neutral
from entraide.database.sessions import take_turn
from entraide.errors import EntraideError, Refused
from entraide.i18n import catalogue
from entraide.plugins import loading, metadata
from entraide.runtime import Slot

_ = catalogue("entraide")

PAUSE = timedelta(days=30)
"""How long offers and requests of a kind that is off only pause, before their authors are told."""


TURN = 7_306_353
"""Key of the turn of whoever writes which plugins are on, or what follows from it."""


class PluginChoice(Model):
    """What an administrator chose for one plugin; without a row instance.toml decides."""

    __tablename__ = "plugins_choice"

    name: Mapped[str] = neutral(primary_key=True)
    is_enabled: Mapped[bool] = neutral()
    decided_at: Mapped[datetime] = neutral()


class PausedKind(Model):
    """A kind of help whose plugin is off: since when, and when its authors were told of the end."""

    __tablename__ = "plugins_paused_kind"

    kind: Mapped[str] = neutral(primary_key=True)
    plugin: Mapped[str] = neutral()
    paused_at: Mapped[datetime] = neutral()
    offers_ended_at: Mapped[datetime | None] = neutral()
    requests_ended_at: Mapped[datetime | None] = neutral()


@dataclass(frozen=True)
class Chosen:
    """The names that instance.toml enables, in its order, and what was chosen over them."""

    written: tuple[str, ...] = ()
    choices: Mapping[str, bool] = field(default_factory=dict)

    @property
    def enabled(self) -> tuple[str, ...]:
        """Return what is on: as written, then what is on by choice alone, by name."""
        kept = [name for name in self.written if self.choices.get(name, True)]
        added = sorted(name for name, is_on in self.choices.items() if is_on)
        return (*kept, *(name for name in added if name not in kept))


CHOSEN = Slot("choice of plugins", Chosen)
"""With what the running site was opened."""

PAUSED: Slot[dict[str, datetime]] = Slot("table of paused kinds", dict)
"""Kind → since when it pauses, as the site was opened."""

REOPEN: Slot[Callable[[], None]] = Slot("way to open this site anew")
"""Filled in a process that answers pages: it opens the site with what is chosen now."""


def read_choices(database: Database) -> dict[str, bool]:
    """Return what was chosen: name → whether it is on; raises what the database raises."""
    with database.reader.connect() as connection:
        if not inspect(connection).has_table(PluginChoice.__tablename__):
            return {}
        rows = connection.execute(select(PluginChoice.name, PluginChoice.is_enabled))
        # A later release of the core may have a feature of a plugin's name: that one is always on.
        return {row.name: row.is_enabled for row in rows if row.name not in loading.BUILT_IN_NAMES}


def choices_at_start(database: Database) -> dict[str, bool]:
    """Return the same; nothing while the database is not there or cannot be read.

    Whoever opens the site to serve it finds the database's mistake right afterwards, in its words.
    """
    if database.is_sqlite:
        # To ask would make an empty file where the database is missing.
        file = make_url(database.url).database
        if not file or not Path(file).is_file():
            return {}
    try:
        return read_choices(database)
    except (SQLAlchemyError, EntraideError):
        return {}
    finally:
        # A site that then does not open has nobody to close what was opened for this question.
        database.close()


def choose(session: Session, *, name: str, is_enabled: bool, actor: UUID | None) -> None:
    """Switch a plugin on or off; the site follows within a second, in every process.

    Raises Refused, with what to do first, when there is no such plugin or others need it.
    """
    check_choice(name, is_enabled=is_enabled)
    take_turn(session, TURN)
    row = session.get(PluginChoice, name)
    if row is None:
        row = PluginChoice(name=name)
        session.add(row)
    row.is_enabled, row.decided_at = is_enabled, clock.now()
    session.flush()
    action = f"plugins.{'enable' if is_enabled else 'disable'}"
    audit.record(session, actor=actor, action=action, subject=name)


def check_choice(name: str, *, is_enabled: bool) -> None:
    """Raise Refused when a plugin cannot be switched so."""
    site = runtime.current()
    sources = loading.available(site.settings.folder)
    enabled = CHOSEN.get(site).enabled
    if name in loading.BUILT_IN_NAMES or (name not in sources and name not in enabled):
        known = ", ".join(sorted(sources))
        raise Refused(
            _("There is no plugin %(name)s. Installed are: %(known)s.", name=name, known=known)
        )
    if is_enabled:
        needs = _needs(name, sources)
        if missing := [other for other in needs if other not in enabled]:
            raise Refused(_("Switch on first what it needs: %(names)s.", names=", ".join(missing)))
    elif needing := [other for other in enabled if name in _needs(other, sources)]:
        raise Refused(_("Switch off first what needs it: %(names)s.", names=", ".join(needing)))


def _needs(name: str, sources: Mapping[str, str | Path]) -> Sequence[str]:
    try:
        return metadata.read(name, sources[name]).requires if name in sources else ()
    except (EntraideError, ImportError):
        return ()


def is_paused(kind: str) -> bool:
    """Return whether a kind of help pauses, because its plugin was switched off.

    A kind whose plugin only rests, because it fails, does not: it is mended and goes on.
    """
    return kind in PAUSED.get()


def list_choices(session: Session) -> dict[str, PluginChoice]:
    """Return what was chosen, by name."""
    return {row.name: row for row in session.scalars(select(PluginChoice))}

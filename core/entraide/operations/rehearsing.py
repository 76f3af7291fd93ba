"""An upgrade rehearsed: what the next start would do to this database, done where nothing stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from entraide import app, database
from entraide.database import Database, migrations
from entraide.database.copying import copied
from entraide.database.undone import Undone, timed_out, undone
from entraide.directory.pausing import kinds_off
from entraide.enabling import rest
from entraide.errors import ConfigurationError, DatabaseError, EntraideError, PluginError
from entraide.operations.measuring import Upgrade, measured
from entraide.operations.payloads import Walk, read_payloads
from entraide.plugins import loading
from entraide.plugins.choices import CHOSEN
from entraide.runtime import Runtime, activate

SECONDS = 10.0
"""How long the tables of a site that runs on PostgreSQL may be held."""


class NotRehearsed(DatabaseError):
    """The rehearsal could not be held: nothing is known of the upgrade, and nothing was changed."""


@dataclass
class Rehearsal:
    """What an upgrade would do: a step for each distribution, and what follows from it.

    `stops` says why the site would not start at all, `resting` (plugin → reason) which plugins
    would be set aside, `pausing` (kind → plugin) which kinds of help pause because theirs is off.
    """

    steps: list[Upgrade] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    resting: dict[str, str] = field(default_factory=dict)
    pausing: dict[str, str] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)

    @property
    def would_pass(self) -> bool:
        """Return whether nothing would fail and every plugin that is on would run."""
        has_failed = any(step.failure for step in self.steps)
        unread = any(walk.failures for walk in self.walks)
        return not (has_failed or self.stops or self.resting or unread)


class _Lost(Exception):
    """A migration has ended the transaction in which everything would be undone."""


def place_of(site: Runtime) -> Path:
    """Return the folder in which the copy of a rehearsal lies while it runs."""
    return site.settings.state / "rehearsal"


def rehearse(site: Runtime, seconds: float = SECONDS) -> Rehearsal:
    """Run the upgrade of a site on a copy, or on PostgreSQL in one transaction that is undone.

    There it holds the lock of migrations, waits 2 s at most for a table, and ends after `seconds`.
    Raises NotRehearsed when it cannot be held; whatever happens, the database is as it was.
    """
    lost: dict[str, str] = {}
    while True:
        with _trial(site, seconds) as trial:
            try:
                return _run(site, trial, lost)
            except _Lost as error:
                # Without that plugin the others are seen; it took theirs along.
                lost[error.args[0]] = str(error.__cause__)


def _trial(site: Runtime, seconds: float) -> AbstractContextManager[Database]:
    if site.database.is_sqlite:
        return copied(site.database, place_of(site))
    return undone(site.database, seconds)


def _run(site: Runtime, trial: Database, lost: Mapping[str, str]) -> Rehearsal:
    result = Rehearsal()
    try:
        with _opened(site, trial, lost) as fresh:
            for name, reason in lost.items():
                result.steps.append(Upgrade(name, failure=reason))
            _upgrade(fresh, result)
            if not result.stops:
                _look_around(fresh, result)
            result.resting = dict(fresh.registry.quarantined)
    except NotRehearsed:
        raise
    except (DBAPIError, EntraideError) as error:
        if reason := timed_out(error):
            raise _ended(reason) from error
        raise
    return result


def _ended(reason: str) -> NotRehearsed:
    return NotRehearsed(
        f"The rehearsal was ended: {reason}. Nothing was changed, and nothing is known of the "
        "upgrade. Try at a quieter moment, with more time (--at-most), or on a copy of the database."
    )


@contextmanager
def _opened(site: Runtime, trial: Database, lost: Mapping[str, str]) -> Iterator[Runtime]:
    """Open the site once more as its next start would, upon the database of the rehearsal."""
    chosen = CHOSEN.get(site)
    settings = dataclasses.replace(site.settings, plugins=chosen.written)
    fresh = app.create_site(settings, chosen.choices)
    fresh.database.close()
    fresh.database, fresh.clock = trial, site.clock
    for name, reason in lost.items():
        rest(fresh, name, PluginError(reason))
    with activate(fresh):
        yield fresh


def _upgrade(site: Runtime, result: Rehearsal) -> None:
    folders = {what.name: what for what in app.distributions(site)}

    @contextmanager
    def around(name: str) -> Iterator[None]:
        if name not in folders:
            yield
            return
        with _kept(site.database, result), measured(site.database, folders[name]) as step:
            result.steps.append(step)
            yield

    try:
        app.check_start(site)
        app.migrate(site, around)
        app.check_tables(site)
    except ConfigurationError as error:
        result.stops += error.mistakes
    except (Exception, SystemExit) as error:
        if isinstance(error, _Lost) or timed_out(error):
            raise
        # A plugin that fails only rests: it is the core.
        result.stops.append(result.steps[0].failure or str(error))


@contextmanager
def _kept(trial: Database, result: Rehearsal) -> Iterator[None]:
    """Begin anew without a plugin that lost the transaction; raise what took too long."""
    try:
        yield
    except Exception as error:
        step = result.steps[-1]
        if reason := timed_out(error):
            raise _ended(f"at the migrations of {step.name} {reason}") from error
        if isinstance(trial, Undone) and trial.is_lost and step.name != migrations.CORE:
            raise _Lost(step.name) from error
        raise


def _look_around(site: Runtime, result: Rehearsal) -> None:
    """Ask what a start asks after its tables: pages, jobs and commands, kinds, stored payloads."""
    app.create_app(site, keeps_pages=False)
    app.jobs_of(site)
    loading.collect(site.registry, "register_commands")
    with database.reading() as session:
        result.pausing = kinds_off(session)
    result.walks = read_payloads()

"""What the migrations of one distribution do to a database: revisions, tables, rows, time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from entraide.database import Database, migrations
from entraide.database.migrations import Distribution
from entraide.database.own_tables import VERSION_TABLE, form_of, rows_written_to
from entraide.errors import DatabaseError
from entraide.plugins.errors import place_of


@dataclass
class Upgrade:
    """What was done for one distribution; `failure` says why it ended in nothing.

    `before` and `after` are revisions, empty where there is none. `made`, `changed` and `gone` are
    tables, `rows` how many rows of which table were written.
    """

    name: str
    before: str = ""
    after: str = ""
    made: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    rows: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    failure: str = ""


@contextmanager
def measured(database: Database, what: Distribution) -> Iterator[Upgrade]:
    """Give a step that is filled at the end of the block; it keeps what fails, and raises it."""
    step = Upgrade(what.name)
    with database.reader.connect() as connection:
        step.before, form = migrations.version_of(connection, what), form_of(connection)
    count = _counter_of(step)
    event.listen(database.engine, "after_cursor_execute", count)
    started = time.perf_counter()
    try:
        yield step
        step.after = migrations.head_of(what)
    except (Exception, SystemExit) as error:
        step.failure = _words(what, error)
        raise
    finally:
        step.seconds = time.perf_counter() - started
        event.remove(database.engine, "after_cursor_execute", count)
    with database.reader.connect() as connection:
        _compare(step, form, form_of(connection))


def _counter_of(step: Upgrade) -> Any:
    def count(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        table = rows_written_to(statement)
        if cursor.rowcount > 0 and table and not table.startswith(VERSION_TABLE):
            step.rows[table] += cursor.rowcount

    return count


def _compare(step: Upgrade, before: frozenset[Any], after: frozenset[Any]) -> None:
    old, new = ({table for _kind, table, _definition in form} for form in (before, after))
    touched = {table for _kind, table, _definition in before ^ after}
    own = {table for table in touched if not table.startswith(VERSION_TABLE)}
    step.made = tuple(sorted(own - old))
    step.gone = tuple(sorted(own - new))
    step.changed = tuple(sorted(own & old & new))


def _words(what: Distribution, error: BaseException) -> str:
    """Return the words of a plugin's failure, which name the place; those of the core get it."""
    if what.name != migrations.CORE or isinstance(error, DatabaseError):
        return str(error)
    place = place_of(str(what.folder), error)
    return f"{place}: {type(error).__name__}: {error}"

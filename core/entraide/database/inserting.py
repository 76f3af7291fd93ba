"""Inserting what may be there already: each database has an ON CONFLICT of its own in SQLAlchemy."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert(session: Session, model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT into a model's table that takes `on_conflict_do_nothing` and `…_do_update`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)

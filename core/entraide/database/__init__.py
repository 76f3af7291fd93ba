"""The database: classified columns, one transaction per action, migrations per distribution."""

from entraide.database.columns import (
    Model,
    forget_models,
    metadata,
    neutral,
    personal,
    registry_of,
    subject,
    tables_of,
)
from entraide.database.encryption import Encrypted, blind_index
from entraide.database.engine import Database
from entraide.database.inserting import insert
from entraide.database.sessions import note, reading, session, writing

__all__ = [
    "Database",
    "Encrypted",
    "Model",
    "blind_index",
    "forget_models",
    "insert",
    "metadata",
    "neutral",
    "note",
    "personal",
    "reading",
    "registry_of",
    "session",
    "subject",
    "tables_of",
    "writing",
]

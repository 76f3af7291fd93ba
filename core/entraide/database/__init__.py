"""The database: classified columns, one transaction per action, migrations per distribution."""

from entraide.database.columns import Columns, Model, metadata, neutral, personal, subject
from entraide.database.encryption import Encrypted, blind_index
from entraide.database.engine import Database
from entraide.database.inserting import insert
from entraide.database.sessions import note, reading, session, writing

__all__ = [
    "Columns",
    "Database",
    "Encrypted",
    "Model",
    "blind_index",
    "insert",
    "metadata",
    "neutral",
    "note",
    "personal",
    "reading",
    "session",
    "subject",
    "writing",
]

"""The table of the stored classification."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from entraide.database import Model, neutral
from entraide.database.columns import Number


class PrivacySnapshot(Model):
    """What every column and payload field was marked with, at a start at which it had changed."""

    __tablename__ = "privacy_snapshot"

    id: Mapped[int] = neutral(Number, primary_key=True, autoincrement=True)
    digest: Mapped[str] = neutral()
    taken_at: Mapped[datetime] = neutral()
    document: Mapped[dict[str, Any]] = neutral()

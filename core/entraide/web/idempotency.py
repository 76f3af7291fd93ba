"""Requests that may be sent twice: what an `Idempotency-Key` led to, kept for a day."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, Session

from entraide import clock, database
from entraide.database import Model, neutral
from entraide.errors import BadInput

LIFETIME = timedelta(hours=24)


class KeyReused(BadInput):
    """The same key came with another request before."""

    name, status, title = "idempotency-key-reused", 422, "This key belongs to another request"


class IdempotencyKey(Model):
    """One key of one caller: the digest of the request it came with and what that made.

    The answer itself is not kept, only `reference`, so that no copy outlives an erasure.
    """

    __tablename__ = "web_idempotency"

    digest: Mapped[str] = neutral(primary_key=True)
    body: Mapped[str] = neutral()
    reference: Mapped[str] = neutral(default="")
    created_at: Mapped[datetime] = neutral(index=True)


def claim(session: Session, *, caller: str, key: str, body: bytes) -> IdempotencyKey:
    """Return the row of a key: its `reference` is empty when the request is new.

    `caller` tells callers (and their addresses) apart. A second request with the same key waits
    for the first. Raises KeyReused when the key came with another body in the last 24 hours.
    """
    digest = hashlib.sha256(f"{caller}\n{key}".encode()).hexdigest()
    content = hashlib.sha256(body).hexdigest()
    expired = IdempotencyKey.created_at <= clock.now() - LIFETIME
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.digest == digest, expired))
    values = {"digest": digest, "body": content, "reference": "", "created_at": clock.now()}
    fresh = database.insert(session, IdempotencyKey).values(values)
    session.execute(fresh.on_conflict_do_nothing())
    row = session.get_one(IdempotencyKey, digest)
    if row.body != content:
        raise KeyReused(
            "This Idempotency-Key came with another request in the last 24 hours. Use a new key.",
            {"Idempotency-Key": ["Use a new key for a new request."]},
        )
    return row


def forget_keys() -> None:
    """Delete the keys that are older than a day."""
    with database.writing() as session:
        session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.created_at <= clock.now() - LIFETIME)
        )

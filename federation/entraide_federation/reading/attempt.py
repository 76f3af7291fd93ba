"""What one pull knows: its source, the limits, the time, and each origin as it was at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock
from entraide_federation import settings
from entraide_federation.http import PeerClient
from entraide_federation.protocol import heads
from entraide_federation.protocol.keysets import Keyset, are_one_history, read_keyset, verify_keyset
from entraide_federation.protocol.limits import Limits
from entraide_federation.reading import sources
from entraide_federation.reading.states import Standing, pause_after
from entraide_federation.store.models import KeysetVersion, Origin, Source, SourceState


@dataclass(frozen=True)
class Known:
    """An origin as the database has it: its keys, the Head of what is stored, the highest seen."""

    id: int
    base: str
    state: str
    quota: int
    keyset: Keyset | None
    head: heads.Head | None
    witnessed: heads.Head | None
    is_confirmed: bool = True


@dataclass
class SourceReader:
    """One attempt at one source; `now` is the time of its start, `resources` end with it."""

    base: str
    role: str
    standing: Standing
    etag: str | None
    http: PeerClient
    limits: Limits
    own_base: str
    is_hub: bool
    is_development: bool
    now: datetime
    should_stop: Callable[[], bool]
    wants_snapshot: bool
    resources: ExitStack = field(default_factory=ExitStack)

    @property
    def is_relay(self) -> bool:
        """Return whether the source may serve objects of origins other than itself."""
        return self.role == "hub"

    @property
    def scope(self) -> str:
        """Return the value of `scope` in requests."""
        return "all" if self.is_relay else "own"

    def verify_keyset(self, document: dict[str, Any], previous: Keyset | None = None) -> Keyset:
        """Verify a Keyset as `keysets.verify_keyset` does, at the time and by the rules of here."""
        return verify_keyset(
            document,
            now=self.now,
            previous=previous,
            development=self.is_development,
            limits=self.limits,
        )

    def are_one_history(self, keysets: Iterable[Keyset]) -> bool:
        """Return whether Keysets of one origin, from several tellers, follow from one another."""
        return are_one_history(
            keysets, now=self.now, development=self.is_development, limits=self.limits
        )


def open_reader(
    session: Session, base: str, http: PeerClient, should_stop: Callable[[], bool]
) -> SourceReader:
    """Return the reader of a registered source; LookupError for an unknown one."""
    source = session.get(Source, base)
    if source is None:
        raise LookupError(f"{base} is no configured peer")
    site = settings.current()
    standing = Standing(SourceState(source.state), source.cursor, source.failures)
    return SourceReader(
        base=base,
        role=source.role,
        standing=standing,
        etag=source.etag,
        http=http,
        limits=settings.limits(),
        own_base=sources.own_base(),
        is_hub=site.is_hub,
        is_development=site.development,
        now=clock.now(),
        should_stop=should_stop,
        wants_snapshot=_wants_snapshot(source, standing),
    )


def open_stranger(base: str, http: PeerClient, should_stop: Callable[[], bool]) -> SourceReader:
    """Return the reader of an origin that is no configured peer: it is only asked for its keys."""
    site = settings.current()
    return SourceReader(
        base=base,
        role="origin",
        standing=Standing(SourceState.NEW, None, 0),
        etag=None,
        http=http,
        limits=settings.limits(),
        own_base=sources.own_base(),
        is_hub=site.is_hub,
        is_development=site.development,
        now=clock.now(),
        should_stop=should_stop,
        wants_snapshot=False,
    )


def _wants_snapshot(source: Source, standing: Standing) -> bool:
    """Return whether the snapshot comes next: at first, and to repair what failed in part."""
    if standing.cursor is None or source.error_at is None:
        return standing.cursor is None
    pause = pause_after(standing.failures, settings.limits(), 1.0)
    return standing.is_partial and source.error_at + pause <= clock.now()


def _load_keyset(session: Session, reader: SourceReader, origin: Origin) -> Keyset | None:
    body = session.scalar(
        select(KeysetVersion.body).where(
            KeysetVersion.origin_id == origin.id, KeysetVersion.version == origin.keyset_version
        )
    )
    if body is None:
        return None
    return read_keyset(orjson.loads(body), development=reader.is_development)


def load_known(session: Session, reader: SourceReader, origin: Origin) -> Known:
    """Return what the database knows of an origin, its newest Keyset included."""
    quota = origin.quota or reader.limits.objects_per_origin
    return Known(
        id=origin.id,
        base=origin.base,
        state=origin.state,
        quota=quota,
        keyset=_load_keyset(session, reader, origin),
        head=_head(origin.head),
        witnessed=_head(origin.witnessed),
        is_confirmed=origin.is_confirmed,
    )


def load_history(session: Session, reader: SourceReader, origin: Origin) -> list[Keyset]:
    """Return every Keyset that is kept of an origin, each verified when it came."""
    bodies = select(KeysetVersion.body).where(KeysetVersion.origin_id == origin.id)
    return [
        read_keyset(orjson.loads(body), development=reader.is_development)
        for body in session.scalars(bodies.order_by(KeysetVersion.version))
    ]


def _head(body: bytes | None) -> heads.Head | None:
    return None if body is None else heads.read_head(orjson.loads(body))

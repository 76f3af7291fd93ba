"""Tables of the federation: own state, origins, signed objects, sources, evidence."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum, nonmember
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped

from entraide import Model, neutral

Number = BigInteger().with_variant(Integer, "sqlite")


class Mark(Model):
    """An object of this site that changed and waits for the publisher."""

    __tablename__ = "federation_mark"

    object_id: Mapped[UUID] = neutral(primary_key=True)
    type: Mapped[str] = neutral()
    marked_at: Mapped[datetime] = neutral()


class Own(Model):
    """The one row of what this site publishes: its epochs, its numbers, its horizon.

    `seq` numbers the own feed, `feed_seq` the aggregate one; both grow only inside the
    transaction that publishes or stores, under the lock of this row, so that readers meet
    dense committed numbers and miss nothing. `reminded_at` is when the operator was last told
    that the Keyset ends.
    """

    __tablename__ = "federation_own"

    id: Mapped[int] = neutral(Number, primary_key=True)
    epoch: Mapped[str] = neutral()
    seq: Mapped[int] = neutral(default=0)
    feed_epoch: Mapped[str] = neutral()
    feed_seq: Mapped[int] = neutral(default=0)
    tombstones_from: Mapped[datetime] = neutral()
    swept_at: Mapped[datetime | None] = neutral()
    reminded_at: Mapped[datetime | None] = neutral()


class OriginState(StrEnum):
    """Where the set of an origin stands, as `federation_origin.state` keeps it."""

    NEW = "new"
    """Nothing of it was read yet."""
    LIVE = "live"
    """Its last Head is fresh."""
    STALE = "stale"
    """Its last Head has expired."""
    HELD = "held"
    """Too much went, or went back: a person decides."""
    FROZEN = "frozen"
    """It contradicts what it signed: a person decides."""
    RELEASED = "released"
    """A person has decided; the next whole set counts."""
    DROPPED = "dropped"
    """It never answered for itself; nothing of it is stored any more."""
    PURGED = "purged"
    """It was suspended long ago; nothing of it is stored any more."""

    SET_ASIDE = nonmember(frozenset({"frozen", "held"}))
    EMPTY = nonmember(frozenset({"dropped", "purged"}))
    SHOWN = nonmember(frozenset({"live", "stale"}))


class SourceState(StrEnum):
    """Where the reading of a source stands, as `federation_source.state` keeps it."""

    NEW = "new"
    BOOTSTRAP = "bootstrap"
    LIVE = "live"
    BACKOFF = "backoff"
    FROZEN = "frozen"


class Origin(Model):
    """A site whose objects are stored here, this one included.

    `head` is the latest Head whose root the stored elements give; `witnessed` the highest
    validly signed Head ever seen. `state`: new, live, stale, frozen, held, or released until the
    next pull. `pinned_by` says where the root fingerprint comes from: configuration, first use or,
    for this site, own. `is_hidden`: silent for so long that its objects left the lists; `quota`
    replaces the limit of live objects.

    An origin that a relay made known is *unconfirmed* until it has itself shown the same keys, or
    an operator has pinned them: `met_at` and `met_through` say since when and by whom it is known,
    `dials` and `dial_at` how often it was asked and when it is asked next (rule 14). What is
    suspended is neither shown nor relayed (rule 18).
    """

    __tablename__ = "federation_origin"
    __table_args__ = (
        # A feed has one address: there is one own origin at most.
        Index(
            "ix_federation_origin_own",
            "is_own",
            unique=True,
            sqlite_where=text("is_own"),
            postgresql_where=text("is_own"),
        ),
    )

    id: Mapped[int] = neutral(Number, primary_key=True, autoincrement=True)
    base: Mapped[str] = neutral(unique=True)
    is_own: Mapped[bool] = neutral(default=False)
    name: Mapped[str] = neutral(default="")
    state: Mapped[str] = neutral(default=OriginState.NEW)
    reason: Mapped[str] = neutral(default="")
    root_fingerprint: Mapped[str | None] = neutral()
    pinned_by: Mapped[str] = neutral(default="")
    keyset_version: Mapped[int] = neutral(default=0)
    keyset_checked_at: Mapped[datetime | None] = neutral()
    head: Mapped[bytes | None] = neutral(LargeBinary)
    head_seq: Mapped[int] = neutral(default=0)
    head_issued_at: Mapped[datetime | None] = neutral()
    head_expires_at: Mapped[datetime | None] = neutral()
    head_feed_seq: Mapped[int | None] = neutral(index=True)
    witnessed: Mapped[bytes | None] = neutral(LargeBinary)
    verified_at: Mapped[datetime | None] = neutral()
    live_count: Mapped[int] = neutral(default=0)
    bad_signatures: Mapped[int] = neutral(default=0)
    is_hidden: Mapped[bool] = neutral(default=False)
    quota: Mapped[int | None] = neutral()
    confirmed_at: Mapped[datetime | None] = neutral()
    met_at: Mapped[datetime | None] = neutral()
    met_through: Mapped[str] = neutral(default="")
    dials: Mapped[int] = neutral(default=0)
    dial_at: Mapped[datetime | None] = neutral()
    suspended_at: Mapped[datetime | None] = neutral()
    suspended_reason: Mapped[str] = neutral(default="")

    @property
    def is_confirmed(self) -> bool:
        """Return whether its keys are known from itself or from an operator (rule 14)."""
        return self.is_own or self.confirmed_at is not None

    @property
    def is_served(self) -> bool:
        """Return whether its objects may be relayed."""
        return self.is_confirmed and self.suspended_at is None

    @property
    def is_listed(self) -> bool:
        """Return whether its objects may be shown."""
        return self.is_served and not self.is_hidden


class KeysetVersion(Model):
    """One signed Keyset of an origin, bytes unchanged."""

    __tablename__ = "federation_keyset"

    origin_id: Mapped[int] = neutral(
        Number, ForeignKey(Origin.id, ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = neutral(primary_key=True)
    body: Mapped[bytes] = neutral(LargeBinary)
    received_at: Mapped[datetime] = neutral()


class SignedObject(Model):
    """One signed object in canonical bytes, own or received; the newest version only.

    `seq` is its number in the own feed (own objects only), `feed_seq` in the aggregate feed
    (relays only). `problem` says why an authentic object is not acceptable and so not shown.
    `content_hash` is the digest of an own object without version, times and proof. `is_vouched`:
    its own signature was not verified yet, only that of the Head whose root covers it.
    """

    __tablename__ = "federation_object"
    __table_args__ = (
        Index("ix_federation_object_origin", "origin_id"),
        Index(
            "ix_federation_object_seq",
            "seq",
            unique=True,
            sqlite_where=text("seq IS NOT NULL"),
            postgresql_where=text("seq IS NOT NULL"),
        ),
        Index(
            "ix_federation_object_feed_seq",
            "feed_seq",
            unique=True,
            sqlite_where=text("feed_seq IS NOT NULL"),
            postgresql_where=text("feed_seq IS NOT NULL"),
        ),
        Index(
            "ix_federation_object_own_element",
            "element",
            "deleted_at",
            sqlite_where=text("seq IS NOT NULL"),
            postgresql_where=text("seq IS NOT NULL"),
        ),
        Index(
            "ix_federation_object_problem",
            "origin_id",
            sqlite_where=text("problem IS NOT NULL"),
            postgresql_where=text("problem IS NOT NULL"),
        ),
        Index(
            "ix_federation_object_vouched",
            "origin_id",
            sqlite_where=text("is_vouched = 1"),
            postgresql_where=text("is_vouched"),
        ),
    )

    uid: Mapped[str] = neutral(primary_key=True)
    origin_id: Mapped[int] = neutral(Number, ForeignKey(Origin.id, ondelete="CASCADE"))
    type: Mapped[str] = neutral()
    version: Mapped[int] = neutral()
    element: Mapped[bytes] = neutral(LargeBinary)
    body: Mapped[bytes] = neutral(LargeBinary)
    deleted_at: Mapped[datetime | None] = neutral()
    seq: Mapped[int | None] = neutral()
    feed_seq: Mapped[int | None] = neutral()
    problem: Mapped[str | None] = neutral()
    content_hash: Mapped[str | None] = neutral()
    is_vouched: Mapped[bool] = neutral(default=False)


class KeptBack(Model):
    """Something of another site that is neither shown nor relayed here.

    `uid` is an object, or the address of an origin for all of it. `by` is empty when a person of
    this site decided so, else the relay whose signed `Withheld` (`document`, about `version` with
    `element`) says it. `cause` is the hidden organisation that an object belongs to, empty when
    the object itself was named. A relay tells its own readers by a `Withheld` of its own.
    """

    __tablename__ = "federation_kept_back"

    uid: Mapped[str] = neutral(primary_key=True)
    by: Mapped[str] = neutral(primary_key=True, default="")
    origin: Mapped[str] = neutral(index=True)
    reason: Mapped[str] = neutral()
    since: Mapped[datetime] = neutral()
    cause: Mapped[str] = neutral(default="")
    document: Mapped[str] = neutral(default="")
    version: Mapped[int] = neutral(default=0)
    element: Mapped[bytes] = neutral(LargeBinary, default=b"")


class Source(Model):
    """A peer that is pulled: an origin read directly, or a hub that relays several.

    `state`: new, bootstrap, live, backoff, frozen. `cursor` and `etag` belong to its feed.
    `accusation` says what it told of others that these denied, until a person releases it;
    `dials` counts since `dials_since` how often it made us ask a site that only it named.
    """

    __tablename__ = "federation_source"

    base: Mapped[str] = neutral(primary_key=True)
    role: Mapped[str] = neutral()
    state: Mapped[str] = neutral(default=SourceState.NEW)
    cursor: Mapped[str | None] = neutral()
    etag: Mapped[str | None] = neutral()
    failures: Mapped[int] = neutral(default=0)
    next_at: Mapped[datetime | None] = neutral()
    last_success_at: Mapped[datetime | None] = neutral()
    last_changed_at: Mapped[datetime | None] = neutral()
    error_name: Mapped[str] = neutral(default="")
    error: Mapped[str] = neutral(default="")
    error_at: Mapped[datetime | None] = neutral()
    accusation: Mapped[str] = neutral(default="")
    accused_at: Mapped[datetime | None] = neutral()
    dials: Mapped[int] = neutral(default=0)
    dials_since: Mapped[datetime | None] = neutral()


class Evidence(Model):
    """Two contents under one version: hashes only, so that nothing erased survives here."""

    __tablename__ = "federation_evidence"

    id: Mapped[UUID] = neutral(primary_key=True)
    origin: Mapped[str] = neutral()
    uid: Mapped[str] = neutral()
    version: Mapped[int] = neutral()
    kept_element: Mapped[bytes] = neutral(LargeBinary)
    other_element: Mapped[bytes] = neutral(LargeBinary)
    source: Mapped[str] = neutral()
    seen_at: Mapped[datetime] = neutral()


class SecurityEvent(Model):
    """Something a peer did that was refused, for the operator: newest 1,000 per source kept."""

    __tablename__ = "federation_security_event"

    id: Mapped[UUID] = neutral(primary_key=True)
    happened_at: Mapped[datetime] = neutral(index=True)
    source: Mapped[str] = neutral(index=True)
    origin: Mapped[str] = neutral()
    name: Mapped[str] = neutral()
    detail: Mapped[str] = neutral()
